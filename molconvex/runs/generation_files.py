"""The files of a generation.

candidates.csv, .parquet, .sdf    molecules that passed, best first within each lead
rejected.csv                      molecules that did not, with reasons
oracles.csv                       what oracles said of every molecule, where there are any
comparison.csv                    what search and control scored, where a control was asked for
programs.csv, leads.csv           programs with bounds; leads as given and as standardized
certificates/lead-N               programs, solutions and multipliers, for the independent check
certificates/lead-N-latents       latents of the lead and of its candidates, at which claims are made
report.html                       for people
run.json                          settings, versions, seed, latent fingerprint, surrogates, funnel, checksums
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from molconvex.chem import write_sdf
from molconvex.design.run import Run
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.runs.certificates import save_certificates
from molconvex.runs.claims import save_latents
from molconvex.runs.folder import GENERATION, write_record
from molconvex.runs.report import render_report
from molconvex.runs.stored_tables import ORACLES
from molconvex.tables import csv_text


def write_generation_files(run: Run, folder: Path) -> None:
    """Every file of a generation, run.json last."""
    write_tables(run, folder)
    (folder / "report.html").write_text(render_report(run), encoding="utf-8", newline="\n")
    write_record(run_record(run), folder)


def write_tables(run: Run, folder: Path) -> None:
    """Tables and certificates; the run's `information` gets the time of writing."""
    run.information["finished"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    (folder / "candidates.csv").write_text(csv_text(run.candidates), encoding="utf-8", newline="")
    run.candidates.to_parquet(folder / "candidates.parquet", index=False)
    write_sdf(folder / "candidates.sdf", run.candidates)
    for name in ("rejected", "programs", "leads"):
        (folder / f"{name}.csv").write_text(csv_text(getattr(run, name)), encoding="utf-8", newline="")
    if run.oracle_answers is not None:
        (folder / ORACLES).write_text(csv_text(run.oracle_answers), encoding="utf-8", newline="")
    if run.comparison is not None:
        (folder / "comparison.csv").write_text(csv_text(run.comparison), encoding="utf-8", newline="")
    save_certificates(folder, run.proposals)
    save_latents(folder, run.latents)


def run_record(run: Run) -> dict[str, Any]:
    """What run.json says of a run, but for the checksums."""
    return {
        "format": GENERATION,
        "status": run.status,
        "settings": run.settings.to_dict(),
        "seed": run.settings.seed,
        **run.information,
        "surrogates": [surrogate_record(part) for part in run.surrogates],
        "requirements": [
            {
                "requirement": str(item.requirement),
                "property": item.requirement.property,
                "origin": item.part.origin,
                "aggregate": item.surrogate.aggregate,
                "scaler": item.surrogate.scaler.to_dict(),
            }
            for item in run.required
        ],
        "funnel": run.funnel.to_list(),
        "counts": {"candidates": len(run.candidates), "rejected": len(run.rejected), "programs": len(run.programs)},
    }


def surrogate_record(part: GoalSurrogate) -> dict[str, Any]:
    """What run.json says of a goal's surrogate."""
    return {
        "property": part.goal.property,
        "goal": str(part.goal),
        "origin": part.origin,
        "aggregate": part.surrogate.aggregate,
        "scaler": part.surrogate.scaler.to_dict(),
        "refined": not part.is_measurable and part.surrogate.refinement is not None,
        "value_range": list(part.value_range),
        "metrics": part.surrogate.card.get("metrics", {}),
        "data_sha256": part.surrogate.card.get("data", {}).get("sha256"),
    }
