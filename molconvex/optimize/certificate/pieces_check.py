"""NumPy side of minima of convex pieces: what one proof says about every piece.

The objective is the least of K, F(z) = min_k F_k(z), that differ in the affine terms of their networks alone.
Multipliers prove a bound on every F_k, not only on the one they were found for. So with several proofs of one program

    min F over the region >= min_k  max over the proofs of the bound on F_k.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.record import Array, CertificateRecord
from molconvex.optimize.certificate.record_ranges import check_structure, impossible_numbers


def piece_bounds(record: CertificateRecord, slopes: Array, offsets: Array, allowances: float = 1.0) -> Array:
    """Bound that each of E proofs gives for each piece, less some rounding allowances, (E, K).

    Args:
        record: E programs with their multipliers; their own affine terms do not count.
        slopes: of the pieces, (K, N, d) for N networks.
        offsets: of the pieces, (K, N).
        allowances: how many; claims give up more than the check demands.
    """
    nothing = np.zeros(record.n, dtype=bool)
    bounds = np.empty((record.n, len(offsets)))
    for k, (slope, offset) in enumerate(zip(slopes, offsets, strict=True)):
        posed = replace(
            record,
            affine_slopes=np.broadcast_to(slope, (record.n, *slope.shape)),
            affine_offsets=np.broadcast_to(offset, (record.n, *offset.shape)),
        )
        bound, allowance = dual(posed, nothing)
        bounds[:, k] = bound - allowances * allowance
    return bounds


def check_pieces(
    record: CertificateRecord, owner: Array, slopes: Array, offsets: Array, claimed: Array
) -> tuple[str, ...]:
    """Claimed bounds (n,) on the least piece of n programs against the proofs: n texts, empty where they hold.

    Args:
        record: E proofs.
        owner: which program each proof is for, (E,).
        slopes: as of `piece_bounds`.
        offsets: as of `piece_bounds`.
        claimed: lower bounds on min_k F_k over the region.

    Raises:
        CertificateError: If the record cannot be that of convex programs, proofs of one program differ in more than
            affine terms, or a program has no proof.
    """
    check_structure(record)
    impossible = np.any(list(impossible_numbers(record).values()), axis=0)
    bounds = piece_bounds(record, slopes, offsets)
    reasons = []
    for program, bound in enumerate(claimed):
        rows = np.flatnonzero(owner == program)
        if not len(rows):
            raise CertificateError(f"program {program} has no proof")
        _check_same(record, rows)
        with np.errstate(invalid="ignore"):
            proved = bool(bound <= bounds[rows].max(axis=0).min())
        bad = bool(impossible[rows].any()) or not proved
        reasons.append("the multipliers do not prove the claimed bound on every piece" if bad else "")
    return tuple(reasons)


def _check_same(record: CertificateRecord, rows: Array) -> None:
    """Proofs are combined only where weights, anchor, penalty and region are the same."""
    arrays = [record.weights, record.distance_weight, record.anchor, record.thresholds]
    for part in record.region:
        arrays += [a for name, a in part.arrays.items() if len(a) == record.n and not _shared(part.kind, name, a)]
    if any(np.any(array[rows] != array[rows[:1]]) for array in arrays):
        raise CertificateError("proofs of one program differ in weights, anchor, thresholds or region")


def _shared(kind: str, name: str, array: Array) -> bool:
    """Whether all programs share the array, whatever its length."""
    return array.ndim == 2 and (kind, name) in {("hull", "points"), ("ellipsoid", "factor"), ("half_spaces", "normals")}
