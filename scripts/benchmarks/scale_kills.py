"""Batches that are killed: whether their tables are those of an undisturbed one, and what was measured twice.

Every start of a batch is a process of its own, forked from one that has loaded libraries and models, so that the kills
fall into the work. An oracle writes down what it is asked for.
"""

import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molconvex.cli import main as molconvex
from molconvex.runs.batch import write_results
from molconvex.runs.store import open_store
from molconvex.runs.store.shards import ShardState

TIMED = ("seconds",)  # columns that no two runs share
NAMES = ("candidates", "leads", "rejects")
PAUSE = 0.02
LOOK = 0.5  # seconds between two looks at what was told


@dataclass(frozen=True)
class Job:
    """One batch: its leads, its settings, and a folder with its store, its oracle and the oracle's log.

    Attributes:
        url: Of the store; SQLite in the folder where None.
        scheduler: As the command takes it.
    """

    leads: Path
    folder: Path
    budget: int
    url: str | None = None
    scheduler: str = "here"

    @property
    def store(self) -> str:
        """File or URL of the store."""
        return self.url or str(self.folder / "store.sqlite")

    @property
    def arguments(self) -> list[str]:
        """Of the command line."""
        goals = ["-g", "qed:max", "-g", "letters:max", "--oracle", f"letters={self.folder / 'letters.sh'}"]
        size = ["--budget", str(self.budget), "--analogues", "40", "--programs", "2", "--patience", "100"]
        place = ["--store", self.store, "--rejects", str(self.folder / "rejects.csv"), "--scheduler", self.scheduler]
        return ["batch", str(self.leads), *goals, *size, *place, "--log-format", "json"]

    def prepare(self) -> "Job":
        """Make the folder with the oracle: the length of a SMILES, and a line in a log for every one."""
        self.folder.mkdir(parents=True)
        oracle, log = self.folder / "letters.sh", self.folder / "asked.log"
        oracle.write_text(f'#!/bin/sh\nwhile read -r s; do echo "$s" >>{log}; echo "${{#s}}"; done\n')
        oracle.chmod(0o755)
        log.touch()
        return self

    def asked(self) -> list[str]:
        """What the oracle was asked for until now."""
        return (self.folder / "asked.log").read_text().split()

    def remembered(self) -> set[str]:
        """Molecules whose values are kept."""
        place = self.folder / "home" / "oracles.sqlite"
        if not place.is_file():
            return set()
        with contextlib.closing(sqlite3.connect(place)) as connection:
            try:
                return {smiles for (smiles,) in connection.execute("SELECT smiles FROM answers")}
            except sqlite3.OperationalError:  # killed before the table was made
                return set()

    def done(self) -> int:
        """How many leads are done."""
        with self._opened() as store:
            batches = store.batches.all()
            return store.shards.counts(batches[0].id)[ShardState.DONE] if batches else 0

    def tables(self) -> dict[str, str]:
        """Contents of the tables of results, but for times."""
        import pandas as pd

        with self._opened() as store:
            (batch,) = store.batches.all()
            folder = write_results(store, batch, self.folder / "results", ["csv"], overwrite=True)
        found = {name: pd.read_csv(folder / f"{name}.csv", dtype=str) for name in NAMES}
        return {name: table.drop(columns=list(TIMED), errors="ignore").to_csv() for name, table in found.items()}

    @contextlib.contextmanager
    def _opened(self) -> Iterator[Any]:
        url = self.url or f"sqlite:///{self.folder / 'store.sqlite'}"
        with contextlib.closing(open_store(self.folder / "home", url)) as store:
            yield store


def started(job: Job) -> int:
    """Number of a new process that works on the batch."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        os.environ["MOLCONVEX_HOME"] = str(job.folder / "home")
        output = os.open(job.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os._exit(molconvex(job.arguments))
    except BaseException:  # it must never go on as its parent
        traceback.print_exc()
    os._exit(70)


def ended(process: int, seconds: float | None, meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Wait for the end of a process, at most so many seconds; whether it came.

    Raises:
        SystemExit: If it ended with an error.
    """
    until = None if seconds is None else time.monotonic() + seconds
    while until is None or time.monotonic() < until:
        number, status = os.waitpid(process, os.WNOHANG)
        if number:
            if status:
                raise SystemExit(f"error: molconvex batch ended with {os.waitstatus_to_exitcode(status)}")
            return True
        meanwhile()
        time.sleep(PAUSE)
    return False


