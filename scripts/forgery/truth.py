"""Is a record accepted, and does an accepted one claim more than is true? Judged without the checker's arithmetic."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from molconvex.exceptions import MolconvexError
from molconvex.optimize import AffineTerms, CertificateRecord, CostTerm, Program, Region, check_certificate
from molconvex.optimize.certificate.proved_parts import in_proved_parts
from molconvex.optimize.regions.flat_regions import Box, Hull
from molconvex.optimize.regions.round_regions import Ball, Ellipsoid
from molconvex.runs.check_networks import same_cost
from molconvex.runs.check_regions import region_problems, term_problems, weight_problems
from scripts.forgery.honest_programs import GAP_TOL, Honest, with_subtracted

REGIONS: dict[str, type[Region]] = {"ball": Ball, "box": Box, "ellipsoid": Ellipsoid, "hull": Hull}
SAMPLES = 64
SLACK = 1e-7
"""Of max(1, |value|): how much more than what is true the check tolerates, with room for the rounding here."""


@dataclass(frozen=True)
class Judgement:
    """What became of a record: accepted or not, why not, and what it claims that is not true ("" for nothing)."""

    accepted: bool
    reason: str = ""
    falsehood: str = ""


def judge(record: CertificateRecord, honest: Honest) -> Judgement:
    """Check a record as a run's check does; where it is accepted, look for a claim that is false."""
    try:
        reason = rejection(record, honest)
    except MolconvexError as error:
        reason = str(error)
    if reason:
        return Judgement(False, reason)
    return Judgement(True, "", falsehood(record, honest))


def rejection(record: CertificateRecord, honest: Honest) -> str:
    """Why the check of a run rejects the record, "" if it does not."""
    report = check_certificate(record, gap_tol=GAP_TOL)
    if not report.valid.all():
        return next(text for text in report.reasons if text)
    if record.n != honest.record.n:
        return "other number of programs"
    if record.terms != honest.record.terms and [m for m, _ in record.terms] != [m for m, _ in honest.record.terms]:
        return "other terms"
    if not all(same_cost(record, honest.record, column) for column in range(len(record.terms))):
        return "other networks, or another orientation"
    problems = [
        *term_problems(record, honest.aggregates, honest.thresholds),
        *weight_problems(record, len(honest.weights), honest.weights),
        *region_problems(record, honest.kind, honest.radius, honest.spread),
    ]
    return problems[0] if problems else ""


def falsehood(record: CertificateRecord, honest: Honest) -> str:
    """A claim of an accepted record that is false of the costs that are meant: found by torch and by sampling."""
    program = posed(record, honest)
    actual = with_true_costs(program, honest)
    z = torch.from_numpy(np.asarray(record.z, dtype=np.float64))
    value = program.value(z).numpy()
    scale = np.maximum(1.0, np.abs(value))
    feasible = _feasible(program, z) & _feasible(actual, z)
    claims = np.isin(record.status, ("CERTIFIED", "STEP_BUDGET", "CONCAVE_GAP", "CANCELLED"))
    if (np.abs(value - record.value) > SLACK * scale).any():
        return "another value than that of its point"
    if (claims & ~feasible).any():
        return "a point that is not feasible"
    bound = np.where(np.isin(record.status, ("INFEASIBLE", "EMPTY_REGION")), np.inf, record.lower_bound)
    gap = (value - bound) / np.maximum(record.weights.sum(axis=1), np.abs(value))
    if (np.asarray(record.status) == "CERTIFIED")[gap > GAP_TOL * (1 + 1e-5)].any():
        return "a gap that it has not"
    samples = program.region.sample(SAMPLES, torch.Generator().manual_seed(0))
    own = ((points, _in_region(program, points, 0.0)) for points in (z, program.anchors))
    for points, inside in (*own, *((points, True) for points in samples)):
        allowed = inside & _within_limits(program, points, 0.0)
        if (allowed & (program.value(points).numpy() < bound - SLACK * scale)).any():
            return "a bound above a value that is reached"
        if (allowed & ~_within_limits(actual, points, SLACK)).any():
            return "a tangent that allows a point beyond its threshold"
    return _false_parts(record, actual, samples)


