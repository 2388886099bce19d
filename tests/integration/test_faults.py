"""Killed at random moments, nothing is half-written or lost; spoiled inputs are used or refused with advice."""

import random
import shutil
from itertools import count

import pytest

from scripts.faults.fuzz import LEAST_SHARE, fuzz, one
from scripts.faults.fuzz import Target as Taker
from scripts.faults.kills import KEPT, End, Job, complete, kill_often, outcome
from scripts.faults.targets import targets
from scripts.faults.toy_jobs import toy_jobs, toy_model

KILLS, INPUTS = 6, 400


@pytest.fixture(scope="module")
def jobs() -> dict[str, Job]:
    return {job.name: job for job in toy_jobs()}


@pytest.mark.parametrize("name", ["generate", "pareto", "path", "train"])
def test_killed_jobs_leave_the_earlier_result_or_the_new_one(jobs, tmp_path, name: str) -> None:
    outcomes, wrong = kill_often(jobs[name], tmp_path / "place" / "result", KILLS)
    assert wrong == []
    assert outcomes["old"] + outcomes["new"] == KILLS


def test_a_half_written_result_would_be_seen(jobs, tmp_path) -> None:
    job = jobs["path"]

    def in_place(result: object, folder) -> None:
        """A writer that is not whole: it empties the folder first, and never comes to an end."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "path.csv").write_text("stop,smiles\n1,")

    numbers = count()
    careless = Job("careless", job.work, in_place, job.problems, lambda folder: next(numbers))
    outcomes, wrong = kill_often(careless, tmp_path / "place" / "result", 2)
    assert outcomes["wrong"] == 2
    assert all("no run" in text or "is gone" in text or "missing" in text for text in wrong)


def test_finished_leads_that_are_lost_would_be_seen(jobs, tmp_path) -> None:
    folder, kept = tmp_path / "result", tmp_path / "result-unfinished"
    complete(jobs["path"], 0, folder)
    before = jobs["path"].version(folder)
    assert outcome(jobs["path"], folder, before, End(b"")) == ("old", [])
    lost = outcome(jobs["path"], folder, before, End(KEPT))
    assert lost == ("old", ["leads that were finished and kept are gone"])
    shutil.copytree(folder, kept)
    assert outcome(jobs["path"], folder, before, End(KEPT)) == ("old", [])
    assert outcome(jobs["path"], folder, before, End(KEPT, 0))[1] == [
        "result-unfinished stays beside the finished result"
    ]
    assert outcome(jobs["path"], folder, before, End(b"", 1)) == ("wrong", ["the job failed"])
    (kept / "path.csv").unlink()
    assert outcome(jobs["path"], folder, before, End(KEPT)) == ("wrong", ["result-unfinished: path.csv: missing"])


def test_spoiled_inputs_are_used_or_refused_with_advice(jobs, tmp_path) -> None:
    some = targets(tmp_path, jobs, toy_model())
    outcomes, wrong = fuzz(some, INPUTS)
    assert wrong == []
    assert sum(counts["refused"] for counts in outcomes.values()) > INPUTS / 10
    assert all(counts.total() >= INPUTS // (LEAST_SHARE * len(some)) for counts in outcomes.values())


def test_wrong_errors_would_be_seen() -> None:
    def divide(chance: random.Random) -> float:
        return 1 / 0

    assert one(Taker("divide", divide), random.Random(0)) == ("wrong", "ZeroDivisionError: division by zero")
