"""`molconvex info`: what is installed, bundled and measurable; or what a model or run folder holds."""

from pathlib import Path
from typing import Annotated

import typer

from molconvex.cli.errors import reported


def info(
    model: Annotated[
        str | None, typer.Argument(help="Folder of a surrogate, latent model or run; or a plug-in.", show_default=False)
    ] = None,
) -> None:
    """Versions, the bundled latent model, surrogates and properties; or what one folder holds."""
    with reported():
        from rich.console import Console

        from molconvex.design.inventory import describe, overview

        lines = overview() if model is None else describe(Path(model) if Path(model).is_dir() else model)
        console = Console(soft_wrap=True, highlight=False)
        for line in lines:
            console.print(line, markup=False)
