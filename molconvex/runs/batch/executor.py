"""Where shards are worked on: what every place offers, and the simplest one, this process."""

from collections.abc import Callable, Iterator
from typing import Protocol

from molconvex.runs.batch.shard_work import ShardFailure, Task, work_on
from molconvex.runs.store.shards import Shard, ShardResult

Outcome = ShardResult | ShardFailure


class Executor(Protocol):
    """Works on shards, some at a time."""

    def room(self) -> int:
        """How many more shards it would take now."""

    def submit(self, shard: Shard, task: Task) -> None:
        """Take a shard."""

    def busy(self) -> int:
        """How many shards it has."""

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        """Shards that are over, waiting for the first of them for some seconds at most."""

    def close(self) -> None:
        """Give up everything that is unfinished."""


class HereExecutor:
    """This process, one shard after the other."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self._waiting: list[tuple[Shard, Task]] = []

    def room(self) -> int:
        """One where there is none."""
        return 1 - len(self._waiting)

    def submit(self, shard: Shard, task: Task) -> None:
        """Take a shard; the work begins when it is asked for."""
        self._waiting.append((shard, task))

    def busy(self) -> int:
        """How many shards it has."""
        return len(self._waiting)

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        """Work on what was taken, however long that takes."""
        while self._waiting:
            shard, task = self._waiting.pop(0)
            yield shard, work_on(task, self._cancelled)

    def close(self) -> None:
        """Nothing is left to give up."""
        self._waiting.clear()
