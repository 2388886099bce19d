"""How far a batch is: counts, rate and time left; and who is told."""

import time
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from molconvex.runs.store import Store
from molconvex.runs.store.batches import StoredBatch
from molconvex.runs.store.shards import Shard, ShardState

WINDOW = 900.0  # seconds over which the rate of others is judged


@dataclass(frozen=True)
class BatchProgress:
    """Where a batch stands.

    Attributes:
        total: Rows of the file of leads.
        done, failed, rejected: Leads that are finished, set aside, or no use.
        working, waiting: The others.
        per_minute: Leads that become over in a minute, None while unknown.
        seconds_left: At that rate, None while unknown.
    """

    name: str
    total: int
    done: int
    failed: int
    rejected: int
    working: int
    waiting: int
    per_minute: float | None
    seconds_left: float | None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.working + self.waiting == 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


class Observer(Protocol):
    """Who is told how a batch goes on."""

    def note(self, text: str) -> None:
        """Something that a person should know."""

    def lead(self, shard: Shard, state: ShardState, error: str, seconds: float | None) -> None:
        """A lead is over, or waits for another try (WAITING)."""

    def progress(self, now: BatchProgress) -> None:
        """How far the batch is."""


def progress_from(name: str, counts: dict[ShardState, int], over: int, seconds: float) -> BatchProgress:
    """Progress of which `over` leads became over within some seconds."""
    left = counts[ShardState.WORKING] + counts[ShardState.WAITING]
    per_second = over / seconds if over and seconds > 0 else None
    return BatchProgress(
        name,
        sum(counts.values()),
        counts[ShardState.DONE],
        counts[ShardState.FAILED],
        counts[ShardState.REJECTED],
        counts[ShardState.WORKING],
        counts[ShardState.WAITING],
        None if per_second is None else 60.0 * per_second,
        None if per_second is None or not left else left / per_second,
    )


def progress_of(store: Store, batch: StoredBatch) -> BatchProgress:
    """Progress of a batch that others work on, by what became over of late."""
    at_work, now = store.batches.at_work(batch.id), time.time()
    since = max([now - WINDOW, min((started for *_, started in at_work), default=now)])
    over = store.shards.ended_since(batch.id, since) if at_work else 0
    return progress_from(batch.name, store.shards.counts(batch.id), over, now - since)
