"""What batches cost beside the work itself, and whether kills change their tables.

    python scripts/benchmarks/scale.py store --leads data/examples/leads.smi --count 5000
    python scripts/benchmarks/scale.py kills --leads data/examples/leads.smi --kills 20 --seed 1

`store` generates around the first lead once, and keeps that result for `--count` leads through the same code as
`molconvex batch`: processor time of taking and keeping a lead beside that of generating it, peak memory, size. From
these it computes the efficiency of 1, 2, 4 and 8 workers: a simulation, in which one process keeps what all give.
`kills` runs `molconvex batch` undisturbed, then again, killed at random moments and started anew, and compares tables.
"""

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from molconvex.design import GenerateSettings, read_leads
from molconvex.runs.batch import run_batch, write_results
from molconvex.runs.batch.executor import Outcome
from molconvex.runs.batch.progress import BatchProgress
from molconvex.runs.batch.shard_work import ShardFailure, Task, work_on
from molconvex.runs.store import open_store
from molconvex.runs.store.batches import GivenLead
from molconvex.runs.store.shards import Shard, ShardResult, ShardState

GOALS = ["qed:max", "logp:1..3"]
WORKERS = (1, 2, 4, 8)
TIMED = ("seconds",)  # columns that no two runs share


class Silent:
    """An observer that no one reads."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def lead(self, shard: Shard, state: ShardState, error: str, seconds: float | None) -> None:
        """Say nothing."""

    def progress(self, now: BatchProgress) -> None:
        """Say nothing."""


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


def measure_store(leads: Path, count: int, budget: int, url: str | None) -> dict[str, Any]:
    """Processor seconds a lead of generating and of keeping, megabytes, and simulated efficiency."""
    first = read_leads(leads)[0]
    settings = GenerateSettings(leads=[first], goals=GOALS, budget=budget)
    text = json.dumps(settings.to_dict(), sort_keys=True)
    work_on(Task(text, 1, first.smiles, first.name))  # loads models
    began = time.process_time()
    result = work_on(Task(text, 1, first.smiles, first.name))
    generating = time.process_time() - began
    if isinstance(result, ShardFailure):
        raise SystemExit(f"error: {result.error}")
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        store = open_store(folder, url)
        rows = (GivenLead(n, f"m{n}", first.smiles) for n in range(1, count + 1))
        batch = store.batches.add(f"scale-{time.time_ns()}", settings.to_dict(), {}, rows)
        before, began = _peak(), time.process_time()
        run_batch(store, batch, Replaying(result), Silent(), lambda: False)
        keeping = (time.process_time() - began) / count
        store.close()
        size = sum(path.stat().st_size for path in Path(folder).glob("store.sqlite*"))
    return {
        "leads": count,
        "candidates a lead": len(result.findings),
        "generating, CPU s a lead": round(generating, 3),
        "taking and keeping, CPU s a lead": round(keeping, 5),
        "times the work without a store": round(1 + keeping / generating, 4),
        "peak memory before, MiB": round(before),
        "peak memory after, MiB": round(_peak()),
        "store, kB a lead": round(size / 1000 / count, 1),
        "simulated efficiency": {n: round(efficiency(generating, keeping, n), 3) for n in WORKERS},
    }


def efficiency(work: float, keep: float, workers: int) -> float:
    """Share of n workers' time spent on leads, where one process takes and keeps for all, one after the other."""
    return work / max(work + keep, workers * keep)


def measure_kills(leads: Path, kills: int, seed: int, budget: int) -> dict[str, Any]:
    """Kill a batch at random moments, and compare what it gave with what an undisturbed one gave."""
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        calm, troubled = Path(folder, "calm.sqlite"), Path(folder, "troubled.sqlite")
        took = _run(leads, calm, budget, None)
        generator, killed, starts = random.Random(seed), 0, 0
        while killed < kills:
            starts += 1
            if _run(leads, troubled, budget, generator.uniform(0.0, took or 0.0)) is not None:
                break
            killed += 1
        _run(leads, troubled, budget, None)
        same = _tables(calm, leads) == _tables(troubled, leads)
    return {"kills": killed, "tables identical": same, "undisturbed, s": round(took or 0.0, 1)}


def _run(leads: Path, store: Path, budget: int, kill_after: float | None) -> float | None:
    """Seconds that `molconvex batch` took; None where it was killed."""
    goals = [part for goal in GOALS for part in ("-g", goal)]
    command = [sys.executable, "-m", "molconvex.cli", "batch", str(leads), *goals, "--budget", str(budget)]
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--store", str(store), "--rejects", str(store.with_suffix(".csv"))],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return None
    if process.returncode:
        raise SystemExit(f"error: molconvex batch ended with {process.returncode}")
    return time.monotonic() - began


def _tables(place: Path, leads: Path) -> dict[str, Any]:
    """Contents of all tables of results, but for times."""
    import pandas as pd

    store = open_store(place.parent, f"sqlite:///{place}")
    (batch,) = store.batches.all()
    folder = write_results(store, batch, place.with_suffix(".results"), ["csv"])
    store.close()
    tables = {name: pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("candidates", "leads")}
    return {name: table.drop(columns=list(TIMED), errors="ignore").to_csv() for name, table in tables.items()}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["store", "kills"])
    parser.add_argument("--leads", type=Path, required=True)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--budget", type=int, default=20, help="molecules scored per lead")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", help="URL of a database; SQLite by default")
    args = parser.parse_args(argv)
    if args.what == "store":
        found = measure_store(args.leads, args.count, args.budget, args.store)
    else:
        found = measure_kills(args.leads, args.kills, args.seed, args.budget)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
