"""What batches cost beside the work itself, with many leads, rows and workers, and whether kills change their tables.

    python scripts/benchmarks/scale.py store --leads data/examples/leads.smi --count 5000 --plot growth.svg
    python scripts/benchmarks/scale.py leads --leads zinc250k.smi.gz --count 5000 --folder scale --minutes 30
    python scripts/benchmarks/scale.py growth --leads zinc250k.smi.gz --count 100000
    python scripts/benchmarks/scale.py workers --count 20
    python scripts/benchmarks/scale.py rejects --leads zinc250k.smi.gz --count 100000
    python scripts/benchmarks/scale.py kills --leads zinc250k.smi.gz --count 40 --budget 10 --kills 100 --mode here

`store` generates around the first lead once, and keeps that result for `--count` leads through the code of `molconvex
batch`, in this process and through Dask: processor time of taking and keeping a lead beside that of generating it.
From these it computes the efficiency of many workers: a simulation. `leads` generates around real leads for so many
minutes of processor time, says what all of them cost until now, and goes on when it is started again; started twice on
one folder, two processes share the leads. `growth` begins
batches of 1,000 to `--count` leads, and measures each transaction on them. `workers` lets Dask workers sleep instead of
working, so that more of them than there are cores can be measured. `rejects` begins a batch one in twenty of whose
rows is broken. `kills` kills a batch (`--mode here`), workers of Dask (`workers`) or stops the database server
(`server`), and compares the tables with those of an undisturbed batch.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

from scale_growth import measure_growth, measure_workers
from scale_kills import Job, killed_often, report, server_restarted, workers_killed
from scale_parts import Given, Metered, Noting, Replaying, Silent, peak, resident

from molconvex.chem import read_molecules
from molconvex.design import GenerateSettings, read_leads
from molconvex.runs.batch import begin_batch, dask_executor, executor_for, run_batch
from molconvex.runs.batch.executor import Executor
from molconvex.runs.batch.shard_work import ShardFailure, Task, work_on
from molconvex.runs.store import Store, open_store
from molconvex.runs.store.batches import GivenLead
from molconvex.runs.store.shards import ShardResult, ShardState

GOALS = ["qed:max", "logp:1..3"]
WORKERS = (1, 2, 4, 8, 16, 64)
SIZES = (1_000, 10_000, 100_000)
PARTS = 10  # of a batch, whose costs are told apart
SENT = 300  # leads sent through Dask
SECONDS = 2.0  # of a lead whose work is simulated
BROKEN = 20  # one row in so many
ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
LEADS = ROOT / "data" / "examples" / "leads.smi"


def measure_store(leads: Path, count: int, budget: int, url: str | None, plot: Path | None) -> dict[str, Any]:
    """Processor seconds a lead of generating and of keeping, memory, size, and simulated efficiency."""
    first = read_leads(leads)[0]
    settings = GenerateSettings(leads=[first], goals=GOALS, budget=budget)
    task = Task(json.dumps(settings.to_dict(), sort_keys=True), 1, first.smiles, first.name)
    work_on(task)  # loads models
    began = time.process_time()
    result = work_on(task)
    generating = time.process_time() - began
    if isinstance(result, ShardFailure):
        raise SystemExit(f"error: {result.error}")
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        store = open_store(folder, url)
        seen, keeping = _kept(store, settings, first.smiles, count, Replaying(result))
        sending = _kept(store, settings, first.smiles, SENT, _sending(result))[1]
        store.close()
        size = sum(path.stat().st_size for path in Path(folder).glob("store.sqlite*"))
    part = max(1, count // PARTS)
    parts = [(end[0] - begin[0]) / part for begin, end in zip(seen[::part], seen[part::part], strict=False)]
    if plot is not None:
        draw(parts, part, generating, keeping, sending, plot)
    return {
        "leads": count,
        "candidates a lead": result.summary["candidates"],
        "generating, CPU s a lead": round(generating, 3),
        "taking and keeping, CPU s a lead": round(keeping, 5),
        "times the work without a store": round(1 + keeping / generating, 4),
        "taking and keeping, CPU ms a lead, by tenths of the batch": [round(1000 * cost, 2) for cost in parts],
        "resident, MiB, by tenths of the batch": [round(mark[1]) for mark in seen[::part]],
        "store, kB a lead": round(size / 1000 / (count + SENT), 1),
        "sending by Dask, taking and keeping, CPU s a lead": round(sending, 5),
        "simulated efficiency": {n: round(efficiency(generating, sending, n), 3) for n in WORKERS},
    }


def _kept(
    store: Store, settings: GenerateSettings, smiles: str, count: int, executor: Executor
) -> tuple[list[tuple[float, float]], float]:
    """Marks of leads that are taken and kept, and processor seconds a lead."""
    rows = (GivenLead(n, f"m{n}", smiles) for n in range(1, count + 1))
    batch, seen = store.batches.add(f"scale-{time.time_ns()}", settings.to_dict(), {}, rows), Silent()
    began = time.process_time()
    run_batch(store, batch, executor, seen, lambda: False)
    return seen.marks, (time.process_time() - began) / count


def _sending(result: ShardResult) -> Executor:
    """One worker of Dask, which gives every lead the result of one; it is sent there and back."""
    dask_executor.work_on = Given(result)
    return executor_for("local:1", lambda: False)


def efficiency(work: float, own: float, workers: int) -> float:
    """Share of n workers' time spent on leads, where one more process sends and keeps for all, one after the other."""
    return min(1.0, work / (workers * own))


