"""Accelerated projected gradient on the smoothed Lagrangian with moving reference multipliers, program by program.

Inner loop: one gradient a step, momentum with restart, a step length per program from the curvature met on the path.
Every few steps ("a check") the exact value is compared with the lower bound of the current multipliers. That gap is the
smoothing error at the point plus what the minorant still falls short of its minimum. Once the second is no larger than
twice the first, the current multipliers become the reference (one proximal step on the dual), and a smoothing width is
halved unless its error fell fourfold since the last time.

Reference: Beck & Teboulle (2009), A fast iterative shrinkage-thresholding algorithm; O'Donoghue & Candes (2015),
Adaptive restart for accelerated gradient schemes; Rockafellar (1976), Augmented Lagrangians and applications of the
proximal point algorithm in convex programming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from molconvex.optimize.solver.lagrangian import Lagrangian
from molconvex.optimize.solver.multipliers import Multipliers

STEPS_PER_CHECK = 10
INITIAL_WIDTH = 0.1
LEAST_WIDTH = 1e-5
FEASIBLE = 1e-6
"""Constraint values up to this count as met where no interior point is known: cost units, or shares of the extent."""


@dataclass
class State:
    """Iterates of n programs in the coordinates of their base regions; rows belong to programs.

    Attributes:
        y, previous, probe: current point, the one before, and the extrapolated point where the gradient is taken.
        momentum, curvature: (n,) each.
        width: (n, 2), see Lagrangian.smoothed.
        reference: multipliers around which the network is smoothed.
        best_y, best_value, best_violation: best point found; less violation goes first.
        best_bound, best_multipliers: best lower bound found and its proof.
        interior: a point that meets the constraints strictly, to pull others back to; NaN where none is known.
        last_error: (n, 2), errors due to either width when the reference last moved.
        floor: least denominator of relative gaps.
        steps: gradient evaluations so far.
    """

    y: Tensor
    previous: Tensor
    probe: Tensor
    momentum: Tensor
    curvature: Tensor
    width: Tensor
    reference: Multipliers
    best_y: Tensor
    best_value: Tensor
    best_violation: Tensor
    best_bound: Tensor
    best_multipliers: Multipliers
    interior: Tensor
    last_error: Tensor
    floor: Tensor
    steps: Tensor

    def map(self, rows: Callable[[Tensor], Tensor], multipliers: Callable[[Multipliers], Multipliers]) -> State:
        values: dict[str, Any] = {
            name: multipliers(value) if isinstance(value, Multipliers) else rows(value)
            for name, value in self.__dict__.items()
        }
        return State(**values)

    def select(self, index: Tensor) -> State:
        return self.map(lambda t: t.index_select(0, index), lambda m: m.select(index))

    def to(self, dtype: torch.dtype) -> State:
        return self.map(lambda t: t.to(dtype) if t.is_floating_point() else t, lambda m: m.to(dtype))

    def write(self, index: Tensor, source: State) -> None:
        for name, value in self.__dict__.items():
            if isinstance(value, Multipliers):
                value.write(index, getattr(source, name))
            else:
                value[index] = getattr(source, name).to(value)


def initial_state(lagrangian: Lagrangian, y: Tensor, interior: Tensor | None = None) -> State:
    """A state at coordinates y (n, p), in the base region."""
    n = lagrangian.n
    multipliers = lagrangian.initial_multipliers()
    width = y.new_full((n, 2), INITIAL_WIDTH)
    _, slope, _ = lagrangian.smoothed(y, multipliers, width)
    steepness = lagrangian.base.pull(slope).norm(dim=1)
    unknown = y.new_full((n,), torch.inf)
    return State(
        y=y,
        previous=y,
        probe=y,
        momentum=y.new_ones(n),
        curvature=(0.5 * steepness / lagrangian.base.coordinate_extent).clamp_min(1e-12),
        width=width,
        reference=multipliers,
        best_y=y.clone(),
        best_value=unknown,
        best_violation=unknown.clone(),
        best_bound=-unknown,
        best_multipliers=multipliers,
        interior=torch.full_like(y, torch.nan) if interior is None else interior,
        last_error=torch.full_like(width, torch.inf),
        floor=lagrangian.gap_floor(),
        steps=torch.zeros(n, dtype=torch.long, device=y.device),
    )


def enter_phase(state: State, lagrangian: Lagrangian, y: Tensor, interior: Tensor) -> State:
    """A fresh state of another phase at y, with this one's gates, member weights and count of steps."""
    return replace(resume(initial_state(lagrangian, y, interior), state.best_multipliers), steps=state.steps)


