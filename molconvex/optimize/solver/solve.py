"""Solve a batch of convex programs with certificates.

Phases: find a strictly feasible point where there are constraints, or prove that none exists; minimize in float32;
finish in float64, in which the returned bounds are computed. Batches too large for memory are solved in chunks.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.program.memory import check_memory, chunk_size
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.descent import (
    STEPS_PER_CHECK,
    State,
    advance,
    check,
    enter_phase,
    in_double,
    initial_state,
    resume,
)
from molconvex.optimize.solver.feasibility import Feasibility, establish
from molconvex.optimize.solver.feasibility_lagrangian import build_lagrangian
from molconvex.optimize.solver.finish import join_solutions, make_solution
from molconvex.optimize.solver.lagrangian import Lagrangian
from molconvex.optimize.solver.solution import Solution
from molconvex.optimize.solver.start import Start, make_start

SINGLE_PRECISION_GAP = 5e-6
"""Relative gap below which rounding in float32 hides progress."""

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]
Rule = Callable[[State], Tensor]


def solve(
    program: Program,
    *,
    gap_tol: float = 1e-4,
    max_steps: int = 5000,
    device: str | torch.device = "cpu",
    chunk: int | None = None,
    start: Tensor | Solution | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Solution:
    """Minimize every program of the batch, each with a lower bound that proves how good its solution is.

    Args:
        program: n programs over shared networks.
        gap_tol: relative gap to reach, see Solution.gap.
        max_steps: gradient steps for each program in each phase.
        device: where to compute; the result comes back to the program's device.
        chunk: programs solved together; by default as many as fit in about 256 MiB.
        start: first points (n, d), moved into the regions; or the solution of n programs over the same networks with
            nearby radii, weights or thresholds, whose multipliers are used too; by default the anchors.
        progress: called with (programs finished, n).
        cancelled: asked now and then; True stops early, and what was found so far is returned.

    Raises:
        ProgramError: If a cost is concave, an option is out of range, the start does not fit, or points and multipliers
            of all programs would not fit in memory (then iterate over `solve_parts`).
    """
    program.check_convex()
    check_memory(program)
    began = time.perf_counter()
    parts = solve_parts(
        program,
        gap_tol=gap_tol,
        max_steps=max_steps,
        device=device,
        chunk=chunk,
        start=start,
        progress=progress,
        cancelled=cancelled,
    )
    return join_solutions([solution for _, solution in parts], time.perf_counter() - began)


def solve_parts(
    program: Program,
    *,
    gap_tol: float = 1e-4,
    max_steps: int = 5000,
    device: str | torch.device = "cpu",
    chunk: int | None = None,
    start: Tensor | Solution | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Iterator[tuple[Program, Solution]]:
    """The same, chunk by chunk: consecutive programs with their solutions, to be saved before the next are solved.

    So a million programs need no more memory than their anchors and one chunk. Arguments and errors as in `solve`.
    """
    _check_options(gap_tol, max_steps, chunk)
    first = None if start is None else make_start(program, start)
    return _parts(program, gap_tol, max_steps, torch.device(device), chunk, first, progress, cancelled)


def _parts(
    program: Program,
    gap_tol: float,
    max_steps: int,
    device: torch.device,
    chunk: int | None,
    start: Start | None,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> Iterator[tuple[Program, Solution]]:
    done = 0
    for index in torch.arange(program.n, device=program.weights.device).split(chunk or chunk_size(program)):
        began = time.perf_counter()
        part = program.select(index)
        report = None if progress is None else _offset_progress(progress, done, program.n)
        effort = Effort(gap_tol, max_steps, cancelled, report)
        with torch.no_grad():
            solution = _solve_chunk(part, effort, device, None if start is None else start.select(index))
        done += len(index)
        yield part, replace(solution, seconds=time.perf_counter() - began)


@dataclass
class Effort:
    """How long to try, and whom to ask and tell; `stopped` once the user asked to stop."""

    gap_tol: float
    max_steps: int
    cancelled: Cancelled | None
    report: Callable[[int], None] | None
    stopped: bool = False

    def ask(self) -> bool:
        """Whether to stop now."""
        self.stopped = self.stopped or (self.cancelled is not None and self.cancelled())
        return self.stopped

    def tell(self, finished: int) -> None:
        """Report how many programs of the chunk are finished."""
        if self.report is not None:
            self.report(finished)


def _offset_progress(progress: Progress, done: int, total: int) -> Callable[[int], None]:
    return lambda finished: progress(done + finished, total)


def _check_options(gap_tol: float, max_steps: int, chunk: int | None) -> None:
    if not gap_tol > 0:
        raise ProgramError(f"gap_tol must be positive, got {gap_tol}; 1e-4 is usual, 1e-9 about the least")
    if max_steps < 1 or (chunk is not None and chunk < 1):
        raise ProgramError(f"max_steps and chunk must be at least 1, got {max_steps} and {chunk}")


def _solve_chunk(program: Program, effort: Effort, device: torch.device, start: Start | None) -> Solution:
    fine = build_lagrangian(program, torch.float64, device)
    coarse = build_lagrangian(program, torch.float32, device)
    first = program.anchors if start is None else start.z
    y = fine.base.from_latent(first.to(device, torch.float64))
    state = initial_state(coarse, y.float())
    if start is not None and start.multipliers is not None:
        state = resume(state, start.multipliers)
    feasibility = None
    if not fine.constrained:
        state = _descend(coarse, fine, state, _gap_rule(effort.gap_tol), effort, effort.tell)
    else:
        feasibility = establish(
            coarse, fine, state, effort.gap_tol, lambda c, f, s, rule: _descend(c, f, s, rule, effort, None)
        )
        state = _constrained(coarse, fine, feasibility, effort)
    return make_solution(program, fine, state, feasibility, effort.gap_tol, effort.stopped)


def _constrained(coarse: Lagrangian, fine: Lagrangian, feasibility: Feasibility, effort: Effort) -> State:
    """Minimize the feasible programs; the others keep the iterates of the phase that decided them."""
    whole = feasibility.state
    index = feasibility.feasible.nonzero()[:, 0]
    decided = fine.n - len(index)
    if len(index) > 0:
        interior = feasibility.interior[index].float()
        start = torch.where(interior.isnan(), feasibility.start[index].float(), interior)
        part = coarse.select(index)
        state = enter_phase(whole.select(index).to(torch.float32), part, start, interior)
        rule = _gap_rule(effort.gap_tol)
        found = _descend(part, fine.select(index), state, rule, effort, lambda k: effort.tell(decided + k))
        whole.write(index, found)
    effort.tell(fine.n)
    return whole


def _gap_rule(gap_tol: float) -> Rule:
    """Stop a program at a feasible point whose relative gap is below the tolerance."""

    def rule(state: State) -> Tensor:
        least = gap_tol if state.y.dtype == torch.float64 else max(0.9 * gap_tol, SINGLE_PRECISION_GAP)
        scale = torch.maximum(state.floor, state.best_value.abs())
        return (state.best_violation <= 0) & (state.best_value - state.best_bound <= least * scale)

    return rule


def _descend(
    coarse: Lagrangian, fine: Lagrangian, state: State, rule: Rule, effort: Effort, tell: Callable[[int], None] | None
) -> State:
    """Run in float32 until the rule holds or half the steps are spent, then in float64, where few steps remain."""
    limit = state.steps + effort.max_steps
    state = _minimize(coarse, state, rule, state.steps + (effort.max_steps + 1) // 2, effort, None)
    return _minimize(fine, in_double(state, fine), rule, limit, effort, tell)


def _minimize(
    lagrangian: Lagrangian,
    state: State,
    rule: Rule,
    limit: Tensor,
    effort: Effort,
    tell: Callable[[int], None] | None,
) -> State:
    """Run until the rule holds for every program, its steps reach the limit (n,) or the user stops."""
    index = torch.arange(lagrangian.n, device=state.y.device)
    out = state.map(torch.clone, lambda m: m.map(torch.clone, torch.clone))
    total = len(index)
    while True:
        check(lagrangian, state)
        done = rule(state) | (state.steps >= limit)
        if bool(done.all()) or effort.ask():
            out.write(index, state)
            if tell is not None:
                tell(total)
            return out
        if int(done.sum()) * 8 >= len(index):
            leaving, staying = done.nonzero()[:, 0], (~done).nonzero()[:, 0]
            out.write(index[leaving], state.select(leaving))
            index, lagrangian, state = index[staying], lagrangian.select(staying), state.select(staying)
            limit = limit[staying]
            if tell is not None:
                tell(total - len(index))
        advance(lagrangian, state, STEPS_PER_CHECK)
