"""Thresholds on concave costs: every point that the tangents allow is safe, and no forged tangent passes the check."""

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
    Box,
    CertificateRecord,
    CostTerm,
    DifferenceProgram,
    Hull,
    Program,
    Status,
    check_certificate,
    load_record,
    make_record,
    minimize_locally,
    save_record,
    solve_with_tangents,
    with_tangents,
)
from molconvex.optimize.certificate.safety_check import tangent_surplus
from molconvex.optimize.program.tangents import gates_at, minorant
from tests.random_networks import l1_network, random_network

DIM, N = 4, 3
GOAL = random_network(DIM, (8, 6), 0)
CONCAVE = [random_network(DIM, (9, 7), seed, slope=0.1 * (seed == 2), passthrough=seed == 3) for seed in (1, 2, 3)]
ZERO = ReluNetwork.affine(torch.zeros(DIM, dtype=torch.float64))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MIDDLE = normal(N, DIM)
REGIONS = {
    "ball": Ball(MIDDLE, 1.5),
    "box": Box(MIDDLE - 1, MIDDLE + 1),
    "hull": Hull(torch.cat([MIDDLE[:1], MIDDLE.mean(0) + 2 * normal(9, DIM, seed=1)])).expand(N),
}


def true_cost(z: Tensor, aggregate: str) -> Tensor:
    """The concave cost itself, from its definition."""
    costs = -torch.stack([c(z) for c in CONCAVE], dim=1)
    ranked = costs.sort(dim=1, descending=True).values
    cvar = (ranked[:, 0] + 0.5 * ranked[:, 1]) / 1.5
    return {"mean": costs.mean(1), "max": ranked[:, 0], "cvar:0.5": cvar}[aggregate]


def posed(region: Any, aggregate: str, slack: float) -> tuple[Program, dict[int, ReluNetwork]]:
    """One goal, and a threshold that lies above the concave cost at the middles by the slack."""
    limit = float(true_cost(region.center, aggregate).max()) + slack
    terms = [CostTerm((0,)), CostTerm((1, 2, 3), aggregate)]
    thresholds = torch.tensor([torch.inf, limit], dtype=torch.float64)
    weights = torch.tensor([1.0, 0.0], dtype=torch.float64)
    program = Program([GOAL, ZERO, ZERO, ZERO], weights, region, terms, thresholds)
    return program, dict(enumerate(CONCAVE, start=1))


@pytest.fixture(scope="module")
def record() -> CertificateRecord:
    return make_record(*solve_with_tangents(*posed(REGIONS["ball"], "max", 0.05)))


@pytest.mark.parametrize("network", CONCAVE)
def test_tangents_touch_and_stay_below(network: ReluNetwork) -> None:
    slope, offset = minorant(network, gates_at(network, MIDDLE))
    torch.testing.assert_close((slope * MIDDLE).sum(1) + offset, network(MIDDLE))
    for z in 3 * normal(100, N, DIM, seed=2):
        assert ((slope * z).sum(1) + offset <= network(z) + 1e-12).all()


@pytest.mark.parametrize("aggregate", ["mean", "max", "cvar:0.5"])
@pytest.mark.parametrize("name", list(REGIONS))
def test_every_point_that_the_tangents_allow_is_safe(name: str, aggregate: str) -> None:
    program, concave = posed(REGIONS[name], aggregate, 0.02)
    safe, solution = solve_with_tangents(program, concave)
    limit = float(program.thresholds[0, 1])
    assert [status.name for status in solution.status] == ["CERTIFIED"] * N
    assert (true_cost(solution.z, aggregate) <= limit + 2e-6).all()
    allowed = 0
    for z in program.region.sample(400, torch.Generator().manual_seed(3)):
        inside = safe.cost_values(z)[:, 1] <= limit
        assert (true_cost(z, aggregate)[inside] <= limit).all()
        allowed += int(inside.sum())
    assert 0 < allowed < 400 * N
    check_certificate(make_record(safe, solution), gap_tol=1e-4).raise_if_invalid()


def test_new_tangents_reach_what_those_at_the_anchor_forbid() -> None:
    """c = max(z / 2, 2 z - 3) >= 1.5 holds from 2.25 on; the tangent at 0.5 asks for z >= 3, that at 2.5 for 2.25."""
    line = torch.tensor([1.5], dtype=torch.float64)
    cost = ReluNetwork((), (line[None],), (-2 * line,), torch.ones(1).double(), line / 3)
    zero, rising = (ReluNetwork.affine(x * line) for x in (0, 1))
    box = Box(torch.zeros(2, 1).double(), torch.tensor([[2.5], [2.0]]).double())
    options = {"thresholds": torch.tensor([torch.inf, -1.5]).double(), "anchor": torch.full((2, 1), 0.5).double()}
    program = Program([rising, zero], torch.tensor([1.0, 0.0]).double(), box, **options)
    _, once = solve_with_tangents(program, {1: cost}, rounds=1)
    assert once.status == [Status.INFEASIBLE] * 2
    safe, twice = solve_with_tangents(program, {1: cost})
    assert twice.status == [Status.CERTIFIED, Status.INFEASIBLE]
    assert float(twice.z[0]) == pytest.approx(2.25, abs=1e-3)
    check_certificate(make_record(safe, twice)).raise_if_invalid()


