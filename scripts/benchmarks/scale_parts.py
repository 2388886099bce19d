"""What stands in for parts of a batch while its costs are measured, observers and executors; memory of a process."""

import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from molconvex.runs.batch.executor import HereExecutor, Outcome
from molconvex.runs.batch.progress import BatchProgress
from molconvex.runs.batch.shard_work import Task
from molconvex.runs.store.shards import Shard, ShardResult, ShardState


class Silent:
    """An observer that no one reads, who notes processor time and memory as leads become over, and the last moment."""

    last = 0.0

    def __init__(self) -> None:
        self.marks: list[tuple[float, float]] = []

    def note(self, text: str) -> None:
        """Say nothing."""

    def lead(self, shard: Shard, state: ShardState, error: str, seconds: float | None) -> None:
        """Note (processor seconds, resident MiB)."""
        self.marks.append((time.process_time(), resident()))
        self.last = time.monotonic()

    def progress(self, now: BatchProgress) -> None:
        """Say nothing."""


class Noting(Silent):
    """The same, written to a file, so that a start after this one knows of it."""

    def __init__(self, file: Path, executor: "Metered") -> None:
        super().__init__()
        self._file, self._executor, self.leads = file, executor, 0
        self._before = time.process_time(), executor.working

    def lead(self, shard: Shard, state: ShardState, error: str, seconds: float | None) -> None:
        """Write (processor seconds, those of the work itself, resident MiB) since the last lead."""
        now = time.process_time(), self._executor.working
        with self._file.open("a") as file:
            file.write(json.dumps([now[0] - self._before[0], now[1] - self._before[1], resident()]) + "\n")
        self._before, self.leads = now, self.leads + 1


class Replaying:
    """Gives every lead the result of one, at once."""

    def __init__(self, result: ShardResult) -> None:
        self._result = result
        self._taken: list[Shard] = []

    def room(self) -> int:
        """One at a time."""
        return 1 - len(self._taken)

    def submit(self, shard: Shard, task: Task) -> None:
        """Take a lead."""
        self._taken.append(shard)

    def busy(self) -> int:
        """How many it has."""
        return len(self._taken)

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        """The same for each."""
        yield self._taken.pop(), self._result

    def close(self) -> None:
        """Nothing is open."""


class Metered(HereExecutor):
    """This process, with the processor time of the work itself."""

    working = 0.0

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        """Work, and add up."""
        began = time.process_time()
        for shard, outcome in super().finished(patience):
            self.working += time.process_time() - began
            yield shard, outcome
            began = time.process_time()


class Given:
    """The result of one lead for every other one."""

    def __init__(self, result: ShardResult) -> None:
        self._result = result

    def __call__(self, task: Task) -> ShardResult:
        return self._result


class Sleeping(Given):
    """The same after a time in which nothing is computed, as if a core of its own were at work.

    Args:
        result: Of every lead.
        seconds: That a lead takes on average; from half to one and a half times that, by its number.
    """

    def __init__(self, result: ShardResult, seconds: float) -> None:
        super().__init__(result)
        self._seconds = seconds

    def __call__(self, task: Task) -> ShardResult:
        time.sleep(self.seconds_of(task.number))
        return super().__call__(task)

    def seconds_of(self, number: int) -> float:
        """That a lead takes."""
        return self._seconds * (0.5 + random.Random(number).random())


def resident() -> float:
    """Memory of this process now, MiB; its peak where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    except OSError:
        return peak()


def peak() -> float:
    """Most memory that this process ever had, MiB; children do not count."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
