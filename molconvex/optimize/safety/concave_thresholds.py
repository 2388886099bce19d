"""Programs with concave costs below thresholds: tangents, and better tangents at the solutions they lead to.

A tangent at z is exact at z, so a program whose anchor meets its thresholds has a point. Posed again at its own
solution, a program keeps that point, and its half-space reaches at least as far there: the objective never rises.

Reference: Yuille & Rangarajan (2003), The concave-convex procedure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.certificate.record import RegionArrays, TangentArrays, region_arrays
from molconvex.optimize.certificate.safety_check import tangent_surplus
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.concave_costs import check_stand_ins
from molconvex.optimize.program.program import Program
from molconvex.optimize.program.tangents import LayerGates, Tangents, gates_at, minorant
from molconvex.optimize.solver.finish import join_solutions
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve

LOST = (Status.INFEASIBLE, Status.EMPTY_REGION, Status.UNDECIDED)
ALLOWANCES = 3.0
"""Rounding allowances by which a tangent is raised before it is claimed; the check demands one."""


def with_tangents(program: Program, concave: Mapping[int, ReluNetwork], z: Tensor) -> Program:
    """The programs with concave costs replaced by their tangents at z (n, d), which lie above them everywhere.

    Args:
        program: its networks at the keys of `concave` are zero, `ReluNetwork.affine(zeros)`; their terms may have
            thresholds, whatever the aggregate. Where they weigh the check refuses the record: a bound on the tangents
            is none on the costs. Each term is concave in all its networks or in none.
        concave: by network number the convex c whose negative is the cost.
        z: where the tangents touch, one point per program.

    Raises:
        ProgramError: If a network that stands for a concave cost is not zero, or numbers or dimensions do not fit.
    """
    check_stand_ins(tuple(program.networks), tuple(concave), tuple(concave.values()))
    z = z.detach().to(device=program.weights.device, dtype=torch.float64)
    slopes = z.new_zeros(program.n, len(program.networks), program.latent_dim)
    offsets = z.new_zeros(program.n, len(program.networks))
    if program.affine_terms is not None:
        slopes, offsets = program.affine_terms.slopes.double().clone(), program.affine_terms.offsets.double().clone()
    region = region_arrays(program.region.base)
    gates = []
    for column, network in concave.items():
        found = gates_at(network.to(z), z)
        slope, offset = minorant(network.to(z), found)
        slopes[:, column] = -slope
        offsets[:, column] = _raised(region, column, network, found, -slope, -offset)
        gates.append(found)
    changed = program.with_affine_terms(AffineTerms(slopes, offsets))
    return changed.with_tangents(Tangents(tuple(concave), tuple(concave.values()), tuple(gates)))


def solve_with_tangents(
    program: Program, concave: Mapping[int, ReluNetwork], *, rounds: int = 4, gap_tol: float = 1e-4, **options: Any
) -> tuple[Program, Solution]:
    """Solve with tangents at the anchors, then again at the solutions, where that still helps.

    A program called infeasible has no point that its tangents allow; others of the region may be safe all the same.

    Args:
        program: as of `with_tangents`.
        concave: as of `with_tangents`.
        rounds: solutions of each program at most.
        gap_tol: relative gap, and the gain in value relative to its scale that is worth another round.
        options: the other arguments of `solve`.

    Raises:
        ProgramError: As `with_tangents` and `solve`.
    """
    touched = program.anchors.double().clone()
    posed = with_tangents(program, concave, touched)
    best = solve(posed, gap_tol=gap_tol, **options)
    rows = torch.arange(program.n)
    for _ in range(rounds - 1):
        z = best.z[rows]
        again = with_tangents(program.select(rows), concave, z)
        found = solve(again, gap_tol=gap_tol, **{**options, "start": z})
        better = _better(best.select(rows), found, gap_tol)
        if not bool(better.any()):
            break
        best = _replaced(best, rows[better], found.select(better.nonzero()[:, 0]))
        touched[rows[better]] = z[better]
        rows = rows[better]
    return with_tangents(program, concave, touched), best


def _raised(
    region: RegionArrays, column: int, network: ReluNetwork, gates: LayerGates, slope: Tensor, offset: Tensor
) -> Tensor:
    """The offset raised by what rounding may have taken from it."""
    arrays = network.to(torch.float64).map(_numpy)
    tangent = TangentArrays(column, arrays, tuple(_numpy(layer) for layer in gates))
    surplus = torch.from_numpy(tangent_surplus(region, tangent, _numpy(slope), _numpy(offset)))
    return offset + ALLOWANCES * (-surplus).clamp_min(0).to(offset)


def _better(before: Solution, after: Solution, gap_tol: float) -> Tensor:
    """Programs that are feasible only now, or lower by more than the tolerance, (n,) bool."""
    lost_before, lost_after = (
        torch.tensor([status in LOST for status in solution.status]) for solution in (before, after)
    )
    lower = before.value - after.value > gap_tol * before.value.abs().clamp_min(1)
    nearer = lost_before & lost_after & (after.violation < before.violation)
    return (lost_before & ~lost_after) | (~lost_before & ~lost_after & lower) | nearer


def _replaced(solution: Solution, rows: Tensor, other: Solution) -> Solution:
    """The solution with the other's programs in place of its rows."""
    order = torch.arange(len(solution.status))
    order[rows] = len(order) + torch.arange(len(rows))
    joined = join_solutions([solution, other], solution.seconds + other.seconds).select(order)
    steps = solution.steps.clone()
    steps[rows] += other.steps
    return replace(joined, steps=steps)


def _numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().double().numpy()
