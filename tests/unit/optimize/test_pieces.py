"""The least of several convex pieces: against all of them solved exactly, at the tolerance, and forged."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from molconvex.exceptions import CertificateError, ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import (
    AffineTerms,
    Ball,
    Box,
    CostTerm,
    Hull,
    LeastPieces,
    Pieces,
    Program,
    check_pieces,
    minimize_pieces,
    solve_exact,
)
from tests.random_networks import random_network

DIM, N, K = 4, 3, 7
NETWORKS = [random_network(DIM, (8, 6), seed) for seed in range(3)]
TERMS = [CostTerm((0, 1)), CostTerm((2,))]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MIDDLE = normal(N, DIM)
PIECES = Pieces(normal(K, 3, DIM, seed=1), 0.3 * normal(K, 3, seed=2))
REGIONS = {"ball": Ball(MIDDLE, 1.0), "box": Box(MIDDLE - 0.5, MIDDLE + 0.5), "hull": Hull(normal(6, DIM)).expand(N)}


def posed(region=REGIONS["ball"]) -> Program:
    weights = 0.3 + torch.rand(N, 2, generator=torch.Generator().manual_seed(3)).double()
    return Program(NETWORKS, weights, region, TERMS)


@pytest.fixture(scope="module")
def found() -> LeastPieces:
    return minimize_pieces(posed(), PIECES, gap_tol=1e-4)


def reasons(found: LeastPieces, **changes) -> tuple[str, ...]:
    given = {
        "record": found.record,
        "owner": found.owner.numpy(),
        "slopes": PIECES.slopes.numpy(),
        "offsets": PIECES.offsets.numpy(),
        "claimed": found.lower_bound.numpy(),
    }
    return check_pieces(**(given | changes))


@pytest.mark.parametrize("name", list(REGIONS))
def test_the_least_piece_is_that_of_all_solved_exactly(name: str) -> None:
    program = posed(REGIONS[name])
    every = [program.with_affine_terms(PIECES.terms(torch.full((N,), k))) for k in range(K)]
    exact = torch.stack([solve_exact(piece).value for piece in every], dim=1)
    found = minimize_pieces(program, PIECES, gap_tol=1e-4)
    least = exact.amin(1)
    assert (found.lower_bound <= least + 1e-7).all()
    assert (found.value >= least - 1e-7).all()
    assert (found.gap <= 1e-4).all()
    values = torch.stack([piece.value(found.z) for piece in every], dim=1)
    torch.testing.assert_close(found.value, values.amin(1))
    assert torch.equal(found.piece, values.argmin(1))
    assert set(reasons(found)) == {""}


def test_bounds_settle_most_pieces(found: LeastPieces) -> None:
    assert (found.solved >= 1).all()
    assert found.solved.double().mean() < 3
    assert len(found.owner) == int(found.solved.sum())


@pytest.mark.parametrize(("lower", "solved"), [(0.5, 1), (2.0, 2)])
def test_a_piece_is_settled_within_the_tolerance_and_solved_beyond_it(lower: float, solved: int) -> None:
    """Lines z and -(1 + lower tol) z on [-1, 1]: the first is lower at the anchor, the second at its end."""
    tolerance, one = 1e-3, torch.ones(1, 1, dtype=torch.float64)
    program = Program([ReluNetwork.affine(0 * one[0])], one, Box(-one, one), anchor=-0.5 * one)
    lines = torch.tensor([1.0, -1.0 - lower * tolerance], dtype=torch.float64)[:, None, None]
    found = minimize_pieces(program, Pieces(lines, torch.zeros(2, 1).double()), gap_tol=tolerance)
    assert found.solved.tolist() == [solved]
    assert float(found.value) == pytest.approx(-1.0 if solved == 1 else float(lines[1, 0, 0]), abs=1e-6)
    assert float(found.lower_bound) <= float(lines[1, 0, 0])
    assert float(found.lower_bound) >= -1.0 - lower * tolerance - 1e-6


def test_one_piece_is_a_convex_program(found: LeastPieces) -> None:
    alone = minimize_pieces(posed(), Pieces(PIECES.slopes[:1], PIECES.offsets[:1]), gap_tol=1e-4)
    exact = solve_exact(posed().with_affine_terms(PIECES.terms(torch.zeros(N, dtype=torch.long))))
    torch.testing.assert_close(alone.value, exact.value, atol=1e-4, rtol=1e-4)
    assert (found.value <= alone.value + 1e-9).all()


def test_a_bound_that_is_too_high_is_refused(found: LeastPieces) -> None:
    claimed = found.lower_bound.numpy()
    for raised, valid in ((0.0, True), (1e-9, False)):
        assert {not reason for reason in reasons(found, claimed=claimed + raised)} == {valid}
    assert set(reasons(found, claimed=np.full(N, np.nan))) != {""}


def test_a_piece_left_out_of_the_search_is_found_out(found: LeastPieces) -> None:
    lower = np.concatenate([PIECES.offsets.numpy(), PIECES.offsets.numpy()[:1] - 50])
    slopes = np.concatenate([PIECES.slopes.numpy(), PIECES.slopes.numpy()[:1]])
    assert all(reasons(found, slopes=slopes, offsets=lower))


def test_proofs_of_other_programs_are_not_combined(found: LeastPieces) -> None:
    with pytest.raises(CertificateError, match="differ in weights"):
        reasons(found, owner=np.zeros(len(found.owner), dtype=int), claimed=found.lower_bound.numpy()[:1])
    with pytest.raises(CertificateError, match="program 0 has no proof"):
        reasons(found, owner=found.owner.numpy() + 1)
    broken = replace(found.record, weights=-found.record.weights)
    assert all(reasons(replace(found, record=broken)))


@pytest.mark.parametrize(
    ("program", "pieces", "text"),
    [
        (posed(), Pieces(torch.zeros(2, 3, DIM), torch.zeros(3, 3)), "pieces must have shapes"),
        (posed(), Pieces(torch.zeros(0, 3, DIM), torch.zeros(0, 3)), "pieces must have shapes"),
        (posed(), Pieces(torch.full((1, 3, DIM), torch.nan), torch.zeros(1, 3)), "NaN"),
        (
            posed().with_affine_terms(AffineTerms(torch.zeros(N, 3, DIM), torch.zeros(N, 3))),
            PIECES,
            "neither thresholds nor affine terms",
        ),
        (
            Program(NETWORKS, torch.ones(2), REGIONS["ball"], TERMS, torch.tensor([1.0, torch.inf])),
            PIECES,
            "neither thresholds nor affine terms",
        ),
    ],
)
def test_bad_input_is_named(program: Program, pieces: Pieces, text: str) -> None:
    with pytest.raises(ProgramError, match=text):
        minimize_pieces(program, pieces)