def resume(state: State, known: Multipliers) -> State:
    """The state with the gates and member weights of a nearby solution."""
    known = known.to(state.y)
    reference = replace(state.reference, gates=known.gates, members=known.members)
    return replace(state, reference=reference, best_multipliers=reference)


def in_double(state: State, lagrangian: Lagrangian) -> State:
    """The same iterates in float64, with values and bounds computed again at points that float32 left just outside."""
    fine = state.to(torch.float64)
    fine.y, fine.best_y = (lagrangian.base.project_coordinates(y) for y in (fine.y, fine.best_y))
    multipliers = fine.best_multipliers
    multipliers = replace(multipliers, members=lagrangian.aggregation.feasible(multipliers.members))
    value, constraints = lagrangian.exact(fine.best_y)
    violation = largest_violation(lagrangian, constraints)
    return replace(
        fine,
        probe=fine.y,
        momentum=torch.ones_like(fine.momentum),
        best_value=value,
        best_violation=torch.where(violation <= FEASIBLE, 0.0, violation),
        best_bound=lagrangian.bound(*lagrangian.minorant(multipliers)),
        best_multipliers=multipliers,
    )


def advance(lagrangian: Lagrangian, state: State, steps: int) -> None:
    """Take accelerated steps in place."""
    base = lagrangian.base
    last_probe: Tensor | None = None
    last_gradient: Tensor | None = None
    for _ in range(steps):
        _, slope, _ = lagrangian.smoothed(state.probe, state.reference, state.width)
        gradient = base.pull(slope)
        if last_probe is not None and last_gradient is not None:
            moved = state.probe - last_probe
            length = moved.square().sum(1).clamp_min(torch.finfo(moved.dtype).tiny)
            met = ((gradient - last_gradient) * moved).sum(1) / length
            state.curvature = torch.maximum(0.95 * state.curvature, met)
        last_probe, last_gradient = state.probe, gradient
        point = base.project_coordinates(torch.addcdiv(state.probe, gradient, -state.curvature[:, None]))
        _extrapolate(state, point)
    state.steps = state.steps + steps


def _extrapolate(state: State, point: Tensor) -> None:
    """Momentum step from the new point; momentum restarts where it runs uphill."""
    step = point - state.y
    uphill = ((state.probe - point) * step).sum(1) > 0
    grown = (1 + (1 + 4 * state.momentum.square()).sqrt()) / 2
    push = ((state.momentum - 1) / grown).masked_fill(uphill, 0.0)
    state.momentum = grown.masked_fill(uphill, 1.0)
    state.previous, state.y = state.y, point
    state.probe = torch.addcmul(point, push[:, None], step)


def check(lagrangian: Lagrangian, state: State) -> None:
    """Bring values, bounds, and where it is time the reference and the width, up to date in place."""
    multipliers, slope, offset = lagrangian.smoothed(state.y, state.reference, state.width)
    bound = lagrangian.bound(slope, offset)
    higher = bound > state.best_bound
    state.best_bound = torch.where(higher, bound, state.best_bound)
    state.best_multipliers = multipliers.where(higher, state.best_multipliers)
    value, constraints = lagrangian.exact(state.y)
    if not lagrangian.constrained:
        _stop_swinging(state, value)
    _keep_better_point(lagrangian, state, value, constraints)
    reached = (slope * lagrangian.base.to_latent(state.y)).sum(1) + offset
    errors = _errors(lagrangian, state, multipliers, value - reached, constraints)
    _move_reference(state, multipliers, errors, reached - bound <= 2 * errors.sum(1))


