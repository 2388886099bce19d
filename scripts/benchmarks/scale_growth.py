"""How what a batch costs beside its work grows with its leads, with the rows of the store, and with Dask's workers."""

import heapq
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from scale_parts import Silent, Sleeping, peak

from molconvex.chem import read_molecules
from molconvex.design import GenerateSettings
from molconvex.runs.batch import begin_batch, dask_executor, executor_for, run_batch
from molconvex.runs.batch.shard_work import parquet_bytes
from molconvex.runs.store import Store, open_store
from molconvex.runs.store.batches import GivenLead, StoredBatch
from molconvex.runs.store.shards import ShardResult

REPEATS = 50  # of each transaction


def measure_growth(leads: Path, sizes: list[int], workers: list[int]) -> dict[str, Any]:
    """Processor time of beginning a batch, of going on with it, and of each transaction, by its size."""
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        rows = [_of_size(leads, size, Path(folder)) for size in sizes]
    return {"by leads": rows, "asking for room, CPU ms, by workers of Dask": {n: _asking(n) for n in workers}}


def measure_workers(counts: list[int], leads: int, seconds: float) -> dict[str, Any]:
    """Share of the time of local Dask workers that is spent on leads whose work is a sleep: cores are not needed.

    Args:
        counts: Numbers of workers.
        leads: For each worker.
        seconds: Of a lead, on average.
    """
    import pandas as pd

    result = ShardResult(parquet_bytes(pd.DataFrame({"smiles": ["CCO"] * 20})), {"candidates": 20}, seconds)
    return {
        "leads for each worker": leads,
        "simulated seconds of a lead": seconds,
        "by workers": {n: _efficiency(n, n * leads, Sleeping(result, seconds)) for n in counts},
    }


def _efficiency(workers: int, leads: int, work: Sleeping) -> dict[str, float]:
    """Share of the workers' time that is spent on leads, until the last is kept and until the workers are gone; and
    what it would be if nothing but the last leads were waited for."""
    dask_executor.work_on = work
    executor, seen = executor_for(f"local:{workers}", lambda: False), Silent()
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        store = open_store(folder)
        rows = (GivenLead(n, f"m{n}", "CCO") for n in range(1, leads + 1))
        batch = store.batches.add("workers", GenerateSettings(leads=["C"], goals=["qed:max"]).to_dict(), {}, rows)
        executor._client.run(work.seconds_of, 0)  # type: ignore[attr-defined]  # loads what is no part of a lead
        began = time.monotonic()
        run_batch(store, batch, executor, seen, lambda: False)
        ended = time.monotonic()
        store.close()
    useful = sum(work.seconds_of(n) for n in range(1, leads + 1)) / workers
    return {
        "until the last lead is kept": round(useful / (seen.last - began), 3),
        "where nothing but the last leads is waited for": round(useful / _shortest(workers, leads, work), 3),
        "until the workers are gone": round(useful / (ended - began), 3),
    }


def _shortest(workers: int, leads: int, work: Sleeping) -> float:
    """Seconds of leads of which each goes to the worker that is free first, at once."""
    free = [0.0] * workers
    for number in range(1, leads + 1):
        heapq.heapreplace(free, free[0] + work.seconds_of(number))
    return max(free)


def _of_size(leads: Path, size: int, folder: Path) -> dict[str, Any]:
    file = folder / f"leads-{size}.smi"
    file.write_text("".join(f"{item.smiles}\n" for item in islice(read_molecules(leads), size)))
    store, settings = open_store(folder / str(size)), GenerateSettings(leads=["C"], goals=["qed:max"])
    begun = _spent(lambda: begin_batch(store, "growth", settings, file))
    again = _spent(lambda: begin_batch(store, "growth", settings, file))
    batch = store.batches.find("growth")
    assert batch is not None
    costs = _transactions(store, batch)
    store.close()
    kilobytes = sum(path.stat().st_size for path in (folder / str(size)).glob("store.sqlite*")) / 1000
    return {
        "leads": size,
        "begin, CPU s": round(begun, 2),
        "go on with it, CPU s": round(again, 3),
        **{name: round(1000 * cost, 2) for name, cost in costs.items()},
        "store at the beginning, kB a lead": round(kilobytes / size, 2),
        "peak memory, MiB": round(peak()),
    }


def _transactions(store: Store, batch: StoredBatch) -> dict[str, float]:
    """Processor seconds of taking a lead, of keeping it, and of counting all of them."""
    import pandas as pd

    process = store.batches.join(batch.id)
    result = ShardResult(parquet_bytes(pd.DataFrame({"smiles": ["CCO"] * 20})), {"candidates": 20}, 1.0)
    taken: list[int] = []

    def take() -> None:
        taken.extend(shard.id for shard in store.shards.claim(batch.id, process, 1))

    def keep() -> None:
        store.shards.finish(taken.pop(), process, result)

    def count() -> None:
        store.shards.counts(batch.id)

    steps = {"take a lead, CPU ms": take, "keep it, CPU ms": keep, "count all, CPU ms": count}
    return {name: _spent(partial(_often, step)) / REPEATS for name, step in steps.items()}


def _often(step: Callable[[], object]) -> None:
    for _ in range(REPEATS):
        step()


def _asking(workers: int) -> float:
    """Milliseconds that an executor needs to find out how much room there is; workers are threads of this process."""
    import distributed

    from molconvex.runs.batch.dask_executor import DaskExecutor

    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=False, dashboard_address=None, memory_limit=0
    ) as cluster:
        executor = DaskExecutor(distributed.Client(cluster))
        spent = _spent(lambda: _often(executor.room))
        executor.close()
    return round(1000 * spent / REPEATS, 2)


def _spent(function: Callable[[], object]) -> float:
    began = time.process_time()
    function()
    return time.process_time() - began
