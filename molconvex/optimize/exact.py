"""The same programs through cvxpy, as LP or SOCP: the exact reference, slow, with multipliers from the solver's duals.

One problem is compiled for all programs of a batch that have the same active thresholds, with the numbers that differ
between programs as parameters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.exceptions import MissingExtraError, ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.exact_region import add_region
from molconvex.optimize.lagrangian import build_lagrangian
from molconvex.optimize.multipliers import Multipliers
from molconvex.optimize.program import Program
from molconvex.optimize.results import join_solutions
from molconvex.optimize.solution import Solution, Status
from molconvex.optimize.solver import solve
from molconvex.optimize.stack import build_stacks

Array = NDArray[np.float64]
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
        ProgramError: If the estimated time exceeds `max_seconds`, or the solver fails.
        MissingExtraError: If cvxpy is not installed.
    """
    estimate = estimate_seconds(program)
    if estimate > max_seconds:
        raise ProgramError(
            f"{program.n} programs of this size would take cvxpy about {estimate:.0f} s, more than max_seconds = "
            f"{max_seconds:g}; use the batched solver, fewer programs or smaller networks, or raise max_seconds"
        )
    began = time.perf_counter()
    compiled: dict[tuple[bool, ...], _Compiled] = {}
    parts = []
    for i in range(program.n):
        one = program.select(torch.tensor([i], device=program.weights.device))
        if cancelled is not None and cancelled():
            parts.append(solve(one, gap_tol=gap_tol, max_steps=1, cancelled=lambda: True))
            continue
        pattern = tuple(torch.isfinite(one.limits()[0]).tolist())
        if pattern not in compiled:
            compiled[pattern] = _compile(one, pattern)
        parts.append(_solve_one(one, compiled[pattern], solver, solver_options or {}, gap_tol))
        if progress is not None:
            progress(i + 1, program.n)
    return join_solutions(parts, time.perf_counter() - began)


@dataclass
class _Compiled:
    """A parametrized problem and handles to read its duals from."""

    problem: Any
    z: Any
    set_parameters: list[Callable[[Program], None]]
    layers: list[list[tuple[Any, Any]]] = field(default_factory=list)
    masses: list[Any] = field(default_factory=list)
    limits: dict[int, Any] = field(default_factory=dict)
    parts: list[Callable[[Array], Array]] = field(default_factory=list)


def _cvxpy() -> Any:
    try:
        import cvxpy
    except ImportError as error:
        raise MissingExtraError("the exact reference needs cvxpy; install it with: pip install cvxpy") from error
    return cvxpy


def _compile(program: Program, pattern: tuple[bool, ...]) -> _Compiled:
    cp = _cvxpy()
    z = cp.Variable(program.latent_dim)
    out = _Compiled(None, z, [])
    constraints: list[Any] = []
    outputs = [_add_network(cp, network, z, constraints, out) for network in program.networks]
    outputs = [output + tilt for output, tilt in zip(outputs, _tilts(cp, program, z, out), strict=True)]
    weights = cp.Parameter(len(program.cost_terms), nonneg=True)
    out.set_parameters.append(lambda p: _set(weights, p.weights[0]))
    costs = _add_terms(cp, program, outputs, constraints, out)
    objective = weights @ cp.hstack(costs) + _penalty(cp, program, z, constraints, out)
    for column in np.flatnonzero(pattern).tolist():
        limit = cp.Parameter()
        out.set_parameters.append(_limit_setter(limit, column))
        out.limits[column] = costs[column] <= limit
        constraints.append(out.limits[column])
    out.parts = add_region(cp, program, z, constraints, out.set_parameters)
    out.problem = cp.Problem(cp.Minimize(objective), constraints)
    return out


def _tilts(cp: Any, program: Program, z: Any, out: _Compiled) -> list[Any]:
    """What is added to each network, with slope and offset as parameters."""
    if program.tilts is None:
        return [0.0] * len(program.networks)
    slopes = cp.Parameter((len(program.networks), program.latent_dim))
    offsets = cp.Parameter(len(program.networks))
    out.set_parameters.append(lambda p: _set(slopes, p.tilts.slopes[0]))  # type: ignore[union-attr]
    out.set_parameters.append(lambda p: _set(offsets, p.tilts.offsets[0]))  # type: ignore[union-attr]
    return [slopes[k] @ z + offsets[k] for k in range(len(program.networks))]


def _limit_setter(parameter: Any, column: int) -> Callable[[Program], None]:
    return lambda program: _set(parameter, program.limits()[0, column])


def _set(parameter: Any, value: torch.Tensor) -> None:
    parameter.value = value.detach().cpu().double().numpy()


def _add_network(cp: Any, network: ReluNetwork, z: Any, constraints: list[Any], out: _Compiled) -> Any:
    """Layers y_l >= u_l, y_l >= slope u_l; returns the output, affine in y_L and z."""
    hidden, handles = None, []
    for layer, bias in enumerate(network.biases):
        u: Any = bias.double().numpy()
        path = network.inputs[layer]
        if path is not None:
            u = path.double().numpy() @ z + u
        if hidden is not None:
            u = network.weights[layer - 1].double().numpy() @ hidden + u
        hidden = cp.Variable(bias.shape[0])
        pair = (hidden >= u, hidden >= (network.negative_slope * u if network.negative_slope else 0))
        constraints.extend(pair)
        handles.append(pair)
    out.layers.append(handles)
    value = network.output_weight.double().numpy() @ hidden + network.constant
    return value if network.output_input is None else value + network.output_input.double().numpy() @ z


