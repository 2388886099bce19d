"""When a search stops, how batches grow, and how shares follow success."""

import numpy as np
import pytest

from molconvex.search.budget import Budget, StopReason
from molconvex.search.credit import FLOOR, Credit


def test_batches_begin_small_grow_and_never_pass_the_budget() -> None:
    budget, archived, sizes = Budget(200), 0, []
    while (size := budget.batch(archived)) > 0:
        sizes.append(size)
        archived += size
    assert sum(sizes) == 200
    assert sizes[0] == 8
    assert max(sizes) == 20
    assert sizes[1] > sizes[0]


def test_a_largest_batch_is_reached_and_kept() -> None:
    budget = Budget(1_000, largest_batch=15)
    sizes = [budget.batch(100) for _ in range(20)]
    assert sizes[0] == 8
    assert max(sizes) == sizes[-1] == 15


@pytest.mark.parametrize(("scored", "stop"), [(9, None), (10, StopReason.BUDGET)])
def test_the_budget_counts_what_is_not_free(scored: int, stop) -> None:
    budget = Budget(10, free=1)
    assert budget.stop(np.zeros(scored + 1)) is stop


@pytest.mark.parametrize(("best", "stop"), [(0.89, None), (0.9, StopReason.TARGET)])
def test_the_target_is_reached_at_the_target(best: float, stop) -> None:
    assert Budget(10, target=0.9).stop(np.array([best, np.nan])) is stop


@pytest.mark.parametrize(("rounds", "stop"), [(1, None), (2, StopReason.ROUNDS)])
def test_rounds_are_counted(rounds: int, stop) -> None:
    budget = Budget(100, rounds=2)
    for _ in range(rounds):
        budget.batch(0)
    assert budget.stop(np.zeros(1)) is stop


def test_patience_ends_after_rounds_without_progress_and_progress_renews_it() -> None:
    budget, scores = Budget(100, patience=2), [0.1]
    for better, wanted in ((0.2, None), (0.2, None), (0.3, None), (0.3, None), (0.3, StopReason.NO_PROGRESS)):
        budget.batch(len(scores))
        scores.append(better)
        assert budget.stop(np.array(scores)) is wanted


def test_shares_follow_success_with_a_floor() -> None:
    credit = Credit(["good", "bad"])
    assert credit.shares() == pytest.approx({"good": 0.5, "bad": 0.5})
    for _ in range(20):
        credit.update([("good", True)] * 10 + [("bad", False)] * 10)
    shares = credit.shares()
    assert shares["good"] > 0.85
    assert shares["bad"] >= FLOOR / 2
    assert sum(shares.values()) == pytest.approx(1.0)
    for _ in range(20):
        credit.update([("good", False)] * 10 + [("bad", True)] * 10)
    assert credit.shares()["bad"] > 0.85


@pytest.mark.parametrize(("reached", "stop"), [(2, None), (3, StopReason.TARGET)])
def test_enough_molecules_beside_the_start_must_reach_the_target(reached: int, stop) -> None:
    scores = np.array([1.0] + [0.9] * reached + [0.89, np.nan])
    assert Budget(100, target=0.9, enough=3, free=1).stop(scores) is stop
    missed = np.append(scores, [0.95] * 3), np.array([True] * len(scores) + [False] * 3)
    assert Budget(100, target=0.9, enough=3, free=1).stop(*missed) is stop
    assert Budget(100, target=None, free=1).stop(np.array([np.inf, np.inf])) is None


@pytest.mark.parametrize(("seconds", "stop"), [(119.0, None), (120.0, StopReason.TIME)])
def test_no_round_begins_after_the_minutes(seconds: float, stop) -> None:
    now = [5.0]
    budget = Budget(100, minutes=2.0, clock=lambda: now[0])
    assert budget.stop(np.zeros(1)) is None
    now[0] += seconds
    assert budget.stop(np.zeros(1)) is stop


def test_parts_of_a_budget_share_its_clock_and_its_rounds() -> None:
    now = [0.0]
    whole = Budget(100, rounds=5, minutes=1.0, clock=lambda: now[0])
    now[0] = 30.0
    part = whole.part(20, rounds_done=0, free=3)
    assert (part.scored, part.rounds, part.free) == (20, 5, 3)
    now[0] = 89.0
    assert part.stop(np.ones(3)) is None  # the clock began with the first part, at 30
    now[0] = 90.0
    assert part.stop(np.ones(3)) is StopReason.TIME
    assert whole.part(10, 4, 0).stop(np.ones(1)) is StopReason.TIME
    assert [Budget(9, rounds=5).part(5, done, 0).rounds for done in (4, 5, 6)] == [1, 0, 0]
