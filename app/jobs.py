"""Background jobs: one after the other in a thread of the server, found again by the id in the page's address."""

import logging
import secrets
import threading
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from molconvex.exceptions import MolconvexError

if TYPE_CHECKING:
    from molconvex.design import GenerateSettings, Run

KEPT = 10

Progress = Callable[[str, int, int], None]
Work = Callable[["GenerateSettings", Progress, Callable[[], bool]], "Run"]

log = logging.getLogger(__name__)


class State(Enum):
    """Where a job stands."""

    QUEUED = "waiting for its turn"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    WITHDRAWN = "cancelled before it began"


@dataclass
class Stage:
    """How far one stage of the work is."""

    done: int = 0
    total: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether everything of it is done."""
        return self.total > 0 and self.done >= self.total


@dataclass
class Job:
    """One generation, from the press of the button to its files.

    Attributes:
        settings: What was asked for.
        work: Called with the settings, a progress callback and a question whether to stop.
        stages: How far each stage is, in the order in which they began.
        run: The result, complete or partial.
        error: Why it failed; the text of a MolconvexError is for people.
        folder: The run's files, where they could be written.
        notes: What the user should know of the settings.
    """

    settings: "GenerateSettings"
    work: Work = field(repr=False)
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    state: State = State.QUEUED
    stages: dict[str, Stage] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    run: "Run | None" = field(default=None, repr=False)
    error: BaseException | None = None
    notes: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _files: "TemporaryDirectory[str] | None" = field(default=None, repr=False)

    @property
    def is_active(self) -> bool:
        """Whether it waits or runs."""
        return not self.over.is_set()

    @property
    def seconds(self) -> float:
        """Time since its beginning, or that it took."""
        return (self.ended or time.monotonic()) - self.began

    @property
    def folder(self) -> Path | None:
        """Folder of the run's files."""
        return Path(self._files.name, "run") if self._files else None

    def execute(self) -> None:
        """Work, once; never raises."""
        from molconvex.optimize import ThresholdWarning

        with self._turn:
            if self.stop.is_set():
                return
            self.state, self.began = State.RUNNING, time.monotonic()
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", ThresholdWarning)
                self.run = self.work(self.settings, self._report, self.stop.is_set)
            self.notes = [str(item.message) for item in caught if issubclass(item.category, ThresholdWarning)]
            self._write()
        except MolconvexError as error:
            self.error = error
        except BaseException as error:  # SystemExit too: the only worker must go on to the next job
            log.exception("job %s failed", self.id)
            self.error = error
        self._end(State.FAILED if self.run is None else State.FINISHED)

    def cancel(self) -> None:
        """Ask it to stop; what is finished by then is kept. One that waits for its turn ends at once."""
        with self._turn:
            self.stop.set()
            if self.state is State.QUEUED:
                self._end(State.WITHDRAWN)

    def _report(self, stage: str, done: int, total: int) -> None:
        self.stages[stage] = Stage(done, total)

    def _write(self) -> None:
        """Write the run's files; results that cannot be written can still be looked at."""
        assert self.run is not None
        self._report("write", 0, 1)
        from molconvex.runs import write_run

        files = TemporaryDirectory(prefix="molconvex-")
        try:
            write_run(self.run, Path(files.name, "run"))
        except (OSError, MolconvexError) as error:
            log.warning("files of job %s cannot be written: %s", self.id, error)
            self.error = error
            return
        self._files = files
        # the certificates are on disk now, and nothing of the page reads them
        self.run = replace(self.run, proposals=[])
        self._report("write", 1, 1)

    def _end(self, state: State) -> None:
        self.state, self.ended = state, time.monotonic()
        self.over.set()


class Jobs:
    """Runs jobs one at a time, because each uses the whole machine; remembers the last ones."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._jobs: dict[str, Job] = {}
        self._queue: Queue[Job] = Queue()
        self._lock = threading.Lock()
        threading.Thread(target=self._work, name="molconvex-jobs", daemon=True).start()

    def submit(self, settings: "GenerateSettings", work: Work) -> Job:
        """Put a job at the end of the queue."""
        job = Job(settings, work)
        with self._lock:
            self._jobs[job.id] = job
            self._forget()
        self._queue.put(job)
        return job

    def get(self, job_id: str | None) -> Job | None:
        """A job by id, None if it is unknown or forgotten."""
        return self._jobs.get(job_id) if job_id else None

    def ahead_of(self, job: Job) -> int:
        """How many unfinished jobs come before this one."""
        with self._lock:
            earlier = list(self._jobs.values())
        return sum(other.is_active for other in earlier[: earlier.index(job)]) if job in earlier else 0

    def _forget(self) -> None:
        over = [job for job in self._jobs.values() if not job.is_active]
        for job in over[: max(0, len(self._jobs) - self._kept)]:
            del self._jobs[job.id]

    def _work(self) -> None:
        while True:
            self._queue.get().execute()


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The server's jobs, shared by all its pages and reloads."""
    return Jobs()
