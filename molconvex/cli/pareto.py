"""`molconvex pareto`: leads and two or three goals in, a folder with predicted and measured fronts out."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from molconvex.cli.errors import STOPPED, reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import (
    Config,
    Leads,
    LeadTexts,
    Out,
    Overwrite,
    given_leads,
    name_files,
    plain_warnings,
    progress_bars,
    run_folder,
    stoppable,
)

if TYPE_CHECKING:
    from molconvex.design.pareto.run import ParetoRun

SHOWN = 12


def pareto(
    lead: LeadTexts = None,
    out: Out = None,
    config: Config = None,
    leads: Leads = None,
    overwrite: Overwrite = False,
    **values: Any,
) -> None:
    """Show what two or three goals cost each other around leads.

    Example:

      molconvex pareto "CC(=O)Oc1ccccc1C(=O)O" -g qed:max -g sa_score:min

    Molecules are searched for and measured; beside them stands the predicted front with its proofs.
    """
    with reported():
        folder = run_folder(out)
        run = _found(given_leads(lead, leads), config, values, folder, overwrite)
        _finish(run, folder, overwrite)


def _found(
    leads: dict[str, Any], config: Path | None, values: dict[str, Any], folder: Path, overwrite: bool
) -> "ParetoRun":
    """The run; settings and output folder are checked before anything heavy is loaded."""
    from molconvex.design.pareto.settings import ParetoSettings
    from molconvex.design.settings import load_settings
    from molconvex.objectives.bundled_surrogates import known_properties
    from molconvex.objectives.goals import check_known
    from molconvex.runs.folder import check_output

    settings = load_settings(config, given_settings(ParetoSettings, values) | leads, ParetoSettings)
    check_known([goal.property for goal in settings.goals], known_properties(settings.surrogates))
    check_output(folder, overwrite)
    from molconvex.design.pareto.fronts import find_fronts

    with progress_bars() as report, stoppable() as asked_to_stop, plain_warnings():
        return find_fronts(settings, progress=report, cancelled=asked_to_stop)


def _finish(run: "ParetoRun", folder: Path, overwrite: bool) -> None:
    """Write what came out, say it, name the files."""
    from molconvex.cli.tables import lead_notes, run_notes

    if run.status == "partial" and run.candidates.empty:
        raise KeyboardInterrupt
    from molconvex.runs import write_run

    folder = write_run(run, folder, overwrite)
    lead_notes(run.run)
    run_notes(run.run)
    _show(run)
    name_files(folder, _files(run, folder))
    if run.status == "partial":
        print("stopped: the files hold what was finished and are labelled partial", file=sys.stderr)
        raise typer.Exit(STOPPED)


def _show(run: "ParetoRun") -> None:
    """The measured front as a table, and for each lead what is proved."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from molconvex.chem import PROPERTIES
    from molconvex.cli.tables import console
    from molconvex.design.pareto.measured import shown_value, value_column
    from molconvex.runs.report.numbers import plain, share, value
    from molconvex.runs.report.predictions import WHAT_INTERVALS_ARE, prediction_text

    out, goals, molecules = console(), run.settings.goals, run.molecules
    names = dict(zip(run.run.leads["lead"], run.run.leads["name"], strict=True))
    shown = molecules.groupby("lead").head(SHOWN) if len(molecules) else molecules
    if molecules.empty:
        out.print("No molecule passed every filter: lower --similarity, or raise --budget.")
    else:
        title = f"{len(shown)} of {len(molecules)} molecules that none of {len(run.candidates)} candidates dominates"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Lead", overflow="fold", max_width=14)
        table.add_column("SMILES", overflow="fold", min_width=30, ratio=1)
        measurable = [goal.property in PROPERTIES for goal in goals]
        headings = [goal.property + ("" if ok else ", predicted") for goal, ok in zip(goals, measurable, strict=True)]
        for heading in [*headings, "Similar", "Beats lead"]:
            table.add_column(heading, justify="right", no_wrap=True)
        for _, row in shown.sort_values(["lead", value_column(goals[0], shown)]).iterrows():
            values = [
                value(goal.property, shown_value(row, goal)) if ok else prediction_text(row, goal.property)
                for goal, ok in zip(goals, measurable, strict=True)
            ]
            beats = "yes" if row["dominates_lead"] else "no"
            table.add_row(names[row["lead"]], row["smiles"], *values, share(row["similarity"]), beats)
        out.print(table)
        if not all(measurable):
            out.print(WHAT_INTERVALS_ARE, style="dim")
    for item in run.fronts:
        front = item.front
        out.print(
            f"{names[item.lead]}: predicted front of {len(front)} points from {front.program.n} programs, sandwich gap "
            f"{plain(front.gap, 2)}, hypervolume {plain(front.hypervolume, 4)}",
            style="dim",
        )


def _files(run: "ParetoRun", folder: Path) -> dict[str, str]:
    return {
        "report.html": "for people: the front drawn, structures, what is proved",
        "molecules.csv": f"{len(run.molecules)} molecules that no other dominates; all {len(run.candidates)} in "
        "candidates.csv, .parquet and .sdf",
        "front.csv": f"{len(run.front)} points of the predicted fronts, with their bounds",
        "run.json": f"settings, sandwich gaps, checksums; verify with: molconvex check {folder}",
    }
