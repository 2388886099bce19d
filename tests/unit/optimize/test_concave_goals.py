"""Concave costs as goals: no point of the hull undercuts the bound, which is exact where all are concave; forgeries."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from molconvex.exceptions import CertificateError, ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    Ball,
    CertificateRecord,
    ConcaveCosts,
    CostTerm,
    Hull,
    Program,
    Status,
    check_certificate,
    enlarged_lower_bound,
    load_record,
    local_points,
    make_record,
    point_claims,
    save_record,
    solve,
    solve_exact,
    solve_over_hull,
    with_tangents,
)
from molconvex.optimize.certificate.concave_check import lowest_corner
from tests.random_networks import random_network

DIM, CORNERS = 4, 12
ZERO = ReluNetwork.affine(torch.zeros(DIM, dtype=torch.float64))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def networks(seed: int) -> tuple[ReluNetwork, list[ReluNetwork]]:
    """A convex goal, and three networks whose negatives are the members of a concave one."""
    convex = random_network(DIM, (8, 6), 10 * seed)
    return convex, [
        random_network(DIM, (9, 7), 10 * seed + k, slope=0.1 * (k == 2), passthrough=k == 3) for k in (1, 2, 3)
    ]


def posed(seed: int, aggregate: str, weights: Tensor, points: Tensor | None = None) -> Program:
    convex, concave = networks(seed)
    corners = 2 * normal(CORNERS, DIM, seed=seed + 100) if points is None else points
    terms = [CostTerm((0,)), CostTerm((1, 2, 3), aggregate)]
    program = Program([convex, ZERO, ZERO, ZERO], weights, Hull(corners), terms)
    return program.with_concave(ConcaveCosts((1, 2, 3), tuple(concave)))


def true_value(seed: int, aggregate: str, weights: Tensor, z: Tensor) -> Tensor:
    """Weighted costs (n, P) from their definition."""
    convex, concave = networks(seed)
    costs = -torch.stack([c(z) for c in concave], dim=1)
    ranked = costs.sort(dim=1, descending=True).values
    cvar = (ranked[:, 0] + 0.5 * ranked[:, 1]) / 1.5
    other = {"mean": costs.mean(1), "max": ranked[:, 0], "cvar:0.5": cvar}[aggregate]
    return torch.stack([convex(z), other], dim=1) @ weights.T


WEIGHTS = torch.tensor([[1.0, 0.0], [0.7, 0.3], [0.3, 0.7], [0.0, 1.0]], dtype=torch.float64)


def mixtures(corners: Tensor, count: int = 4000) -> Tensor:
    """Points all over a hull: mixtures of all corners, of two, and the corners themselves."""
    generator = torch.Generator().manual_seed(7)
    share = -torch.rand(count, len(corners), generator=generator, dtype=torch.float64).clamp_min(1e-30).log()
    share = share**3
    pairs = torch.randint(len(corners), (count, 2), generator=generator)
    t = torch.rand(count, 1, generator=generator, dtype=torch.float64)
    between = t * corners[pairs[:, 0]] + (1 - t) * corners[pairs[:, 1]]
    return torch.cat([(share / share.sum(1, keepdim=True)) @ corners, between, corners])


@pytest.mark.parametrize(("seed", "aggregate"), [(0, "max"), (1, "cvar:0.5"), (2, "mean")])
def test_no_point_of_the_hull_undercuts_the_bound(seed: int, aggregate: str) -> None:
    program, solution = solve_over_hull(posed(seed, aggregate, WEIGHTS))
    z = mixtures(program.region.tensors()["points"])
    lowest = true_value(seed, aggregate, WEIGHTS, z).amin(0)
    assert (solution.lower_bound <= lowest + 1e-9).all()
    assert (solution.value <= lowest + 1e-3).all()
    own = torch.stack([true_value(seed, aggregate, WEIGHTS, solution.z)[i, i] for i in range(4)])
    torch.testing.assert_close(solution.value, own)
    record = make_record(program, solution)
    report = check_certificate(record, gap_tol=1e-4)
    assert report.valid.all(), report.reasons
    assert {solution.status[0]} == {Status.CERTIFIED}
    assert set(solution.status) <= {Status.CERTIFIED, Status.CONCAVE_GAP}
    assert [s is Status.CERTIFIED for s in solution.status] == (solution.gap <= 1e-4).tolist()


@pytest.mark.parametrize("seed", range(3))
def test_a_concave_goal_alone_has_its_best_corner_as_exact_optimum(seed: int) -> None:
    _, solution = solve_over_hull(posed(seed, "mean", WEIGHTS[-1:]), gap_tol=1e-6)
    corners = 2 * normal(CORNERS, DIM, seed=seed + 100)
    least = true_value(seed, "mean", WEIGHTS[-1:], corners).min()
    assert float(solution.value) == pytest.approx(float(least))
    assert float(solution.lower_bound) == pytest.approx(float(least), abs=1e-6)
    assert solution.status == [Status.CERTIFIED]


def test_the_bound_is_that_of_the_exact_solver_and_no_less_than_separate_bounds() -> None:
    weights = WEIGHTS[[0, 1, 3]]
    program = posed(0, "mean", weights)
    ours = solve_over_hull(program, gap_tol=1e-6)[1].lower_bound
    exact = solve_over_hull(program, gap_tol=1e-6, solver=solve_exact)[1].lower_bound
    torch.testing.assert_close(ours, exact, atol=1e-4, rtol=0)
    apart = weights @ torch.stack([ours[0], ours[-1]])
    assert (ours >= apart - 1e-6).all()
    assert (ours - apart).max() > 1e-2


def test_convex_steps_only_lower_the_value() -> None:
    for seed in (0, 2):
        plain = solve_over_hull(posed(seed, "mean", WEIGHTS), rounds=0)[1]
        stepped = solve_over_hull(posed(seed, "mean", WEIGHTS))[1]
        assert (stepped.value <= plain.value + 1e-9).all()
        torch.testing.assert_close(stepped.lower_bound, plain.lower_bound)


def test_concave_thresholds_and_goals_go_together() -> None:
    convex, concave = networks(0)
    limit = random_network(DIM, (6, 5), 77)
    points = normal(CORNERS, DIM, seed=5)
    loose = float((-limit(points)).quantile(0.7))
    terms = [CostTerm((0,)), CostTerm((1,)), CostTerm((2,))]
    thresholds = torch.tensor([torch.inf, torch.inf, loose], dtype=torch.float64)
    weights = torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64)
    best = points[(-limit(points)).argmin()][None]
    program = Program([convex, ZERO, ZERO], weights, Hull(points), terms, thresholds, anchor=best)
    program = with_tangents(program, {2: limit}, best).with_concave(ConcaveCosts((1,), (concave[0],)))
    program, solution = solve_over_hull(program)
    report = check_certificate(make_record(program, solution))
    assert report.valid.all(), report.reasons
    assert float(-limit(solution.z)) <= loose + 1e-6
    z = mixtures(points)
    slope, offset = program.affine_terms.slopes[0, 2], program.affine_terms.offsets[0, 2]
    allowed = z[(z @ slope + offset) <= loose]
    assert len(allowed) > 20
    value = 0.5 * convex(allowed) - 0.5 * concave[0](allowed)
    assert float(solution.lower_bound) <= float(value.min()) + 1e-9


def test_records_return_from_disk_and_claim_points(tmp_path: Any) -> None:
    record = make_record(*solve_over_hull(posed(1, "max", WEIGHTS)))
    save_record(record, tmp_path)
    back = load_record(tmp_path)
    assert check_certificate(back).valid.all()
    corners = record.region[0].arrays["points"]
    claims = point_claims(back, corners[:3], corners[0])
    value = true_value(1, "max", WEIGHTS, torch.from_numpy(corners[:3])).numpy()
    np.testing.assert_allclose(claims.value, value)
    assert claims.inside.all()
    assert (claims.headroom >= -1e-9).all()
    with pytest.raises(CertificateError, match="convex costs"):
        enlarged_lower_bound(back, np.zeros(2))


@pytest.fixture(scope="module")
def record() -> CertificateRecord:
    return make_record(*solve_over_hull(posed(2, "mean", WEIGHTS)))


def with_concave(record: CertificateRecord, change: Any) -> CertificateRecord:
    first, *rest = record.concave
    return replace(record, concave=(replace(first, network=change(first.network)), *rest))


def raised(record: CertificateRecord, by: float) -> CertificateRecord:
    return replace(record, lower_bound=record.lower_bound + by)


def test_a_raised_bound_is_noticed_on_its_border(record: CertificateRecord) -> None:
    assert check_certificate(raised(record, 0.0)).valid.all()
    report = check_certificate(raised(record, 1e-4))
    assert not report.valid.any()
    assert all("do not prove" in reason for reason in report.reasons)


FORGERIES = {
    "another constant": lambda r: with_concave(r, lambda n: replace(n, constant=n.constant + 0.1)),
    "other biases": lambda r: with_concave(r, lambda n: replace(n, biases=(n.biases[0] + 0.2, *n.biases[1:]))),
    "no concave cost": lambda r: replace(r, concave=()),
    "fewer corners": lambda r: replace(
        r, region=(replace(r.region[0], arrays={"points": r.region[0].arrays["points"][:4]}),)
    ),
    "a point elsewhere": lambda r: replace(r, z=r.z + 0.1),
    "other weights": lambda r: replace(r, weights=r.weights[:, ::-1].copy()),
    "certified though it is not": lambda r: replace(r, status=("CERTIFIED",) * r.n, lower_bound=r.lower_bound - 0.5),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_refused(record: CertificateRecord, name: str) -> None:
    assert not check_certificate(FORGERIES[name](record), gap_tol=1e-4).valid.all()


def test_what_is_no_such_record_is_an_error(record: CertificateRecord) -> None:
    concave = record.concave[0]
    ball = {"center": record.z, "radius": np.ones(record.n)}
    bad = {
        "another region": replace(record, region=(replace(record.region[0], kind="ball", arrays=ball),)),
        "one cost only": replace(record, concave=record.concave[1:]),
        "that stands for them": replace(record, concave=(concave, concave)),
        "is not zero": replace(record, concave=(replace(concave, column=0),)),
        "negative or NaN hidden weights": with_concave(record, lambda n: replace(n, output_weight=-n.output_weight)),
    }
    for text, forged in bad.items():
        with pytest.raises(CertificateError, match=text):
            check_certificate(forged)


def test_any_multipliers_give_a_valid_bound(record: CertificateRecord) -> None:
    """Members and gates drawn at random: what they prove is below every point all the same."""
    rng = np.random.default_rng(0)
    z = mixtures(torch.from_numpy(record.region[0].arrays["points"]))
    lowest = true_value(2, "mean", WEIGHTS, z).amin(0).numpy()
    for _ in range(20):
        gates = tuple(tuple(rng.uniform(-0.5, 1.5, layer.shape) for layer in layers) for layers in record.gates)
        drawn = replace(record, gates=gates, members=rng.uniform(-1, 1, record.members.shape))
        assert (check_certificate(drawn).lower_bound <= lowest + 1e-9).all()


def test_corners_count_by_their_masses_and_lose_the_rounding(record: CertificateRecord) -> None:
    slope, masses = np.zeros((record.n, DIM)), np.zeros((record.n, 4))
    masses[:, 1] = np.arange(record.n)
    low, size = lowest_corner(record, slope, slope, masses)
    _, concave = networks(2)
    least = float(-concave[0](torch.from_numpy(record.region[0].arrays["points"])).max())
    np.testing.assert_allclose(low, masses[:, 1] * least, rtol=1e-12)
    assert (low <= masses[:, 1] * least).all()
    assert (low[1:] < masses[1:, 1] * least).all()
    assert (size[1:] > np.abs(low[1:])).all()


def test_solvers_of_convex_programs_refuse_concave_costs() -> None:
    program = posed(0, "mean", WEIGHTS)
    for solver in (solve, solve_exact):
        with pytest.raises(ProgramError, match="solve_over_hull takes them"):
            solver(program)
    center = program.region.center
    ball = Program(program.networks, WEIGHTS, Ball(center, 1.0), program.terms).with_concave(program.concave)
    with pytest.raises(ProgramError, match="corners of a hull"):
        solve_over_hull(ball)
    with pytest.raises(ProgramError, match="must be zero"):
        program.without_concave().with_concave(ConcaveCosts((0,), program.concave.networks[:1]))
    z, rows = local_points(ball)
    assert rows == [0, 1, 2, 3]
    assert ball.region.contains(z, 1e-5).all()
    start = ball.anchors
    assert (ball.value(z) <= ball.value(start) + 1e-6).all()
    assert (ball.value(z)[1:] < ball.value(start)[1:] - 1e-3).all()
