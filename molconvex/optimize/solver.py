"""Solve a batch of convex programs with certificates.

Phases: find a strictly feasible point where there are constraints (or prove that none exists); minimize in float32; finish
in float64, in which the bound that is returned is computed. Batches too large for memory are solved in chunks.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.descent import (
    STEPS_PER_CHECK,
    State,
    advance,
    check,
    initial_state,
    restart,
)
from molconvex.optimize.lagrangian import Lagrangian, build_lagrangian, feasibility_phase
from molconvex.optimize.multipliers import Multipliers, concatenate
from molconvex.optimize.program import Program
from molconvex.optimize.solution import Solution, Status

SINGLE_PRECISION_GAP = 5e-6
"""Relative gap below which rounding in float32 hides progress."""

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Effort:
    """How long to try and whom to tell."""

    gap_tol: float
    max_steps: int
    cancelled: Cancelled
    finished: Callable[[int], None]


def solve(
    program: Program,
    *,
    gap_tol: float = 1e-4,
    max_steps: int = 5000,
    device: str | torch.device = "cpu",
    chunk: int | None = None,
    start: Tensor | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Solution:
    """Minimize every program of the batch, each with a lower bound that proves how good its solution is.

    Args:
        program: n programs over shared networks.
        gap_tol: relative gap to reach, see Solution.gap.
        max_steps: gradient steps for each program.
        device: where to compute; the result comes back to the program's device.
        chunk: programs solved together; by default as many as fit in about 256 MiB.
        start: (n, d), first points, e.g. the solution for a nearby radius or weight; by default the anchors.
        progress: called with (programs finished, n).
        cancelled: asked now and then; True stops early, and what was found so far is returned.

    Raises:
        ProgramError: If an option is out of range or the start has the wrong shape.
    """
    _check_options(program, gap_tol, max_steps, chunk, start)
    began = time.perf_counter()
    size = chunk or _chunk_size(program)
    finished = 0

    def count(newly: int) -> None:
        nonlocal finished
        finished += newly
        if progress is not None:
            progress(finished, program.n)

    effort = Effort(gap_tol, max_steps, cancelled or (lambda: False), count)
    parts = []
    with torch.no_grad():
        for index in torch.arange(program.n, device=program.weights.device).split(size):
            part_start = None if start is None else start[index]
            parts.append(_solve_chunk(program.select(index), effort, torch.device(device), part_start))
    return _joined(parts, time.perf_counter() - began)


def _check_options(program: Program, gap_tol: float, max_steps: int, chunk: int | None, start: Tensor | None) -> None:
    if not gap_tol > 0:
        raise ProgramError(f"gap_tol must be positive, got {gap_tol}; 1e-4 is usual, 1e-9 about the least")
    if max_steps < 1 or (chunk is not None and chunk < 1):
        raise ProgramError(f"max_steps and chunk must be at least 1, got {max_steps} and {chunk}")
    if start is not None and start.shape != (program.n, program.latent_dim):
        raise ProgramError(f"start must have shape ({program.n}, {program.latent_dim}), got {tuple(start.shape)}")


def _chunk_size(program: Program, budget_bytes: int = 256 * 2**20) -> int:
    """Programs whose working arrays (about eight float32 copies of the gates and of z) fit the budget."""
    units = sum(b.shape[0] for network in program.networks for b in network.biases)
    numbers = 10 * units + 16 * program.latent_dim + 4 * len(program.networks)
    return max(1, budget_bytes // (4 * numbers))


def _solve_chunk(program: Program, effort: Effort, device: torch.device, start: Tensor | None) -> Solution:
    coarse = build_lagrangian(program, torch.float32, device)
    fine = build_lagrangian(program, torch.float64, device)
    first = program.region.project(program.anchor if start is None else start)  # type: ignore[arg-type]
    y = coarse.base.from_latent(first.to(device, torch.float32))
    state = initial_state(coarse, y)
    if bool(coarse.active.any()):
        raise NotImplementedError
    scale = _gap_scale(fine)
    state = _minimize(
        coarse, state, max(effort.gap_tol, SINGLE_PRECISION_GAP), scale, replace(effort, finished=_nobody)
    )
    state = _minimize(fine, _refined(state), effort.gap_tol, scale, effort)
    return _solution(program, fine, state, effort, scale)


def _nobody(newly: int) -> None:
    """No one to tell."""


def _gap_scale(lagrangian: Lagrangian) -> Tensor:
    """Least denominator of relative gaps, (n,): the total weight of the costs, which are of unit scale."""
    penalty = 0.5 * lagrangian.distance_weight * lagrangian.base.extent.square()
    return lagrangian.weights.sum(1) + penalty


def _refined(state: State) -> State:
    """The same iterates in float64, with values and bounds forgotten: they are computed again."""
    fine = state.to(torch.float64)
    unknown = torch.full_like(fine.best_value, torch.inf)
    return replace(
        fine, y=fine.best_y, probe=fine.best_y, best_value=unknown, best_violation=unknown.clone(), best_bound=-unknown
    )


def _minimize(lagrangian: Lagrangian, state: State, gap_tol: float, floor: Tensor, effort: Effort) -> State:
    """Run until every gap is below the tolerance, the steps are spent or the user stops; writes into `state`."""
    index = torch.arange(lagrangian.n, device=state.y.device)
    active, work, floor = lagrangian, state, floor.to(state.y.dtype)
    out = state.map(torch.clone, lambda m: m.map(torch.clone, torch.clone))
    while True:
        gap = check(active, work, lambda value: torch.maximum(floor, value.abs()))  # noqa: B023
        done = (gap <= gap_tol) | (work.steps >= effort.max_steps)
        stop = effort.cancelled()
        if bool(done.all()) or stop:
            out.write(index, work)
            effort.finished(len(index))
            return out
        if int(done.sum()) * 8 >= len(index):
            leaving, staying = done.nonzero()[:, 0], (~done).nonzero()[:, 0]
            out.write(index[leaving], work.select(leaving))
            effort.finished(len(leaving))
            index, active, work, floor = index[staying], active.select(staying), work.select(staying), floor[staying]
        advance(active, work, STEPS_PER_CHECK)


def _solution(program: Program, lagrangian: Lagrangian, state: State, effort: Effort, floor: Tensor) -> Solution:
    home = program.weights.device
    z = lagrangian.base.to_latent(state.best_y).to(home)
    value = program.value(z)
    gap = (value - state.best_bound.to(home)) / torch.maximum(floor.to(home), value.abs())
    spent = state.steps.to(home) >= effort.max_steps
    status = [
        Status.CERTIFIED if g <= effort.gap_tol else Status.STEP_BUDGET if s else Status.CANCELLED
        for g, s in zip(gap.tolist(), spent.tolist(), strict=True)
    ]
    return Solution(
        z=z,
        value=value,
        lower_bound=state.best_bound.to(home),
        gap=gap,
        status=status,
        violation=state.best_violation.to(home),
        threshold_shift=torch.full_like(value, torch.nan),
        costs=program.cost_values(z),
        multipliers=state.best_multipliers.to(home),
        steps=state.steps.to(home),
        seconds=0.0,
    )


def _joined(parts: list[Solution], seconds: float) -> Solution:
    def join(name: str) -> Tensor:
        return torch.cat([getattr(part, name) for part in parts])

    tensors = ("z", "value", "lower_bound", "gap", "violation", "threshold_shift", "costs", "steps")
    multipliers: Multipliers = concatenate([part.multipliers for part in parts])
    status = [s for part in parts for s in part.status]
    return Solution(**{n: join(n) for n in tensors}, status=status, multipliers=multipliers, seconds=seconds)
