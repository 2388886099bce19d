"""Small results, and an executor that gives them at once: what tests of the store and of the order of work need."""

from collections.abc import Callable, Iterator

import pandas as pd

from molconvex.runs.batch.executor import Outcome
from molconvex.runs.batch.progress import BatchProgress
from molconvex.runs.batch.shard_work import Task, parquet_bytes
from molconvex.runs.store.batches import GivenLead
from molconvex.runs.store.shards import Shard, ShardResult, ShardState


def small_leads(count: int) -> list[GivenLead]:
    return [GivenLead(number + 1, f"m{number}", "C" * number) for number in range(1, count + 1)]


def small_result(number: int) -> ShardResult:
    """Two candidates, one of which every lead has."""
    smiles = ["CCO", "N" * number]
    table = pd.DataFrame({"lead": number, "rank": [1, 2], "smiles": smiles, "desirability": [0.9, 0.5]})
    summary = {
        "smiles": "C" * number,
        "candidates": 2,
        "meeting": 1,
        "better": 2,
        "best": {"smiles": "CCO", "desirability": 0.9, "gain": 0.1 * number, "similarity": 0.5, "realised_share": 0.4},
        "realised_share": 0.6,
        "funnel": {"scored": [2, 4]},
    }
    return ShardResult(parquet_bytes(table), summary, 0.25)


class QuickExecutor:
    """Gives each shard what a function of it says, `at_once` at a time, the last taken first."""

    def __init__(self, answer: Callable[[Shard], Outcome] = lambda shard: small_result(shard.number), at_once: int = 3):
        self.answer, self.at_once, self.taken, self.worked = answer, at_once, [], []

    def room(self) -> int:
        return self.at_once - len(self.taken)

    def submit(self, shard: Shard, task: Task) -> None:
        self.taken.append(shard)

    def busy(self) -> int:
        return len(self.taken)

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        shard = self.taken.pop()
        self.worked.append(shard.number)
        yield shard, self.answer(shard)

    def close(self) -> None:
        self.taken.clear()


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.leads: list[tuple[int, ShardState, str]] = []
        self.seen: list[BatchProgress] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def lead(self, shard: Shard, state: ShardState, error: str, seconds: float | None) -> None:
        self.leads.append((shard.number, state, error))

    def progress(self, now: BatchProgress) -> None:
        self.seen.append(now)
