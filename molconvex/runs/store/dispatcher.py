"""Starts a process for each run in its turn, ends those that will not end, and notices those that died."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molconvex.runs.store.queue import QueueLimits, in_turn
from molconvex.runs.store.runs import RunState, StoredRun
from molconvex.runs.store.store import Store

LOOK = 0.5  # seconds between two looks at the queue
IDLE = 3.0  # the same while nothing waits or runs; a run that is submitted here wakes it at once
GRACE = 60.0  # seconds that a run has to keep what is finished, once its time is up
LONGEST = 12 * 3600.0  # seconds of one run

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """A process at work on a run."""

    process: subprocess.Popen[bytes]
    began: float
    time_limit: float


class Dispatcher:
    """Runs what waits in a store, in processes of their own that outlive this one.

    Args:
        store: Where runs wait.
        limits: How much may run and wait.
        time_limit: Seconds of one run, after which it is asked to stop, and a minute later ended.
    """

    def __init__(self, store: Store, limits: QueueLimits | None = None, time_limit: float = LONGEST) -> None:
        self._store, self._limits, self._time_limit = store, limits or QueueLimits(), time_limit
        self._workers: dict[str, Worker] = {}
        self._wake, self._over = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._pause = LOOK
        self._thread = threading.Thread(target=self._go, name="molconvex-dispatcher", daemon=True)

    def start(self) -> "Dispatcher":
        """Begin, in a thread."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Start no more runs; those at work go on."""
        self._over.set()
        self._wake.set()
        self._thread.join()

    def submit(self, kind: str, settings: Mapping[str, Any], *, owner: str = "", **more: Any) -> StoredRun:
        """Put a run into the queue; `more` as for `RunTable.add`.

        Raises:
            ConfigError: If too many wait already.
        """
        with self._lock:
            self._limits.check(self._store.runs.active(), owner)
            run = self._store.runs.add(kind, settings, owner=owner, **{"time_limit": self._time_limit} | more)
        self._wake.set()
        return run

    def ahead_of(self, run: StoredRun) -> int:
        """How many unfinished runs come before this one."""
        active = self._store.runs.active()
        waiting = [other.id for other in in_turn(active, self._store.runs.served())]
        running = sum(other.state is RunState.RUNNING for other in active)
        return running + waiting.index(run.id) if run.id in waiting else 0

    def step(self) -> None:
        """Look once: note what ended, end what will not, begin what may."""
        for run_id, worker in list(self._workers.items()):
            self._watch(run_id, worker)
        self._store.runs.lose_stale()
        active = self._store.runs.active()
        self._pause = LOOK if active or self._workers else IDLE
        free = self._limits.at_once - sum(run.state is RunState.RUNNING for run in active)
        free -= sum(run.id in self._workers for run in active if run.state is RunState.QUEUED)
        for run in in_turn(active, self._store.runs.served()):
            if free > 0 and run.id not in self._workers:
                self._begin(run)
                free -= 1

    def _begin(self, run: StoredRun) -> None:
        logs = self._store.folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"MOLCONVEX_HOME": str(self._store.folder), "MOLCONVEX_STORE": self._store.url}
        command = [sys.executable, "-m", "molconvex.runs.store.worker", run.id]
        with (logs / f"{run.id}.log").open("ab") as file:
            process = subprocess.Popen(
                command, stdout=file, stderr=file, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
            )
        self._workers[run.id] = Worker(process, time.monotonic(), run.time_limit or self._time_limit)

    def _watch(self, run_id: str, worker: Worker) -> None:
        code = worker.process.poll()
        if code is not None:
            del self._workers[run_id]
            reason = f"its process ended with code {code}" if code >= 0 else f"its process was ended by signal {-code}"
            if self._store.runs.lose(run_id, reason):
                log.error("run %s was lost: %s", run_id, reason)
            elif (run := self._store.runs.get(run_id)) and run.state is RunState.QUEUED:
                self._store.runs.end(run_id, RunState.FAILED, error=RuntimeError(reason))
        elif time.monotonic() - worker.began > worker.time_limit + GRACE:
            log.error("run %s did not end within its time", run_id)
            worker.process.kill()

    def _go(self) -> None:
        while not self._over.is_set():
            try:
                self.step()
            except Exception:  # whatever one look came upon, runs wait for the next
                log.exception("the dispatcher could not look at the queue")
            self._wake.wait(self._pause)
            self._wake.clear()
