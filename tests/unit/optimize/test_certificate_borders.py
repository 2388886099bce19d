"""Every number that the check compares with, on both sides."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from proved_records import BALL, DIM, MIDDLE, NETWORKS, REGIONS, TERMS, N, proved
from random_networks import linear_network

from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    Ball,
    Box,
    CertificateRecord,
    Program,
    check_certificate,
    make_record,
    solve,
    solve_exact,
)
from molconvex.optimize.certificate.dual_check import capped
from molconvex.optimize.certificate.primal_check import primal


@pytest.fixture(scope="module")
def record() -> CertificateRecord:
    return proved()


@pytest.fixture(scope="module")
def limited() -> CertificateRecord:
    return proved(thresholds=Program(NETWORKS, torch.ones(2), BALL, TERMS).cost_values(MIDDLE) + 0.05)


def at(record: CertificateRecord, z: np.ndarray) -> CertificateRecord:
    """The record with other points and their true values; bounds are claimed as low as one likes."""
    moved = replace(record, z=z, lower_bound=np.full(record.n, -1e6))
    return replace(moved, value=primal(moved)[0])


# ---- rounding


def test_a_claim_may_reach_the_proved_bound_less_the_allowance_and_no_more(record) -> None:
    exact = replace(record, value=check_certificate(record).value)
    report = check_certificate(exact, tolerance=0)
    assert (report.allowance > 0).all()
    for claim, valid in ((report.lower_bound, True), (np.nextafter(report.lower_bound, np.inf), False)):
        assert (check_certificate(replace(exact, lower_bound=claim), tolerance=0).valid == valid).all()


@pytest.mark.parametrize("name", list(REGIONS))
def test_solvers_claim_no_more_than_the_check_proves_without_any_tolerance(name: str) -> None:
    claimed = proved(REGIONS[name], gap_tol=1e-6)
    assert (claimed.lower_bound <= check_certificate(claimed).lower_bound).all()
    assert (claimed.lower_bound >= check_certificate(claimed).lower_bound - 1e-10).all()


def test_the_exact_solver_lowers_its_bounds_too() -> None:
    pytest.importorskip("cvxpy")
    program = Program(NETWORKS, torch.ones(2).double(), Ball(MIDDLE[:1], 1.0), TERMS)
    claimed = make_record(program, solve_exact(program))
    assert (claimed.lower_bound <= check_certificate(claimed).lower_bound).all()


def test_an_infeasible_program_claims_no_more_violation_than_is_proved() -> None:
    claimed = proved(thresholds=torch.tensor([torch.inf, -100.0]).double())
    assert claimed.status == ("INFEASIBLE",) * N
    assert (claimed.infeasibility <= check_certificate(claimed).lower_bound).all()


def cancelling(size: float, seed: int) -> tuple[ReluNetwork, Box]:
    """|z| by open and closed gates of units whose biases cancel to all but rounding."""
    random = np.random.default_rng(seed)
    paths = torch.from_numpy(random.normal(size=(6, 2)))
    biases = torch.from_numpy(size * random.normal(size=6))
    output = torch.from_numpy(random.uniform(0.5, 1.5, size=6))
    constant = -float((output * biases.clamp_min(0)).sum())
    box = Box(-torch.ones(1, 2).double(), torch.ones(1, 2).double())
    return ReluNetwork((), (paths,), (biases,), output, None, constant), box


def exact_bound(record: CertificateRecord) -> Fraction:
    """The bound that the multipliers prove, in rational numbers."""
    network, gates = record.networks[0], record.gates[0][0][0]
    low, high = (record.region[0].arrays[name][0] for name in ("low", "high"))
    masses = [Fraction(float(c)) * Fraction(float(s)) for c, s in zip(network.output_weight, gates, strict=True)]
    bound = Fraction(network.constant) + sum(
        m * Fraction(float(b)) for m, b in zip(masses, network.biases[0], strict=True)
    )
    for k in range(2):
        slope = sum(m * Fraction(float(a)) for m, a in zip(masses, network.inputs[0][:, k], strict=True))
        bound += min(slope * Fraction(float(low[k])), slope * Fraction(float(high[k])))
    return Fraction(float(record.weights[0, 0])) * bound


def test_bounds_hold_in_exact_arithmetic_where_large_terms_cancel() -> None:
    spoiled = 0
    for seed in range(12):
        network, box = cancelling(1e9, seed)
        program = Program([network], torch.ones(1).double(), box)
        claimed = make_record(program, solve(program, max_steps=100))
        report = check_certificate(claimed)
        true = exact_bound(claimed)
        assert Fraction(float(report.lower_bound[0])) <= true
        assert Fraction(float(claimed.lower_bound[0])) <= true
        spoiled += Fraction(float(report.lower_bound[0] + report.allowance[0])) > true
    assert spoiled > 1  # without the allowance many bounds would be too high


@pytest.mark.parametrize(("size", "valid"), [(1e6, True), (1e12, False)])
def test_terms_that_cancel_are_refused_where_they_spoil_the_gap(size: float, valid: bool) -> None:
    network, box = cancelling(size, 1)
    program = Program([network], torch.ones(1).double(), box)
    claimed = make_record(program, solve(program, max_steps=100))
    claimed = replace(claimed, status=("STEP_BUDGET",), value=check_certificate(claimed).value)
    for report in (check_certificate(claimed, gap_tol=1e-4), check_certificate(claimed)):
        assert bool(report.valid[0]) is valid
        assert ("rounding spoils" in report.reasons[0]) is not valid


def test_rounding_may_cost_as_much_as_the_gap_asked_for_and_no_more(record) -> None:
    open_status = replace(record, status=("STEP_BUDGET",) * N)
    report = check_certificate(open_status)
    share = float((report.allowance / np.maximum(record.weights.sum(1), np.abs(report.value))).max())
    assert check_certificate(open_status, gap_tol=share * 1.001).valid.all()
    assert not check_certificate(open_status, gap_tol=share * 0.999).valid.all()


# ---- gaps


def test_certified_means_a_gap_up_to_the_one_asked_for(record) -> None:
    assert record.status == ("CERTIFIED",) * N
    scale = np.maximum(record.weights.sum(1), np.abs(record.value))
    for share, valid in ((0.999, True), (1.001, False), (10.0, False)):
        claimed = replace(record, lower_bound=record.value - share * 1e-2 * scale)
        assert (check_certificate(claimed, gap_tol=1e-2).valid == valid).all(), share
        assert check_certificate(claimed).valid.all()
        assert check_certificate(replace(claimed, status=("STEP_BUDGET",) * N), gap_tol=1e-2).valid.all()


def test_the_solver_calls_certified_what_the_check_calls_certified() -> None:
    for gap_tol in (1e-2, 1e-4, 1e-6):
        for region in REGIONS.values():
            claimed = proved(region, gap_tol=gap_tol, distance_weight=0.3)
            assert check_certificate(claimed, gap_tol=gap_tol).valid.all()
            gap = (claimed.value - claimed.lower_bound) / np.maximum(claimed.weights.sum(1), np.abs(claimed.value))
            assert (gap > 0).all()
            budget = solve_budget(region, gap_tol)
            assert "CERTIFIED" not in budget.status or check_certificate(budget, gap_tol=gap_tol).valid.all()


def solve_budget(region, gap_tol: float) -> CertificateRecord:
    """Stopped after so few steps that no gap is closed."""
    program = Program(NETWORKS, torch.ones(N, 2).double(), region, TERMS)
    return make_record(program, solve(program, gap_tol=gap_tol, max_steps=3))


# ---- feasibility


@pytest.mark.parametrize(("beyond", "valid"), [(1.9e-6, True), (2.1e-6, False), (2e-2, False)])
def test_a_point_may_leave_the_ball_by_two_millionths(record, beyond: float, valid: bool) -> None:
    direction = np.eye(DIM)[:N]
    assert (check_certificate(at(record, record.anchor + (1 + beyond) * direction)).valid == valid).all()


@pytest.mark.parametrize(("beyond", "valid"), [(1.9e-6, True), (2.1e-6, False)])
@pytest.mark.parametrize("name", ["box", "hull", "ellipsoid"])
def test_and_every_other_region_by_as_much_of_its_size(name: str, beyond: float, valid: bool) -> None:
    claimed = proved(REGIONS[name])
    arrays = claimed.region[0].arrays
    if name == "box":
        size = np.linalg.norm(arrays["high"] - arrays["low"], axis=1)
        z = arrays["high"] + beyond * size[:, None] * np.eye(DIM)[:1]
    elif name == "ellipsoid":
        z = arrays["center"] + (1 + beyond) * arrays["factor"][:, 0]
    else:
        points = arrays["points"]
        tip = int(points[:, 0].argmax())
        normal = np.eye(DIM)[0]
        size = np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean())
        z = np.repeat((points[tip] + beyond * size * normal)[None], N, axis=0)
    assert (check_certificate(at(claimed, z)).valid == valid).all()


@pytest.mark.parametrize(("beyond", "valid"), [(1.9e-6, True), (2.1e-6, False)])
def test_a_point_may_exceed_a_threshold_by_two_millionths(limited, beyond: float, valid: bool) -> None:
    free = at(replace(limited, thresholds=np.full_like(limited.thresholds, np.inf)), limited.z)
    costs = np.stack([primal(replace(free, weights=w[None].repeat(N, 0)))[0] for w in np.eye(2)], axis=1)
    assert (check_certificate(replace(free, thresholds=costs - beyond)).valid == valid).all()


def test_a_region_smaller_than_the_rounding_of_its_coordinates_is_no_fault() -> None:
    for center in (1e4, 1e6):
        program = Program(NETWORKS, torch.ones(2).double(), Ball(center + MIDDLE, 1e-9), TERMS)
        claimed = make_record(program, solve(program, max_steps=100))
        report = check_certificate(claimed, gap_tol=1e-4)
        assert report.valid.all(), report.reasons
        largest = np.abs(claimed.anchor).max(1)
        for step, valid in ((50 * 2.0**-53, True), (90 * 2.0**-53, False)):
            moved = at(claimed, claimed.anchor + (1e-9 + step * largest)[:, None] * np.eye(DIM)[:1])
            assert (check_certificate(moved).valid == valid).all(), step


def test_a_bound_above_the_value_is_refused(record) -> None:
    line = Program([linear_network(torch.zeros(DIM))], torch.ones(1).double(), Ball(MIDDLE[:1], 1.0))
    flat = make_record(line, solve(line))
    assert check_certificate(flat).valid.all()
    for above, valid in ((1.9e-5, True), (2.1e-5, False)):
        claimed = replace(flat, lower_bound=flat.value + above)
        reasons = check_certificate(claimed, tolerance=1e-4).reasons[0]
        assert ("exceeds the claimed value" not in reasons) is valid


@pytest.mark.parametrize("cap", [0.25, 0.4, 1.0])
def test_any_member_weights_are_made_admissible(cap: float) -> None:
    random = np.random.default_rng(0)
    wild = np.concatenate([random.normal(size=(50, 4)), 5 * random.random((50, 4)), np.full((1, 4), np.nan)])
    weights = capped(wild, cap)
    assert (weights >= 0).all()
    assert (weights <= cap + 1e-15).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)
