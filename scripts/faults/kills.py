"""Kill jobs at random moments and look at what they left.

A job runs in a fork of a process that has everything loaded; it works and writes into a folder in which an earlier
result stands. Half of the kills fall anywhere into the job, half into its writing of a result made before, since the
writing is a small part of it. After
each kill the folder must hold the earlier result or the new one, whole to the last checksum; the leads that the job had
finished and kept before the kill must stand too; and the next writer of the folder must leave no trace of the killed
one.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molconvex.design.run import Run
from molconvex.runs.unfinished import Unfinished, left_unfinished

Keep = Callable[[Run], object]
KEPT, WRITES = b"k", b"w"
"""What a job tells: that finished leads are kept, that the writing begins."""


@dataclass(frozen=True)
class Job:
    """Something that works and then writes.

    Attributes:
        name: Of the command that does the same.
        work: Gives the result of a number; what is finished before goes to the function given.
        write: Writes a result into a folder, replacing an earlier one.
        problems: What is wrong with the folder of a result, one text each.
        version: Tells the results in a folder apart.
    """

    name: str
    work: Callable[[int, Keep], Any]
    write: Callable[[Any, Path], object]
    problems: Callable[[Path], list[str]]
    version: Callable[[Path], object]

    def run(self, number: int, folder: Path, tell: Callable[[bytes], object], result: Any = None) -> Any:
        """Work, keep what is finished, write, and remove what was kept, as the command does; returns the result.

        Args:
            number: Of the result.
            folder: Where it is written.
            tell: Takes `KEPT` and `WRITES` when it has come so far.
            result: Written instead, without any work.
        """
        unfinished = Unfinished(folder)

        def keep(run: Run) -> None:
            unfinished.keep(run)
            tell(KEPT)

        result = self.work(number, keep) if result is None else result
        tell(WRITES)
        self.write(result, folder)
        unfinished.remove()
        return result


@dataclass(frozen=True)
class End:
    """What a job had said when it ended, and its exit status, None if it was killed before."""

    told: bytes
    status: int | None = None


def kill_often(job: Job, folder: Path, kills: int, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """Kill a job so many times; what became of its folder each time, and what was wrong.

    Outcomes: "old" and "new" for which result stood afterwards, "wrong" for half-written or lost results and for traces
    left behind; beside them "finished" for jobs that were quicker than the kill, and "kept" for kills after which leads
    that were finished before stood beside the folder.
    """
    chance, outcomes, wrong, number = random.Random(seed), Counter[str](), [], 0
    done = [complete(job, 1_000_000, folder), complete(job, 0, folder)]
    while sum(outcomes[word] for word in ("old", "new", "wrong")) < kills:
        number += 1
        before = job.version(folder)
        ready = next(item for item in done if item.version != before) if number % 2 == 0 else None
        delay = 1.2 * (done[-1].seconds if ready is None else done[-1].seconds_of_writing)
        end = ended(job, folder, number, chance.uniform(0, delay), ready)
        word, problems = outcome(job, folder, before, end)
        outcomes["kept"] += bool(left_unfinished(folder))
        remove_kept(folder)
        if not problems and number % 10 == 0:
            done = [done[-1], complete(job, number, folder)]
            problems = [f"{path.name} left behind" for path in folder.parent.iterdir() if path != folder]
        outcomes["wrong" if problems else word] += 1
        if problems:
            wrong += [f"{job.name}, kill {number}: {text}" for text in problems[:3]]
            shutil.rmtree(folder.parent, ignore_errors=True)
            complete(job, 0, folder)
    return outcomes, wrong


@dataclass(frozen=True)
class Done:
    """A job that came to its end, with the time it took, and of that to write."""

    result: Any
    version: object
    seconds: float
    seconds_of_writing: float


def complete(job: Job, number: int, folder: Path) -> Done:
    """The job, undisturbed."""
    times = [time.monotonic()]
    result = job.run(number, folder, lambda told: times.append(time.monotonic()))
    end = time.monotonic()
    return Done(result, job.version(folder), end - times[0], end - times[-1])


def outcome(job: Job, folder: Path, before: object, end: End) -> tuple[str, list[str]]:
    """Which result stands after the end of a job, and what is wrong with it or with the finished leads it had kept."""
    if not folder.is_dir():
        return "wrong", [f"{folder.name} is gone"]
    kept = left_unfinished(folder)
    problems = [] if end.status in (None, 0) else ["the job failed"]
    problems += job.problems(folder)
    for left in kept:
        problems += [f"{left.name}: {text}" for text in job.problems(left)]
    if problems:
        return "wrong", problems
    word = "finished" if end.status == 0 else "old" if job.version(folder) == before else "new"
    if word == "old" and KEPT in end.told and not kept:
        problems = ["leads that were finished and kept are gone"]
    if word == "finished" and kept:
        problems = [f"{kept[0].name} stays beside the finished result"]
    return word, problems


def remove_kept(folder: Path) -> None:
    """What a user does who has looked at the finished leads of a killed job."""
    for left in left_unfinished(folder):
        shutil.rmtree(left)


def ended(job: Job, folder: Path, number: int, delay: float, ready: Done | None) -> End:
    """Run the job in a fork and kill it after a delay, counted from its start, or from its writing of what is ready."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _as_child(job, folder, number, writing, ready)
    os.close(writing)
    told = b"" if ready is None else os.read(reading, 1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    told += os.read(reading, 100)
    os.close(reading)
    return End(told, os.WEXITSTATUS(status) if os.WIFEXITED(status) else None)


def _as_child(job: Job, folder: Path, number: int, writing: int, ready: Done | None) -> None:
    """Do the job, and end without the parent's clean-up."""
    code = 1
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        job.run(number, folder, lambda told: os.write(writing, told), None if ready is None else ready.result)
        code = 0
    finally:
        os._exit(code)
