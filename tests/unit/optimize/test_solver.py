"""The batched solver on networks with known minima, its options and its bookkeeping."""

import pytest
import torch
from random_networks import l1_network, linear_network, random_network

from molconvex.exceptions import ProgramError
from molconvex.optimize import Ball, Box, CostTerm, Ellipsoid, Hull, Program, Status, solve

DIM = 6


def centers(n: int, seed: int = 0, dim: int = DIM) -> torch.Tensor:
    return torch.randn(n, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_target_inside_the_ball_is_found() -> None:
    target = 0.1 * torch.ones(DIM)
    solution = solve(Program([l1_network(target)], torch.ones(1), Ball(torch.zeros(3, DIM), 2.0)), gap_tol=1e-6)
    assert all(status is Status.CERTIFIED for status in solution.status)
    assert solution.value.abs().max() < 2e-6
    assert (solution.z - target).abs().max() < 1e-5


@pytest.mark.parametrize("dim", [2, 6, 20])
def test_swinging_across_kinks_is_ended(dim: int) -> None:
    network = l1_network(0.1 * torch.ones(dim))
    solution = solve(Program([network], torch.ones(1), Ball(torch.zeros(1, dim), 2.0)), gap_tol=1e-6)
    assert solution.certified == 1
    assert int(solution.steps[0]) < 500


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_linear_cost_has_the_closed_form_minimum_of_every_region(depth: int) -> None:
    direction = centers(1)[0]
    middle = centers(4, seed=1)
    factor = centers(DIM, seed=2)
    vertices = centers(9, seed=3)
    network = linear_network(direction, 0.5)
    cases = [
        (Ball(middle, 1.5), middle @ direction - 1.5 * direction.norm()),
        (Box(middle - 1, middle + 2), (torch.minimum(direction * (middle - 1), direction * (middle + 2))).sum(1)),
        (Ellipsoid(middle, factor), middle @ direction - (direction @ factor).norm()),
        (Hull(vertices), (vertices @ direction).min().expand(1)),
    ]
    for region, minimum in cases:
        solution = solve(Program([network] * depth, torch.ones(1, depth).double() / depth, region), gap_tol=1e-7)
        torch.testing.assert_close(solution.value, minimum + 0.5, atol=1e-6, rtol=1e-6)
        assert (solution.lower_bound <= minimum + 0.5 + 1e-12).all()


def test_every_program_has_its_own_weights_center_and_radius() -> None:
    directions = centers(2, seed=4)
    networks = [linear_network(direction) for direction in directions]
    weights = torch.rand(5, 2, generator=torch.Generator().manual_seed(1)).double() + 0.1
    middle, radius = centers(5, seed=5), torch.linspace(0.2, 3, 5).double()
    solution = solve(Program(networks, weights, Ball(middle, radius)), gap_tol=1e-7)
    slope = weights @ directions
    torch.testing.assert_close(
        solution.value, (slope * middle).sum(1) - radius * slope.norm(dim=1), rtol=1e-6, atol=1e-6
    )
    torch.testing.assert_close(solution.costs, solution.z @ directions.T)


def test_networks_of_different_shapes_share_a_program() -> None:
    networks = [
        random_network(DIM, w, s, slope=a) for s, (w, a) in enumerate([((8,), 0.0), ((8, 6), 0.1), ((8,), 0.0)])
    ]
    program = Program(networks, torch.ones(1, 3), Ball(centers(4), 1.0))
    solution = solve(program, gap_tol=1e-6)
    assert solution.certified == 4
    expected = sum(network(solution.z) for network in networks)
    torch.testing.assert_close(solution.value, expected)


def test_chunks_give_the_same_as_one_batch() -> None:
    program = Program([random_network(DIM, (16, 12), 3)], torch.ones(1), Ball(centers(7), 1.0))
    whole, parts = solve(program, gap_tol=1e-6), solve(program, gap_tol=1e-6, chunk=2)
    torch.testing.assert_close(whole.value, parts.value, atol=2e-6, rtol=0)
    assert parts.multipliers.members.shape == (7, 1)
    assert len(parts.status) == 7


def test_scaling_the_weights_scales_the_solution_and_not_the_effort() -> None:
    network = random_network(DIM, (16, 12), 4)
    ball = Ball(centers(3), 1.0)
    small, large = (solve(Program([network], torch.full((1,), w).double(), ball)) for w in (1e-3, 1e3))
    torch.testing.assert_close(1e6 * small.value, large.value, rtol=1e-4, atol=1e-1)
    assert (small.steps == large.steps).all()


def test_distance_penalty_pulls_toward_the_anchor() -> None:
    direction, middle = centers(1)[0], centers(3, seed=1)
    program = Program([linear_network(direction)], torch.ones(1), Ball(middle, 50.0), distance_weight=2.0)
    solution = solve(program, gap_tol=1e-8)
    torch.testing.assert_close(solution.z, middle - direction / 2, atol=1e-4, rtol=1e-4)


def test_distance_alone_is_an_objective() -> None:
    program = Program([linear_network(centers(1)[0])], torch.zeros(1), Ball(centers(2), 1.0), distance_weight=1.0)
    assert solve(program).value.abs().max() < 1e-4


@pytest.mark.parametrize("aggregate", ["mean", "max", "cvar:0.4"])
def test_aggregates_of_members_are_minimized(aggregate: str) -> None:
    # members are linear and opposite in the first coordinate, so that their maximum is |z_1| + z_2
    first, second = torch.eye(DIM)[0], torch.eye(DIM)[1]
    networks = [linear_network(first + second), linear_network(-first + second)]
    program = Program(networks, torch.ones(1), Ball(torch.zeros(1, DIM).double(), 1.0), [CostTerm((0, 1), aggregate)])
    solution = solve(program, gap_tol=1e-7)
    assert float(solution.value[0]) == pytest.approx(-1.0, abs=1e-6)
    if aggregate != "mean":
        torch.testing.assert_close(solution.multipliers.members, torch.full((1, 2), 0.5).double(), atol=1e-3, rtol=0)


def test_too_few_steps_are_said_and_the_bound_still_holds() -> None:
    program = Program([random_network(DIM, (32, 16), 5)], torch.ones(1), Ball(centers(4), 2.0))
    rushed, full = solve(program, gap_tol=1e-6, max_steps=1), solve(program, gap_tol=1e-6)
    assert Status.STEP_BUDGET in rushed.status
    assert (rushed.lower_bound <= full.value).all()
    assert (rushed.value >= full.lower_bound).all()
    assert "max_steps" in Status.STEP_BUDGET.value


def test_a_start_near_the_solution_saves_steps() -> None:
    program = Program([random_network(32, (64, 32), 6)], torch.ones(1), Ball(centers(8, dim=32), 1.0))
    cold = solve(program, gap_tol=1e-6)
    warm = solve(program, gap_tol=1e-6, start=cold.z)
    assert warm.steps.sum() < cold.steps.sum()
    torch.testing.assert_close(warm.value, cold.value, atol=3e-6, rtol=0)


def test_progress_counts_to_the_number_of_programs() -> None:
    calls: list[tuple[int, int]] = []
    program = Program([random_network(DIM, (16,), 7)], torch.ones(1), Ball(centers(6), 1.0))
    solve(program, chunk=4, progress=lambda done, total: calls.append((done, total)))
    assert calls[-1] == (6, 6)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


def test_cancelling_returns_what_was_found() -> None:
    program = Program([random_network(DIM, (32, 16), 8)], torch.ones(1), Ball(centers(6), 3.0))
    solution = solve(program, gap_tol=1e-9, cancelled=lambda: True)
    assert set(solution.status) <= {Status.CANCELLED, Status.CERTIFIED}
    assert Status.CANCELLED in solution.status
    assert (solution.lower_bound <= solution.value).all()


def test_points_are_float64_whatever_the_region_and_tolerance() -> None:
    network, ball = random_network(DIM, (8,), 9), Ball(centers(2).float(), 1.0)
    assert solve(Program([network], torch.ones(1), ball)).z.dtype == torch.float64
    assert solve(Program([network], torch.ones(1), ball), gap_tol=1e-7).z.dtype == torch.float64


@pytest.mark.parametrize("radius", [1e-3, 1.0])
def test_points_lie_in_the_ball_to_float64(radius: float) -> None:
    ball = Ball(10 * centers(20).float(), radius)
    solution = solve(Program([random_network(DIM, (8, 6), 9)], torch.ones(1), ball))
    assert solution.z.dtype == torch.float64
    assert (ball.to(torch.float64).violation(solution.z) <= 1e-14).all()


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_the_tolerance_asked_for_is_reached_by_every_program(tolerance: float) -> None:
    program = Program([random_network(24, (32, 24), 11)], torch.ones(1), Ball(centers(50, dim=24), 1.5))
    solution = solve(program, gap_tol=tolerance)
    assert solution.certified == 50
    assert (solution.gap <= tolerance).all()


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"gap_tol": 0.0}, "gap_tol"),
        ({"gap_tol": float("nan")}, "gap_tol"),
        ({"max_steps": 0}, "max_steps"),
        ({"chunk": 0}, "chunk"),
        ({"start": torch.zeros(1, 1)}, "start"),
    ],
)
def test_options_out_of_range_are_refused(option: dict, text: str) -> None:
    program = Program([random_network(DIM, (8,), 1)], torch.ones(1), Ball(centers(2), 1.0))
    with pytest.raises(ProgramError, match=text):
        solve(program, **option)
