"""Local minimization of differences of convex functions by certified convex programs.

Convex-concave procedure: replace what is subtracted by its tangent at the present point, solve that convex program,
go to its solution, repeat. The convex program lies above the cost and touches it at the present point, so that the cost
falls with every round. Where its certified lower bound is within the tolerance of the present cost no such round can
gain more, and the point is kept. That says nothing of points far away: the result is local.

Reference: Yuille & Rangarajan (2003), The concave-convex procedure; Lipp & Boyd (2016), Variations and extension of the
convex-concave procedure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.difference.program import DifferenceProgram
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.descent import FEASIBLE
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve
from molconvex.optimize.solver.start import make_start

WORTH, LOOSE, TIGHT = 0.75, 0.5, 0.2
"""Of the tolerance: gain bound above which a point moves on, gap of its convex program, gap of the concluding one.

A point that stays can gain at most `WORTH` if its program said so, `LOOSE` if that program found nothing lower, so that
the concluding program, whose bound is lower by `TIGHT` at most, never contradicts either."""
REACHED = (Status.CERTIFIED, Status.STEP_BUDGET, Status.CANCELLED)
"""Ends of a convex program that leave a feasible point."""


class LocalStatus(Enum):
    """How a local minimization ended; the text is advice."""

    STATIONARY = "local: no convex step lowers the cost by more than the tolerance; other starts may reach less"
    ROUND_BUDGET = (
        "local: the rounds were spent while the cost still fell; raise max_rounds or max_steps, or loosen the tolerance"
    )
    INFEASIBLE_START = (
        "the thresholds, convexified at the start, cannot be met; start where they are met, or raise them"
    )
    CANCELLED = "local: stopped on request while the cost still fell"


@dataclass(frozen=True)
class LocalSolution:
    """Local minima of n programs; nothing here bounds what other points of the region could reach.

    Attributes:
        z: (n, d), the last points, float64.
        value: (n,), the objective there; infinity if no point was found that meets the thresholds.
        residual: (n,), the most that the convex program at z could still gain, proved by `step`; NaN if infeasible.
        status: n of them.
        history: (rounds + 1, n), values from the start on, which never rise.
        program, step: the convex programs at z and their solutions, whose certificates speak of those programs alone.
    """

    z: Tensor
    value: Tensor
    residual: Tensor
    status: list[LocalStatus]
    history: Tensor
    program: Program
    step: Solution

    @property
    def stationary(self) -> int:
        """How many programs ended at a stationary point."""
        return sum(s is LocalStatus.STATIONARY for s in self.status)


def minimize_locally(
    program: DifferenceProgram,
    *,
    tolerance: float = 1e-4,
    max_rounds: int = 50,
    max_steps: int = 5000,
    device: str | torch.device = "cpu",
    start: Tensor | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LocalSolution:
    """Lower every program from its start to a stationary point.

    Args:
        program: n programs with differences of convex costs.
        tolerance: gain of a round, relative to max(total weight, |value|), that is no longer worth it.
        max_rounds: convex programs solved one after the other for each program.
        max_steps: gradient steps within each of them.
        device: where to compute; the result comes back to the program's device.
        start: (n, d), moved into the regions; by default the anchors.
        progress: called with (programs finished, n) after each round.
        cancelled: asked now and then; True stops early with what was found so far.

    Raises:
        ProgramError: If an option is out of range or the start does not fit.
    """
    if not tolerance > 0 or max_rounds < 1:
        raise ProgramError(f"tolerance must be positive and max_rounds at least 1, got {tolerance} and {max_rounds}")
    convex = program.convex
    first = convex.anchors if start is None else make_start(convex, start).z
    search = _Search(program, first.to(convex.weights.device, torch.float64), tolerance)
    effort: dict[str, Any] = {"max_steps": max_steps, "device": device, "cancelled": cancelled}
    stopped = False
    for _ in range(max_rounds):
        search.advance(effort)
        stopped = cancelled is not None and cancelled()
        if progress is not None:
            progress(program.n - len(search.moving), program.n)
        if len(search.moving) == 0 or stopped:
            break
    return search.result(effort, stopped)


class _Search:
    """Points and values of all programs, and which of them still move."""

    def __init__(self, program: DifferenceProgram, first: Tensor, tolerance: float) -> None:
        region = program.convex.region.to(torch.float64)
        self.program, self.tolerance = program, tolerance
        self.z = torch.where(region.contains(first)[:, None], first, region.project(first))
        over = (program.cost_values(self.z) - program.convex.limits().double()).amax(1)
        self.value = torch.where(over <= FEASIBLE, program.value(self.z), torch.inf)
        self.history = [self.value.clone()]
        self.moving = torch.arange(program.n, device=self.z.device)
        self.nearby: Solution | None = None

    def advance(self, effort: dict[str, Any]) -> None:
        """One convex program from each point that still moves; points whose program cannot gain stay from then on."""
        part, at = self.program.select(self.moving), self.z[self.moving]
        start = at if self.nearby is None else replace(self.nearby, z=at)
        solution = self._solve(part.majorant(at), LOOSE, start, effort)
        before, value = self.value[self.moving], part.value(solution.z)
        reached = torch.tensor([s in REACHED for s in solution.status], device=value.device)
        worth = before - solution.lower_bound > WORTH * self.tolerance * _scale(part.convex, solution.value)
        moved = (reached & worth & (value < before)).nonzero()[:, 0]
        self.moving, self.nearby = self.moving[moved], solution.select(moved)
        self.z[self.moving], self.value[self.moving] = solution.z[moved], value[moved]
        self.history.append(self.value.clone())

    def result(self, effort: dict[str, Any], stopped: bool) -> LocalSolution:
        """Solve the convex programs at the last points, which says what could still be gained."""
        program = self.program.majorant(self.z)
        step = self._solve(program, TIGHT, self.z, effort)
        residual = self.value - step.lower_bound
        done = residual <= self.tolerance * _scale(program, step.value)
        lost = torch.isinf(self.value)
        rest = LocalStatus.CANCELLED if stopped else LocalStatus.ROUND_BUDGET
        status = [
            LocalStatus.INFEASIBLE_START if bad else LocalStatus.STATIONARY if still else rest
            for bad, still in zip(lost.tolist(), done.tolist(), strict=True)
        ]
        residual = torch.where(torch.isfinite(residual), residual, torch.nan)
        return LocalSolution(self.z, self.value, residual, status, torch.stack(self.history), program, step)

    def _solve(self, program: Program, share: float, start: Tensor | Solution, effort: dict[str, Any]) -> Solution:
        return solve(program, gap_tol=share * self.tolerance, start=start, **effort)


def _scale(program: Program, value: Tensor) -> Tensor:
    """Denominator of relative gaps, (n,), as in Solution.gap."""
    reach = program.region.extent.double().square()
    floor = program.weights.double().sum(1) + 0.5 * program.distance_weights.double() * reach
    return torch.maximum(floor, value.abs())
