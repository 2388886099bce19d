"""Bounds over a hull, membership in it, and claims on points: against cvxpy and on both sides of borders."""

import cvxpy
import numpy as np
import pytest
import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, ProgramError, RegionError
from molconvex.optimize import (
    CostTerm,
    Hull,
    Program,
    RegionBounds,
    Status,
    check_certificate,
    hull_membership,
    make_record,
    point_claims,
    region_bounds,
    solve,
    solve_exact,
)
from tests.random_networks import random_network

DIM, POINTS = 5, 14
NETWORKS = [random_network(DIM, (9, 8), seed) for seed in range(4)]
TERMS = (CostTerm((0, 1)), CostTerm((2, 3), "max"))
MIXES = torch.tensor([[1.0, 0.0], [0.3, 0.7], [0.0, 1.0]], dtype=torch.float64)


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mixtures(count: int, points: Tensor, seed: int = 0) -> Tensor:
    share = torch.rand(count, len(points), generator=torch.Generator().manual_seed(seed), dtype=torch.float64).log()
    return (share / share.sum(1, keepdim=True)) @ points


@pytest.fixture(scope="module")
def bounds() -> RegionBounds:
    return region_bounds(NETWORKS, MIXES, Hull(2 * normal(POINTS, DIM)), terms=TERMS)


def exact_distance(points: Tensor, u: Tensor) -> float:
    y = cvxpy.Variable(len(points), nonneg=True)
    problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.norm(y @ points.numpy() - u.numpy())), [cvxpy.sum(y) == 1])
    return float(problem.solve(solver="CLARABEL"))


def test_bounds_enclose_the_optimum_of_cvxpy(bounds: RegionBounds) -> None:
    exact = solve_exact(bounds.program)
    assert [s is Status.CERTIFIED for s in bounds.solution.status] == [True] * 3
    assert (bounds.lower_bound <= exact.value + 1e-9).all()
    assert (bounds.value >= exact.lower_bound - 1e-9).all()
    assert ((bounds.value - bounds.lower_bound) <= 1e-3 * bounds.value.abs().clamp_min(1)).all()


def test_bounds_hold_at_every_mixture_and_pass_the_checker(bounds: RegionBounds) -> None:
    values = bounds.program.cost_values(mixtures(300, bounds.points)) @ MIXES.T
    assert (values >= bounds.lower_bound).all()
    assert (values < bounds.lower_bound + 0.5).any()
    check_certificate(make_record(bounds.program, bounds.solution)).raise_if_invalid()


def test_a_hull_that_grows_starts_from_the_bounds_of_the_smaller_one(bounds: RegionBounds) -> None:
    wider = Hull(torch.cat([bounds.points, 4 * normal(3, DIM, seed=5)]))
    cold = region_bounds(NETWORKS, MIXES, wider, terms=TERMS)
    warm = region_bounds(NETWORKS, MIXES, wider, terms=TERMS, start=bounds)
    torch.testing.assert_close(warm.value, cold.value, atol=2e-3, rtol=2e-3)
    assert (warm.lower_bound <= bounds.value).all()
    again = region_bounds(NETWORKS, MIXES, bounds.hull.select(torch.tensor([0])), terms=TERMS, start=bounds)
    assert again.solution.steps.sum() < bounds.solution.steps.sum() / 2


def test_thresholds_are_part_of_the_region(bounds: RegionBounds) -> None:
    limit = float(bounds.program.cost_values(bounds.points)[:, 1].median()) + 1e-6
    limits = torch.tensor([torch.inf, limit], dtype=torch.float64)
    limited = region_bounds(NETWORKS, MIXES, bounds.hull.select(torch.tensor([0])), terms=TERMS, thresholds=limits)
    exact = solve_exact(limited.program)
    assert (limited.lower_bound <= exact.value + 1e-7).all()
    assert (limited.lower_bound > exact.value - 5e-3).all()
    claims = point_claims(limited.record, bounds.points.numpy(), bounds.points[0].numpy())
    under = bounds.program.cost_values(bounds.points)[:, 1] <= limit
    assert under.any()
    assert not under.all()
    assert ((claims.excess[:, 0] == 0) == under.numpy()).all()


def test_no_bound_where_no_point_meets_the_thresholds(bounds: RegionBounds) -> None:
    limits = torch.tensor([torch.inf, float(bounds.lower_bound[2]) - 0.5], dtype=torch.float64)
    hull = bounds.hull.select(torch.tensor([0]))
    proved = region_bounds(NETWORKS, MIXES, hull, terms=TERMS, thresholds=limits)
    assert proved.solution.status == [Status.INFEASIBLE] * 3
    claims = point_claims(proved.record, bounds.points.numpy(), bounds.points[0].numpy())
    assert np.isnan(claims.headroom).all()


