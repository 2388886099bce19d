"""`molconvex info`: what is installed, bundled and measurable; or what a model or run folder holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molconvex.cli.errors import reported

if TYPE_CHECKING:
    from rich.console import Console

    from molconvex.surrogate import Surrogate


def info(
    model: Annotated[
        str | None, typer.Argument(help="Folder of a surrogate, latent model or run; or a plug-in.", show_default=False)
    ] = None,
    property: Annotated[
        str | None, typer.Option(help="Of a folder with several surrogates, this one's card.", show_default=False)
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Write a surrogate's plots: .svg.", show_default=False)] = None,
) -> None:
    """Versions, the bundled latent model, surrogates and properties; or what one folder holds.

    Example:

      molconvex info models/pic50 --figure pic50.svg

    A surrogate shows its model card: data, split, metrics, price of convexity, calibration and limits.
    """
    with reported():
        from molconvex.cli.tables import console
        from molconvex.exceptions import ConfigError
        from molconvex.runs.inventory import describe, overview

        out = console()
        if model is not None and (Path(model) / "card.md").is_file():
            _surrogates(Path(model), property, figure, out)
            return
        if property is not None or figure is not None:
            raise ConfigError(f"--property and --figure need the folder of a surrogate, got {model or 'none'}")
        lines = overview() if model is None else describe(Path(model) if Path(model).is_dir() else model)
        for line in lines:
            out.print(line, soft_wrap=True)


def _surrogates(folder: Path, name: str | None, figure: Path | None, out: "Console") -> None:
    """The card of one surrogate, or a list of several."""
    from rich.markdown import Markdown

    from molconvex.exceptions import ConfigError
    from molconvex.surrogate import load_surrogates
    from molconvex.surrogate.evidence.card import card_markdown

    loaded = load_surrogates(folder)
    if name is None and len(loaded) == 1:
        name = next(iter(loaded))
    if name is None:
        if figure is not None:
            raise ConfigError(f"--figure draws one surrogate; name it with --property: {', '.join(loaded)}")
        _list(list(loaded.values()), out)
        return
    if name not in loaded:
        raise ConfigError(f"{folder} has no surrogate of {name!r}, only of {', '.join(loaded)}")
    out.print(Markdown(card_markdown(loaded[name].card, loaded[name].scaler)))
    if figure is not None:
        _draw(loaded[name], figure)
        out.print(f"wrote {figure}")


def _list(surrogates: "list[Surrogate]", out: "Console") -> None:
    from rich.table import Table

    table = Table(title="Surrogates (the card of one: --property NAME)", title_justify="left")
    for column in ("property", "goal", "molecules", "on test molecules"):
        table.add_column(column, overflow="fold")
    for surrogate in surrogates:
        metrics = surrogate.card.get("metrics", {})
        shown = ", ".join(f"{key} {m['value']:.3f}" for key, m in metrics.items() if m.get("value") is not None)
        count = str(surrogate.card.get("data", {}).get("molecules", "-"))
        table.add_row(surrogate.target.property, surrogate.target.describe(), count, shown or "-")
    out.print(table)


def _draw(surrogate: "Surrogate", path: Path) -> None:
    from molconvex.exceptions import ConfigError
    from molconvex.files import write_file_whole
    from molconvex.surrogate import card_svg

    if path.suffix.lower() != ".svg":
        raise ConfigError(f"--figure must end in .svg, got {path}")
    write_file_whole(path, card_svg(surrogate), overwrite=False)
