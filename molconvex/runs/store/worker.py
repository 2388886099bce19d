"""One run in a process of its own: `python -m molconvex.runs.store.worker RUN`; store and pipeline by environment.

A crash, a signal or a molecule that never ends takes this process down and nothing else. Progress and the question
whether to stop go through the store, so that a server which was started again finds the run where it is.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from molconvex.exceptions import CancelledError, DataError, MolconvexError
from molconvex.runs.store.patience import Patience
from molconvex.runs.store.pipelines import Pipeline, pipeline
from molconvex.runs.store.runs import RunState, StoredRun
from molconvex.runs.store.store import Store, open_store
from molconvex.runs.store.work import do

BEAT = 1.0  # seconds between two looks at the store
STORE_WAIT = 600.0  # seconds that a store which does not answer is waited for with a result

log = logging.getLogger(__name__)


@contextmanager
def kept_going() -> Iterator[None]:
    """Log what the store refuses and go on: a busy database is no reason to lose the work."""
    try:
        yield
    except SQLAlchemyError:
        log.exception("the store did not answer")


class Pulse:
    """Tells the store how far a run is, and whether it is to stop; a thread of its own beats while the work is busy."""

    def __init__(self, store: Store, run: StoredRun) -> None:
        self._store, self._run = store, run
        self._stages: dict[str, tuple[int, int]] = {}
        self._stop = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def report(self, stage: str, done: int, total: int) -> None:
        """Note how far a stage is; the store hears of it at the next beat."""
        self._stages[stage] = (done, total)

    def point(self, lead: int, number: int, facts: dict[str, Any]) -> None:
        """Keep the numbers of one round or step."""
        with kept_going():
            self._store.molecules.record_round(self._run.id, lead, number, facts)

    def stop(self, *_: object) -> None:
        """Ask the work to stop; also for signals."""
        self._stop.set()

    def is_stopped(self) -> bool:
        """Whether the work is to stop and keep what is finished."""
        return self._stop.is_set()

    def beat(self) -> None:
        """Tell the store now."""
        with kept_going():
            if self._store.runs.beat(self._run.id, dict(self._stages)):
                self._stop.set()

    def _go(self) -> None:
        limit, began = self._run.time_limit, time.monotonic()
        while True:
            self.beat()
            if limit is not None and time.monotonic() - began > limit:
                self._stop.set()
            if self._over.wait(BEAT):
                return


def work_on(store: Store, run_id: str, how: Callable[[], Pipeline] = pipeline) -> bool:
    """Claim a waiting run, do it and note how it ended; False where it could not be claimed. Never raises."""
    if not store.runs.claim(run_id, f"{socket.gethostname()}:{os.getpid()}"):
        return False
    run = store.runs.get(run_id)
    assert run is not None
    with Pulse(store, run) as pulse:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, pulse.stop)
        try:
            _do(store, run, how(), pulse)
        except CancelledError as error:
            store.runs.end(run.id, RunState.WITHDRAWN, error=error)
        except MolconvexError as error:
            store.runs.end(run.id, RunState.FAILED, error=error)
        except BaseException as error:
            log.exception("run %s failed", run.id)
            store.runs.end(run.id, RunState.FAILED, error=error)
    return True


def _do(store: Store, run: StoredRun, how: Pipeline, pulse: Pulse) -> None:
    outcome = do(run.kind, run.settings, how, pulse)
    pulse.report("write", 0, 1)
    folder, problem = store.new_folder(run.id), None
    try:
        outcome.write(folder)
    except (OSError, DataError) as error:
        log.warning("the files of run %s cannot be written: %s", run.id, error)
        problem = error
    pulse.report("write", 1, 1)
    pulse.beat()
    kept = "" if problem else str(folder.relative_to(store.folder))
    state = RunState.FAILED if problem else RunState.FINISHED
    ask = Patience(STORE_WAIT, log.warning)
    end = partial(store.runs.end, folder=kept, summary=outcome.summary, notes=outcome.notes, error=problem)
    ask(end, run.id, state)
    try:
        ask(store.molecules.record_findings, run.id, outcome.findings)
    except DataError as error:  # the run is there all the same
        log.error("run %s is not among those that its candidates are looked up in: %s", run.id, error)


def main() -> int:
    """Do the run that is named; store and pipeline by the environment."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    store = open_store()
    try:
        return 0 if work_on(store, sys.argv[1]) else 1
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
