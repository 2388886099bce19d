"""Differences of convex networks fall round by round to points that no convex step improves, and are called local."""

import pytest
import torch
from random_networks import linear_network, random_network

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    Ball,
    Box,
    CostTerm,
    DifferenceProgram,
    LocalStatus,
    Program,
    check_certificate,
    make_record,
    minimize_locally,
)

DIM, N = 6, 4
CONVEX = [random_network(DIM, (12, 8), s) for s in range(3)]
CONCAVE = [random_network(DIM, (10, 6), 10 + s).scaled(0.8) for s in range(3)]
MIDDLE = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
INF = float("inf")


def posed(terms: list[CostTerm], weights: torch.Tensor, **options) -> DifferenceProgram:
    return DifferenceProgram(Program(CONVEX, weights, Ball(MIDDLE, 1.5), terms, **options), [*CONCAVE[:2], None])


MEAN = posed([CostTerm((0, 1, 2))], torch.ones(1).double())
PROGRAMS = {
    "mean": MEAN,
    "max": DifferenceProgram(posed([CostTerm((0, 1, 2), "max")], torch.ones(1).double()).convex, CONCAVE),
    "two costs and a penalty": posed(
        [CostTerm((0, 2), "cvar:0.7"), CostTerm((1,))], torch.rand(N, 2).double() + 0.1, distance_weight=0.2
    ),
}


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_values_never_rise_and_end_where_no_convex_step_gains(name: str) -> None:
    program = PROGRAMS[name]
    local = minimize_locally(program)
    assert local.status == [LocalStatus.STATIONARY] * N
    assert (local.history.diff(dim=0) <= 0).all()
    assert (local.history[0] - local.value > 1e-2).all()
    torch.testing.assert_close(local.value, program.value(local.z))
    assert (local.residual <= 1e-4 * local.value.abs().clamp_min(2)).all()
    assert (program.convex.region.violation(local.z) <= 1e-12).all()
    assert check_certificate(make_record(local.program, local.step)).valid.all()


@pytest.mark.parametrize("tolerance", [10 ** (-3 - k / 8) for k in range(4)])
def test_the_concluding_program_confirms_every_point_that_stayed(tolerance: float) -> None:
    local = minimize_locally(PROGRAMS["max"], tolerance=tolerance)
    assert local.status == [LocalStatus.STATIONARY] * N
    assert (local.residual <= tolerance * local.value.abs().clamp_min(1)).all()


def test_values_are_differences_of_the_networks() -> None:
    expected = (sum(f(MIDDLE) for f in CONVEX) - sum(h(MIDDLE) for h in CONCAVE[:2])) / 3
    torch.testing.assert_close(MEAN.value(MIDDLE), expected)


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_convexification_touches_the_cost_and_lies_above(name: str) -> None:
    program = PROGRAMS[name]
    at = MIDDLE + 0.3
    majorant = program.majorant(at)
    torch.testing.assert_close(majorant.value(at), program.value(at))
    apart = 0.0
    for z in program.convex.region.sample(50, torch.Generator().manual_seed(1)):
        excess = majorant.value(z) - program.value(z)
        assert (excess >= -1e-12).all()
        apart = max(apart, float(excess.max()))
    assert apart > 1e-2


def test_no_nearby_point_is_better() -> None:
    local = minimize_locally(MEAN, tolerance=1e-6, max_rounds=200)
    for z in MEAN.convex.region.sample(100, torch.Generator().manual_seed(2)):
        nearby = MEAN.convex.region.project(torch.lerp(local.z, z, 1e-3))
        assert (MEAN.value(nearby) >= local.value - 1e-5).all()


def test_other_starts_find_other_minima_so_the_result_is_local() -> None:
    # -|z_1| over a box of unequal sides: both ends are local minima, the far one is lower
    e1 = torch.eye(2)[0].double()
    both = torch.stack([e1, -e1])
    size = ReluNetwork((), (both,), (torch.zeros(2).double(),), torch.ones(2).double())
    box = Box(torch.tensor([[-1.0, -1.0]]).double(), torch.tensor([[2.0, 1.0]]).double())
    program = DifferenceProgram(Program([linear_network(0 * e1)], torch.ones(1).double(), box), [size])
    left = minimize_locally(program, start=torch.tensor([[-0.1, 0.0]]).double())
    right = minimize_locally(program, start=torch.tensor([[0.1, 0.0]]).double())
    assert float(left.value) == pytest.approx(-1, abs=1e-4)
    assert float(right.value) == pytest.approx(-2, abs=1e-4)
    assert all("local" in status.value for status in (*left.status, *right.status))


def test_thresholds_hold_at_every_end() -> None:
    start = MEAN.value(MIDDLE)
    free = minimize_locally(MEAN).value
    limits = (0.5 * (start + free))[:, None]
    goal = linear_network(torch.ones(DIM))
    convex = Program(
        [*CONVEX, goal],
        torch.tensor([0.0, 1.0]).double(),
        Ball(MIDDLE, 1.5),
        [CostTerm((0, 1, 2)), CostTerm((3,))],
        thresholds=torch.cat([limits, torch.full_like(limits, INF)], dim=1),
    )
    program = DifferenceProgram(convex, [*CONCAVE[:2], None, None])
    near = minimize_locally(MEAN).z
    local = minimize_locally(program, start=near)
    assert local.stationary == N
    assert (program.cost_values(local.z)[:, 0] <= limits[:, 0] + 2e-6).all()
    assert (local.value < goal(near) - 1e-2).all()


def test_thresholds_that_cannot_be_met_are_said() -> None:
    limits = torch.full((N, 1), -100.0).double()
    local = minimize_locally(posed([CostTerm((0, 1, 2))], torch.ones(1).double(), thresholds=limits))
    assert local.status == [LocalStatus.INFEASIBLE_START] * N
    assert (local.value == INF).all()
    assert local.residual.isnan().all()


def test_spent_rounds_and_cancelling_are_said() -> None:
    assert LocalStatus.ROUND_BUDGET in minimize_locally(MEAN, max_rounds=1).status
    stopped = minimize_locally(MEAN, cancelled=lambda: True)
    assert LocalStatus.CANCELLED in stopped.status
    assert (stopped.value <= stopped.history[0]).all()


def test_progress_counts_to_the_number_of_programs() -> None:
    calls: list[tuple[int, int]] = []
    minimize_locally(MEAN, progress=lambda done, n: calls.append((done, n)))
    assert calls[-1] == (N, N)
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: DifferenceProgram(MEAN.convex, CONCAVE[:2]), "each of the 3 networks"),
        (lambda: DifferenceProgram(MEAN.convex, [random_network(5, (3,), 0), None, None]), "dimension 6"),
        (lambda: minimize_locally(MEAN, tolerance=0.0), "tolerance"),
        (lambda: minimize_locally(MEAN, max_rounds=0), "max_rounds"),
        (lambda: minimize_locally(MEAN, start=MIDDLE[:2]), "start"),
    ],
)
def test_bad_input_is_refused(make, text: str) -> None:
    with pytest.raises(ProgramError, match=text):
        make()
