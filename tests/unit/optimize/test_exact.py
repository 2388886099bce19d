"""The batched solver agrees with cvxpy on every kind of program, and cvxpy's duals are certificates too."""

from dataclasses import replace

import pytest
import torch
from random_networks import random_network

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    AffineTerms,
    Ball,
    Box,
    CostTerm,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    Region,
    Status,
    check_certificate,
    estimate_seconds,
    make_record,
    solve,
    solve_exact,
)

DIM, N = 6, 3
NETWORKS = [random_network(DIM, (12, 8), s) for s in range(3)]
NETWORKS += [random_network(DIM, (10,), 3, slope=0.1), random_network(DIM, (8, 8, 6), 4, passthrough=True, slope=0.2)]
TERMS = [CostTerm((0, 1, 2), "cvar:0.5"), CostTerm((3, 4), "max")]


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MIDDLE = normal(N, DIM)
BALL = Ball(MIDDLE, torch.tensor([0.7, 1.0, 1.5]).double())
NORMALS = normal(2, DIM, seed=1)
REGIONS: dict[str, Region] = {
    "ball": BALL,
    "box": Box(MIDDLE - 0.4, MIDDLE + 0.5),
    "ellipsoid": Ellipsoid(MIDDLE, 0.5 * normal(DIM, DIM, seed=2)),
    "flat ellipsoids": Ellipsoid(MIDDLE, 0.5 * normal(N, DIM, 2, seed=3)),
    "hull": Hull(normal(9, DIM, seed=4)).expand(N),
    "cut ball": Intersection(BALL, HalfSpaces(NORMALS, MIDDLE @ NORMALS.T + 0.1)),
    "lens": Intersection(BALL, Ball(MIDDLE + 0.2, 1.0)),
    "ball in box": Intersection(BALL, Box(MIDDLE - 0.3, MIDDLE + 0.4)),
}


def posed(region: Region, **options) -> Program:
    return Program(NETWORKS, torch.tensor([1.0, 0.4]).double(), region, TERMS, **options)


@pytest.mark.parametrize("penalty", [0.0, 0.5])
@pytest.mark.parametrize("name", list(REGIONS))
def test_batched_optimum_is_that_of_cvxpy(name: str, penalty: float) -> None:
    program = posed(REGIONS[name], distance_weight=penalty)
    exact, batched = solve_exact(program, gap_tol=1e-5), solve(program, gap_tol=1e-5)
    assert exact.certified == batched.certified == N
    torch.testing.assert_close(exact.value, batched.value, atol=2e-5, rtol=2e-5)
    assert (batched.lower_bound <= exact.value + 1e-7).all()
    assert check_certificate(make_record(program, exact)).valid.all()
    assert check_certificate(make_record(program, batched)).valid.all()


def test_thresholds_agree_with_cvxpy() -> None:
    free = solve(posed(BALL))
    least = solve(Program(NETWORKS, torch.tensor([0.0, 1.0]).double(), BALL, TERMS))
    limits = torch.full((N, 2), torch.inf).double()
    limits[:, 1] = 0.5 * (free.costs[:, 1] + least.costs[:, 1])
    limits[2, 1] = least.lower_bound[2] - 0.1
    program = posed(BALL, thresholds=limits)
    exact, batched = solve_exact(program, gap_tol=1e-5), solve(program, gap_tol=1e-5)
    assert exact.status == batched.status == [Status.CERTIFIED, Status.CERTIFIED, Status.INFEASIBLE]
    torch.testing.assert_close(exact.value[:2], batched.value[:2], atol=2e-5, rtol=2e-5)
    assert (exact.value[:2] > free.value[:2] + 1e-4).all()
    assert check_certificate(make_record(program, exact)).valid.all()


def test_affine_terms_agree_with_cvxpy_and_with_networks_that_hold_them() -> None:
    affine_terms = AffineTerms(0.5 * normal(N, len(NETWORKS), DIM, seed=5), normal(N, len(NETWORKS), seed=6))
    program = posed(BALL, affine_terms=affine_terms)
    exact, batched = solve_exact(program, gap_tol=1e-5), solve(program, gap_tol=1e-5)
    assert exact.certified == batched.certified == N
    torch.testing.assert_close(exact.value, batched.value, atol=2e-5, rtol=2e-5)
    for i in range(N):
        networks = [
            _plus_affine(f, affine_terms.slopes[i, k], affine_terms.offsets[i, k]) for k, f in enumerate(NETWORKS)
        ]
        alone = solve(Program(networks, program.weights[0], BALL.select(torch.tensor([i])), TERMS), gap_tol=1e-5)
        torch.testing.assert_close(alone.value, batched.value[i : i + 1], atol=2e-5, rtol=2e-5)
    for solution in (exact, batched):
        assert check_certificate(make_record(program, solution)).valid.all()


def _plus_affine(network: ReluNetwork, slope: torch.Tensor, offset: torch.Tensor) -> ReluNetwork:
    linear = slope if network.output_input is None else network.output_input + slope
    return replace(network, output_input=linear, constant=network.constant + float(offset))


def test_linear_programs_go_to_highs_too() -> None:
    program = posed(REGIONS["box"])
    torch.testing.assert_close(
        solve_exact(program, solver="HIGHS").value, solve_exact(program).value, atol=1e-6, rtol=1e-6
    )


def test_solver_options_reach_the_solver() -> None:
    program = posed(BALL)
    loose = solve_exact(program, solver_options={"tol_gap_abs": 1e-2, "tol_gap_rel": 1e-2, "tol_feas": 1e-2})
    assert (loose.steps < solve_exact(program).steps).all()
    assert (loose.lower_bound <= solve(program).value).all()


def test_large_problems_are_refused_with_an_estimate() -> None:
    program = Program([random_network(128, (512, 512), 0)], torch.ones(1), Ball(torch.zeros(100, 128), 1.0))
    assert estimate_seconds(program) > 60
    with pytest.raises(ProgramError, match=r"about \d+ s, more than max_seconds = 10"):
        solve_exact(program, max_seconds=10)


def test_progress_and_cancelling() -> None:
    calls: list[tuple[int, int]] = []
    solution = solve_exact(
        posed(BALL), progress=lambda done, n: calls.append((done, n)), cancelled=lambda: len(calls) > 1
    )
    assert calls == [(1, N), (2, N)]
    assert solution.status[:2] == [Status.CERTIFIED] * 2
    assert solution.status[2] is Status.CANCELLED
    assert len(solution.value) == N