def _add_terms(cp: Any, program: Program, outputs: list[Any], constraints: list[Any], out: _Compiled) -> list[Any]:
    """Each term as tau + cap sum e_i with e_i >= 0 and e_i >= f_i - tau; the duals of the latter are the masses."""
    costs = []
    out.masses = [None] * len(outputs)
    for term in program.cost_terms:
        tau, excess = cp.Variable(), cp.Variable(len(term.members), nonneg=True)
        for place, k in enumerate(term.members):
            out.masses[k] = excess[place] >= outputs[k] - tau
            constraints.append(out.masses[k])
        costs.append(tau + term.cap * cp.sum(excess))
    return costs


def _penalty(cp: Any, program: Program, z: Any, constraints: list[Any], out: _Compiled) -> Any:
    """kappa / 2 |z - anchor|^2, or 0 if there is none."""
    if not bool((program.distance_weights > 0).any()):
        return 0.0
    root, anchor, offset = cp.Parameter(nonneg=True), cp.Parameter(program.latent_dim), cp.Variable(program.latent_dim)
    out.set_parameters.append(lambda p: _set(root, p.distance_weights[0].double().sqrt()))
    out.set_parameters.append(lambda p: _set(anchor, p.anchors[0]))
    constraints.append(offset == z - anchor)
    return 0.5 * cp.sum_squares(root * offset)


def _solve_one(
    program: Program, compiled: _Compiled, solver: str, options: Mapping[str, Any], gap_tol: float
) -> Solution:
    cp = _cvxpy()
    began = time.perf_counter()
    for assign in compiled.set_parameters:
        assign(program)
    try:
        compiled.problem.solve(solver=solver, **options)
    except cp.error.SolverError as error:
        raise ProgramError(f"cvxpy with {solver} failed: {error}; try another solver") from error
    if compiled.problem.status not in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
        return solve(program, gap_tol=gap_tol)
    return _solution(program, compiled, gap_tol, time.perf_counter() - began)


def _solution(program: Program, compiled: _Compiled, gap_tol: float, seconds: float) -> Solution:
    device = program.weights.device
    lagrangian = build_lagrangian(program, torch.float64, device)
    z = torch.as_tensor(compiled.z.value, device=device)[None]
    z = lagrangian.base.to_latent(lagrangian.base.from_latent(z))
    multipliers = _multipliers(program, compiled, z)
    multipliers = replace(multipliers, members=lagrangian.aggregation.feasible(multipliers.members))
    bound = lagrangian.bound(*lagrangian.minorant(multipliers))
    value, costs = program.value(z), program.cost_values(z)
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


def _multipliers(program: Program, compiled: _Compiled, z: torch.Tensor) -> Multipliers:
    """The solver's duals as gates, member weights and constraint multipliers, for one program."""
    device = z.device
    stacks = build_stacks(program.networks, torch.float64, device)
    gates = [_gates(network, compiled, k) for k, network in enumerate(program.networks)]
    layers = tuple(
        tuple(_tensor([gates[k][i] for k in s.columns], device)[:, None] for i in range(len(s.biases))) for s in stacks
    )
    nu = np.zeros(len(program.cost_terms))
    for column, limit in compiled.limits.items():
        nu[column] = max(float(limit.dual_value), 0.0)
    weights = program.weights[0].double().cpu().numpy() + nu
    members = np.zeros(len(program.networks))
    for column, term in enumerate(program.cost_terms):
        for k in term.members:
            members[k] = float(compiled.masses[k].dual_value) / max(weights[column], 1e-300)
    values = [read(z[0].cpu().numpy()) for read in compiled.parts]
    constraints, slopes = [nu], []
    extent = float(program.region.extent[0])
    for cut, value in zip(program.region.cuts, values, strict=True):
        constraints.append(np.zeros(cut.count) if cut.slopes_kept else value * extent)
        slopes += [value] if cut.slopes_kept else []
    splits = np.stack(slopes) if slopes else np.zeros((0, program.latent_dim))
    penalty = z.new_zeros(1, 0)
    if bool((program.distance_weights > 0).any()):
        penalty = program.distance_weights.double()[:, None] * (z - program.anchors)
    rows = (members, np.concatenate(constraints), splits)
    member_rows, constraint_rows, split_rows = (_tensor([x], device) for x in rows)
    return Multipliers(layers, member_rows, constraint_rows, split_rows, penalty)


def _tensor(rows: list[Array], device: torch.device) -> torch.Tensor:
    return torch.as_tensor(np.stack(rows), dtype=torch.float64, device=device)


def _gates(network: ReluNetwork, compiled: _Compiled, k: int) -> list[Array]:
    """s_l = (dual of y_l >= u_l + slope times dual of y_l >= slope u_l) / upper bound, top-down."""
    upper = float(compiled.masses[k].dual_value) * network.output_weight.double().numpy()
    gates: list[Array] = []
    for layer in reversed(range(network.depth)):
        above, below = (np.maximum(c.dual_value, 0) for c in compiled.layers[k][layer])
        total = above + network.negative_slope * below
        open_share = np.where(upper > 1e-12, total / np.maximum(upper, 1e-12), 0.5)
        gates.insert(0, np.clip(open_share, network.negative_slope, 1))
        if layer > 0:
            upper = (gates[0] * upper) @ network.weights[layer - 1].double().numpy()
    return gates
