"""Level sets: rays meet them once, walks stay on them, segments to a minimizer fall; every status is reached."""

import pytest
import torch
from random_networks import linear_network, random_network
from torch import Tensor

from molconvex.exceptions import LatentShapeError, ProgramError
from molconvex.optimize import Ball, CostTerm, Program, solve
from molconvex.optimize.paths.level_sets import LevelStatus, reach_level
from molconvex.optimize.paths.level_walks import (
    WalkStatus,
    descending_way,
    largest_rise,
    spread_evenly,
    straight_way,
    walk_level,
)
from molconvex.optimize.program.cost import Cost

D = 6


def sphere(z: Tensor) -> Tensor:
    return z.square().sum(1)


def points(count: int, seed: int, dim: int = D) -> Tensor:
    return torch.randn(count, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def random_cost(seed: int, aggregate: str = "mean", passthrough: bool = True) -> Cost:
    networks = [random_network(D, (16, 16), 10 * seed + k, passthrough=passthrough) for k in range(3)]
    return Cost(networks, aggregate)


def minimizer(cost: Cost, aggregate: str, start: Tensor, goal: Tensor) -> tuple[Tensor, float]:
    """Over a ball around both ends, with its certified gap in cost units."""
    region = Ball(((start + goal) / 2)[None], float((goal - start).norm()))
    term = CostTerm(tuple(range(len(cost.networks))), aggregate)
    solution = solve(Program(cost.networks, torch.ones(1, 1).double(), region, terms=[term]), gap_tol=1e-2)
    return solution.z[0], float(solution.value - solution.lower_bound)


def test_rays_meet_a_sphere_where_it_is() -> None:
    center, through = torch.zeros(D).double(), points(200, 0)
    found = reach_level(sphere, center, through, 4.0)
    assert all(status is LevelStatus.ON_LEVEL for status in found.status)
    assert torch.allclose(found.z, 2 * through / through.norm(dim=1, keepdim=True), atol=1e-8)
    assert found.deviation <= 4e-9


@pytest.mark.parametrize("aggregate", ["mean", "max", "cvar:0.5"])
@pytest.mark.parametrize("seed", range(2))
def test_rays_meet_levels_of_random_networks_and_cross_them_once(seed: int, aggregate: str) -> None:
    cost = random_cost(seed, aggregate)
    through = 3 * points(50, seed)
    center = minimizer(cost, aggregate, through[0], through[1])[0]
    level = cost(center[None]) + torch.linspace(0.01, 2.0, 50).double()
    found = reach_level(cost, center, through, level)
    on = found.on_level
    assert int(on.sum()) >= 40
    assert (cost(found.z[on]) - level[on]).abs().max() <= 1e-6
    ray = found.z[on] - center
    assert (cost(center + 0.99 * ray) < level[on]).all()
    assert (cost(center + 1.01 * ray) > level[on]).all()


def test_a_ray_along_which_the_function_never_grows_says_so() -> None:
    cost = Cost([linear_network(torch.tensor([1.0, 0.0]))])
    found = reach_level(cost, torch.zeros(2).double(), torch.tensor([[2.0, 1.0], [-1.0, 1.0]]).double(), 1.0)
    assert found.status == [LevelStatus.ON_LEVEL, LevelStatus.BELOW]
    assert torch.isnan(found.z[1]).all()
    assert torch.isnan(found.value[1])
    assert found.z[0].tolist() == pytest.approx([1.0, 0.5])


def test_too_few_steps_say_so() -> None:
    found = reach_level(lambda z: z.exp().sum(1), torch.zeros(1).double() - 9, points(1, 1, 1) + 9, 2.0, max_steps=1)
    assert found.status == [LevelStatus.STEP_BUDGET]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"level": 0.0}, ProgramError, "not below the level"),
        ({"level": float("nan")}, ProgramError, "not below the level"),
        ({"through": torch.zeros(1, D)}, ProgramError, "has no direction"),
        ({"through": torch.zeros(D)}, LatentShapeError, "shape"),
        ({"through": torch.full((1, D), torch.nan)}, LatentShapeError, "finite"),
        ({"tol": 0.0}, ProgramError, "tol > 0"),
    ],
)
def test_bad_rays_are_refused(change: dict, error: type[Exception], says: str) -> None:
    good = {"interior": torch.zeros(D).double(), "through": torch.ones(1, D), "level": 1.0}
    with pytest.raises(error, match=says):
        reach_level(sphere, **(good | change))


@pytest.mark.parametrize("method", ["tangent", "radial"])
@pytest.mark.parametrize("aggregate", ["mean", "cvar:0.5"])
@pytest.mark.parametrize("seed", range(2))
def test_walks_keep_the_level_on_random_networks(seed: int, aggregate: str, method: str) -> None:
    cost = random_cost(seed, aggregate)
    start, goal = 2 * points(2, 100 + seed)
    center = minimizer(cost, aggregate, start, goal)[0]
    way = walk_level(cost, start, goal, center, 9, method)
    assert torch.equal(way.z[0], start)
    assert (cost(way.z) - cost(start[None])).abs().max() <= 1e-6
    assert way.deviation <= 1e-6
    assert (way.z[-1] - goal).norm() < (start - goal).norm()
    # the straight way between the same points leaves the level: the test can fail
    assert straight_way(cost, start, way.z[-1], 9).deviation > 1e-3


