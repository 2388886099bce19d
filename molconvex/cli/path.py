"""`molconvex path`: two molecules in, a walk from one toward the other out, with every stop decoded."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import Out, Overwrite, given_lead, name_files, run_folder
from molconvex.columns import MEASURED, PREDICTED

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath

START_HELP = "SMILES or InChI of the start, a name behind it if you like; or the name of a known drug."


def path(
    start: Annotated[str, typer.Argument(help=START_HELP, show_default=False)],
    end: Annotated[str, typer.Argument(help="SMILES of the end, likewise.", show_default=False)],
    out: Out = None,
    overwrite: Overwrite = False,
    **values: Any,
) -> None:
    """Walk from one molecule toward another and decode every stop.

    Example:

      molconvex path "CC(=O)Oc1ccccc1C(=O)O" "CC(=O)Nc1ccc(O)cc1" -p logp

    level and radial keep the prediction constant, by steps or by rays; descent goes down to the best point in between.
    """
    with reported():
        from molconvex.design.paths.settings import PathSettings
        from molconvex.runs.folder import check_output

        settings = PathSettings(**given_settings(PathSettings, values), start=given_lead(start), end=given_lead(end))
        folder = run_folder(out)
        check_output(folder, overwrite)
        from molconvex.design.paths import walk_path

        found = walk_path(settings)
        from molconvex.runs import write_run

        folder = write_run(found, folder, overwrite)
        _show(found)
        name_files(folder, _files(found, folder))


def _show(found: "MoleculePath") -> None:
    """The molecules on the way, and how well the level was kept."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.cli.tables import console
    from molconvex.design.paths.table import merged
    from molconvex.design.paths.walk import JUMP
    from molconvex.runs.report.numbers import plain, share, value
    from molconvex.runs.report.predictions import WHAT_INTERVALS_ARE, prediction_text

    name, out = found.property_name, console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Stops", justify="right", no_wrap=True)
    table.add_column("SMILES", overflow="fold", min_width=30, ratio=1)
    measurable = found.part.is_measurable
    own = "Measured" if measurable else "Of the molecule"
    for heading in ("Predicted", own, f"To {found.start.name}", f"To {found.end.name}"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in merged(found.stops):
        first, last = run.iloc[0], run.iloc[-1]
        ends = [value(name, row[PREDICTED(name)]) for row in (first, last)]
        table.add_row(
            str(first["stop"]) if len(run) == 1 else f"{first['stop']}-{last['stop']}",
            (first["smiles"] or first["reason"]) + (" (jump)" if first["part"] == JUMP else ""),
            " to ".join(dict.fromkeys(ends)),
            value(name, first[MEASURED(name)]) if measurable else prediction_text(first, name),
            share(first["similarity_to_start"]),
            share(first["similarity_to_end"]),
        )
    out.print(table)
    if not measurable:
        out.print(WHAT_INTERVALS_ARE, style="dim")
    for text in found.remarks():
        out.print(f"note: {text}", style="dim")
    if found.settings.method == "descent":
        rise, gap = plain(found.largest_rise, 2), plain(found.walk.gap, 2)
        out.print(f"largest rise of the predicted cost {rise}, certified gap {gap}")
        return
    measured = found.worst_measured_deviation
    out.print(
        f"worst deviation of {name} from the start's: predicted {plain(found.worst_predicted_deviation, 2)}, "
        f"measured {value(name, measured) if measured == measured else 'n/a'}"
    )


def _files(found: "MoleculePath", folder: Path) -> dict[str, str]:
    return {
        "path.html": "for people: the molecules along the way",
        "path.csv": f"{len(found.stops)} stops with predicted and measured values; latents.csv has their latents",
        "run.json": f"settings, deviations, checksums; verify with: molconvex check {folder}",
    }
