"""Kill jobs at random moments and look at what they left.

A job runs in a fork of a process that has everything loaded; it works and writes into a folder in which an earlier
result stands. Half of the kills fall anywhere into the job, half into its writing, which is a small part of it. After
each kill the folder must hold the earlier result or the new one, whole to the last checksum, and the next writer of the
folder must leave no trace of the killed one.
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

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Job:
    """Something that works and then writes.

    Attributes:
        name: Of the command that does the same.
        work: Gives the result.
        write: Writes a result into a folder, replacing an earlier one.
        problems: What is wrong with the folder of a result, one text each.
        version: Tells the results in a folder apart.
    """

    name: str
    work: Callable[[int], Any]
    write: Callable[[Any, Path], object]
    problems: Callable[[Path], list[str]]
    version: Callable[[Path], object]


def kill_often(job: Job, folder: Path, kills: int, seed: int = 0) -> tuple[Counter[str], list[str]]:
    """Kill a job so many times; what became of its folder each time, and what was wrong.

    Outcomes: "old" and "new" for which result stood afterwards, "finished" for jobs that were quicker than the kill,
    "wrong" for half-written or lost results and traces left behind.
    """
    chance, outcomes, wrong = random.Random(seed), Counter[str](), []
    job.write(job.work(0), folder)
    lengths = measured(job, folder)
    for number in range(1, kills + 1):
        before = job.version(folder)
        in_writing = number % 2 == 0
        delay = chance.uniform(0, 1.2 * lengths[in_writing])
        finished = killed(job, folder, number, delay, in_writing)
        problems = job.problems(folder) if folder.is_dir() else [f"{folder.name} is gone"]
        if not problems and number % 10 == 0:
            job.write(job.work(number), folder)
            problems = [f"{path.name} left behind" for path in folder.parent.iterdir() if path != folder]
        if problems:
            outcomes["wrong"] += 1
            wrong += [f"{job.name}, kill {number}: {text}" for text in problems[:3]]
            shutil.rmtree(folder, ignore_errors=True)
            job.write(job.work(0), folder)
        elif finished:
            outcomes["finished"] += 1
        else:
            outcomes["old" if job.version(folder) == before else "new"] += 1
    return outcomes, wrong


def measured(job: Job, folder: Path) -> dict[bool, float]:
    """Seconds of the whole job, and of its writing alone, by whether the writing is meant."""
    began = time.monotonic()
    result = job.work(0)
    worked = time.monotonic()
    job.write(result, folder)
    return {False: time.monotonic() - began, True: time.monotonic() - worked}


def killed(job: Job, folder: Path, number: int, delay: float, in_writing: bool) -> bool:
    """Run the job in a fork and kill it after a delay, counted from its start or from that of its writing.

    Returns whether it had finished before.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _as_child(job, folder, number, writing)
    os.close(writing)
    if in_writing:
        os.read(reading, 1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    return os.WIFEXITED(status)


def _as_child(job: Job, folder: Path, number: int, writing: int) -> None:
    """Work, tell that the writing begins, write, and end without the parent's clean-up."""
    try:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        result = job.work(number)
        os.write(writing, b".")
        job.write(result, folder)
    finally:
        os._exit(0)