def test_further_rounds_never_raise_the_objective() -> None:
    program, concave = posed(Ball(MIDDLE, 3.0), "mean", 0.0)
    values = [solve_with_tangents(program, concave, rounds=rounds)[1].value for rounds in (1, 2, 5)]
    assert (values[1] <= values[0] + 1e-3).all()
    assert (values[2] <= values[1] + 1e-3).all()
    assert (values[2] < values[0] - 1e-3).any()


def test_record_keeps_the_tangents(record: CertificateRecord, tmp_path) -> None:
    save_record(record, tmp_path)
    again = load_record(tmp_path)
    assert [t.column for t in again.tangents] == [1, 2, 3]
    for mine, theirs in zip(record.tangents, again.tangents, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(mine.gates, theirs.gates, strict=True))
        assert np.array_equal(mine.network.output_weight, theirs.network.output_weight)
    check_certificate(again).raise_if_invalid()


def forged(record: CertificateRecord, place: int, **changes: Any) -> CertificateRecord:
    tangents = list(record.tangents)
    tangents[place] = replace(tangents[place], **changes)
    return replace(record, tangents=tuple(tangents))


def turned(record: CertificateRecord) -> CertificateRecord:
    slopes = record.affine_slopes.copy()
    slopes[:, 2] *= 0.9
    return replace(record, affine_slopes=slopes)


FORGERIES = {
    "closed gates": lambda r: forged(r, 0, gates=tuple(np.zeros_like(g) for g in r.tangents[0].gates)),
    "gates of another network": lambda r: forged(r, 0, gates=tuple(1 - g for g in r.tangents[0].gates)),
    "gates beyond one": lambda r: forged(r, 1, gates=tuple(5 * g + 0.3 for g in r.tangents[1].gates)),
    "a smaller concave part": lambda r: forged(
        r, 2, network=replace(r.tangents[2].network, output_weight=0.9 * r.tangents[2].network.output_weight)
    ),
    "another constant": lambda r: forged(
        r, 2, network=replace(r.tangents[2].network, constant=r.tangents[2].network.constant - 1e-6)
    ),
    "a turned tangent": turned,
    "gates that are NaN": lambda r: forged(r, 0, gates=tuple(np.full_like(g, np.nan) for g in r.tangents[0].gates)),
}


@pytest.mark.parametrize("name", list(FORGERIES))
def test_forged_tangents_fail(name: str, record: CertificateRecord) -> None:
    report = check_certificate(FORGERIES[name](record))
    assert not report.valid.all()
    assert all("concave cost" in reason for reason in report.reasons if reason)


UNFIT = {
    "is not zero": lambda r: forged(r, 0, column=0),
    "has no affine term": lambda r: forged(r, 0, column=9),
    "do not fit": lambda r: forged(r, 0, gates=r.tangents[1].gates[:1]),
    "not convex": lambda r: forged(
        r, 0, network=replace(r.tangents[0].network, output_weight=-r.tangents[0].network.output_weight)
    ),
}


@pytest.mark.parametrize("text", list(UNFIT))
def test_what_cannot_stand_for_a_concave_cost_is_refused(text: str, record: CertificateRecord) -> None:
    with pytest.raises(CertificateError, match=text):
        check_certificate(UNFIT[text](record))


def test_the_check_demands_its_own_rounding_allowance(record: CertificateRecord) -> None:
    tangent, slope, offset = record.tangents[0], record.affine_slopes[:, 1], record.affine_offsets[:, 1]
    spare = tangent_surplus(record.region[0], tangent, slope, offset)
    assert (spare > 0).all()
    assert (spare < 1e-9).all()
    for share, valid in ((0.9, True), (1.5, False)):
        offsets = record.affine_offsets.copy()
        offsets[:, 1] -= share * spare
        reasons = check_certificate(replace(record, affine_offsets=offsets)).reasons
        assert all(("concave cost" in reason) != valid for reason in reasons)


def test_goals_on_concave_costs_go_down_by_convex_steps() -> None:
    """The least of -|z - t|_1 over a box is at the corner farthest from t."""
    target = torch.tensor([0.2, -0.3, 0.1, 0.4], dtype=torch.float64)
    box = Box(-torch.ones(1, DIM, dtype=torch.float64), torch.ones(1, DIM, dtype=torch.float64))
    program = DifferenceProgram(Program([ZERO], torch.ones(1, dtype=torch.float64), box), [l1_network(target)])
    found = minimize_locally(program, start=torch.zeros(1, DIM, dtype=torch.float64))
    corner = -torch.where(target > 0, 1.0, -1.0).double()
    torch.testing.assert_close(found.value, -l1_network(target)(corner[None]), atol=1e-3, rtol=1e-3)


def test_bad_input_is_named() -> None:
    program, concave = posed(REGIONS["ball"], "mean", 0.1)
    with pytest.raises(ProgramError, match="none of number 7"):
        with_tangents(program, {7: CONCAVE[0]}, program.anchors)
    with pytest.raises(ProgramError, match="must be zero"):
        with_tangents(program, {0: CONCAVE[0]}, program.anchors)
    with pytest.raises(ProgramError, match="latent dimension 4, got 2"):
        with_tangents(program, {1: random_network(2, (3,), 0)}, program.anchors)
    assert with_tangents(program, concave, program.anchors).select(torch.tensor([1])).tangents is not None