def kill(process: int) -> None:
    """End a process and wait until it is gone; others of its session, such as an oracle, end with it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)


@dataclass
class Trouble:
    """What was done to a batch, and what it did twice."""

    kills: int = 0
    again: int = 0  # molecules asked for although their values were kept

    def counted(self, job: Job, known: set[str], before: int) -> None:
        """Count what was asked again since a moment, of what was known then."""
        self.again += sum(smiles in known for smiles in job.asked()[before:])


def killed_often(job: Job, kills: int, longest: float, generator: random.Random) -> Trouble:
    """Kill a batch so many times, then let it end; what is left to do is spread over the kills that are left.

    Args:
        job: The batch.
        kills: How many.
        longest: Seconds in which two leads are done; a start gets at most those of its share.
        generator: Of the moments.
    """
    trouble, leads = Trouble(), sum(1 for _ in job.leads.open())
    while True:
        known, before = job.remembered(), len(job.asked())
        share = (leads - job.done()) / max(1, kills - trouble.kills)
        process = started(job)
        over = ended(process, generator.uniform(0.0, longest * share) if trouble.kills < kills else None)
        trouble.counted(job, known, before)
        if over:
            return trouble
        kill(process)
        trouble.kills += 1


def workers_killed(job: Job, kills: int, longest: float, generator: random.Random) -> Trouble:
    """Let one process end, whose workers are killed one by one at random moments.

    Between two kills at least one more lead is done, since a worker that starts again loads its models, and kills
    that come faster would let no lead end.
    """
    trouble, process = Trouble(), started(job)
    next_kill, done = time.monotonic(), 0

    def strike() -> None:
        nonlocal next_kill, done
        if trouble.kills >= kills or time.monotonic() < next_kill:
            return
        next_kill = time.monotonic() + LOOK
        if (now := len(_told_done(job))) > done:
            time.sleep(generator.uniform(0.0, longest))
            if workers := _workers_of(process):
                os.kill(generator.choice(workers), signal.SIGKILL)
                trouble.kills, done = trouble.kills + 1, now

    ended(process, None, strike)
    return trouble


def server_restarted(job: Job, times: int, longest: float, generator: random.Random, server: Any) -> Trouble:
    """Let one process end, while the database server is stopped at once and started again, so many times."""
    trouble, process = Trouble(), started(job)
    next_stop = time.monotonic() + generator.uniform(0.0, longest)

    def strike() -> None:
        nonlocal next_stop
        if trouble.kills < times and time.monotonic() > next_stop:
            server.stop()
            time.sleep(generator.uniform(0.0, 2.0))
            server.start()
            trouble.kills += 1
            next_stop = time.monotonic() + generator.uniform(0.0, longest)

    ended(process, None, strike)
    return trouble


def report(calm: Job, hit: Job, trouble: Trouble) -> dict[str, Any]:
    """What became of a batch that was troubled, beside one that was not."""
    tables, wanted = hit.tables(), calm.tables()
    asked = Counter(hit.asked())
    return {
        "scheduler": hit.scheduler,
        "store": "PostgreSQL" if hit.url else "SQLite",
        "leads": hit.done(),
        "kills": trouble.kills,
        "tables identical": all(tables[name] == wanted[name] for name in NAMES),
        "leads told done twice": sum(count > 1 for count in _told_done(hit).values()),
        "molecules measured": len(asked),
        "measured although the value was kept": trouble.again,
        "measured again, the process died before the value was kept": sum(asked.values()) - len(asked) - trouble.again,
    }


def _told_done(job: Job) -> Counter[int]:
    """How often each lead was told to be done, over all starts."""
    log = job.folder / "log"
    lines = (line for line in (log.read_text() if log.is_file() else "").splitlines() if line.startswith("{"))
    events = [json.loads(line) for line in lines if line.endswith("}")]
    return Counter(item["lead"] for item in events if item["event"] == "lead" and item["state"] == "done")


def _workers_of(process: int) -> list[int]:
    """Dask's workers: processes started by a process, in which Python's own tracker of resources does not count."""
    found = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True)
    rows = [line.split(None, 1) for line in found.stdout.splitlines()]
    return [int(pid) for pid, words in rows if "spawn_main" in words]
