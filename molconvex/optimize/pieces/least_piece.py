"""The least of K convex pieces over a region, with one bound for all of them.

    F(z) = min_k F_k(z),      F_k with network j counted as f_j(z) + slopes_kj^T z + offsets_kj

A cost g(z) - max_k (a_k^T z + b_k) is of that kind: not convex, yet its minimum over a region can be proved. The piece
that is least at the anchor is solved first. Its multipliers bound every other piece; those whose bound reaches the best
value found are settled, and the one with the least bound is solved next.

Reference: Falk & Soland (1969), An algorithm for separable nonconvex programming problems (branch and bound).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.certificate.pieces_check import piece_bounds
from molconvex.optimize.certificate.record import CertificateRecord, make_record
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.finish import join_solutions
from molconvex.optimize.solver.solution import Solution
from molconvex.optimize.solver.solve import solve

SOLVER_SHARE = 0.5
"""Of the gap asked for, what each piece's own program may leave; the rest is for settling the other pieces."""

ALLOWANCES = 3.0
"""Rounding allowances by which bounds are lowered before they are claimed; the check demands one."""


@dataclass(frozen=True)
class Pieces:
    """K alternatives of the affine terms of N networks.

    Attributes:
        slopes: (K, N, d).
        offsets: (K, N), in cost units.
    """

    slopes: Tensor
    offsets: Tensor

    def terms(self, chosen: Tensor) -> AffineTerms:
        """Affine terms of one piece per program, chosen (n,)."""
        return AffineTerms(self.slopes[chosen], self.offsets[chosen])


@dataclass(frozen=True, eq=False)
class LeastPieces:
    """Least pieces of n programs.

    Attributes:
        z: (n, d), the best points found; value: (n,), F there.
        lower_bound: (n,), no point of the region has a smaller F.
        gap: (n,), (value - lower_bound) / max(total weight, |value|).
        piece: (n,), which piece the point belongs to.
        solved: (n,), how many pieces were solved as programs of their own.
        owner: (E,), which program each proof is for.
        record: E proofs, as `check_pieces` reads them.
    """

    z: Tensor
    value: Tensor
    lower_bound: Tensor
    gap: Tensor
    piece: Tensor
    solved: Tensor
    owner: Tensor
    record: CertificateRecord


def minimize_pieces(program: Program, pieces: Pieces, *, gap_tol: float = 1e-3, **options: Any) -> LeastPieces:
    """Find the least piece of every program, with a bound that holds for all of them.

    Args:
        program: n programs without thresholds or affine terms of their own.
        pieces: the alternatives.
        gap_tol: relative gap to reach.
        options: the other arguments of `solve`, without `start`.

    Raises:
        ProgramError: If shapes do not fit, or the program has thresholds or affine terms.
    """
    _check(program, pieces)
    return _Search(program, pieces, gap_tol, options).run()


class _Search:
    """Proofs and bounds while programs still have pieces that may hold the minimum."""

    def __init__(self, program: Program, pieces: Pieces, gap_tol: float, options: dict[str, Any]) -> None:
        self.program, self.pieces, self.gap_tol, self.options = program, pieces, gap_tol, options
        n, count = program.n, len(pieces.offsets)
        self.bounds = torch.full((n, count), -torch.inf, dtype=torch.float64)
        self.values = torch.full((n, count), torch.inf, dtype=torch.float64)
        self.points = program.anchors.double()[:, None].repeat(1, count, 1)
        self.proofs: list[tuple[Tensor, Tensor, Solution]] = []
        self.arrays = pieces.slopes.cpu().double().numpy(), pieces.offsets.cpu().double().numpy()
        self.solved = torch.zeros(n, count, dtype=torch.bool)

    def run(self) -> LeastPieces:
        rows = torch.arange(self.program.n)
        chosen = self._objectives(self.program, self.program.anchors).argmin(1)
        while len(rows):
            self._solve(rows, chosen[rows])
            chosen = self.bounds.masked_fill(self.solved, torch.inf).argmin(1)
            best, scale = self.values.amin(1), self._scale()
            unsettled = self.bounds.amin(1) < best - self.gap_tol * scale
            rows = (unsettled & ~self.solved.all(1)).nonzero()[:, 0]
        return self._result()

    def _solve(self, rows: Tensor, chosen: Tensor) -> None:
        """Solve one piece of each of the programs, and bound all their pieces by its multipliers."""
        posed = self.program.select(rows).with_affine_terms(self.pieces.terms(chosen))
        solution = solve(posed, gap_tol=SOLVER_SHARE * self.gap_tol, **self.options)
        found = piece_bounds(make_record(posed, solution), *self.arrays, ALLOWANCES)
        self.bounds[rows] = torch.maximum(self.bounds[rows], torch.from_numpy(found))
        objectives = self._objectives(self.program.select(rows), solution.z)
        better = objectives < self.values[rows]
        self.values[rows] = torch.minimum(self.values[rows], objectives)
        self.points[rows] = torch.where(better[:, :, None], solution.z[:, None], self.points[rows])
        self.solved[rows, chosen] = True
        self.proofs.append((rows, chosen, solution))

    def _objectives(self, program: Program, z: Tensor) -> Tensor:
        """F_k at one point per program, (n, K)."""
        each = torch.arange(len(self.pieces.offsets))
        columns = [program.with_affine_terms(self.pieces.terms(k.expand(program.n))).value(z) for k in each]
        return torch.stack(columns, dim=1)

    def _scale(self) -> Tensor:
        program = self.program
        extent = program.region.extent.double()
        floor = program.weights.double().sum(1) + 0.5 * program.distance_weights.double() * extent.square()
        return torch.maximum(floor, self.values.amin(1).abs())

    def _result(self) -> LeastPieces:
        value, piece = self.values.min(1)
        lower = self.bounds.amin(1)
        owner, chosen = torch.cat([rows for rows, _, _ in self.proofs]), torch.cat([k for _, k, _ in self.proofs])
        solutions = [solution for _, _, solution in self.proofs]
        solution = join_solutions(solutions, sum(part.seconds for part in solutions))
        posed = self.program.select(owner).with_affine_terms(self.pieces.terms(chosen))
        return LeastPieces(
            z=self.points[torch.arange(len(piece)), piece],
            value=value,
            lower_bound=lower,
            gap=(value - lower) / self._scale(),
            piece=piece,
            solved=self.solved.sum(1),
            owner=owner,
            record=make_record(posed, solution),
        )


def _check(program: Program, pieces: Pieces) -> None:
    count = len(program.networks)
    shapes = tuple(pieces.slopes.shape), tuple(pieces.offsets.shape)
    kinds = pieces.offsets.shape[0] if pieces.offsets.ndim else 0
    if kinds < 1 or shapes != ((kinds, count, program.latent_dim), (kinds, count)):
        raise ProgramError(
            f"pieces must have shapes (K, {count}, {program.latent_dim}) and (K, {count}), got {shapes[0]} "
            f"and {shapes[1]}"
        )
    if not all(bool(torch.isfinite(t).all()) for t in (pieces.slopes, pieces.offsets)):
        raise ProgramError("pieces hold NaN or infinity")
    if program.affine_terms is not None or bool(np.isfinite(program.limits().cpu().numpy()).any()):
        raise ProgramError("programs of pieces must have neither thresholds nor affine terms of their own")