def test_both_methods_agree_on_a_sphere_and_arrive() -> None:
    start, goal = torch.eye(3).double()[:2]
    center = torch.zeros(3).double()
    arcs = [walk_level(sphere, start, goal, center, 13, method) for method in ("tangent", "radial")]
    angle = torch.linspace(0, torch.pi / 2, 13).double()
    circle = torch.stack([angle.cos(), angle.sin(), 0 * angle], dim=1)
    for arc in arcs:
        assert arc.status is WalkStatus.ARRIVED
        assert torch.allclose(arc.z, circle, atol=0.02)
    assert torch.allclose(arcs[0].z, arcs[1].z, atol=0.02)


def test_a_goal_off_the_level_ends_the_walk_at_its_nearest_point() -> None:
    start, goal, center = torch.tensor([0.0, 1.0]), torch.tensor([3.0, 0.0]), torch.zeros(2)
    way = walk_level(sphere, start, goal, center, 5)
    assert way.status is WalkStatus.NEAREST
    assert way.z[-1].tolist() == pytest.approx([1.0, 0.0], abs=1e-3)
    assert walk_level(sphere, start, goal, center, 5, "radial").status is WalkStatus.TOWARD_GOAL


def test_a_walk_that_must_lead_away_first_is_blocked_and_the_radial_method_goes_round() -> None:
    def pancake(z: Tensor) -> Tensor:
        return z[:, 0].square() + 100 * z[:, 1].square()

    start, goal = torch.tensor([0.02, -0.1]).double(), torch.tensor([0.0, 0.1]).double()
    start = start * (1.0 / pancake(start[None])).sqrt()
    center = torch.tensor([0.3, 0.0]).double()
    assert walk_level(pancake, start, goal, center, 20).status is WalkStatus.BLOCKED
    round_way = walk_level(pancake, start, goal, center, 20, "radial")
    assert round_way.status is WalkStatus.ARRIVED
    assert torch.allclose(round_way.z[-1], goal, atol=1e-6)
    assert (round_way.z[:, 0] < -0.5).any()


def test_levels_that_some_rays_never_reach_and_spent_budgets_are_told() -> None:
    cost = Cost([linear_network(torch.tensor([1.0, 0.0]))])
    start, goal = torch.tensor([1.0, 0.0]).double(), torch.tensor([-5.0, 3.0]).double()
    way = walk_level(cost, start, goal, torch.tensor([-1.0, 0.0]).double(), 6, "radial")
    assert way.status is WalkStatus.UNREACHED
    assert way.deviation <= 1e-9
    center = torch.zeros(D).double()
    ends = torch.eye(D).double()
    assert walk_level(sphere, ends[0], ends[1], center, 9, max_steps=2).status is WalkStatus.STEP_BUDGET


@pytest.mark.parametrize("stops", [2, 7])
@pytest.mark.parametrize("seed", range(4))
def test_segments_to_a_certified_minimizer_never_rise_by_more_than_the_gap(seed: int, stops: int) -> None:
    cost = random_cost(seed)
    start, goal = 2 * points(2, 200 + seed)
    best, gap = minimizer(cost, "mean", start, goal)
    way = descending_way(cost, start, best, stops)
    assert len(way.z) == stops
    assert largest_rise(way.value) <= max(gap, 0.0) + 1e-12
    assert way.value[-1] < way.value[0]
    # toward a point that is no minimizer the same cost rises
    assert largest_rise(straight_way(cost, best, start, max(stops, 3)).value) > 1e-3


def test_points_are_spread_evenly_along_a_line() -> None:
    corner = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 3.0]]).double()
    assert spread_evenly(corner, 5).tolist() == [[0, 0], [1, 0], [1, 1], [1, 2], [1, 3]]
    assert spread_evenly(corner[:1], 3).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize(
    ("way", "error", "says"),
    [
        (lambda a, b: walk_level(sphere, a, b, 0 * a, 1), ProgramError, "at least 2 stops"),
        (lambda a, b: walk_level(sphere, a, a, 0 * a, 5), ProgramError, "same point"),
        (lambda a, b: walk_level(sphere, a, b, b, 5), ProgramError, "not below the level"),
        (lambda a, b: walk_level(sphere, a, b[:2], 0 * a, 5), LatentShapeError, "shape"),
        (lambda a, b: walk_level(sphere, a, b, 0 * a, 5, "sideways"), ProgramError, "tangent or radial"),
        (lambda a, b: straight_way(sphere, a, b / 0, 5), LatentShapeError, "finite"),
        (lambda a, b: descending_way(sphere, a, 2 * b, 5), ProgramError, "minimize over a region"),
    ],
)
def test_bad_ways_are_refused(way, error: type[Exception], says: str) -> None:
    start, goal = torch.eye(D).double()[:2]
    with pytest.raises(error, match=says):
        way(start, 1.5 * goal)


def test_costs_of_one_dimension_are_asked_for() -> None:
    networks = [random_network(d, (4,), 0) for d in (2, 3)]
    for members in ([], networks):
        with pytest.raises(ProgramError, match="one latent dimension"):
            Cost(members)
    assert Cost(networks[:1])(points(3, 0, 2)).shape == (3,)
