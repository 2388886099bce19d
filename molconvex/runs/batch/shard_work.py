"""The work on one shard: a lead generated, and everything about it as plain values and bytes, fit to travel."""

import io
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from molconvex.exceptions import CancelledError, ChemistryError, MolconvexError, OracleError
from molconvex.long_lived import keep_from_collector
from molconvex.runs.store.pipelines import VARIABLE, pipeline
from molconvex.runs.store.shards import ShardResult

if TYPE_CHECKING:
    import pandas as pd

    from molconvex.design import Preparation, Run


class Failure(Enum):
    """What is to become of a shard that failed."""

    AGAIN = "it is tried again, some times"
    ASIDE = "it would fail again and is set aside"
    UNUSABLE = "its lead cannot be used"
    DIED = "its worker died"
    STOPPED = "the work was stopped"
    UNPREPARED = "no shard can be worked on here"


@dataclass(frozen=True)
class ShardFailure:
    """Why a shard gave nothing."""

    how: Failure
    kind: str
    error: str


@dataclass(frozen=True)
class Task:
    """One lead to work on; `settings` is JSON of `GenerateSettings`, the same text for all shards of a batch."""

    settings: str
    number: int
    smiles: str
    name: str


def work_on(task: Task, cancelled: Callable[[], bool] | None = None) -> ShardResult | ShardFailure:
    """Generate around a lead; what goes wrong comes back as a value. Models are loaded at the first call."""
    from molconvex.design import Lead, generate_lead

    try:
        prepared = _prepared(task.settings)
    except Exception as error:
        return _failure(Failure.UNPREPARED, error)
    began = time.perf_counter()
    try:
        run = generate_lead(prepared, Lead(task.smiles, task.name), task.number, cancelled=cancelled)
        return ShardResult(parquet_bytes(run.candidates), summary_of(run), time.perf_counter() - began)
    except CancelledError as error:
        return _failure(Failure.STOPPED, error)
    except ChemistryError as error:
        return _failure(Failure.UNUSABLE, error)
    except OracleError as error:  # it may be down for a minute only
        return _failure(Failure.AGAIN, error)
    except MolconvexError as error:
        return _failure(Failure.ASIDE, error)
    except Exception as error:
        return _failure(Failure.AGAIN, error)


@lru_cache(maxsize=1)
def _prepared(settings: str) -> "Preparation":
    """Models and goals, loaded once by each process; one thread, for sums must not depend on the machine's cores."""
    import os

    import torch

    from molconvex.design import GenerateSettings, prepare_generation

    torch.set_num_threads(1)
    wanted = GenerateSettings(**json.loads(settings))
    if os.environ.get(VARIABLE):
        put = pipeline()
        prepared = prepare_generation(wanted, latent_model=put.latent_model(), reference=put.reference())
    else:
        prepared = prepare_generation(wanted)
    keep_from_collector()
    return prepared


def parquet_bytes(table: "pd.DataFrame") -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def summary_of(run: "Run") -> dict[str, Any]:
    """A lead in few numbers: itself, its best candidate, realised shares, and where molecules were lost."""
    from molconvex.design.run_notes import structure_notes
    from molconvex.objectives import meets_every_goal
    from molconvex.objectives.prediction_notes import prediction_notes

    lead, table = run.leads.iloc[0], run.candidates
    summary: dict[str, Any] = {
        "smiles": str(lead["smiles"]),
        "notes": str(lead["notes"]),
        "desirability": _number(lead["desirability"]),
        "stopped": str(lead["stopped"]),
        "candidates": len(table),
        "meeting": int(meets_every_goal(run.settings.goals, table, run.leads).sum()) if len(table) else 0,
        "better": int((table["gain"] > 0).sum()) if len(table) else 0,
        "best": None,
        "realised_share": None,
        "remarks": structure_notes(run),
        "goal_notes": prediction_notes(run),
        "funnel": {step.name: [step.count, step.of] for step in run.funnel},
    }
    if len(table):
        names = ("desirability", "gain", "similarity", "realised_share")
        best = table.iloc[0]
        summary["best"] = {"smiles": str(best["smiles"])} | {name: _number(best.get(name)) for name in names}
        if "realised_share" in table:
            summary["realised_share"] = _number(table["realised_share"].max())
    return summary


def _number(value: Any) -> float | None:
    """A number that JSON knows; None where there is none."""
    return None if value is None or not math.isfinite(float(value)) else float(value)


def _failure(how: Failure, error: BaseException) -> ShardFailure:
    return ShardFailure(how, type(error).__name__, str(error) or type(error).__name__)
