"""Programs with concave costs over a hull: a proved lower bound, and the best point that was found.

The bound is that of the lifted convex program, whose minimum the multipliers prove. Points come from its solution and
from the best corners, improved by the convex-concave procedure where value and bound differ. Where every cost is
concave the best corner is the optimum, and value and bound are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.record import unclaimed_record
from molconvex.optimize.certificate.rounding_allowance import EVALUATIONS
from molconvex.optimize.concave.lifted import hull_of, lifted, lowered
from molconvex.optimize.difference.local_minima import minimize_locally
from molconvex.optimize.difference.program import DifferenceProgram
from molconvex.optimize.program.program import Program
from molconvex.optimize.safety.concave_thresholds import LOST, solve_with_tangents
from molconvex.optimize.solver.descent import FEASIBLE
from molconvex.optimize.solver.multipliers import Multipliers
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve

ROUNDS, STARTS, STEPS = 8, 4, 1000
"""Convex steps from each start: the solution of the lifted program, and so many of the best corners; gradient
steps of each convex step at most."""

Solver = Callable[..., Solution]


def solve_over_hull(
    program: Program, *, gap_tol: float = 1e-4, solver: Solver = solve, rounds: int = ROUNDS, **options: Any
) -> tuple[Program, Solution]:
    """Solve programs with concave costs; the program comes back with the tangents that requirements ended with.

    Args:
        program: Over one hull for all or one each; its `concave` names the costs.
        gap_tol: Gap that counts as certified.
        solver: Of the lifted programs, `solve` or `solve_exact`.
        rounds: Convex steps from each start of the search for a better point.
        options: Of the solver.

    Raises:
        ProgramError: If the region is no hull, or the distance from the anchor weighs.
    """
    region = hull_of(program)
    above, limited = lifted(program)
    if limited and solver is solve:
        above, found = solve_with_tangents(above, limited, gap_tol=gap_tol, **options)
    else:
        found = solver(above, gap_tol=gap_tol, **options)
    program = lowered(program, above)
    lost = torch.tensor([status in LOST for status in found.status])
    bound, proof = _claimable(program, found.multipliers, lost)
    relaxed = region.to(torch.float64).project(found.z[:, : program.latent_dim].double())
    starts = torch.cat([relaxed[None], _best_corners(program)])
    z = torch.where(lost[:, None], relaxed, _best(program, starts))
    left = (~lost & (_gap(program, z, bound) > gap_tol)).nonzero()[:, 0]
    if len(left) and rounds:
        z[left] = _improved(program.select(left), starts[:, left], gap_tol, rounds)
    return program, _joined(program, found, z, bound, proof, lost, gap_tol)


def local_points(
    program: Program, *, tolerance: float = 1e-3, rounds: int = 3, device: str = "cpu"
) -> tuple[Tensor, list[int]]:
    """Local minima over any region, from the anchors, with no claim: points (n, d) and the programs that have one.

    Args:
        program: With concave costs.
        tolerance: As of `minimize_locally`.
        rounds: Convex steps at most.
        device: Of the solver.
    """
    found = minimize_locally(_difference(program), tolerance=tolerance, max_rounds=rounds, device=device)
    return found.z, torch.isfinite(found.value).nonzero()[:, 0].tolist()


def _claimable(program: Program, multipliers: Multipliers, lost: Tensor) -> tuple[Tensor, Tensor]:
    """Bounds that the multipliers prove of the program itself, lowered for rounding; and those on the violation."""
    bound, allowance = dual(unclaimed_record(program, multipliers), lost.numpy())
    claimed = torch.from_numpy(bound - EVALUATIONS * allowance)
    return torch.where(lost, torch.inf, claimed), torch.where(lost, claimed.clamp_min(0.0), 0.0)


def _best_corners(program: Program) -> Tensor:
    """The corners of least value that meet the thresholds, best first, (STARTS, n, d)."""
    points = hull_of(program).points.double()
    corners = points.expand(program.n, *points.shape[-2:])
    value = _values(program, corners.transpose(0, 1))
    order = value.argsort(dim=0)[: min(STARTS, len(value))]
    return corners.transpose(0, 1).gather(0, order[:, :, None].expand(*order.shape, program.latent_dim))


def _values(program: Program, points: Tensor) -> Tensor:
    """Objectives of several points per program, (m, n, d) to (m, n), infinite where a threshold is not met."""
    repeated = program.select(torch.arange(program.n).repeat(len(points)))
    z = points.reshape(-1, program.latent_dim)
    costs = repeated.cost_values(z)
    meets = (costs <= repeated.limits().double() + FEASIBLE).all(dim=1)
    return torch.where(meets, repeated.value(z, costs), torch.inf).reshape(len(points), program.n)


def _best(program: Program, points: Tensor) -> Tensor:
    """Of several points per program, (m, n, d), the one of least value; the first where none meets the thresholds."""
    return points[_values(program, points).argmin(dim=0), torch.arange(program.n)]


def _improved(program: Program, starts: Tensor, gap_tol: float, rounds: int) -> Tensor:
    """The best of where convex steps lead from each of several starts, (m, n, d) to (n, d)."""
    repeated = program.select(torch.arange(program.n).repeat(len(starts)))
    first = starts.reshape(-1, program.latent_dim)
    found = minimize_locally(_difference(repeated), tolerance=gap_tol, max_rounds=rounds, max_steps=STEPS, start=first)
    return _best(program, torch.cat([starts, found.z.reshape(starts.shape)]))


def _difference(program: Program) -> DifferenceProgram:
    assert program.concave is not None
    subtracted = dict(zip(program.concave.columns, program.concave.networks, strict=True))
    return DifferenceProgram(program.without_concave(), [subtracted.get(k) for k in range(len(program.networks))])


def _scale(program: Program, value: Tensor) -> Tensor:
    return torch.maximum(program.weights.double().sum(1), value.abs())


def _gap(program: Program, z: Tensor, bound: Tensor) -> Tensor:
    value = program.value(z)
    return (value - bound) / _scale(program, value)


def _joined(
    program: Program, found: Solution, z: Tensor, bound: Tensor, proof: Tensor, lost: Tensor, gap_tol: float
) -> Solution:
    costs = program.cost_values(z)
    value = program.value(z, costs)
    gap = torch.where(lost, torch.nan, (value - bound) / _scale(program, value))
    over = (costs - program.limits().double()).amax(1).clamp_min(0)
    return replace(
        found,
        z=z,
        value=value,
        lower_bound=bound,
        gap=gap,
        status=[_status(*row, gap_tol) for row in zip(found.status, gap.tolist(), strict=True)],
        violation=torch.maximum(over, program.region.to(torch.float64).violation(z)),
        infeasibility=proof,
        costs=costs,
    )


def _status(relaxed: Status, gap: float, gap_tol: float) -> Status:
    if relaxed in LOST or (relaxed is not Status.CERTIFIED and not gap <= gap_tol):
        return relaxed
    return Status.CERTIFIED if gap <= gap_tol else Status.CONCAVE_GAP