def draw(parts: list[float], part: int, work: float, keeping: float, sending: float, path: Path) -> None:
    """Cost of keeping over the leads that are in the store, and simulated efficiency over workers."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3), layout="constrained")
    left.plot([part * (n + 1) for n in range(len(parts))], [1000 * cost for cost in parts], marker="o")
    left.set(xlabel="leads in the store", ylabel="CPU ms to take and keep a lead", ylim=(0, None))
    counts = [2**n for n in range(11)]
    right.semilogx(counts, [efficiency(work, sending, n) for n in counts], marker="o", label="workers of Dask")
    right.axhline(work / (work + keeping), color="gray", linestyle="--", label="one process, no workers")
    right.set(xlabel="workers", ylabel="efficiency (simulated)", ylim=(0, 1.05))
    right.legend()
    for panel in (left, right):
        panel.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def measure_leads(leads: Path, count: int, budget: int, analogues: int, folder: Path, minutes: float) -> dict[str, Any]:
    """Generate around real leads in this process: leads a minute of processor time, memory, size, of all processes."""
    chosen = sampled(leads, count, folder)
    store = open_store(folder)
    settings = GenerateSettings(leads=["C"], goals=GOALS, budget=budget, analogues=analogues)
    batch = begin_batch(store, chosen.stem, settings, chosen)
    executor = Metered(lambda: False)
    seen, end = Noting(folder / f"costs-{os.getpid()}.jsonl", executor), time.process_time() + 60 * minutes
    now = run_batch(store, batch, executor, seen, lambda: bool(seen.leads) and time.process_time() > end)
    store.close()
    size = sum(path.stat().st_size for path in folder.glob("store.sqlite*"))
    files = sorted(folder.glob("costs-*.jsonl"), key=lambda path: path.stat().st_mtime)
    parts = [[json.loads(line) for line in path.read_text().splitlines()] for path in files]
    rows = [row for part in parts for row in part]
    spent, working = sum(row[0] for row in rows), sum(row[1] for row in rows)
    return {
        "leads": now.done,
        "set aside or rejected": now.failed + now.rejected,
        "leads a minute of processor time": round(60 * len(rows) / spent, 1),
        "times the work without a store": round(spent / working, 4),
        "leads of each process": [len(part) for part in parts],
        "resident after each tenth of them, and the most, MiB": [tenths(part) for part in parts if len(part) >= PARTS],
        "store, kB a lead": round(size / 1000 / max(1, now.done), 1),
    }


def tenths(rows: list[list[float]]) -> list[int]:
    """Memory after each tenth of the leads of one process, and the most after any, MiB."""
    memory = [row[2] for row in rows]
    return [round(memory[len(memory) * n // PARTS - 1]) for n in range(1, PARTS + 1)] + [round(max(memory))]


def sampled(leads: Path, count: int, folder: Path) -> Path:
    """A file of some molecules of a file, at random, the same every time."""
    chosen = folder / f"leads-{count}.smi"
    if not chosen.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        molecules = read_molecules(leads)
        picked = random.Random(0).sample(molecules, min(count, len(molecules)))
        chosen.write_text("".join(f"{item.smiles}\n" for item in picked))
    return chosen


def measure_rejects(leads: Path, count: int) -> dict[str, Any]:
    """Begin a batch one in twenty of whose rows is broken: are those rejected, by their lines, and no other?"""
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        file = Path(folder, "leads.smi")
        texts = [item.smiles for item in islice(read_molecules(leads), count)]
        broken = {n for n in range(len(texts)) if n % BROKEN == BROKEN // 2}
        file.write_text("".join(f"{text}C1CC(\n" if n in broken else f"{text}\n" for n, text in enumerate(texts)))
        store = open_store(folder)
        before, began = resident(), time.process_time()
        batch = begin_batch(store, "rejects", GenerateSettings(leads=["C"], goals=GOALS), file)
        spent = time.process_time() - began
        left_out = {s.line: s.error for s in store.shards.each(batch.id, [ShardState.REJECTED])}
        waiting = store.shards.counts(batch.id)[ShardState.WAITING]
        store.close()
    repeats = {line for line, error in left_out.items() if error.startswith("the same molecule")}
    return {
        "rows": len(texts),
        "broken": len(broken),
        "rejected as broken, by their lines": len({n + 1 for n in broken} & (left_out.keys() - repeats)),
        "rejected as repeats": len(repeats),
        "rejected for other reasons": len(left_out.keys() - repeats - {n + 1 for n in broken}),
        "waiting": waiting,
        "CPU s": round(spent, 1),
        "resident before, peak, MiB": [round(before), round(peak())],
    }


def measure_kills(mode: str, leads: Path, kills: int, seed: int, budget: int, folder: Path) -> dict[str, Any]:
    """Trouble a batch at random moments, and compare what it gave with what an undisturbed one gave."""
    sys.path.insert(0, str(TESTS))
    from postgres_server import running_server

    calm = Job(leads, folder / "calm", budget).prepare()
    first = read_leads(leads)[0]
    text = json.dumps(GenerateSettings(leads=[first], goals=GOALS, budget=2, analogues=10).to_dict())
    work_on(Task(text, 1, first.smiles, first.name))  # loads models, which forked processes then have
    began = time.monotonic()
    killed_often(calm, 0, 0.0, random.Random(0))
    longest = 2.0 * (time.monotonic() - began) / calm.done()  # seconds: on average a lead is done between two kills
    generator = random.Random(seed)
    if mode == "server":
        with running_server() as server:
            hit = Job(leads, folder / mode, budget, url=server.new_url()).prepare()
            return report(calm, hit, server_restarted(hit, kills, 2 * longest, generator, server))
    troubles: dict[str, Callable[..., Any]] = {"here": killed_often, "workers": workers_killed}
    hit = Job(leads, folder / mode, budget, scheduler="local:2" if mode == "workers" else "here").prepare()
    return report(calm, hit, troubles[mode](hit, kills, longest, generator))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["store", "leads", "growth", "workers", "rejects", "kills"])
    parser.add_argument("--leads", type=Path, default=LEADS)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--budget", type=int, default=20, help="molecules scored per lead")
    parser.add_argument("--analogues", type=int, default=300, help="of each lead, around which real leads are searched")
    parser.add_argument("--minutes", type=float, default=30.0, help="of processor time for real leads, in this start")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--mode", choices=["here", "workers", "server"], default="here")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--store", help="URL of a database; SQLite by default")
    parser.add_argument("--plot", type=Path, help="draw growth into this file")
    parser.add_argument("--folder", type=Path, help="for what is kept from start to start")
    args = parser.parse_args(argv)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="molconvex-") as fresh:
        if args.what == "store":
            found = measure_store(args.leads, args.count, args.budget, args.store, args.plot)
        elif args.what == "leads":
            folder = args.folder or Path(fresh)
            found = measure_leads(args.leads, args.count, args.budget, args.analogues, folder, args.minutes)
        elif args.what == "growth":
            found = measure_growth(args.leads, [size for size in SIZES if size <= args.count], [1, 8, 32])
        elif args.what == "workers":
            found = measure_workers([1, 2, 4, 8], args.count, SECONDS)
        elif args.what == "rejects":
            found = measure_rejects(args.leads, args.count)
        else:
            folder = args.folder or Path(fresh)
            chosen = sampled(args.leads, args.count, folder)
            found = measure_kills(args.mode, chosen, args.kills, args.seed, args.budget, folder)
    print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