def _stop_swinging(state: State, value: Tensor) -> None:
    """Far from the optimum, momentum ends where the value rose by a tenth of the gap since the best check.

    Across a kink, the gradients of two far probes can hide its curvature and yet agree with every step.
    """
    gap = state.best_value - state.best_bound
    far = gap > 0.01 * torch.maximum(state.floor, state.best_value.abs())
    risen = far & (value - state.best_value > 0.1 * gap)
    state.probe = torch.where(risen[:, None], state.y, state.probe)
    state.momentum = torch.where(risen, 1.0, state.momentum)


def _errors(
    lagrangian: Lagrangian, state: State, multipliers: Multipliers, shortfall: Tensor, constraints: Tensor
) -> Tensor:
    """What either smoothing width costs, (n, 2): value minus minorant at the point, and constraints not yet settled."""
    if not lagrangian.constrained:
        return torch.stack([shortfall, torch.zeros_like(shortfall)], dim=1)
    products = (multipliers.constraints * constraints).masked_fill(~lagrangian.hard, 0.0)
    residual = lagrangian.constraint_residual(multipliers, state.reference, state.width)
    return torch.stack([(shortfall + products.sum(1)).abs(), residual], dim=1)


def _move_reference(state: State, multipliers: Multipliers, errors: Tensor, ready: Tensor) -> None:
    """Where the inner problem is solved well enough, move the reference, and halve the widths that gained little."""
    slow = ready[:, None] & ~(errors < 0.25 * state.last_error)
    state.width = torch.where(slow, (0.5 * state.width).clamp_min(LEAST_WIDTH), state.width)
    state.last_error = torch.where(ready[:, None], errors, state.last_error)
    state.reference = multipliers.where(ready, state.reference)
    state.probe = torch.where(ready[:, None], state.y, state.probe)
    state.momentum = torch.where(ready, 1.0, state.momentum)


def _keep_better_point(lagrangian: Lagrangian, state: State, value: Tensor, constraints: Tensor) -> None:
    """Compare the current point, moved into the constraints where an interior point is known, with the best one."""
    y, violation = state.y, largest_violation(lagrangian, constraints)
    if bool((violation > 0).any()):
        y = _pulled_inside(lagrangian, state, constraints)
        value, constraints = lagrangian.exact(y)
        violation = largest_violation(lagrangian, constraints)
    violation = torch.where(violation <= FEASIBLE, 0.0, violation)
    better = (violation < state.best_violation) | ((violation == state.best_violation) & (value < state.best_value))
    state.best_y = torch.where(better[:, None], y, state.best_y)
    state.best_value = torch.where(better, value, state.best_value)
    state.best_violation = torch.where(better, violation, state.best_violation)


def largest_violation(lagrangian: Lagrangian, constraints: Tensor) -> Tensor:
    """Largest positive value of the hard constraints, (n,)."""
    if constraints.shape[1] == 0:
        return constraints.new_zeros(constraints.shape[0])
    return constraints.masked_fill(~lagrangian.hard, 0.0).amax(1).clamp_min(0)


def _pulled_inside(lagrangian: Lagrangian, state: State, constraints: Tensor) -> Tensor:
    """Move toward the interior point just far enough: g(y + s (i - y)) <= (1 - s) g(y) + s g(i) by convexity."""
    known = ~state.interior.isnan().any(1)
    inside = torch.where(known[:, None], state.interior, state.y)
    _, slack = lagrangian.exact(inside)
    excess = constraints.clamp_min(0).masked_fill(~lagrangian.hard, 0.0)
    share = (excess / (excess - slack).clamp_min(torch.finfo(excess.dtype).tiny)).amax(1)
    share = (share * (1 + 1e-6) + torch.finfo(excess.dtype).eps * (share > 0)).clamp(0, 1)
    return torch.where(known[:, None], torch.lerp(state.y, inside, share[:, None]), state.y)
