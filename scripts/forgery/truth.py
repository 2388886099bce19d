"""Is a record accepted, and does an accepted one claim more than is true? Judged without the checker's arithmetic."""

from dataclasses import dataclass

import numpy as np
import torch

from molconvex.exceptions import MolconvexError
from molconvex.icnn import ReluNetwork
from molconvex.optimize import CertificateRecord, CostTerm, Program, Region, check_certificate
from molconvex.optimize.regions.flat_regions import Box, Hull
from molconvex.optimize.regions.round_regions import Ball, Ellipsoid
from molconvex.runs.check_networks import same_networks
from molconvex.runs.check_regions import region_problems, term_problems, weight_problems
from scripts.forgery.honest_programs import GAP_TOL, Honest

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
    return Judgement(True, "", falsehood(record))


def rejection(record: CertificateRecord, honest: Honest) -> str:
    """Why the check of a run rejects the record, "" if it does not."""
    report = check_certificate(record, gap_tol=GAP_TOL)
    if not report.valid.all():
        return next(text for text in report.reasons if text)
    if record.n != honest.record.n:
        return "other number of programs"
    if not same_networks(list(record.networks), list(honest.record.networks)):
        return "other networks"
    if record.terms != honest.record.terms and [m for m, _ in record.terms] != [m for m, _ in honest.record.terms]:
        return "other terms"
    problems = [
        *term_problems(record, honest.aggregates, honest.thresholds),
        *weight_problems(record, len(honest.weights), honest.weights),
        *region_problems(record, honest.kind, honest.radius, honest.spread),
    ]
    return problems[0] if problems else ""


def falsehood(record: CertificateRecord) -> str:
    """A claim of an accepted record that is false of the programs it poses: found by torch and by sampling."""
    program = posed(record)
    z = torch.from_numpy(np.asarray(record.z, dtype=np.float64))
    value = program.value(z).numpy()
    scale = np.maximum(1.0, np.abs(value))
    feasible = _feasible(program, z)
    claims = np.isin(record.status, ("CERTIFIED", "STEP_BUDGET", "CANCELLED"))
    if (np.abs(value - record.value) > SLACK * scale).any():
        return "another value than that of its point"
    if (claims & ~feasible).any():
        return "a point that is not feasible"
    bound = np.where(np.isin(record.status, ("INFEASIBLE", "EMPTY_REGION")), np.inf, record.lower_bound)
    gap = (value - bound) / np.maximum(record.weights.sum(axis=1), np.abs(value))
    if (np.asarray(record.status) == "CERTIFIED")[gap > GAP_TOL * (1 + 1e-5)].any():
        return "a gap that it has not"
    for points in (z, program.anchors, *program.region.sample(SAMPLES, torch.Generator().manual_seed(0))):
        below = program.value(points).numpy() < bound - SLACK * scale
        if (below & _feasible(program, points, strictly=True)).any():
            return "a bound above a value that is reached"
    return ""


def posed(record: CertificateRecord) -> Program:
    """The programs of a record, for the solver's own arithmetic."""
    part = record.region[0]
    region = REGIONS[part.kind](*(torch.from_numpy(np.asarray(a, dtype=np.float64)) for a in part.arrays.values()))
    terms = [CostTerm(m, "max" if cap == 1 else f"cvar:{1 / (cap * len(m)):.17g}") for m, cap in record.terms]
    return Program(
        [ReluNetwork.of(network) for network in record.networks],
        torch.from_numpy(np.asarray(record.weights, dtype=np.float64)),
        region,
        terms,
        thresholds=torch.from_numpy(np.asarray(record.thresholds, dtype=np.float64)),
        anchor=torch.from_numpy(np.asarray(record.anchor, dtype=np.float64)),
    )


def _feasible(program: Program, z: torch.Tensor, strictly: bool = False) -> np.ndarray:
    tolerance = 0.0 if strictly else 1e-5
    size = program.region.extent.numpy()
    near = program.region.violation(z).numpy() <= max(tolerance, 1e-9) * np.maximum(size, 1e-3) * 10
    over = (program.cost_values(z) - program.limits()).amax(dim=1).numpy()
    return near & (over <= tolerance)
