"""Non-dominated filter and hypervolume against slow obvious twins."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from molconvex.exceptions import ProgramError
from molconvex.optimize.fronts.dominance import default_reference_point, hypervolume, non_dominated

SIDE = 5


def costs(goals: int) -> st.SearchStrategy[np.ndarray]:
    """Small integers, so that ties and equal rows are common."""
    return st.integers(0, 12).flatmap(lambda n: arrays(np.float64, (n, goals), elements=st.integers(0, SIDE)))


def kept_by_definition(rows: np.ndarray) -> list[bool]:
    return [not any((b <= a).all() and (b < a).any() for b in rows) for a in rows]


def cells_dominated(rows: np.ndarray, corner: int) -> int:
    """Unit cells of the grid up to the corner whose lower corner some row reaches."""
    cells = itertools.product(range(corner), repeat=rows.shape[1])
    return sum(any((row <= cell).all() for row in rows) for cell in map(np.array, cells))


@pytest.mark.parametrize("goals", [1, 2, 3, 4])
def test_filter_is_the_definition(goals: int) -> None:
    @given(costs(goals))
    def check(rows: np.ndarray) -> None:
        expected = np.array(kept_by_definition(rows), dtype=bool)
        assert non_dominated(rows, deduplicate=False).tolist() == expected.tolist()
        first = [tuple(row) not in {tuple(other) for other in rows[:i]} for i, row in enumerate(rows)]
        assert non_dominated(rows).tolist() == (expected & np.array(first, dtype=bool)).tolist()

    check()


def test_rows_with_missing_costs_neither_stay_nor_dominate() -> None:
    rows = [[np.nan, 0.0], [1.0, 1.0], [0.0, np.nan]]
    assert non_dominated(rows).tolist() == [False, True, False]


@pytest.mark.parametrize("goals", [2, 3])
def test_hypervolume_counts_dominated_cells(goals: int) -> None:
    @given(costs(goals), st.integers(1, SIDE))
    def check(rows: np.ndarray, corner: int) -> None:
        assert hypervolume(rows, np.full(goals, corner)) == pytest.approx(cells_dominated(rows, corner), abs=1e-12)

    check()


def test_hypervolume_of_known_fronts() -> None:
    assert hypervolume([[0.25, 0.5]], [1.0, 1.0]) == pytest.approx(0.375)
    staircase = [[0.0, 2.0], [1.0, 1.0], [2.0, 0.0], [2.0, 2.0]]
    assert hypervolume(staircase, [3.0, 3.0]) == pytest.approx(6.0)
    assert hypervolume([[0, 0, 1], [0, 1, 0], [1, 0, 0]], [2.0, 2.0, 2.0]) == pytest.approx(7.0)
    assert hypervolume([[3.0, 3.0]], [3.0, 3.0]) == 0.0


def test_reference_point_lies_a_tenth_beyond_the_worst() -> None:
    assert default_reference_point([[0.0, 4.0], [2.0, -6.0]]).tolist() == pytest.approx([2.2, 5.0])


def test_bad_input_is_named() -> None:
    with pytest.raises(ProgramError, match="two or three costs, got 4"):
        hypervolume(np.zeros((1, 4)), np.ones(4))
    with pytest.raises(ProgramError, match="3 finite numbers"):
        hypervolume(np.zeros((1, 3)), [1.0, np.inf, 1.0])
    with pytest.raises(ProgramError, match="shape"):
        non_dominated([1.0, 2.0])
