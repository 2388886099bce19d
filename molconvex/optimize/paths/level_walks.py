"""Ways from one point to another: along a level set of a convex function, straight, and down to a minimizer.

Tangent method: step along the tangent plane of the level set toward the goal, then return to the level. A convex
function lies above its tangent planes, so a tangent step never falls below the level, and the ray from an interior
point through it meets the level between the two: the return always succeeds and is unique.

Radial method: rays from an interior point through the points of the straight segment. It goes round where the tangent
method finds itself at a nearest point that is not the goal, and needs no steps.

Reference: Hoedt & Klambauer (2023), Principled weight initialisation for input-convex neural networks (level sets).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, ProgramError
from molconvex.optimize.paths.level_sets import LEVEL_TOL, ConvexFunction, checked_points, reach_level, value_and_slope

LevelMethod = Literal["tangent", "radial"]

ARRIVED = 1e-6
"""Distance from the goal, relative to the whole distance, that counts as there."""
LEAST_STEP = 1e-4
LEAST_GAIN = 0.1
"""Share of the approach that the tangent plane promises, below which a step is tried again at half its length."""
FINENESS = 8
"""Rays of the radial method for each stop asked for."""


class WalkStatus(Enum):
    """How a way ended; the text is advice."""

    ARRIVED = "the goal was reached"
    NEAREST = "the goal has another value; the way ends on the level, where no step along it comes nearer to the goal"
    TOWARD_GOAL = (
        "the goal has another value; the way ends where the ray from the interior point to the goal meets the level"
    )
    BLOCKED = "the goal lies on the level, but from here no step along it comes nearer; the radial method may go round"
    STEP_BUDGET = "the step budget was spent before the goal was reached; raise max_steps"
    UNREACHED = (
        "the function stays below the level along some rays, and their points are left out; use the tangent method or "
        "another interior point"
    )


@dataclass(frozen=True)
class Way:
    """Points from a start toward a goal.

    Attributes:
        z: (m, d), float64, the start first; evenly spaced along the way.
        value: (m,), the function there.
        level: The start's value.
        status: How it ended.
        steps: Evaluations of the slope (tangent method) or rays followed (radial method).
    """

    z: Tensor
    value: Tensor
    level: float
    status: WalkStatus
    steps: int = 0

    @property
    def deviation(self) -> float:
        """Worst |value - level| over the points."""
        return float((self.value - self.level).abs().max())


def walk_level(
    function: ConvexFunction,
    start: Tensor,
    goal: Tensor,
    interior: Tensor,
    stops: int,
    method: LevelMethod = "tangent",
    *,
    tol: float = LEVEL_TOL,
    max_steps: int = 2000,
) -> Way:
    """Walk from a start toward a goal at the start's value of a convex function.

    A goal with another value cannot be reached on this level: the way then ends at the level's point nearest to it
    (tangent method: found by local steps) or in its direction from the interior point (radial method).

    Args:
        function: f.
        start: (d,).
        goal: (d,).
        interior: (d,), a point with f below the level, such as a minimizer over a region around both.
        stops: Points to return, the start included.
        method: "tangent" or "radial".
        tol: Largest distance from the level, relative to max(1, |level|).
        max_steps: Steps of the tangent method.

    Raises:
        LatentShapeError: If shapes do not fit or a number is not finite.
        ProgramError: If the interior point is not below the start's value, or an option is out of range.
    """
    ends = _checked_ends(function, start, goal, stops)
    if method not in ("tangent", "radial"):
        raise ProgramError(f"method must be tangent or radial, got {method!r}")
    level = float(ends.value[0])
    center = checked_points("the interior point", interior[None])[0]
    # raises where the interior point is not below the level
    reach_level(function, center, ends.z[:1], level, tol=tol)
    if method == "tangent":
        line, status, steps = _tangent_line(function, ends.z, level, center, tol, stops, max_steps)
    else:
        line, status, steps = _radial_line(function, ends, level, center, tol, FINENESS * stops)
    points = reach_level(function, center, spread_evenly(line, stops)[1:], level, tol=tol)
    z = torch.cat([ends.z[:1], points.z[points.on_level]])
    return Way(z, _values(function, z), level, status, steps)


def straight_way(function: ConvexFunction, start: Tensor, goal: Tensor, stops: int) -> Way:
    """Evenly spaced points of the segment; by convexity f stays at or below the line between its end values.

    Raises:
        LatentShapeError: If shapes do not fit or a number is not finite.
        ProgramError: If stops is below 2 or both ends are one point.
    """
    ends = _checked_ends(function, start, goal, stops)
    z = spread_evenly(ends.z, stops)
    return Way(z, _values(function, z), float(ends.value[0]), WalkStatus.ARRIVED)


def descending_way(function: ConvexFunction, start: Tensor, minimizer: Tensor, stops: int) -> Way:
    """Evenly spaced points of the segment from a start to a minimizer, along which f falls monotonically.

    Guarantee: let m be the last point. For any two points z before z' of the segment with f(z) >= f(m), convexity
    gives f(z') <= max(f(z), f(m)) = f(z). So f falls until it is at f(m), and with a lower bound over a convex region
    that holds both ends (as `solve` certifies it), it can only ever rise by f(m) - lower bound, the gap.

    Raises:
        LatentShapeError: If shapes do not fit or a number is not finite.
        ProgramError: If stops is below 2, both ends are one point, or the start's value is below the minimizer's.
    """
    ends = _checked_ends(function, start, minimizer, stops)
    if bool(ends.value[0] < ends.value[1]):
        raise ProgramError(
            f"the start has {float(ends.value[0]):.6g}, less than {float(ends.value[1]):.6g} at the minimizer; "
            "minimize over a region that holds the start, to a smaller gap"
        )
    return straight_way(function, start, minimizer, stops)


def largest_rise(value: Tensor) -> float:
    """Largest amount by which a sequence (m,) rises above an earlier value of its own; 0 if it never does."""
    return float((value - value.cummin(0).values).max())


def spread_evenly(line: Tensor, count: int) -> Tensor:
    """Points at equal distances along a polygonal line, its ends included: (m, d) to (count, d)."""
    if len(line) == 1:
        return line.expand(count, -1)
    lengths = (line[1:] - line[:-1]).norm(dim=1)
    at = torch.cat([lengths.new_zeros(1), lengths.cumsum(0)])
    wanted = torch.linspace(0, 1, count, dtype=line.dtype) * at[-1]
    left = (torch.searchsorted(at, wanted, right=True) - 1).clamp(0, len(line) - 2)
    share = (wanted - at[left]) / lengths[left].clamp_min(torch.finfo(line.dtype).tiny)
    points = line[left] + share.clamp(0, 1)[:, None] * (line[left + 1] - line[left])
    points[0], points[-1] = line[0], line[-1]
    return points


@dataclass(frozen=True)
class _Ends:
    z: Tensor
    value: Tensor


def _checked_ends(function: ConvexFunction, start: Tensor, goal: Tensor, stops: int) -> _Ends:
    if stops < 2:
        raise ProgramError(f"a way has at least 2 stops, its start and its end; got {stops}")
    if start.ndim != 1 or start.shape != goal.shape:
        raise LatentShapeError(f"start and goal must have shape (d,), got {tuple(start.shape)}, {tuple(goal.shape)}")
    z = checked_points("start and goal", torch.stack([start.double(), goal.double()]))
    if bool((z[0] == z[1]).all()):
        raise ProgramError("start and goal are the same point; a way needs two different ones")
    return _Ends(z, _values(function, z))


def _tangent_line(
    function: ConvexFunction, ends: Tensor, level: float, center: Tensor, tol: float, stops: int, max_steps: int
) -> tuple[Tensor, WalkStatus, int]:
    """Points of the level set from ends[0] toward ends[1], each nearer to it than the one before."""
    z, goal = ends
    whole = float((goal - z).norm())
    longest, line = whole / stops, [z]
    step = longest
    for count in range(max_steps):
        ahead = goal - z
        distance = float(ahead.norm())
        if distance <= ARRIVED * whole:
            return torch.stack(line), WalkStatus.ARRIVED, count
        tangent = _along_level(function, z, ahead)
        reach = float(tangent.norm())
        step = min(step, reach)
        if step <= LEAST_STEP * min(whole, distance):
            status = WalkStatus.BLOCKED if _on_level(function, goal, level, tol) else WalkStatus.NEAREST
            return torch.stack(line), status, count
        found = reach_level(function, center, (z + step / reach * tangent)[None], level, tol=tol).z[0]
        gain = distance - float((goal - found).norm())
        if gain >= LEAST_GAIN * step * reach / distance:
            line.append(found)
            z, step = found, min(1.5 * step, longest)
        else:
            step /= 2
    return torch.stack(line), WalkStatus.STEP_BUDGET, max_steps


def _along_level(function: ConvexFunction, z: Tensor, ahead: Tensor) -> Tensor:
    """The part of a direction in the tangent plane of the level set at z."""
    slope = value_and_slope(function, z[None])[1][0]
    return ahead - (ahead @ slope) / (slope @ slope).clamp_min(torch.finfo(z.dtype).tiny) * slope


def _on_level(function: ConvexFunction, z: Tensor, level: float, tol: float) -> bool:
    return abs(float(_values(function, z[None])[0]) - level) <= max(tol, ARRIVED) * max(1.0, abs(level))


def _radial_line(
    function: ConvexFunction, ends: _Ends, level: float, center: Tensor, tol: float, count: int
) -> tuple[Tensor, WalkStatus, int]:
    """Where rays through evenly spaced points of the segment meet the level, the start first."""
    points = reach_level(function, center, spread_evenly(ends.z, count)[1:], level, tol=tol)
    line = torch.cat([ends.z[:1], points.z[points.on_level]])
    if not bool(points.on_level.all()):
        return line, WalkStatus.UNREACHED, count
    arrived = _on_level(function, ends.z[1], level, tol)
    return line, WalkStatus.ARRIVED if arrived else WalkStatus.TOWARD_GOAL, count


def _values(function: ConvexFunction, z: Tensor) -> Tensor:
    with torch.no_grad():
        return function(z)
