"""Independent check of certificates: NumPy in float64, sharing no code with the solver.

For programs, points and multipliers from a record, the check recomputes

    value(z)       and that z lies in the region and meets the thresholds (primal_check.py);
    lower bound    from the multipliers, made feasible top-down first (dual_check.py), so that any numbers whatever
                   give a valid bound and tampering can only weaken it.

relu(u) = max over 0 <= s <= 1 of s u, and W, c >= 0, so for any gates s in [slope, 1]

    f(z) >= a^T z + constant + sum_l lam_l^T (A_l z + b_l),    lam_L = s_L c,  lam_l = s_l (W_{l+1}^T lam_{l+1}).

Rounding: each bound is lowered by an allowance for the error of its evaluation in float64, the operations on the
longest path times the unit roundoff times the same sums over absolute values; about 1e-12 of the numbers' size.

Reference: Higham (2002), Accuracy and Stability of Numerical Algorithms, chapter 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.primal_check import primal
from molconvex.optimize.certificate.record import Array, CertificateRecord, NetworkArrays

PROOFS_OF_INFEASIBILITY = ("INFEASIBLE", "EMPTY_REGION")


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
    record: CertificateRecord, *, tolerance: float = 1e-9, feasibility_tolerance: float = 2e-6
) -> CheckReport:
    """Verify every claim of a record.

    Args:
        record: programs, points, multipliers and claims; see `make_record` and `load_record`.
        tolerance: largest difference between a claimed and a recomputed number, relative to max(1, its size).
        feasibility_tolerance: largest excess over a threshold, or distance from the region relative to its size, that
            counts as feasible; rounding z to float32 costs about 1e-7.

    Raises:
        CertificateError: If a network is not convex, or the region is of an unknown kind.
    """
    for network in record.networks:
        _check_convex(network)
    infeasible = np.isin(record.status, PROOFS_OF_INFEASIBILITY)
    with np.errstate(invalid="ignore", over="ignore"):
        value, excess = primal(record)
        bound, allowance = dual(record, infeasible)
        failures = _failures(record, infeasible, value, excess, bound, allowance, tolerance, feasibility_tolerance)
    reasons = tuple("; ".join(text for text, bad in failures.items() if bad[i]) for i in range(record.n))
    valid = np.asarray([not reason for reason in reasons], dtype=bool)
    return CheckReport(valid, value, bound - allowance, allowance, excess, reasons)


def _failures(
    record: CertificateRecord,
    infeasible: Array,
    value: Array,
    excess: Array,
    bound: Array,
    allowance: Array,
    tolerance: float,
    feasibility_tolerance: float,
) -> dict[str, Array]:
    """For each kind of failure, which programs show it, (n,) bool; comparisons with NaN count as failures."""
    claimed = np.where(infeasible, record.infeasibility, record.lower_bound)
    scale = np.maximum(1, np.abs(value))
    needs_point = ~infeasible & (np.asarray(record.status) != "UNDECIDED")
    exact = np.abs(value - record.value) <= tolerance * scale
    proved = bound + allowance + tolerance * np.maximum(1, np.abs(claimed)) >= claimed
    ordered = record.value + 10 * feasibility_tolerance * scale >= claimed
    return {
        "a multiplier is NaN or infinite": ~_finite(record),
        "the claimed value is not that of z": ~exact,
        "z lies outside the region or exceeds a threshold": needs_point & ~(excess <= feasibility_tolerance),
        "the multipliers do not prove the claimed bound": ~proved,
        "the multipliers do not prove that the program is infeasible": infeasible & ~(bound - allowance > 0),
        "the claimed bound exceeds the claimed value": needs_point & ~ordered,
    }


def _finite(record: CertificateRecord) -> Array:
    numbers = [record.members, record.threshold_multipliers, record.penalty, *record.part_multipliers]
    numbers += [layer for layers in record.gates for layer in layers]
    return np.all([np.isfinite(x).all(axis=1) for x in numbers], axis=0)


def _check_convex(network: NetworkArrays) -> None:
    for matrix in (*network.weights, network.output_weight):
        if not (np.isfinite(matrix).all() and (matrix >= 0).all()):
            raise CertificateError("a network of the record has negative or NaN hidden weights: it is not convex")
    if not 0 <= network.slope < 1:
        raise CertificateError(f"a network of the record has slope {network.slope}, which must lie in [0, 1)")