def posed(record: CertificateRecord, honest: Honest) -> Program:
    """The programs of a record with the costs that are meant, and its own tangents where there are to be some.

    For the solver's code. A requirement's concave cost without a tangent counts as itself.
    """
    part = record.region[0]
    region = REGIONS[part.kind](*(torch.from_numpy(np.asarray(a, dtype=np.float64)) for a in part.arrays.values()))
    terms = [CostTerm(m, "max" if cap == 1 else f"cvar:{1 / (cap * len(m)):.17g}") for m, cap in record.terms]
    program = Program(
        honest.program.networks,
        torch.from_numpy(np.asarray(record.weights, dtype=np.float64)),
        region,
        terms,
        thresholds=torch.from_numpy(np.asarray(record.thresholds, dtype=np.float64)),
        anchor=torch.from_numpy(np.asarray(record.anchor, dtype=np.float64)),
    )
    meant = () if honest.program.tangents is None else honest.program.tangents.columns
    under = tuple(item.column for item in record.tangents if item.column in meant)
    if under:
        program = program.with_affine_terms(_tangents(record, under))
    return with_subtracted(program, {k: network for k, network in honest.subtracted.items() if k not in under})


def with_true_costs(program: Program, honest: Honest) -> Program:
    """The programs with every concave cost itself, no tangent above it."""
    if program.affine_terms is not None:
        zero = AffineTerms(
            torch.zeros_like(program.affine_terms.slopes), torch.zeros_like(program.affine_terms.offsets)
        )
        program = program.with_affine_terms(zero)
    return with_subtracted(program, honest.subtracted)


def _tangents(record: CertificateRecord, columns: tuple[int, ...]) -> AffineTerms:
    """The record's affine terms at some columns, zero elsewhere and where it has none."""
    n, networks, dim = record.n, len(record.networks), record.z.shape[1]
    slopes, offsets = np.zeros((n, networks, dim)), np.zeros((n, networks))
    if record.affine_slopes is not None and record.affine_offsets is not None:
        slopes[:, columns], offsets[:, columns] = record.affine_slopes[:, columns], record.affine_offsets[:, columns]
    return AffineTerms(torch.from_numpy(slopes), torch.from_numpy(offsets))


def _false_parts(record: CertificateRecord, actual: Program, samples: torch.Tensor) -> str:
    """Whether a cost is said to be proved below its threshold at a point of the region where it is not."""
    over = torch.stack([actual.cost_values(points) - actual.limits() for points in samples], dim=1).numpy() > SLACK
    inside = np.ones(len(samples), dtype=bool)
    for row in range(record.n):
        if (in_proved_parts(_of_program(record, row), samples[:, row].numpy(), inside) & over[row]).any():
            return "a part of the region in which a threshold is called proved and is not met"
    return ""


def _of_program(record: CertificateRecord, row: int) -> CertificateRecord:
    """What tells of one program which parts of the region are proved."""
    if record.affine_slopes is None or record.affine_offsets is None:
        return replace(record, thresholds=record.thresholds[[row]])
    return replace(
        record,
        thresholds=record.thresholds[[row]],
        affine_slopes=record.affine_slopes[[row]],
        affine_offsets=record.affine_offsets[[row]],
    )


def _feasible(program: Program, z: torch.Tensor, tolerance: float = 1e-5) -> np.ndarray:
    return _in_region(program, z, tolerance) & _within_limits(program, z, tolerance)


def _in_region(program: Program, z: torch.Tensor, tolerance: float) -> np.ndarray:
    size = program.region.extent.numpy()
    return np.asarray(program.region.violation(z).numpy() <= max(tolerance, 1e-9) * np.maximum(size, 1e-3) * 10)


def _within_limits(program: Program, z: torch.Tensor, tolerance: float) -> np.ndarray:
    over = (program.cost_values(z) - program.limits()).amax(dim=1).numpy()
    return np.asarray(over <= tolerance)
