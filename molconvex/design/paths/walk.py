"""The latent points of a path, and the certified region in which they were sought."""

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.design.paths.ends import PathEnd
from molconvex.design.paths.settings import PathSettings
from molconvex.exceptions import ProgramError
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.optimize import (
    Ball,
    Cost,
    CostTerm,
    Ellipsoid,
    Program,
    Region,
    Solution,
    WalkStatus,
    Way,
    descending_way,
    solve,
    straight_way,
    walk_level,
)
from molconvex.optimize.paths.level_walks import LevelMethod

WIDE = 1 + 1e-9
"""A hair wider than said, so that both ends lie inside whatever the rounding."""
SLIMNESS = 0.2
"""Thickness of the ellipsoid of a descent, as a share of its length."""
REGIONS = {
    "ball": "the ball around the middle of both latents, with their distance as radius",
    "ellipsoid": f"the ellipsoid with both latents at its tips, {SLIMNESS:g} times as thick as it is long",
}
SAME_LEVEL = 1e-6
"""Difference of cost below which both ends count as on one level."""
JUMP = "jump"


@dataclass(frozen=True, eq=False)
class Walk:
    """Points of a path.

    Attributes:
        z: (n, d), float64; the start first.
        cost: (n,), predicted costs.
        parts: n names: the method, or "jump" for the end itself where it lies on another level.
        status: How the way ended.
        program, solution: The region and its certified minimum: the interior point of the level set, or the end of a
            descent.
    """

    z: Tensor
    cost: Tensor
    parts: list[str]
    status: WalkStatus
    program: Program
    solution: Solution

    @property
    def level(self) -> float:
        """Cost at the start."""
        return float(self.cost[0])

    @property
    def gap(self) -> float:
        """Cost of the region's minimum minus its lower bound: what a descent can rise by at most."""
        return float(self.solution.value[0] - self.solution.lower_bound[0])


def walk_between(start: PathEnd, end: PathEnd, part: GoalSurrogate, settings: PathSettings) -> Walk:
    """Points between two molecules by the method of the settings.

    Raises:
        ProgramError: If both have one latent, or the start has the least prediction of its region, so that there is no
            level to walk on and nothing to descend.
    """
    if bool((start.z == end.z).all()):
        raise ProgramError(f"{start.name} and {end.name} have the same latent; this model cannot tell them apart")
    cost = Cost(part.surrogate.convex_costs(), part.surrogate.aggregate)
    program = _region_program(start.z, end.z, part, settings.method)
    solution = solve(program, gap_tol=settings.gap_tol)
    best = solution.z[0]
    if settings.method != "straight":
        _check_room(start, part, float(cost(start.z[None])[0] - solution.value[0]))
    way, jumps = _way(cost, start.z, end.z, best, settings)
    z = torch.cat([way.z, end.z[None]]) if jumps else way.z
    parts = [settings.method] * len(way.z) + [JUMP] * jumps
    return Walk(z, cost(z), parts, way.status, program, solution)


def _way(cost: Cost, start: Tensor, end: Tensor, best: Tensor, settings: PathSettings) -> tuple[Way, bool]:
    """The way, and whether the end is to follow it as a jump to another level."""
    if settings.method == "straight":
        return straight_way(cost, start, end, settings.stops), False
    if settings.method == "descent":
        return descending_way(cost, start, best, settings.stops), False
    values = cost(torch.stack([start, end]))
    on_level = bool((values[0] - values[1]).abs() <= SAME_LEVEL)
    count = settings.stops if on_level else settings.stops - 1
    if count == 1:
        return Way(start[None], values[:1], float(values[0]), WalkStatus.NEAREST), True
    method: LevelMethod = "tangent" if settings.method == "level" else "radial"
    way = walk_level(cost, start, end, best, count, method)
    return way, way.status is not WalkStatus.ARRIVED


def region_between(start: Tensor, end: Tensor, method: str) -> Region:
    """Where a path of that method may look for the best prediction; both ends, of shape (d,), lie inside.

    Level sets need a point far below them: the ball is wide. A descent ends at the best point itself, which is to be
    like both molecules: the ellipsoid is slim.
    """
    center, ahead = ((start + end) / 2)[None], end - start
    length = float(ahead.norm())
    if method != "descent":
        return Ball(center, WIDE * length)
    along = torch.outer(ahead, ahead) / length**2
    factor = SLIMNESS * torch.eye(len(ahead), dtype=start.dtype) + (1 - SLIMNESS) * along
    return Ellipsoid(center, WIDE * length / 2 * factor)


def _region_program(start: Tensor, end: Tensor, part: GoalSurrogate, method: str) -> Program:
    members = part.surrogate.convex_costs()
    return Program(
        members,
        torch.ones(1, 1, dtype=torch.float64),
        region_between(start, end, method),
        terms=[CostTerm(tuple(range(len(members))), part.surrogate.aggregate)],
    )


def _check_room(start: PathEnd, part: GoalSurrogate, room: float) -> None:
    if room > SAME_LEVEL:
        return
    raise ProgramError(
        f"{start.name} has the best predicted {part.goal.property} of the whole region around both molecules, so its "
        "level is a single point and cannot be walked on; exchange the two molecules or use the method straight"
    )
