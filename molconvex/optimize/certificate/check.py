"""Independent check of certificates: NumPy in float64, sharing no code with the solver.

For programs, points and multipliers from a record, the check recomputes

    value(z)       and that z lies in the region and meets the thresholds (primal_check.py);
    its gap        where it is called certified;
    safety         that affine terms lie above the concave costs they stand for (safety_check.py);
    concave goals  that the bound holds at the corners of the hull, and so in all of it (concave_check.py);
    lower bound    from the multipliers, made feasible top-down first (dual_check.py), so that any numbers whatever
                   give a valid bound and tampering can only weaken it.

relu(u) = max over 0 <= s <= 1 of s u, and W, c >= 0, so for any gates s in [slope, 1]

    f(z) >= a^T z + constant + sum_l lam_l^T (A_l z + b_l),    lam_L = s_L c,  lam_l = s_l (W_{l+1}^T lam_{l+1}).

Rounding: each bound is lowered by an allowance for the error of its evaluation in float64, the operations on the
longest path times the unit roundoff times the same sums over absolute values; about 1e-12 of the numbers' size.
Solvers lower their bounds by three of these before they claim them, and the check demands one of them: a claim is true
whatever the rounding did.

Reference: Higham (2002), Accuracy and Stability of Numerical Algorithms, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.concave_check import check_concave, check_concave_terms
from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.primal_check import primal, typical_extent
from molconvex.optimize.certificate.record import Array, CertificateRecord
from molconvex.optimize.certificate.record_ranges import (
    PROOFS_OF_INFEASIBILITY,
    check_structure,
    impossible_numbers,
)
from molconvex.optimize.certificate.safety_check import check_tangents, unsafe_tangents

MOST_ROUNDING = 1e-3
"""Largest loss of a bound to rounding where no gap is asked for, relative to the scale of gaps."""


@dataclass(frozen=True)
class CheckReport:
    """What was verified for n programs.

    Attributes:
        valid: (n,), whether every claim holds.
        value: (n,), objective at z.
        lower_bound: (n,), proved bound on the objective, or on the violation for a proof of infeasibility.
        allowance: (n,), how much of the bound was given up for rounding.
        violation: (n,), largest excess over a threshold, or relative distance from the region.
        reasons: n texts, empty where valid.
    """

    valid: Array
    value: Array
    lower_bound: Array
    allowance: Array
    violation: Array
    reasons: tuple[str, ...]

    def raise_if_invalid(self) -> None:
        """Raise unless every claim holds.

        Raises:
            CertificateError: Naming the first program whose claim fails, and why.
        """
        bad = np.flatnonzero(~self.valid)
        if len(bad):
            first = int(bad[0])
            raise CertificateError(
                f"{len(bad)} of {len(self.valid)} certificates fail; program {first}: {self.reasons[first]}"
            )


def check_certificate(
    record: CertificateRecord,
    *,
    gap_tol: float | None = None,
    tolerance: float = 1e-9,
    feasibility_tolerance: float = 2e-6,
) -> CheckReport:
    """Verify every claim of a record.

    Args:
        record: programs, points, multipliers and claims; see `make_record` and `load_record`.
        gap_tol: gap that programs called certified must reach, see `gap_scale`; rounding may cost no more than that.
            None asks for no gap, and for bounds that rounding spoils by at most `MOST_ROUNDING`.
        tolerance: largest difference between a claimed and a recomputed number, relative to max(1, its size).
        feasibility_tolerance: largest excess over a threshold, or distance from the region relative to its size, that
            counts as feasible; the rounding of coordinates in float64 is allowed for besides.

    Raises:
        CertificateError: If the record cannot be that of a convex program: a network that is not convex, an unknown
            region, a cap out of range, a cost that is concave in part, arrays that do not fit each other.
    """
    check_structure(record)
    check_concave(record)
    check_tangents(record)
    check_concave_terms(record)
    infeasible = np.isin(record.status, PROOFS_OF_INFEASIBILITY)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        value, excess = primal(record)
        bound, allowance = dual(record, infeasible)
        failures = impossible_numbers(record)
        failures |= _false_claims(record, value, excess, tolerance, feasibility_tolerance)
        failures |= unsafe_tangents(record)
        failures |= _unproved_bounds(record, value, bound, allowance, tolerance, gap_tol)
    reasons = tuple("; ".join(text for text, bad in failures.items() if bad[i]) for i in range(record.n))
    valid = np.asarray([not reason for reason in reasons], dtype=bool)
    return CheckReport(valid, value, bound - allowance, allowance, excess, reasons)


def _false_claims(
    record: CertificateRecord, value: Array, excess: Array, tolerance: float, feasibility_tolerance: float
) -> dict[str, Array]:
    """Which programs claim another value than z has, or a z that is not feasible, (n,) bool; NaN counts as false."""
    infeasible = np.isin(record.status, PROOFS_OF_INFEASIBILITY)
    scale = np.maximum(1, np.abs(value))
    needs_point = ~infeasible & (np.asarray(record.status) != "UNDECIDED")
    ordered = record.value + 10 * feasibility_tolerance * scale >= record.lower_bound
    return {
        "the claimed value is not that of z": ~(np.abs(value - record.value) <= tolerance * scale),
        "z lies outside the region or exceeds a threshold": needs_point & ~(excess <= feasibility_tolerance),
        "the claimed bound exceeds the claimed value": needs_point & ~ordered,
    }


def _unproved_bounds(
    record: CertificateRecord, value: Array, bound: Array, allowance: Array, tolerance: float, gap_tol: float | None
) -> dict[str, Array]:
    """Which programs claim a bound that the multipliers do not prove whatever the rounding, or a gap it has not."""
    status = np.asarray(record.status)
    infeasible = np.isin(status, PROOFS_OF_INFEASIBILITY)
    claimed = np.where(infeasible, record.infeasibility, record.lower_bound)
    scale = gap_scale(record, value)
    proved = claimed <= bound - allowance + tolerance * np.maximum(1, np.abs(claimed))
    closed = value - record.lower_bound <= (np.inf if gap_tol is None else gap_tol * (1 + 1e-6)) * scale
    return {
        "the multipliers do not prove the claimed bound": ~proved,
        "the multipliers do not prove that the program is infeasible": infeasible & ~(bound - allowance > 0),
        "its status is certified, but its gap is larger than asked for": (status == "CERTIFIED") & ~closed,
        "rounding spoils its bound: terms cancel that are too large": ~(
            allowance <= (MOST_ROUNDING if gap_tol is None else gap_tol) * np.where(infeasible, 1.0, scale)
        ),
    }


def gap_scale(record: CertificateRecord, value: Array) -> Array:
    """What gaps are relative to, (n,): the total weight, since costs are of unit scale, or a larger value."""
    extent = typical_extent(record.region[0])
    floor = record.weights.astype(np.float64).sum(1) + 0.5 * record.distance_weight * extent**2
    return np.maximum(floor, np.abs(value))
