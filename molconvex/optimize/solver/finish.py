"""From the solver's last iterates to a Solution whose bounds the saved multipliers prove."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from molconvex.optimize.certificate.rounding_allowance import rounding_allowance
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.descent import State
from molconvex.optimize.solver.feasibility import Feasibility
from molconvex.optimize.solver.feasibility_lagrangian import feasibility_phase
from molconvex.optimize.solver.lagrangian import Lagrangian
from molconvex.optimize.solver.multipliers import Multipliers, concatenate
from molconvex.optimize.solver.solution import Solution, Status

SMALLEST_SINGLE_PRECISION_TOLERANCE = 1e-5


def make_solution(
    program: Program,
    lagrangian: Lagrangian,
    state: State,
    feasibility: Feasibility | None,
    gap_tol: float,
    stopped: bool,
) -> Solution:
    """Round points and multipliers as they are kept, and compute values and bounds from the rounded numbers.

    Bounds are lowered by an allowance for the rounding of their own evaluation.

    Gates are kept in float32, or in float64 for tolerances that it would spoil; points in float64, to stay inside.
    """
    coarse = gap_tol >= SMALLEST_SINGLE_PRECISION_TOLERANCE
    nothing = torch.zeros(lagrangian.n, dtype=torch.bool, device=state.y.device)
    infeasible, empty = (nothing, nothing) if feasibility is None else (feasibility.infeasible, feasibility.empty)
    lost = infeasible | empty
    multipliers = _normalized(lagrangian, state.best_multipliers, lost)
    if coarse:
        multipliers = multipliers.map(lambda rows: rows, lambda gates: gates.float())
    bound = lagrangian.bound(*lagrangian.minorant(multipliers.to(torch.float64)))
    proof = _violation_bound(lagrangian, multipliers.to(torch.float64)) if bool(lost.any()) else bound
    home = program.weights.device
    allowance = rounding_allowance(program, multipliers.to(home), lost).to(bound)
    bound, proof = bound - allowance, proof - allowance
    # a proof that rounding could undo is none
    infeasible, empty, doubtful = infeasible & (proof > 0), empty & (proof > 0), lost & ~(proof > 0)
    lost = infeasible | empty
    if bool(doubtful.any()):
        bound = bound - rounding_allowance(program, multipliers.to(home), lost).to(bound)
    z = lagrangian.base.to_latent(state.best_y).to(home)
    costs = program.cost_values(z)
    value = program.value(z, costs)
    lower = torch.where(lost, torch.inf, bound).to(home)
    gap = torch.where(lost.to(home), torch.nan, (value - lower) / torch.maximum(state.floor.to(home), value.abs()))
    undecided = doubtful if feasibility is None else feasibility.undecided | doubtful
    status = _statuses(gap <= gap_tol, infeasible, empty, undecided, stopped)
    return Solution(
        z=z,
        value=value,
        lower_bound=lower,
        gap=gap,
        status=status,
        violation=_violation(program, z, costs),
        infeasibility=torch.where(lost, proof, 0.0).to(home),
        threshold_shift=_shift(program, costs, infeasible.to(home), empty.to(home)),
        costs=costs,
        multipliers=multipliers.to(home),
        steps=state.steps.to(home),
        seconds=0.0,
    )


def _normalized(lagrangian: Lagrangian, multipliers: Multipliers, lost: Tensor) -> Multipliers:
    """Multipliers free of rounding: members sum to one, and so do the thresholds' of a proof of infeasibility."""
    total = multipliers.constraints[:, : lagrangian.terms].sum(1)
    unit = torch.where(lost & (total > 0), 1 / total, 1.0)
    return replace(
        multipliers,
        members=lagrangian.aggregation.feasible(multipliers.members),
        constraints=multipliers.constraints * unit[:, None],
        splits=multipliers.splits * unit[:, None, None],
    )


def _violation_bound(lagrangian: Lagrangian, multipliers: Multipliers) -> Tensor:
    """What the multipliers prove about the largest violation: of the parts for an empty region, else of thresholds."""
    terms = torch.arange(lagrangian.active.shape[1], device=multipliers.members.device) < lagrangian.terms
    phase = feasibility_phase(lagrangian, terms)
    return phase.bound(*phase.minorant(multipliers))


def _statuses(closed: Tensor, infeasible: Tensor, empty: Tensor, undecided: Tensor, stopped: bool) -> list[Status]:
    """Per program, the first of these that holds."""
    rows = zip(*(t.tolist() for t in (empty, infeasible, undecided, closed)), strict=True)
    order = (Status.EMPTY_REGION, Status.INFEASIBLE, Status.UNDECIDED, Status.CERTIFIED)
    rest = Status.CANCELLED if stopped else Status.STEP_BUDGET
    return [next((s for s, holds in zip(order, row, strict=True) if holds), rest) for row in rows]


def _violation(program: Program, z: Tensor, costs: Tensor) -> Tensor:
    over = (costs - program.limits().double()).amax(1).clamp_min(0)
    return torch.maximum(over, program.region.to(torch.float64).violation(z.double()))


def _shift(program: Program, costs: Tensor, infeasible: Tensor, empty: Tensor) -> Tensor:
    """Excess over the thresholds at the least violating point."""
    over = (costs - program.limits().double()).amax(1)
    shift = torch.where(infeasible, over, torch.zeros_like(over))
    return torch.where(empty, torch.full_like(shift, torch.nan), shift)


def join_solutions(parts: list[Solution], seconds: float) -> Solution:
    """Solutions of chunks as one."""
    names = ("z", "value", "lower_bound", "gap", "violation", "infeasibility", "threshold_shift", "costs", "steps")
    joined = {name: torch.cat([getattr(part, name) for part in parts]) for name in names}
    return Solution(
        **joined,
        status=[s for part in parts for s in part.status],
        multipliers=concatenate([part.multipliers for part in parts]),
        seconds=seconds,
    )
