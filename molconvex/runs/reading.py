"""A generation read back from its folder: what the app and other readers of results look at."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from molconvex.design.funnel import Funnel
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import DataError, MolconvexError
from molconvex.runs.stored_tables import StoredTables


@dataclass(frozen=True, eq=False)
class ReadRun:
    """A generation as it lies on disk.

    Attributes:
        settings: What was asked for.
        candidates, rejected, leads: As in `Run`.
        funnel: Counts of what passed each step.
        surrogates: Per goal, what run.json says of its surrogate.
        status: "complete", or "partial" where the run was stopped.
        seconds: That it took.
    """

    settings: GenerateSettings
    candidates: pd.DataFrame
    rejected: pd.DataFrame
    leads: pd.DataFrame
    funnel: Funnel
    surrogates: list[dict[str, Any]]
    status: Literal["complete", "partial"]
    seconds: float


def read_run(folder: str | Path) -> ReadRun:
    """Read the folder of a generation; its checksums are `check_run`'s matter.

    Raises:
        DataError: If it holds no generation that can be read.
    """
    folder = Path(folder)
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        tables = StoredTables(folder, record)
        funnel = Funnel({step["name"]: (int(step["count"]), int(step["of"])) for step in record["funnel"]})
        return ReadRun(
            settings=tables.settings,
            candidates=tables.candidates,
            rejected=tables.read("rejected.csv"),
            leads=tables.leads,
            funnel=funnel,
            surrogates=list(record["surrogates"]),
            status=record["status"],
            seconds=float(record.get("seconds", 0.0)),
        )
    except (OSError, ValueError, KeyError, TypeError, MolconvexError) as error:
        raise DataError(f"{folder.name} holds no run that can be read ({error}); run it again") from error
