"""Thresholds and intersections: feasible points, proofs that there are none, and nearest feasible thresholds."""

import pytest
import torch
from random_networks import l1_network, linear_network, random_network

from molconvex.optimize import (
    Ball,
    Box,
    HalfSpaces,
    Intersection,
    Program,
    Status,
    check_certificate,
    make_record,
    solve,
)

DIM = 4
E1, E2 = torch.eye(DIM)[0].double(), torch.eye(DIM)[1].double()
UNIT_BALL = Ball(torch.zeros(1, DIM).double(), 1.0)
INF = float("inf")


def test_threshold_binds_and_its_multiplier_is_the_price() -> None:
    # minimize z_1 subject to -z_1 <= 0.25 in the unit ball: one unit of threshold is worth one unit of cost
    program = Program(
        [linear_network(E1), linear_network(-E1)],
        torch.tensor([1.0, 0.0]),
        UNIT_BALL,
        thresholds=torch.tensor([INF, 0.25]),
    )
    solution = solve(program, gap_tol=1e-6)
    assert solution.status == [Status.CERTIFIED]
    assert float(solution.value[0]) == pytest.approx(-0.25, abs=1e-6)
    assert float(solution.multipliers.constraints[0, 1]) == pytest.approx(1.0, abs=1e-3)
    assert float(solution.violation[0]) <= 1e-6


def test_threshold_that_does_not_bind_changes_nothing() -> None:
    networks = [random_network(DIM, (8, 6), 0), random_network(DIM, (8,), 1)]
    free = solve(Program(networks, torch.tensor([1.0, 0.0]), UNIT_BALL), gap_tol=1e-6)
    limit = torch.tensor([INF, float(free.costs[0, 1]) + 1])
    bound = solve(Program(networks, torch.tensor([1.0, 0.0]), UNIT_BALL, thresholds=limit), gap_tol=1e-6)
    torch.testing.assert_close(bound.value, free.value, atol=3e-6, rtol=0)
    assert float(bound.multipliers.constraints.abs().max()) < 1e-6


def test_infeasible_threshold_is_proved_and_the_nearest_feasible_one_told() -> None:
    # z_1 is at least -1 in the unit ball
    program = Program([linear_network(E1)], torch.ones(1), UNIT_BALL, thresholds=torch.tensor([-1.5]))
    solution = solve(program)
    assert solution.status == [Status.INFEASIBLE]
    assert float(solution.threshold_shift[0]) == pytest.approx(0.5, abs=0.01)
    assert 0.49 < float(solution.infeasibility[0]) <= 0.5
    assert float(solution.lower_bound[0]) == INF
    assert solution.gap.isnan().all()
    assert check_certificate(make_record(program, solution)).valid.all()


def test_threshold_raised_by_the_shift_is_feasible() -> None:
    networks = [random_network(DIM, (8, 6), 2), random_network(DIM, (8,), 3)]
    least = solve(Program(networks, torch.tensor([0.0, 1.0]), UNIT_BALL)).lower_bound
    limit = torch.tensor([[INF, float(least[0]) - 0.3]]).double()
    program = Program(networks, torch.tensor([1.0, 0.0]).double(), UNIT_BALL, thresholds=limit)
    failed = solve(program)
    assert failed.status == [Status.INFEASIBLE]
    raised = limit + failed.threshold_shift[:, None] + 1e-2
    repaired = solve(Program(networks, torch.tensor([1.0, 0.0]).double(), UNIT_BALL, thresholds=raised))
    assert repaired.status == [Status.CERTIFIED]
    lowered = limit + 0.99 * failed.infeasibility[:, None]
    assert solve(Program(networks, [1.0, 0.0], UNIT_BALL, thresholds=lowered)).status == [Status.INFEASIBLE]


def test_contradictory_thresholds_are_proved_infeasible() -> None:
    program = Program(
        [linear_network(E1), linear_network(-E1)], torch.ones(2), UNIT_BALL, thresholds=torch.tensor([-0.2, -0.2])
    )
    solution = solve(program)
    assert solution.status == [Status.INFEASIBLE]
    assert float(solution.threshold_shift[0]) == pytest.approx(0.2, abs=0.005)


def test_feasible_and_infeasible_programs_share_a_batch() -> None:
    limits = torch.tensor([[-0.5], [-2.0], [INF], [-0.9]])
    program = Program([linear_network(E1)], torch.ones(1), UNIT_BALL.expand(4), thresholds=limits)
    solution = solve(program, gap_tol=1e-6)
    assert solution.status == [Status.CERTIFIED, Status.INFEASIBLE, Status.CERTIFIED, Status.CERTIFIED]
    torch.testing.assert_close(solution.value[[0, 2, 3]], -torch.ones(3).double(), atol=2e-6, rtol=0)


def test_half_space_cuts_the_ball() -> None:
    region = Intersection(UNIT_BALL, HalfSpaces(-E1[None], torch.tensor([0.3]).double()))
    solution = solve(Program([linear_network(E1)], torch.ones(1), region), gap_tol=1e-6)
    assert float(solution.value[0]) == pytest.approx(-0.3, abs=1e-6)
    assert float(solution.violation[0]) <= 1e-6


def test_two_balls_meet_in_a_lens() -> None:
    region = Intersection(UNIT_BALL, Ball((1.0 * E1)[None], 1.0))
    solution = solve(Program([linear_network(E2)], torch.ones(1), region), gap_tol=1e-6)
    assert float(solution.value[0]) == pytest.approx(-(0.75**0.5), abs=2e-6)


def test_disjoint_parts_are_proved_empty() -> None:
    for other in (Ball((2.1 * E1)[None], 1.0), Box((1.1 * E1 - 3)[None] + 4 * E1, (5 + 0 * E1)[None])):
        program = Program([l1_network(E2)], torch.ones(1), Intersection(UNIT_BALL, other))
        solution = solve(program)
        assert solution.status == [Status.EMPTY_REGION]
        assert float(solution.infeasibility[0]) > 0
        assert check_certificate(make_record(program, solution)).valid.all()


def test_two_half_spaces_that_touch_are_solved_without_an_interior() -> None:
    normals = torch.stack([E1, -E1])
    region = Intersection(UNIT_BALL, HalfSpaces(normals, torch.tensor([0.2, -0.2]).double()))
    solution = solve(Program([linear_network(E2)], torch.ones(1), region), gap_tol=1e-4)
    assert solution.status == [Status.CERTIFIED]
    assert float(solution.value[0]) == pytest.approx(-(0.96**0.5), abs=1e-4)
    assert float(solution.violation[0]) <= 2e-6
