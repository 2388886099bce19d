"""One run while it goes on: what it tells, when it stops, and what has been finished so far."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd

from molconvex.design.funnel import Funnel
from molconvex.design.proposals import Proposals
from molconvex.exceptions import CancelledError
from molconvex.latent import LatentModel

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]

CANDIDATES = ("id", "lead", "rank", "name", "smiles", "desirability")
REJECTED = ("lead", "smiles", "reason", "similarity", "found_by", "decodings")


def silent(stage: str, done: int, total: int) -> None:
    """Progress for no one."""


def never() -> bool:
    """Not cancelled."""
    return False


@dataclass
class Job:
    """What has been finished so far, lead by lead.

    Attributes:
        progress: Told (stage, done, total).
        cancelled: Asked between batches.
        funnel: Counts from programs to candidates.
        proposals: Solved programs, one entry a lead.
        candidates, rejected: Scored molecules, one table a lead.
        began: Clock at the start.
    """

    progress: Progress = silent
    cancelled: Cancelled = never
    funnel: Funnel = field(default_factory=Funnel)
    proposals: list[Proposals] = field(default_factory=list)
    candidates: list[pd.DataFrame] = field(default_factory=list)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def stop_if_asked(self) -> None:
        """Raises: CancelledError: If `cancelled` says so."""
        if self.cancelled():
            raise CancelledError("the run was stopped")

    def stage(self, name: str, before: int, total: int) -> Callable[[int, int], None]:
        """Progress within one lead as progress of the whole stage; `before` of `total` were done earlier."""
        return lambda done, _: self.progress(name, before + done, total)

    def candidate_table(self) -> pd.DataFrame:
        """Candidates of all leads, with the usual columns where there are none."""
        return _joined(self.candidates, CANDIDATES)

    def rejected_table(self) -> pd.DataFrame:
        """What was left out of all leads, with the usual columns where there is nothing."""
        return _joined(self.rejected, REJECTED)

    def information(self, model: LatentModel) -> dict[str, Any]:
        """Latent model, versions and seconds, for run.json."""
        return {
            "latent": {"fingerprint": model.fingerprint, "dim": model.latent_dim},
            "versions": versions(),
            "seconds": round(time.perf_counter() - self.began, 2),
        }


def versions() -> dict[str, str]:
    """Versions of what takes part."""
    import platform

    found = {"python": platform.python_version()}
    for name in ("molconvex", "torch", "rdkit", "numpy", "pandas"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found


def _joined(tables: list[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))
