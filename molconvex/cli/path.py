"""`molconvex path`: two molecules in, a walk from one toward the other out, with every stop decoded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molconvex.cli.errors import reported

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath

METHOD_HELP = "level (constant prediction, by steps), radial (the same, by rays), straight or descent."


def path(
    start: Annotated[
        str, typer.Argument(help="SMILES of the start, a name behind it if you like.", show_default=False)
    ],
    end: Annotated[str, typer.Argument(help="SMILES of the end, likewise.", show_default=False)],
    property: Annotated[
        str, typer.Option("--property", "-p", help="A property, or a goal such as qed:max.", show_default=False)
    ],
    method: Annotated[str, typer.Option("--method", "-m", help=METHOD_HELP)] = "level",
    stops: Annotated[int, typer.Option(help="Points to decode, both ends included.")] = 12,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the path.  [default: runs/DATE-TIME]", show_default=False),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.")] = False,
    surrogate: Annotated[
        list[str] | None, typer.Option(help="A surrogate of your own: PROPERTY=FOLDER. Repeat.", show_default=False)
    ] = None,
    aggregate: Annotated[
        str | None, typer.Option(help="Pessimism of ensembles: mean, max or cvar:0.3.", show_default=False)
    ] = None,
    latent_model: Annotated[str, typer.Option(help="bundled, a folder or a plug-in.")] = "bundled",
) -> None:
    """Walk from one molecule toward another and decode every stop.

    Example: molconvex path "CC(=O)Oc1ccccc1C(=O)O aspirin" "CC(=O)Nc1ccc(O)cc1 paracetamol" -p logp --out runs/path
    """
    with reported():
        from datetime import datetime

        from molconvex.cli.working import own_surrogates
        from molconvex.design.paths.settings import PathSettings
        from molconvex.runs.folder import check_output

        settings = PathSettings(
            start=start,  # type: ignore[arg-type]
            end=end,  # type: ignore[arg-type]
            property=property,
            method=method,  # type: ignore[arg-type]
            stops=stops,
            surrogates=own_surrogates(surrogate or []),
            aggregate=aggregate,
            latent_model=latent_model,
        )
        folder = out or Path("runs", datetime.now().strftime("%Y-%m-%d-%H%M%S"))
        check_output(folder, overwrite)
        from molconvex.design.paths import walk_path

        found = walk_path(settings)
        _show(found)
        from molconvex.runs import write_run

        write_run(found, folder, overwrite)
        _name_files(found, folder)


def _show(found: "MoleculePath") -> None:
    """The molecules on the way, and how well the level was kept."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.cli.tables import console
    from molconvex.design.paths.table import merged
    from molconvex.design.paths.walk import JUMP
    from molconvex.runs.report.numbers import plain, share, value

    name, out = found.property_name, console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Stops", justify="right", no_wrap=True)
    table.add_column("SMILES", overflow="fold", min_width=30, ratio=1)
    for heading in ("Predicted", "Measured", f"To {found.start.name}", f"To {found.end.name}"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in merged(found.stops):
        first, last = run.iloc[0], run.iloc[-1]
        ends = [value(name, row[f"predicted_{name}"]) for row in (first, last)]
        table.add_row(
            str(first["stop"]) if len(run) == 1 else f"{first['stop']}-{last['stop']}",
            (first["smiles"] or first["reason"]) + (" (jump)" if first["part"] == JUMP else ""),
            " to ".join(dict.fromkeys(ends)),
            value(name, first[f"measured_{name}"]),
            share(first["similarity_to_start"]),
            share(first["similarity_to_end"]),
        )
    out.print(table)
    for text in found.remarks():
        out.print(f"note: {text}", style="dim", markup=False)
    if found.settings.method == "descent":
        rise, gap = plain(found.largest_rise, 2), plain(found.walk.gap, 2)
        out.print(f"largest rise of the predicted cost {rise}, certified gap {gap}")
        return
    measured = found.worst_measured_deviation
    out.print(
        f"worst deviation of {name} from the start's: predicted {plain(found.worst_predicted_deviation, 2)}, "
        f"measured {value(name, measured) if measured == measured else 'n/a'}"
    )


def _name_files(found: "MoleculePath", folder: Path) -> None:
    from rich.console import Console

    files = {
        "path.html": "for people: the molecules along the way",
        "path.csv": f"{len(found.stops)} stops with predicted and measured values; latents.csv has their latents",
        "run.json": f"settings, deviations, checksums; verify with: molconvex check {folder}",
    }
    console = Console(soft_wrap=True, highlight=False)
    for name, text in files.items():
        console.print(f"{folder / name}  [dim]{text}[/dim]")
