"""Whose turn it is: runs of several people take turns, and no one fills the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from molconvex.exceptions import ConfigError
from molconvex.runs.store.runs import RunState, StoredRun


@dataclass(frozen=True)
class QueueLimits:
    """How much may run and wait.

    Attributes:
        at_once: Runs at the same time; each uses the whole machine.
        per_owner: Runs of one person that wait or run.
        in_all: Runs of all people that wait or run.
    """

    at_once: int = 1
    per_owner: int = 10
    in_all: int = 50

    def check(self, active: Sequence[StoredRun], owner: str) -> None:
        """Refuse one more run where there are too many.

        Raises:
            ConfigError: If the person or all people together have as many as may be.
        """
        own = sum(run.owner == owner for run in active)
        if own >= self.per_owner:
            raise ConfigError(f"{own} of your runs wait or run already; stop one of them or wait until one is over")
        if len(active) >= self.in_all:
            raise ConfigError(f"{len(active)} runs wait or run on this server already; try again later")


def in_turn(active: Sequence[StoredRun], served: Mapping[str, float] | None = None) -> list[StoredRun]:
    """Waiting runs in the order in which they will begin: owners take turns, each one's oldest first.

    Args:
        active: Runs that wait or run, the oldest first.
        served: When the last run of each owner began; who waits longest comes first in his turn.
    """
    began = served or {}
    taken: dict[str, int] = {}
    for run in active:
        if run.state is RunState.RUNNING:
            taken[run.owner] = taken.get(run.owner, 0) + 1
    waiting = []
    for place, run in enumerate(run for run in active if run.state is RunState.QUEUED):
        taken[run.owner] = taken.get(run.owner, 0) + 1
        waiting.append((taken[run.owner], began.get(run.owner, 0.0), place, run))
    return [run for *_, run in sorted(waiting, key=lambda entry: entry[:3])]
