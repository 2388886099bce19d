"""Pareto fronts: known ones, the sandwich against dense samples, refinement, thresholds, bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import l1_network, linear_network, random_network
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize import Ball, Box, CostTerm, Program, Status, check_certificate, make_record, solve, solve_exact
from molconvex.optimize.fronts.pareto import ParetoFront, pareto_front
from molconvex.optimize.fronts.refinement import refine
from molconvex.optimize.fronts.sandwich import facet_normals, inner_support, outer_support, sandwich_gap
from molconvex.optimize.fronts.sweep import simplex_lattice

ROUNDING = 1e-9


def unit_ball(dim: int) -> Ball:
    return Ball(torch.zeros(1, dim, dtype=torch.float64), 1.0)


def coordinates(dim: int, goals: int) -> list:
    return [linear_network(row) for row in torch.eye(dim, dtype=torch.float64)[:goals]]


def front_over(networks, region, *, terms=None, thresholds=None, **options) -> ParetoFront:
    """The front of networks over a region."""
    weights = torch.ones(len(terms or networks), dtype=torch.float64)
    return pareto_front(Program(networks, weights, region, terms=terms, thresholds=thresholds), **options)


@pytest.fixture(scope="module")
def quarter_circle() -> ParetoFront:
    """Two coordinates over the unit ball: the front is a quarter of a circle."""
    return front_over(
        coordinates(4, 2), unit_ball(4), points=24, front_tol=1e-6, gap_tol=1e-7, reference_point=torch.zeros(2)
    )


def test_two_coordinates_over_a_ball_give_a_quarter_circle(quarter_circle) -> None:
    front = quarter_circle
    assert torch.allclose(front.costs.norm(dim=1), torch.ones(len(front), dtype=torch.float64), atol=1e-5)
    assert front.costs[0].tolist() == pytest.approx([-1, 0], abs=1e-3)
    assert front.costs[-1].tolist() == pytest.approx([0, -1], abs=1e-3)
    assert 0.96 * np.pi / 4 < front.hypervolume < np.pi / 4
    # for even steps of pi / 46 chord and tangents are (pi / 92)^2 apart; halved angles are at most twice as wide
    assert front.gap < 4 * (np.pi / 92) ** 2
    assert (front.costs.diff(dim=0)[:, 0] > 0).all()
    assert (front.costs.diff(dim=0)[:, 1] < 0).all()


def test_three_coordinates_over_a_ball_give_an_eighth_of_a_sphere() -> None:
    front = front_over(coordinates(3, 3), unit_ball(3), points=36, gap_tol=1e-5, reference_point=torch.zeros(3))
    assert torch.allclose(front.costs.norm(dim=1), torch.ones(len(front), dtype=torch.float64), atol=1e-4)
    assert 0.6 * np.pi / 6 < front.hypervolume < np.pi / 6
    assert front.gap < 0.05


def test_distances_to_two_points_trade_along_the_segment_between_them() -> None:
    a, b = torch.tensor([0.5, 0.0]), torch.tensor([-0.5, 0.0])
    front = front_over([l1_network(a), l1_network(b)], unit_ball(2), points=30, gap_tol=1e-6)
    assert torch.allclose(front.costs.sum(dim=1), torch.ones(len(front), dtype=torch.float64), atol=1e-4)
    assert front.gap < 1e-4
    assert front.program.n < 20  # two points and the chord between them are all there is


@pytest.mark.parametrize(("goals", "terms"), [(2, None), (3, None), (2, (CostTerm((0, 1), "max"), CostTerm((2,))))])
def test_the_sandwich_holds_at_dense_samples(goals: int, terms) -> None:
    count = goals if terms is None else 3
    networks = [random_network(3, (16, 16), seed) for seed in range(count)]
    region = unit_ball(3)
    front = front_over(networks, region, terms=terms, points=12, reference_point=None)
    z = region.sample(20_000, torch.Generator().manual_seed(0))[:, 0]
    costs = _costs(front, z)
    weights = torch.from_numpy(np.random.default_rng(1).dirichlet(np.ones(goals), 50))
    least = (costs @ weights.T).amin(dim=0)
    bound = front.bound(weights)
    assert (bound <= least + ROUNDING).all()
    assert (front.lower_bound <= (costs @ front.weights.T).amin(dim=0) + ROUNDING).all()
    scaled, points = (costs / front.scale).numpy(), (front.costs / front.scale).numpy()
    facets = facet_normals(points)
    assert (inner_support(facets, scaled) >= inner_support(facets, points) - front.gap - ROUNDING).all()
    assert front.gap < 0.25
    # it could fail: bounds raised by twice the gap are beaten by samples or points
    reached = torch.minimum(least, (front.costs @ weights.T).amin(dim=0))
    assert (bound + 2 * front.gap * front.scale.max() > reached).any()


def _costs(front: ParetoFront, z: Tensor) -> Tensor:
    return front.program.select(torch.zeros(len(z), dtype=torch.long)).cost_values(z)


def test_mixtures_of_latents_undercut_mixtures_of_costs() -> None:
    front = front_over([random_network(4, (12,), s) for s in (5, 6)], unit_ball(4), points=8)
    middle = _costs(front, (front.z[1:] + front.z[:-1]) / 2)
    assert (middle <= (front.costs[1:] + front.costs[:-1]) / 2 + ROUNDING).all()


def test_refinement_beats_an_even_sweep_where_the_front_is_uneven() -> None:
    """A steep cost beside a flat one: even weights all find nearly the same point."""
    networks = [random_network(4, (16, 16), 1), random_network(4, (16, 16), 4).scaled(20.0)]
    front = front_over(networks, unit_ball(4), points=12, front_tol=1e-9, gap_tol=1e-5)
    weights, scale = simplex_lattice(2, 12), front.scale.numpy()
    even = solve(Program(networks, torch.from_numpy(weights), unit_ball(4)), gap_tol=1e-5)
    even_gap = sandwich_gap(even.costs.numpy() / scale, weights * scale, even.lower_bound.numpy())
    assert front.program.n == 12
    assert front.gap < 0.5 * even_gap


def test_one_new_weight_is_the_normal_and_more_are_even() -> None:
    known, normal = np.array([[0.0, 1.0], [0.8, 0.2], [1.0, 0.0]]), np.array([[0.3, 0.7]])
    gap, needed = np.array([1.0]), np.array([1e-3])
    assert refine(known, normal, gap, needed, 1).tolist() == [[0.3, 0.7]]
    assert np.allclose(refine(known, normal, gap, needed, 3)[:, 0], [0.2, 0.4, 0.6])
    assert len(refine(known, normal, gap, np.array([0.3]), 9)) == 1  # two pieces leave a quarter
    assert len(refine(known, normal, gap, np.array([2.0]), 9)) == 0
    assert len(refine(known, known[1:2], gap, needed, 9)) == 0


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(2, 3), st.integers(0, 20))
def test_new_weights_are_new_few_enough_and_of_the_simplex(seed: int, goals: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.concatenate([np.eye(goals), rng.dirichlet(np.ones(goals), 5)])
    facets, gaps = rng.dirichlet(np.ones(goals), 6), rng.exponential(size=6)
    found = refine(known, facets, gaps, np.full(6, 0.1), count)
    assert len(found) <= count
    assert np.allclose(found.sum(axis=1), 1)
    assert (found >= 0).all()
    assert all(np.abs(known - row).max(axis=1).min() > 0 for row in found)


def test_every_program_is_certified_and_checked_by_the_independent_checker(quarter_circle) -> None:
    report = check_certificate(make_record(quarter_circle.program, quarter_circle.solution))
    report.raise_if_invalid()
    assert quarter_circle.status == [Status.CERTIFIED] * len(quarter_circle)


def test_points_and_bounds_agree_with_the_exact_reference() -> None:
    networks = [random_network(3, (8,), s) for s in (2, 3)]
    front = front_over(networks, unit_ball(3), points=5, gap_tol=1e-5)
    exact = solve_exact(Program(networks, front.weights, unit_ball(3)))
    assert (front.lower_bound <= exact.value + 1e-6).all()
    assert torch.allclose((front.weights * front.costs).sum(dim=1), exact.value, atol=1e-4)


def test_thresholds_cut_the_front_and_impossible_ones_are_refused() -> None:
    networks, region = coordinates(3, 2), unit_ball(3)
    front = front_over(networks, region, points=8, thresholds=torch.tensor([torch.inf, -0.5]))
    assert (front.costs[:, 1] <= -0.5 + 1e-5).all()
    assert front.costs[0].tolist() == pytest.approx([-(0.75**0.5), -0.5], abs=1e-2)
    with pytest.raises(ProgramError, match="no point of the region meets the thresholds"):
        front_over(networks, region, points=8, thresholds=torch.tensor([-0.9, -0.9]))


def test_costs_that_agree_give_one_point() -> None:
    network = l1_network(torch.zeros(3))
    front = front_over([network, network.scaled(2.0)], unit_ball(3), points=20, gap_tol=1e-6)
    assert front.costs[0].tolist() == pytest.approx([0.0, 0.0], abs=1e-4)
    assert front.program.n < 20
    assert front.gap < 1e-2


def test_stopping_keeps_the_front_found_so_far() -> None:
    told: list[tuple[int, int]] = []
    front = front_over(
        [random_network(4, (12,), s) for s in (1, 2)],
        unit_ball(4),
        points=30,
        front_tol=1e-9,
        gap_tol=1e-5,
        progress=lambda done, total: told.append((done, total)),
        cancelled=lambda: len(told) > 0 and told[-1][0] >= 10,
    )
    assert not front.complete
    assert 10 <= front.program.n < 30
    assert len(front) > 1
    assert told == sorted(told)
    assert {total for _, total in told} == {30}


@pytest.mark.parametrize(
    ("goals", "options", "says"),
    [
        (1, {}, "two or three costs, got 1"),
        (4, {}, "two or three costs, got 4"),
        (2, {"points": 1}, "at least the number of costs, 2, got 1"),
        (3, {"points": 2}, "at least the number of costs, 3, got 2"),
        (2, {"front_tol": 0.0}, "front_tol must be positive"),
        (2, {"gap_tol": 0.0}, "gap_tol must be positive"),
        (2, {"reference_point": torch.zeros(3)}, "2 finite numbers"),
    ],
)
def test_bad_input_is_named(goals: int, options: dict, says: str) -> None:
    with pytest.raises(ProgramError, match=says):
        front_over(coordinates(4, goals), unit_ball(4), **options)


def test_one_region_only_and_weights_of_the_right_shape(quarter_circle) -> None:
    box = Box(-torch.ones(2, 4).double(), torch.ones(2, 4).double())
    with pytest.raises(ProgramError, match="one region, got 2 programs"):
        front_over(coordinates(4, 2), box)
    for weights in (torch.ones(1, 3), -torch.ones(1, 2), torch.ones(2)):
        with pytest.raises(ProgramError, match=r"shape \(k, 2\)"):
            quarter_circle.bound(weights)


@pytest.mark.parametrize(("goals", "count", "rows"), [(2, 7, 7), (2, 1, 2), (3, 3, 3), (3, 14, 10), (3, 15, 15)])
def test_lattice_is_the_finest_that_fits(goals: int, count: int, rows: int) -> None:
    lattice = simplex_lattice(goals, count)
    assert lattice.shape == (rows, goals)
    assert np.allclose(lattice.sum(axis=1), 1)
    assert all(unit in lattice.tolist() for unit in np.eye(goals).tolist())


@settings(deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.integers(2, 3))
def test_outer_bounds_hold_for_every_point_of_the_half_spaces(seed: int, goals: int) -> None:
    rng = np.random.default_rng(seed)
    normals = np.concatenate([np.eye(goals), rng.dirichlet(np.ones(goals), 6)])
    inside = rng.normal(size=(20, goals))
    bounds = (normals @ inside.T).min(axis=1)
    weights = rng.dirichlet(np.ones(goals), 10)
    proved = outer_support(weights, normals, bounds)
    assert (proved <= (weights @ inside.T).min(axis=1) + ROUNDING).all()
    assert sandwich_gap(inside, normals, bounds) >= -ROUNDING
    # at the normals themselves the bound is what was proved, or better
    assert (outer_support(normals, normals, bounds) >= bounds - ROUNDING).all()


def test_nothing_is_proved_without_half_spaces() -> None:
    weights = np.array([[0.5, 0.5]])
    assert outer_support(weights, np.eye(2), np.array([-np.inf, 0.0])).tolist() == [-np.inf]


def test_facets_of_a_staircase() -> None:
    points = np.array([[0.0, 1.0], [0.25, 0.25], [1.0, 0.0], [0.9, 0.9]])
    normals = facet_normals(points)
    expected = [[0.0, 1.0], [0.25, 0.75], [0.75, 0.25], [1.0, 0.0]]
    assert np.allclose(sorted(normals.tolist()), expected)
