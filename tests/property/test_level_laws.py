"""Laws of level sets and of segments to minimizers, for any convex network, point and seed."""

import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from random_networks import random_network

from molconvex.optimize import Ball, Program, solve
from molconvex.optimize.paths.level_sets import reach_level
from molconvex.optimize.paths.level_walks import descending_way, largest_rise, straight_way, walk_level
from molconvex.optimize.program.cost import Cost

seeds = st.integers(0, 10_000)


def rounding(values: torch.Tensor) -> float:
    """What float64 leaves of sums as large as these values."""
    return 1e-12 * max(1.0, float(values.abs().max()))


def setting(seed: int, dim: int, depth: int, passthrough: bool):
    """A cost, two points, and the certified minimizer over the ball with these at opposite ends."""
    network = random_network(dim, (12,) * depth, seed, passthrough=passthrough)
    start, goal = 2 * torch.randn(2, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    region = Ball(((start + goal) / 2)[None], 0.5 * float((goal - start).norm()))
    solution = solve(Program([network], torch.ones(1, 1).double(), region), gap_tol=1e-2, max_steps=300)
    return Cost([network]), start, goal, solution


@hypothesis_settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 8), st.integers(1, 3), st.booleans(), st.integers(2, 60))
def test_cost_falls_along_the_segment_to_a_minimizer(seed, dim, depth, passthrough, stops) -> None:
    cost, start, _, solution = setting(seed, dim, depth, passthrough)
    if float(cost(start[None])) <= float(solution.value):
        return
    way = descending_way(cost, start, solution.z[0], stops)
    above = way.value >= way.value[-1]
    assert largest_rise(way.value[above]) <= rounding(way.value)
    assert largest_rise(way.value) <= float(solution.value - solution.lower_bound) + rounding(way.value)


@hypothesis_settings(max_examples=20, deadline=None)
@given(seeds, st.integers(2, 8), st.integers(1, 3), st.booleans())
def test_the_straight_way_stays_below_the_line_between_its_ends(seed, dim, depth, passthrough) -> None:
    cost, start, goal, _ = setting(seed, dim, depth, passthrough)
    way = straight_way(cost, start, goal, 20)
    share = torch.linspace(0, 1, 20, dtype=torch.float64)
    assert (way.value <= way.value[0] + share * (way.value[-1] - way.value[0]) + rounding(way.value)).all()


@hypothesis_settings(max_examples=15, deadline=None)
@given(seeds, st.integers(2, 8), st.integers(1, 3), st.booleans(), st.sampled_from(["tangent", "radial"]))
def test_walks_stay_on_their_level(seed, dim, depth, passthrough, method) -> None:
    cost, start, goal, solution = setting(seed, dim, depth, passthrough)
    level = float(cost(start[None]))
    if level - float(solution.value) <= 1e-3:
        return
    way = walk_level(cost, start, goal, solution.z[0], 7, method, max_steps=200)
    assert (cost(way.z) - level).abs().max() <= 1e-6


@hypothesis_settings(max_examples=20, deadline=None)
@given(seeds, st.integers(1, 8), st.integers(1, 3), st.floats(1e-3, 10.0))
def test_beyond_the_level_there_is_no_way_back(seed, dim, depth, height) -> None:
    cost, start, goal, solution = setting(seed, dim, depth, True)
    level = float(solution.value) + height
    found = reach_level(cost, solution.z[0], torch.stack([start, goal]) + 0.1, level)
    for z in found.z[found.on_level]:
        beyond = solution.z[0] + torch.linspace(1.001, 20, 50, dtype=torch.float64)[:, None] * (z - solution.z[0])
        assert (cost(beyond) > level - 1e-9).all()
