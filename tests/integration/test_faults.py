"""Killed at random moments, nothing is half-written or lost; spoiled inputs are used or refused with advice."""

import random
import shutil

import pytest

from scripts.faults.fuzz import Target as Taker
from scripts.faults.fuzz import fuzz, one, targets
from scripts.faults.kills import Job, kill_often
from scripts.faults.toy_jobs import toy_jobs

KILLS, INPUTS = 6, 400


@pytest.fixture(scope="module")
def jobs() -> dict[str, Job]:
    return {job.name: job for job in toy_jobs()}


@pytest.mark.parametrize("name", ["generate", "pareto", "path", "train"])
def test_killed_jobs_leave_the_earlier_result_or_the_new_one(jobs, tmp_path, name: str) -> None:
    outcomes, wrong = kill_often(jobs[name], tmp_path / "place" / "result", KILLS)
    assert wrong == []
    assert outcomes.total() == KILLS


def test_a_half_written_result_would_be_seen(jobs, tmp_path) -> None:
    job = jobs["path"]

    def in_place(result: object, folder) -> None:
        """A writer that is not whole: it empties the folder first, and never comes to an end."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "path.csv").write_text("stop,smiles\n1,")

    careless = Job("careless", job.work, in_place, job.problems, lambda folder: 0)
    outcomes, wrong = kill_often(careless, tmp_path / "place" / "result", 2)
    assert outcomes["wrong"] == 2
    assert all("no run" in text or "is gone" in text or "missing" in text for text in wrong)


def test_spoiled_inputs_are_used_or_refused_with_advice(jobs, tmp_path) -> None:
    run, surrogate = tmp_path / "run-of-a-lead", tmp_path / "surrogate-of-a-property"
    jobs["generate"].write(jobs["generate"].work(0), run)
    jobs["train"].write(jobs["train"].work(0), surrogate)
    outcomes, wrong = fuzz(targets(tmp_path, run, surrogate), INPUTS)
    assert wrong == []
    assert sum(counts["refused"] for counts in outcomes.values()) > INPUTS / 10


def test_wrong_errors_would_be_seen() -> None:
    def divide(chance: random.Random) -> float:
        return 1 / 0

    assert one(Taker("divide", divide), random.Random(0)) == ("wrong", "ZeroDivisionError: division by zero")
