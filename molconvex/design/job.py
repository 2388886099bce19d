"""One run while it goes on: what it tells, when it stops, and what has been finished so far."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar

import pandas as pd

from molconvex.design.funnel import Funnel
from molconvex.design.leads import PreparedLead
from molconvex.design.proposals import Proposals
from molconvex.exceptions import CancelledError, MolconvexError
from molconvex.latent import LatentModel

Progress = Callable[[str, int, int], None]
Cancelled = Callable[[], bool]

CANDIDATES = ("id", "lead", "rank", "name", "smiles", "desirability")
REJECTED = ("lead", "smiles", "reason", "similarity")


def silent(stage: str, done: int, total: int) -> None:
    """Progress for no one."""


def never() -> bool:
    """Not cancelled."""
    return False


@dataclass
class Job:
    """What has been finished so far, lead by lead.

    Attributes:
        per_lead: Names of the lists that grow by one entry a lead.
        progress: Told (stage, done, total).
        cancelled: Asked between batches.
        funnel: Counts from programs to candidates.
        proposals: Solved programs, one entry a lead.
        candidates, rejected: Scored molecules, one table a lead.
        began: Clock at the start.
    """

    per_lead: ClassVar[tuple[str, ...]] = ("proposals", "candidates", "rejected")

    progress: Progress = silent
    cancelled: Cancelled = never
    funnel: Funnel = field(default_factory=Funnel)
    proposals: list[Proposals] = field(default_factory=list)
    candidates: list[pd.DataFrame] = field(default_factory=list)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def next_program(self) -> int:
        """Number of the next program in the run's table."""
        return 1 + sum(item.program.n for item in self.proposals)

    def stop_if_asked(self) -> None:
        """Raises: CancelledError: If `cancelled` says so."""
        if self.cancelled():
            raise CancelledError("the run was stopped")

    @contextmanager
    def keeping_others(self, lead: PreparedLead, only: bool) -> Iterator[None]:
        """Work on one lead; whatever goes wrong there, memory included, costs no other lead what is finished.

        The lead keeps the reason and loses what was half done. Stopping on request goes on, and so does the error of
        the only lead, since nothing else is left.
        """
        before, counts = {name: len(getattr(self, name)) for name in self.per_lead}, dict(self.funnel.counts)
        try:
            yield
        except (CancelledError, KeyboardInterrupt):
            raise
        except Exception as error:
            if only:
                raise
            for name, length in before.items():
                del getattr(self, name)[length:]
            self.funnel.counts = counts
            known = isinstance(error, MolconvexError)
            lead.reason = str(error) if known else f"failed ({type(error).__name__}: {error})"

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
