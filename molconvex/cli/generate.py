"""`molconvex generate`: leads and goals in, a folder with candidates and a report out."""

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
    from molconvex.design import Run
    from molconvex.runs.unfinished import Unfinished

SHOWN = 10


def generate(
    lead: LeadTexts = None,
    out: Out = None,
    config: Config = None,
    leads: Leads = None,
    overwrite: Overwrite = False,
    **values: Any,
) -> None:
    """Propose better molecules around leads.

    Example:

      molconvex generate "CC(=O)Oc1ccccc1C(=O)O" -g qed:max -g logp:1..3

    Goals say what is wanted of a property; `molconvex info` lists the properties.
    """
    with reported():
        folder = run_folder(out)
        run, unfinished = _generated(given_leads(lead, leads), config, values, folder, overwrite)
        _finish(run, folder, overwrite, unfinished)


def _generated(
    leads: dict[str, Any], config: Path | None, values: dict[str, Any], folder: Path, overwrite: bool
) -> "tuple[Run, Unfinished]":
    """The run, and what kept its finished leads; settings and folder are checked before anything heavy is loaded."""
    from molconvex.chem import PROPERTIES
    from molconvex.design.settings import GenerateSettings, load_settings
    from molconvex.objectives.bundled_surrogates import known_properties
    from molconvex.objectives.goals import check_known
    from molconvex.oracles import check_oracles

    settings = load_settings(config, given_settings(GenerateSettings, values) | leads, GenerateSettings)
    check_known(settings.properties, known_properties(settings.own_properties))
    check_oracles(settings.oracles, PROPERTIES)
    from molconvex.runs.folder import check_output

    check_output(folder, overwrite)
    from molconvex.design import generate as run_generation
    from molconvex.runs.unfinished import Unfinished, left_unfinished

    for left in left_unfinished(folder):
        print(f"note: {left} holds what an earlier, killed command had finished", file=sys.stderr)
    unfinished = Unfinished(folder)
    with progress_bars() as report, stoppable() as asked_to_stop, plain_warnings():
        run = run_generation(settings, progress=report, cancelled=asked_to_stop, after_lead=unfinished.keep)
    return run, unfinished


def _finish(run: "Run", folder: Path, overwrite: bool, unfinished: "Unfinished") -> None:
    """Write what came out, say it, name the files."""
    from molconvex.cli.tables import candidate_table, lead_notes, run_notes

    if run.status == "partial" and run.candidates.empty:
        raise KeyboardInterrupt
    from molconvex.runs import write_run

    folder = write_run(run, folder, overwrite)
    unfinished.remove()
    lead_notes(run)
    run_notes(run)
    candidate_table(run, SHOWN)
    name_files(folder, _files(run, folder))
    if run.status == "partial":
        print("stopped: the files hold what was finished and are labelled partial", file=sys.stderr)
        raise typer.Exit(STOPPED)


def _files(run: "Run", folder: Path) -> dict[str, str]:
    asked = {} if run.oracle_answers is None else {"oracles.csv": f"{len(run.oracle_answers)} answers of oracles"}
    return asked | {
        "report.html": "for people: structures, properties, certificates",
        "candidates.csv": f"{len(run.candidates)} candidates, also as .parquet and .sdf",
        "rejected.csv": f"{len(run.rejected)} molecules that were left out, with reasons",
        "programs.csv": f"{len(run.programs)} programs with their bounds",
        **({} if run.comparison is None else {"comparison.csv": "what search and control scored"}),
        "run.json": f"settings, versions, checksums; verify with: molconvex check {folder}",
    }
