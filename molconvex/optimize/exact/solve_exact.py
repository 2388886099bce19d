"""The same programs through cvxpy, as LP or SOCP: the exact reference, slow, with multipliers from the solver's duals.

One problem is compiled for all programs of a batch that have the same active thresholds, with the numbers that differ
between programs as parameters.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from molconvex.exceptions import ProgramError
from molconvex.optimize.certificate.rounding_allowance import rounding_allowance
from molconvex.optimize.exact.duals import read_multipliers
from molconvex.optimize.exact.model import Compiled, compile_program, import_cvxpy
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.feasibility_lagrangian import build_lagrangian
from molconvex.optimize.solver.finish import join_solutions
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve

OPERATIONS_PER_SECOND = 3e9
ITERATIONS = 20


def estimate_seconds(program: Program) -> float:
    """Rough time of `solve_exact`: dense factorizations of an interior-point method, within about a factor of three."""
    units = sum(b.shape[0] for network in program.networks for b in network.biases)
    return program.n * ITERATIONS * (units + program.latent_dim) ** 3 / 3 / OPERATIONS_PER_SECOND


def solve_exact(
    program: Program,
    *,
    gap_tol: float = 1e-6,
    solver: str = "CLARABEL",
    solver_options: Mapping[str, Any] | None = None,
    max_seconds: float = 3600.0,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Solution:
    """Solve program after program with cvxpy; the result has the same form as that of `solve`.

    The lower bounds come from the solver's dual variables through the same closed form, so that they hold whatever the
    solver's accuracy. Programs that the solver calls infeasible are handed to `solve` for the proof.

    Args:
        program: n programs; compact sizes only, see `estimate_seconds`.
        gap_tol: relative gap that counts as certified.
        solver: a cvxpy solver for SOCPs ("CLARABEL", "SCS"), or for boxes and hulls also one for LPs ("HIGHS").
        solver_options: handed to that solver by cvxpy, e.g. {"tol_gap_rel": 1e-4} for Clarabel.
        max_seconds: refuse if the estimate is above.
        progress: called with (programs finished, n).
        cancelled: asked before each program; True stops early; the programs left over keep their anchors.

    Raises:
        ProgramError: If a cost is concave, the estimated time exceeds `max_seconds`, or the solver fails.
        MissingExtraError: If cvxpy is not installed.
    """
    program.check_convex()
    estimate = estimate_seconds(program)
    if estimate > max_seconds:
        raise ProgramError(
            f"{program.n} programs of this size would take cvxpy about {estimate:.0f} s, more than max_seconds = "
            f"{max_seconds:g}; use the batched solver, fewer programs or smaller networks, or raise max_seconds"
        )
    began = time.perf_counter()
    compiled: dict[tuple[bool, ...], Compiled] = {}
    parts = []
    for i in range(program.n):
        one = program.select(torch.tensor([i], device=program.weights.device))
        if cancelled is not None and cancelled():
            parts.append(solve(one, gap_tol=gap_tol, max_steps=1, cancelled=lambda: True))
            continue
        pattern = tuple(torch.isfinite(one.limits()[0]).tolist())
        if pattern not in compiled:
            compiled[pattern] = compile_program(one, pattern)
        parts.append(_solve_one(one, compiled[pattern], solver, solver_options or {}, gap_tol))
        if progress is not None:
            progress(i + 1, program.n)
    return join_solutions(parts, time.perf_counter() - began)


def _solve_one(
    program: Program, compiled: Compiled, solver: str, options: Mapping[str, Any], gap_tol: float
) -> Solution:
    cp = import_cvxpy()
    began = time.perf_counter()
    for assign in compiled.set_parameters:
        assign(program)
    try:
        with warnings.catch_warnings():  # how inaccurate a solution is, its certificate says
            warnings.filterwarnings("ignore", "Solution may be inaccurate")
            compiled.problem.solve(solver=solver, **options)
    except cp.error.SolverError as error:
        raise ProgramError(f"cvxpy with {solver} failed: {error}; try another solver") from error
    if compiled.problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        return solve(program, gap_tol=gap_tol)
    return _solution(program, compiled, gap_tol, time.perf_counter() - began)


def _solution(program: Program, compiled: Compiled, gap_tol: float, seconds: float) -> Solution:
    device = program.weights.device
    lagrangian = build_lagrangian(program, torch.float64, device)
    z = torch.as_tensor(compiled.z.value, device=device)[None]
    z = lagrangian.base.to_latent(lagrangian.base.from_latent(z))
    multipliers = read_multipliers(program, compiled, z)
    multipliers = replace(multipliers, members=lagrangian.aggregation.feasible(multipliers.members))
    bound = lagrangian.bound(*lagrangian.minorant(multipliers))
    bound = bound - rounding_allowance(program, multipliers, torch.zeros_like(bound, dtype=torch.bool))
    costs = program.cost_values(z)
    value = program.value(z, costs)
    over = (costs - program.limits().double()).amax(1).clamp_min(0)
    gap = (value - bound) / torch.maximum(lagrangian.gap_floor(), value.abs())
    return Solution(
        z=z,
        value=value,
        lower_bound=bound,
        gap=gap,
        status=[Status.CERTIFIED if float(gap) <= gap_tol else Status.STEP_BUDGET],
        violation=torch.maximum(over, program.region.to(torch.float64).violation(z.double())),
        infeasibility=torch.zeros_like(value),
        threshold_shift=torch.zeros_like(value),
        costs=costs,
        multipliers=multipliers,
        steps=torch.tensor([compiled.problem.solver_stats.num_iters or 0], device=device),
        seconds=seconds,
    )