@pytest.mark.parametrize("points", [normal(POINTS, DIM), normal(4, DIM, seed=1), normal(40, DIM, seed=2).abs()])
def test_membership_is_that_of_cvxpy(points: Tensor) -> None:
    asked = torch.cat([points.mean(0) + 2.5 * normal(6, DIM, seed=3), mixtures(6, points), points])
    found = hull_membership(points, asked)
    exact = torch.tensor([exact_distance(points, u) for u in asked])
    assert torch.equal(found.inside, exact < 1e-5)
    assert found.inside[6:].all()
    assert not found.inside[:6].all()
    torch.testing.assert_close(found.distance, exact.double(), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(found.least_distance, exact.double(), atol=1e-6, rtol=1e-6)
    assert (found.least_distance <= found.distance).all()
    assert (found.mixtures >= 0).all()
    torch.testing.assert_close(found.mixtures.sum(1), torch.ones(len(asked), dtype=torch.float64))
    torch.testing.assert_close((asked - found.mixtures @ points).norm(dim=1), found.distance)


def test_points_of_the_hull_are_inside_exactly_even_twice_and_in_single_precision() -> None:
    points = torch.cat([normal(POINTS, DIM), normal(POINTS, DIM)[:3]]).float()
    found = hull_membership(points, points, tolerance=0.0)
    assert found.inside.all()
    assert (found.distance == 0).all()
    assert (found.least_distance == 0).all()
    assert ((found.mixtures == 1).sum(1) == 1).all()


def test_the_tolerance_is_a_share_of_the_extent() -> None:
    cross = torch.cat([torch.eye(DIM), -torch.eye(DIM)]).double() * 3
    outward = torch.eye(DIM, dtype=torch.float64)[:1]
    near, far = (hull_membership(cross, (3 + x * 3) * outward, tolerance=1e-4) for x in (0.9e-4, 1.1e-4))
    assert near.inside.tolist() == [True]
    assert far.inside.tolist() == [False]
    torch.testing.assert_close(far.distance, torch.tensor([3.3e-4], dtype=torch.float64), rtol=1e-6, atol=0)


def test_the_least_distance_gives_up_what_rounding_may_have_added() -> None:
    segment = torch.tensor([[0.0, 0.0], [1.0, 0.0]], dtype=torch.float64) + 1e6
    above = torch.tensor([[0.5, 1.0]], dtype=torch.float64) + 1e6
    assert float(hull_membership(segment, above).least_distance) < 1.0
    assert float(hull_membership(segment, above).least_distance) > 1 - 1e-9


def test_claims_on_points_start_at_the_lead_and_end_at_the_optimum(bounds: RegionBounds) -> None:
    lead = bounds.points[0]
    asked = torch.cat([lead[None], bounds.z, bounds.points, mixtures(50, bounds.points)])
    known = hull_membership(bounds.points, asked)
    claims = point_claims(bounds.record, asked.numpy(), lead.numpy(), mixtures=known.mixtures.numpy())
    assert claims.inside.all()
    assert np.abs(claims.realised_share[0]).max() < 1e-12
    assert (claims.realised_share[1:4].diagonal() > 0.99).all()
    assert claims.realised_share.max() <= 1
    assert np.abs(claims.lower_bound - bounds.lower_bound.numpy()).max() < 1e-9


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: hull_membership(torch.ones(3), torch.ones(1, 3)), RegionError, "points"),
        (lambda: hull_membership(torch.eye(3), torch.ones(3)), LatentShapeError, r"\(n, 3\)"),
        (lambda: hull_membership(torch.eye(3), torch.full((1, 3), torch.nan)), LatentShapeError, "finite"),
        (lambda: region_bounds(NETWORKS, torch.ones(4), Hull(normal(2, 6, DIM))), ProgramError, "one hull"),
        (lambda: region_bounds(NETWORKS, -torch.ones(4), Hull(normal(6, DIM))), ProgramError, "not negative"),
    ],
)
def test_bad_input_is_named(call, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_programs_over_hulls_may_start_anywhere() -> None:
    program = Program(NETWORKS[:1], torch.ones(2, 1, dtype=torch.float64), Hull(normal(POINTS, DIM)))
    far = solve(program, start=9 * normal(2, DIM, seed=3))
    torch.testing.assert_close(far.value, solve(program).value, atol=1e-3, rtol=1e-3)
