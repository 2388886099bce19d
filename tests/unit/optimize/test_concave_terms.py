"""A cost is concave as a whole or not at all; with a threshold an affine term lies above it, as a goal none does."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from molconvex.exceptions import CertificateError, ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    CertificateRecord,
    ConcaveCosts,
    CostTerm,
    Hull,
    Program,
    check_certificate,
    make_record,
    solve_over_hull,
    solve_with_tangents,
    with_tangents,
)
from molconvex.optimize.certificate.concave_check import check_concave_terms
from molconvex.optimize.certificate.proved_parts import in_proved_parts
from molconvex.optimize.certificate.record import ConcaveArrays
from molconvex.runs.certificates import term_signs
from tests.random_networks import random_network

DIM = 4
ZERO = ReluNetwork.affine(torch.zeros(DIM, dtype=torch.float64))
FIRST, SECOND, GOAL = (random_network(DIM, (9, 7), seed) for seed in (21, 22, 20))
CORNERS = 2 * torch.randn(12, DIM, generator=torch.Generator().manual_seed(102), dtype=torch.float64)
ONE = torch.ones(1, 1, dtype=torch.float64)


def mean_of(networks: list[ReluNetwork], concave: dict[int, ReluNetwork]) -> CertificateRecord:
    """The mean of two costs over a hull, solved."""
    program = Program(networks, ONE, Hull(CORNERS), [CostTerm((0, 1), "mean")])
    program = program.with_concave(ConcaveCosts(tuple(concave), tuple(concave.values())))
    return make_record(*solve_over_hull(program, gap_tol=1e-3))


def limited(weights: torch.Tensor, limit: float) -> tuple[Program, dict[int, ReluNetwork]]:
    """A convex goal, and the mean of two concave costs below a threshold."""
    thresholds = torch.tensor([torch.inf, limit], dtype=torch.float64)
    terms = [CostTerm((0,)), CostTerm((1, 2), "mean")]
    program = Program([GOAL, ZERO, ZERO], weights, Hull(CORNERS), terms, thresholds, anchor=CORNERS[:1])
    return program, {1: FIRST, 2: SECOND}


@pytest.fixture(scope="module")
def safe() -> CertificateRecord:
    start = float(-(FIRST(CORNERS[:1]) + SECOND(CORNERS[:1])) / 2)
    weights = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    return make_record(*solve_with_tangents(*limited(weights, start + 0.01)))


def test_a_term_that_is_concave_in_part_is_refused() -> None:
    """Solved honestly, the mean of -c1 and +c2 has a bound well above the least of -c1 and -c2."""
    honest, forged = mean_of([ZERO, ZERO], {0: FIRST, 1: SECOND}), mean_of([ZERO, SECOND], {0: FIRST})
    assert check_certificate(honest).valid.all()
    assert term_signs(honest) == [-1.0]
    least = float(-(FIRST(CORNERS) + SECOND(CORNERS)).max() / 2)
    assert float(honest.lower_bound[0]) <= least + 1e-9
    assert float(forged.lower_bound[0]) > least + 1.0
    for call in (check_certificate, term_signs):
        with pytest.raises(CertificateError, match=r"of one cost only|concave in some of its networks"):
            call(forged)


def test_two_terms_of_which_one_is_concave_are_no_mixture() -> None:
    weights = torch.tensor([[0.5, 0.5]], dtype=torch.float64)
    program = Program([ZERO, SECOND], weights, Hull(CORNERS)).with_concave(ConcaveCosts((0,), (FIRST,)))
    record = make_record(*solve_over_hull(program, gap_tol=1e-3))
    assert check_certificate(record).valid.all()
    assert term_signs(record) == [-1.0, 1.0]


def test_a_tangent_above_one_member_alone_is_refused(safe: CertificateRecord) -> None:
    assert check_certificate(safe).valid.all()
    with pytest.raises(CertificateError, match=r"of the networks \[1, 2\] of one cost only \[1\] are concave"):
        check_certificate(replace(safe, tangents=safe.tangents[:1]))


def test_a_concave_cost_with_a_threshold_needs_an_affine_term_above_it(safe: CertificateRecord) -> None:
    """Without one its part of the region would be where zero meets the threshold: everywhere, or nowhere."""
    concave = tuple(ConcaveArrays(item.column, item.network) for item in safe.tangents)
    slopes, offsets = np.zeros_like(safe.affine_slopes), np.zeros_like(safe.affine_offsets)
    forged = replace(safe, tangents=(), concave=concave, affine_slopes=slopes, affine_offsets=offsets)
    forged = replace(forged, lower_bound=np.full(1, -100.0), status=("STEP_BUDGET",))
    loose = replace(forged, thresholds=np.array([[np.inf, 0.5]]))
    for record in (forged, loose):
        with pytest.raises(CertificateError, match="has a threshold, but no affine term"):
            check_certificate(record)
    free = replace(forged, thresholds=np.full((1, 2), np.inf))
    assert check_certificate(free).valid.all()
    corners, inside = CORNERS.numpy(), np.ones(len(CORNERS), dtype=bool)
    assert in_proved_parts(safe, corners, inside)[:, 1].any()
    assert not in_proved_parts(free, corners, inside).any()
    with pytest.raises(CertificateError, match="has a threshold, but no affine term"):
        in_proved_parts(loose, corners, inside)


def test_a_concave_cost_that_weighs_has_no_tangent_in_its_place(safe: CertificateRecord) -> None:
    """A bound on an affine function above a cost is none on the cost: here zero, above one that is negative."""
    check_concave_terms(safe)
    with pytest.raises(CertificateError, match="a concave cost weighs"):
        check_certificate(replace(safe, weights=np.array([[1.0, 1e-9]])))
    program, concave = limited(torch.tensor([[0.0, 1.0]], dtype=torch.float64), 100.0)
    record = make_record(*solve_with_tangents(program, concave))
    lowest = float(-(FIRST(CORNERS) + SECOND(CORNERS)).max() / 2)
    assert float(record.lower_bound[0]) > lowest
    with pytest.raises(CertificateError, match="a concave cost weighs"):
        check_certificate(record)


def test_one_network_stands_for_one_concave_cost(safe: CertificateRecord) -> None:
    with pytest.raises(CertificateError, match="two concave costs"):
        check_certificate(replace(safe, tangents=(*safe.tangents, safe.tangents[0])))


def test_the_solver_refuses_concave_costs_with_thresholds() -> None:
    program, concave = limited(torch.tensor([[1.0, 0.0]], dtype=torch.float64), 1.0)
    with pytest.raises(ProgramError, match="with_tangents poses"):
        solve_over_hull(program.with_concave(ConcaveCosts(tuple(concave), tuple(concave.values()))))
    under = with_tangents(program, {2: SECOND}, program.anchors)
    with pytest.raises(ProgramError, match="with_tangents poses"):
        solve_over_hull(under.with_concave(ConcaveCosts((1,), (FIRST,))))
