"""`molconvex generate`: leads and goals in, a folder with candidates and a report out."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import STOPPED, reported
from molconvex.cli.working import own_surrogates, plain_warnings, progress_bars, stoppable

if TYPE_CHECKING:
    from molconvex.design import Run

SHOWN = 10
GOAL_HELP = "A wish: qed:max, sa_score:min, logp:1..3, 'tpsa:<90', 'logp:=2.5'; with a weight qed:max*2. Repeat."

REQUIRE_HELP = "A hard limit on a prediction, proved where it cannot be met: 'logp:<4', 'qed:>0.5'. Repeat."


def generate(
    lead: Annotated[list[str] | None, typer.Argument(help="SMILES of the leads.", show_default=False)] = None,
    goal: Annotated[list[str] | None, typer.Option("--goal", "-g", help=GOAL_HELP, show_default=False)] = None,
    require: Annotated[list[str] | None, typer.Option("--require", help=REQUIRE_HELP, show_default=False)] = None,
    similarity: Annotated[
        float | None, typer.Option(help="Least Tanimoto similarity to the lead.  [default: 0.4]", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for the run.  [default: runs/DATE-TIME]", show_default=False),
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="TOML file of settings; flags win.", show_default=False)
    ] = None,
    leads: Annotated[
        Path | None, typer.Option(help="File of leads: .smi, .csv, .tsv or .sdf, also .gz.", show_default=False)
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in the folder.")] = False,
    programs: Annotated[
        int | None, typer.Option(help="Convex programs per lead.  [default: 200]", show_default=False)
    ] = None,
    samples: Annotated[
        int | None, typer.Option(help="Sampled decodings per proposal.  [default: 8]", show_default=False)
    ] = None,
    temperature: Annotated[
        float | None, typer.Option(help="Of the sampled decodings.  [default: 1.0]", show_default=False)
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            help="ball, box, ellipsoid or hull: shape of the programs' regions.  [default: ball]", show_default=False
        ),
    ] = None,
    actives: Annotated[
        Path | None,
        typer.Option(help="File of known molecules: axes of ellipsoids, corners of hulls.", show_default=False),
    ] = None,
    radius: Annotated[
        float | None, typer.Option(help="Largest latent radius of a program; else calibrated.", show_default=False)
    ] = None,
    spread: Annotated[
        float | None, typer.Option(help="Largest distance of anchors from the lead.", show_default=False)
    ] = None,
    top: Annotated[
        int | None, typer.Option(help="Candidates kept per lead.  [default: 100]", show_default=False)
    ] = None,
    diverse: Annotated[bool | None, typer.Option("--diverse", help="Choose the top ones far apart.")] = None,
    alerts: Annotated[
        str | None,
        typer.Option(help="flag or drop molecules with structural alerts.  [default: flag]", show_default=False),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Reproduces everything.  [default: 0]", show_default=False)] = None,
    exact: Annotated[bool | None, typer.Option("--exact", help="Solve with cvxpy: slower, same answer.")] = None,
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
    """Propose better molecules around leads.

    Example: molconvex generate "CC(=O)Oc1ccccc1C(=O)O" -g qed:max -g logp:1..3 --similarity 0.4 --out runs/aspirin
    """
    given = {
        "goals": goal or None,
        "require": require or None,
        "similarity": similarity,
        "programs": programs,
        "samples": samples,
        "temperature": temperature,
        "region": region,
        "actives": actives,
        "radius": radius,
        "spread": spread,
        "top": top,
        "diverse": diverse,
        "alerts": alerts,
        "seed": seed,
        "exact": exact,
        "gap_tol": gap_tol,
        "aggregate": aggregate,
        "surrogates": surrogate and own_surrogates(surrogate),
        "known": known,
        "latent_model": latent_model,
        "device": device,
    }
    with reported():
        overrides = {name: value for name, value in given.items() if value is not None}
        folder = out or Path("runs", datetime.now().strftime("%Y-%m-%d-%H%M%S"))
        run = _generated(lead or [], leads, config, overrides, folder, overwrite)
        _finish(run, folder, overwrite)


def _generated(
    smiles: list[str], file: Path | None, config: Path | None, overrides: dict[str, Any], folder: Path, overwrite: bool
) -> "Run":
    """The run; settings and output folder are checked before anything heavy is loaded."""
    from molconvex.design.settings import Lead, load_settings, read_leads
    from molconvex.objectives.bundled_surrogates import known_properties
    from molconvex.objectives.goals import check_known

    if smiles or file is not None:
        overrides["leads"] = [*(Lead(text.strip()) for text in smiles), *(read_leads(file) if file else [])]
    settings = load_settings(config, overrides)
    check_known(settings.properties, known_properties(settings.surrogates))
    from molconvex.runs.folder import check_output

    check_output(folder, overwrite)
    from molconvex.design import generate as run_generation

    with progress_bars() as report, stoppable() as asked_to_stop, plain_warnings():
        return run_generation(settings, progress=report, cancelled=asked_to_stop)


def _finish(run: "Run", folder: Path, overwrite: bool) -> None:
    """Say what came out, write it, name the files."""
    from molconvex.cli.tables import candidate_table, lead_notes, requirement_notes

    if run.status == "partial" and run.candidates.empty:
        raise KeyboardInterrupt
    lead_notes(run)
    requirement_notes(run)
    candidate_table(run, SHOWN)
    from molconvex.runs import write_run

    write_run(run, folder, overwrite)
    _name_files(run, folder)
    if run.status == "partial":
        print("stopped: the files hold what was finished and are labelled partial", file=sys.stderr)
        raise typer.Exit(STOPPED)


def _name_files(run: "Run", folder: Path) -> None:
    from rich.console import Console

    files = {
        "report.html": "for people: structures, properties, certificates",
        "candidates.csv": f"{len(run.candidates)} candidates, also as .parquet and .sdf",
        "rejected.csv": f"{len(run.rejected)} molecules that were left out, with reasons",
        "programs.csv": f"{len(run.programs)} programs with their bounds",
        "run.json": f"settings, versions, checksums; verify with: molconvex check {folder}",
    }
    console = Console(soft_wrap=True, highlight=False)
    for name, text in files.items():
        console.print(f"{folder / name}  [dim]{text}[/dim]")
