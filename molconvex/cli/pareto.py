"""`molconvex pareto`: leads and two or three goals in, a folder with predicted and measured fronts out."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import STOPPED, reported
from molconvex.cli.working import own_surrogates, plain_warnings, progress_bars, stoppable

if TYPE_CHECKING:
    from molconvex.design.pareto.run import ParetoRun

SHOWN = 12
GOAL_HELP = "A wish, two or three of them: qed:max, sa_score:min, logp:1..3, 'tpsa:<90', 'logp:=2.5'. Repeat."


def pareto(
    lead: Annotated[list[str] | None, typer.Argument(help="SMILES of the leads.", show_default=False)] = None,
    goal: Annotated[list[str] | None, typer.Option("--goal", "-g", help=GOAL_HELP, show_default=False)] = None,
    similarity: Annotated[
        float | None, typer.Option(help="Least Tanimoto similarity to the lead.  [default: 0.4]", show_default=False)
    ] = None,
    radius: Annotated[
        float | None, typer.Option(help="Latent radius of the front's region; else calibrated.", show_default=False)
    ] = None,
    points: Annotated[
        int | None, typer.Option(help="Most points of a predicted front.  [default: 32]", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the run.  [default: runs/DATE-TIME]", show_default=False),
    ] = None,
    leads: Annotated[
        Path | None, typer.Option(help="File of leads: .smi, .csv, .tsv or .sdf, also .gz.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.")] = False,
    programs: Annotated[
        int | None,
        typer.Option(help="Programs beside the front, for more molecules.  [default: 96]", show_default=False),
    ] = None,
    spread: Annotated[
        float | None, typer.Option(help="Largest distance of their anchors from the lead.", show_default=False)
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Sampled decodings per program.  [default: 8]", show_default=False)
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Of the sampled decodings.  [default: 1.0]", show_default=False)
    ] = None,
    alerts: Annotated[
        str | None,
        typer.Option(help="flag or drop molecules with structural alerts.  [default: flag]", show_default=False),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Reproduces everything.  [default: 0]", show_default=False)] = None,
    front_tol: Annotated[
        float | None, typer.Option(help="Sandwich gap that is fine enough.  [default: 0.001]", show_default=False)
    ] = None,
    gap_tol: Annotated[
        float | None, typer.Option(help="Gap that counts as certified.  [default: 0.0001]", show_default=False)
    ] = None,
    aggregate: Annotated[
        str | None, typer.Option(help="Pessimism of ensembles: mean, max or cvar:0.3.", show_default=False)
    ] = None,
    surrogate: Annotated[
        list[str] | None, typer.Option(help="A surrogate of your own: PROPERTY=FOLDER. Repeat.", show_default=False)
    ] = None,
    known: Annotated[
        Path | None, typer.Option(help="File of known molecules, to state novelty.", show_default=False)
    ] = None,
    latent_model: Annotated[
        str | None, typer.Option(help="Folder or plug-in in place of the bundled model.", show_default=False)
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu or cuda.  [default: cpu]", show_default=False)] = None,
) -> None:
    """Show what two or three goals cost each other around leads.

    Example: molconvex pareto "CC(=O)Oc1ccccc1C(=O)O" -g qed:max -g sa_score:min --out runs/aspirin-front
    """
    given = {
        "goals": goal or None,
        "similarity": similarity,
        "radius": radius,
        "points": points,
        "programs": programs,
        "spread": spread,
        "samples": samples,
        "temperature": temperature,
        "alerts": alerts,
        "seed": seed,
        "front_tol": front_tol,
        "gap_tol": gap_tol,
        "aggregate": aggregate,
        "surrogates": surrogate and own_surrogates(surrogate),
        "known": known,
        "latent_model": latent_model,
        "device": device,
    }
    with reported():
        values = {name: value for name, value in given.items() if value is not None}
        folder = out or Path("runs", datetime.now().strftime("%Y-%m-%d-%H%M%S"))
        _finish(_found(lead or [], leads, values, folder, overwrite), folder, overwrite)


def _found(smiles: list[str], file: Path | None, values: dict[str, Any], folder: Path, overwrite: bool) -> "ParetoRun":
    """The run; settings and output folder are checked before anything heavy is loaded."""
    from molconvex.design.pareto.settings import ParetoSettings
    from molconvex.design.settings import Lead, read_leads
    from molconvex.objectives.bundled_surrogates import known_properties
    from molconvex.objectives.goals import check_known
    from molconvex.runs.folder import check_output

    if smiles or file is not None:
        values["leads"] = [*(Lead.from_plain(text) for text in smiles), *(read_leads(file) if file else [])]
    settings = ParetoSettings(**values)
    check_known([goal.property for goal in settings.goals], known_properties(settings.surrogates))
    check_output(folder, overwrite)
    from molconvex.design.pareto.fronts import find_fronts

    with progress_bars() as report, stoppable() as asked_to_stop, plain_warnings():
        return find_fronts(settings, progress=report, cancelled=asked_to_stop)


def _finish(run: "ParetoRun", folder: Path, overwrite: bool) -> None:
    """Say what came out, write it, name the files."""
    from molconvex.cli.tables import lead_notes

    if run.status == "partial" and run.candidates.empty:
        raise KeyboardInterrupt
    lead_notes(run.run)
    _show(run)
    from molconvex.runs import write_run

    write_run(run, folder, overwrite)
    _name_files(run, folder)
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

    out, goals, molecules = console(), run.settings.goals, run.molecules
    names = dict(zip(run.run.leads["lead"], run.run.leads["name"], strict=True))
    shown = molecules.groupby("lead").head(SHOWN) if len(molecules) else molecules
    if molecules.empty:
        out.print("No molecule passed every filter: lower --similarity, or raise --programs or --temperature.")
    else:
        title = f"{len(shown)} of {len(molecules)} molecules that none of {len(run.candidates)} candidates dominates"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Lead", overflow="fold", max_width=14)
        table.add_column("SMILES", overflow="fold", min_width=30, ratio=1)
        measurable = [goal.property in PROPERTIES for goal in goals]
        headings = [goal.property + ("" if ok else ", predicted") for goal, ok in zip(goals, measurable, strict=True)]
        for heading in [*headings, "Similar", "Beats lead"]:
            table.add_column(heading, justify="right", no_wrap=True)
        for _, row in shown.sort_values(["lead", value_column(goals[0])]).iterrows():
            values = [value(goal.property, shown_value(row, goal)) for goal in goals]
            beats = "yes" if row["dominates_lead"] else "no"
            table.add_row(names[row["lead"]], row["smiles"], *values, share(row["similarity"]), beats)
        out.print(table)
    for item in run.fronts:
        front = item.front
        out.print(
            f"{names[item.lead]}: predicted front of {len(front)} points from {front.program.n} programs, sandwich gap "
            f"{plain(front.gap, 2)}, hypervolume {plain(front.hypervolume, 4)}",
            style="dim",
            markup=False,
        )


def _name_files(run: "ParetoRun", folder: Path) -> None:
    from rich.console import Console

    files = {
        "report.html": "for people: the front drawn, structures, what is proved",
        "molecules.csv": f"{len(run.molecules)} molecules that no other dominates; all {len(run.candidates)} in "
        "candidates.csv, .parquet and .sdf",
        "front.csv": f"{len(run.front)} points of the predicted fronts, with their bounds",
        "run.json": f"settings, sandwich gaps, checksums; verify with: molconvex check {folder}",
    }
    console = Console(soft_wrap=True, highlight=False)
    for name, text in files.items():
        console.print(f"{folder / name}  [dim]{text}[/dim]")
