"""The files of a Pareto run.

front.csv                         the predicted front: programs that no other of their lead dominates
molecules.csv                     the measured front: candidates that no other of their lead dominates
front-N.svg                       both, drawn, with structures; N is the lead's number
report.html                       for people
candidates.csv, .parquet, .sdf    every molecule that passed; rejected.csv those that did not, with reasons
programs.csv, leads.csv           every program with its bound; leads as given and as standardized
certificates/lead-N               programs, solutions and multipliers, for the independent check
certificates/lead-N-latents       latents of the lead and of its candidates, at which claims are made
run.json                          settings, versions, seed, sandwich gaps, hypervolumes, checksums
"""

from pathlib import Path

from molconvex.design.pareto.run import ParetoRun
from molconvex.runs.folder import PARETO, write_record
from molconvex.runs.generation_files import run_record, write_tables
from molconvex.runs.report.front_figure import draw_front
from molconvex.runs.report.pareto_page import render_pareto_report
from molconvex.tables import csv_text


def write_pareto_files(run: ParetoRun, folder: Path) -> None:
    """Every file of a Pareto run, run.json last."""
    write_tables(run.run, folder)
    (folder / "front.csv").write_text(csv_text(run.front), encoding="utf-8", newline="")
    (folder / "molecules.csv").write_text(csv_text(run.molecules), encoding="utf-8", newline="")
    for item in run.fronts:
        (folder / f"front-{item.lead}.svg").write_text(draw_front(run, item.lead), encoding="utf-8", newline="\n")
    (folder / "report.html").write_text(render_pareto_report(run), encoding="utf-8", newline="\n")
    record = run_record(run.run)
    record |= {
        "format": PARETO,
        "settings": run.settings.to_dict(),
        "fronts": [item.to_dict() for item in run.fronts],
        "counts": record["counts"] | {"front": len(run.front), "molecules": len(run.molecules)},
    }
    write_record(record, folder)
