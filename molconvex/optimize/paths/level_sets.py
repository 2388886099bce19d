"""Where rays meet a level set: the radial method.

Let f be convex, c a point with f(c) < t, and p another point. On the ray c + r (p - c), r >= 0, f is convex and starts
below t, so it takes the value t at most once, and once it does it never comes back: the level set {f = t} seen from c
has one point in each direction in which f grows at all. For r below the root f < t, beyond it f > t.

The root is enclosed from both sides: a chord between a point below and one above lies over f, so it meets t before the
root; a tangent at a point above lies under f, so it meets t beyond the root. On a ReLU network, which is linear piece
by piece, both end at the root itself.

Reference: Hoedt & Klambauer (2023), Principled weight initialisation for input-convex neural networks (level sets).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, ProgramError

ConvexFunction = Callable[[Tensor], Tensor]
"""A convex function of rows, (n, d) to (n,), for autograd; where it has a kink any subgradient will do."""

LEVEL_TOL = 1e-9
"""Largest distance from the level, relative to max(1, |level|), that counts as on it."""


class LevelStatus(Enum):
    """How the search along one ray ended; the text is advice."""

    ON_LEVEL = "on the level, up to the tolerance"
    BELOW = (
        "the function stays below the level along this ray as far as it was followed; raise `farthest`, lower the "
        "level or choose another interior point"
    )
    STEP_BUDGET = "the step budget was spent before the level was met closely enough; raise max_steps or loosen tol"


@dataclass(frozen=True)
class LevelPoints:
    """Points of level sets, one per ray.

    Attributes:
        z: (n, d), float64; NaN where the level was not met.
        value: (n,), the function there.
        level: (n,), the value asked for.
        status: n of them.
    """

    z: Tensor
    value: Tensor
    level: Tensor
    status: list[LevelStatus]

    @property
    def on_level(self) -> Tensor:
        """Which rays met their level, (n,), bool."""
        return torch.tensor([s is LevelStatus.ON_LEVEL for s in self.status], dtype=torch.bool)

    @property
    def deviation(self) -> float:
        """Worst |value - level| over the points on their level; 0 if there is none."""
        apart = (self.value - self.level).abs()[self.on_level]
        return float(apart.max()) if len(apart) else 0.0


def reach_level(
    function: ConvexFunction,
    interior: Tensor,
    through: Tensor,
    level: Tensor | float,
    *,
    tol: float = LEVEL_TOL,
    farthest: float = 1e3,
    max_steps: int = 100,
) -> LevelPoints:
    """The point of the level set on each ray from an interior point through another point.

    Args:
        function: f.
        interior: (d,) or (n, d), points with f below the level.
        through: (n, d), where the rays go; the point itself may lie inside or outside.
        level: One number or (n,).
        tol: Distance from the level, relative to max(1, |level|), to be reached.
        farthest: How far to follow a ray, in units of the distance to the point it goes through.
        max_steps: Rounds of chord, tangent and halving once the root is enclosed.

    Raises:
        LatentShapeError: If shapes do not fit or a number is not finite.
        ProgramError: If f is not below the level at an interior point, a ray has no direction, or an option is out of
            range.
    """
    through = checked_points("points", through)
    n = len(through)
    center = checked_points("interior points", interior if interior.ndim == 2 else interior[None]).expand(n, -1)
    target = torch.as_tensor(level, dtype=torch.float64).expand(n)
    if not (tol > 0 and farthest >= 1 and max_steps >= 1):
        raise ProgramError(f"need tol > 0, farthest >= 1, max_steps >= 1; got {tol:g}, {farthest:g}, {max_steps}")
    rays = _Rays(function, center, through - center, target, tol * target.abs().clamp_min(1.0))
    rays.check()
    low, high, meets = _bracket(rays, farthest)
    r = _enclose(rays, low, high, meets, max_steps)
    z = torch.where(meets[:, None], rays.at(r), torch.nan)
    value = _values(function, torch.where(meets[:, None], z, center))
    value = torch.where(meets, value, torch.nan)
    close = (value - target).abs() <= rays.slack
    return LevelPoints(z, value, target, [_status(bool(m), bool(c)) for m, c in zip(meets, close, strict=True)])


def value_and_slope(function: ConvexFunction, z: Tensor) -> tuple[Tensor, Tensor]:
    """f and one subgradient at each row: (n, d) to (n,) and (n, d)."""
    with torch.enable_grad():
        at = z.detach().requires_grad_(True)
        value = function(at)
        (slope,) = torch.autograd.grad(value.sum(), at)
    return value.detach(), slope


def checked_points(name: str, z: Tensor) -> Tensor:
    """The points in float64.

    Raises:
        LatentShapeError: If they are not finite rows.
    """
    if z.ndim != 2 or not torch.isfinite(z).all():
        raise LatentShapeError(f"{name} must be finite and have shape (n, d), got {tuple(z.shape)}")
    return z.detach().double()


@dataclass(frozen=True)
class _Rays:
    """n rays center + r direction, r >= 0, and the levels to be met with their slack."""

    function: ConvexFunction
    center: Tensor
    direction: Tensor
    level: Tensor
    slack: Tensor

    def at(self, r: Tensor) -> Tensor:
        return self.center + r[:, None] * self.direction

    def excess(self, r: Tensor) -> Tensor:
        return _values(self.function, self.at(r)) - self.level

    def excess_and_slope(self, r: Tensor) -> tuple[Tensor, Tensor]:
        value, slope = value_and_slope(self.function, self.at(r))
        return value - self.level, (slope * self.direction).sum(1)

    def check(self) -> None:
        still = (self.direction == 0).all(dim=1)
        if bool(still.any()):
            raise ProgramError(f"ray {int(still.nonzero()[0])} has no direction: it goes through its interior point")
        excess = self.excess(torch.zeros_like(self.level))
        bad = ~(excess < 0)  # also NaN
        if bool(bad.any()):
            row = int(bad.nonzero()[0])
            raise ProgramError(
                f"the function is {float(excess[row] + self.level[row]):.6g} at the interior point of ray {row}, not "
                f"below the level {float(self.level[row]):.6g}; start from a minimizer or raise the level"
            )


def _bracket(rays: _Rays, farthest: float) -> tuple[Tensor, Tensor, Tensor]:
    """r below and above each root, and whether one was found: the step doubles until f is above the level."""
    low, high = torch.zeros_like(rays.level), torch.ones_like(rays.level)
    while True:
        below = rays.excess(high) < 0
        growing = below & (high < farthest)
        if not bool(growing.any()):
            return low, high, ~below
        low = torch.where(growing, high, low)
        high = torch.where(growing, (2 * high).clamp_max(farthest), high)


def _enclose(rays: _Rays, low: Tensor, high: Tensor, meets: Tensor, max_steps: int) -> Tensor:
    """The root between low and high, by chords from below, tangents from above, and halving where both are slow."""
    under = rays.excess(low)
    over, slope = rays.excess_and_slope(high)
    for _ in range(max_steps):
        done = (torch.minimum(over.abs(), under.abs()) <= 0.5 * rays.slack) | ~meets
        if bool(done.all()):
            break
        chord = low + (high - low) * (under / (under - over)).clamp(0, 1)
        tangent = torch.minimum(torch.maximum(high - over / slope, low), high)
        # rounding can put a point on the wrong side of its root: each goes where its own value says
        for r in (chord, tangent, (chord + tangent) / 2):
            excess = rays.excess(r)
            inside = (excess < 0) & (r >= low) & ~done
            low, under = torch.where(inside, r, low), torch.where(inside, excess, under)
            high = torch.where((excess >= 0) & (r <= high) & ~done, r, high)
        over, slope = rays.excess_and_slope(high)
    return torch.where(over.abs() <= under.abs(), high, low)


def _values(function: ConvexFunction, z: Tensor) -> Tensor:
    with torch.no_grad():
        return function(z)


def _status(meets: bool, close: bool) -> LevelStatus:
    if not meets:
        return LevelStatus.BELOW
    return LevelStatus.ON_LEVEL if close else LevelStatus.STEP_BUDGET
