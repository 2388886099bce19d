"""First phase of constrained programs: a strictly feasible point of each, or a proof that it has none.

The largest violation is minimized, first of an intersection's further parts, then of the thresholds inside the
region. A negative value is a strictly feasible point, toward which later iterates are pulled so that they are feasible
exactly; a positive lower bound is a proof of infeasibility, and the least value the amount by which thresholds must be
raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from molconvex.optimize.solver.descent import FEASIBLE, State, enter_phase
from molconvex.optimize.solver.feasibility_lagrangian import feasibility_phase
from molconvex.optimize.solver.lagrangian import Lagrangian

ENOUGH_SLACK = 1e-2
"""Slack (cost units, or shares of the extent) with which a first point is strictly feasible without a search."""

Descend = Callable[[Lagrangian, Lagrangian, State, Callable[[State], Tensor]], State]


@dataclass(frozen=True)
class Feasibility:
    """Outcome for n programs.

    Attributes:
        interior: (n, p), coordinates of a strictly feasible point, NaN where none was found.
        start: (n, p), coordinates from which to go on.
        infeasible, empty, undecided: (n,), bool.
        state: iterates of the phase that decided each program, float64.
    """

    interior: Tensor
    start: Tensor
    state: State
    empty: Tensor
    infeasible: Tensor
    undecided: Tensor

    @property
    def feasible(self) -> Tensor:
        """Programs with a feasible point known, (n,), bool."""
        return ~(self.empty | self.infeasible | self.undecided)


def establish(coarse: Lagrangian, fine: Lagrangian, state: State, gap_tol: float, descend: Descend) -> Feasibility:
    """Decide the feasibility of every program; `descend` minimizes a phase until a rule says stop."""
    n, y = fine.n, state.y.double()
    nothing = torch.zeros(n, dtype=torch.bool, device=y.device)
    outcome = Feasibility(torch.full_like(y, torch.nan), y, state.to(torch.float64), nothing, nothing, nothing)
    terms = torch.arange(fine.active.shape[1], device=y.device) < fine.terms
    if fine.cuts:
        parts = [replace(x, active=x.active & ~terms) for x in (coarse, fine)]
        outcome = _search(parts[0], parts[1], ~terms, outcome, gap_tol, descend)
        outcome = replace(outcome, empty=outcome.infeasible, infeasible=nothing)
    if bool((fine.active & terms).any()):
        outcome = _search(coarse, fine, terms, outcome, gap_tol, descend)
    return outcome


def _search(
    coarse: Lagrangian, fine: Lagrangian, elastic: Tensor, before: Feasibility, gap_tol: float, descend: Descend
) -> Feasibility:
    """Minimize the largest violation of the elastic constraints where the known point is not strictly feasible."""
    point = torch.where(before.interior.isnan(), before.start, before.interior)
    concerned = (fine.active & elastic).any(1) & ~before.empty & ~before.undecided
    slack = _largest(fine, elastic, before.start)
    inherited = torch.where(_largest(fine, ~elastic, before.start)[:, None] < 0, before.start, before.interior)
    ready = concerned & (slack < -ENOUGH_SLACK) & ~inherited.isnan().any(1)
    index = (concerned & ~ready).nonzero()[:, 0]
    interior = torch.where(ready[:, None], before.start, before.interior)
    if len(index) == 0:
        return replace(before, interior=interior)
    phases = [feasibility_phase(x, elastic).select(index) for x in (coarse, fine)]
    first = before.state.select(index).to(torch.float32)
    state = enter_phase(first, phases[0], point[index].float(), before.interior[index].float())
    found = descend(phases[0], phases[1], state, _decided(gap_tol))
    return _recorded(fine.select(index), elastic, replace(before, interior=interior), index, found)


def _decided(gap_tol: float) -> Callable[[State], Tensor]:
    """Stop with half of the largest slack there is, or a proof of infeasibility to 1 % of the violation."""

    def rule(state: State) -> Tensor:
        met = state.best_violation <= 0
        gap = state.best_value - state.best_bound
        slack = met & (state.best_value < 0) & (state.best_value <= 0.5 * state.best_bound)
        proof = met & (state.best_bound > 0) & (gap <= 0.01 * state.best_value)
        return slack | proof | (met & (gap <= 0.1 * gap_tol))

    return rule


def _recorded(fine: Lagrangian, elastic: Tensor, before: Feasibility, index: Tensor, found: State) -> Feasibility:
    value, bound = found.best_value, found.best_bound
    proved = bound > 0
    lost = ~proved & ((value > FEASIBLE) | (found.best_violation > FEASIBLE))
    inner = _with_slack_everywhere(fine, elastic, found, before.interior[index])
    inner = torch.where(((value < 0) & ~proved & ~lost)[:, None], inner, torch.nan)
    interior, start = before.interior.clone(), before.start.clone()
    interior[index], start[index] = inner, found.best_y
    infeasible, undecided = before.infeasible.clone(), before.undecided.clone()
    infeasible[index], undecided[index] = proved, lost
    state = before.state.map(torch.clone, lambda m: m.map(torch.clone, torch.clone))
    state.write(index, found)
    return Feasibility(interior, start, state, before.empty, infeasible, undecided)


def _with_slack_everywhere(fine: Lagrangian, elastic: Tensor, found: State, earlier: Tensor) -> Tensor:
    """Move toward the earlier interior point by as much as keeps half of the slack just gained."""
    known = ~earlier.isnan().any(1)
    toward = torch.where(known[:, None], earlier, found.best_y)
    gained, there = -found.best_value, _largest(fine, elastic, toward)
    share = (0.5 * gained / (gained + there.clamp_min(0)).clamp_min(1e-300)).clamp(0, 0.5)
    return torch.lerp(found.best_y, toward, share[:, None])


def _largest(lagrangian: Lagrangian, which: Tensor, y: Tensor) -> Tensor:
    """Largest value of some constraints at y, (n,); minus infinity where a program has none of them."""
    _, values = lagrangian.exact(y)
    return values.masked_fill(~(lagrangian.active & which), -torch.inf).amax(1)
