"""The design region of a lead: where real analogues of it lie, and what is certified there for every mix of goals.

    LB(w) <= min { sum_g w_g cost_g(z) : z in the region },    proved by multipliers

"No mixture of these analogues is predicted better than LB(w)": over a ball that holds them the same bound is often one
that no molecule can have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import RegionError
from molconvex.objectives.goal_programs import goal_program, solve_goal_program
from molconvex.objectives.goal_scores import GoalScores
from molconvex.optimize import (
    Ball,
    Box,
    CertificateRecord,
    Ellipsoid,
    Hull,
    ParetoFront,
    Program,
    Region,
    Solution,
    make_record,
    pareto_front,
)

Kind = Literal["hull", "ball", "box", "ellipsoid"]

COVERED = 0.9  # share of the analogues that a ball, a box or an ellipsoid holds
SAME_MIX = 1e-6
SMALLEST_AXIS = 1e-4  # of the longest axis of an ellipsoid; shorter ones are rounding


@dataclass(frozen=True, eq=False)
class DesignRegion:
    """One region with its certified programs.

    Attributes:
        program: k programs over the region, one for each mix of goals; the first mix is the user's own.
        solution: Optima, bounds and multipliers.
        points: Latents that span the region, (m, d), the lead first.
    """

    program: Program
    solution: Solution
    points: Tensor

    @property
    def scale(self) -> NDArray[np.float64] | None:
        """Units of the costs in which a point's nearest program is found; None where claims are of the first one."""
        return None

    def record(self) -> CertificateRecord:
        """For the independent checker."""
        return make_record(self.program, self.solution)


@dataclass(frozen=True, eq=False)
class FrontRegion(DesignRegion):
    """A region whose programs are those of the Pareto front of its goals.

    Attributes:
        front: Its points and what is proved about it.
    """

    front: ParetoFront

    @property
    def scale(self) -> NDArray[np.float64]:
        """Range of each cost over the front, (G,)."""
        return self.front.scale.numpy()


def region_of(kind: Kind, points: Tensor, count: int, radius: float | None = None) -> Region:
    """The region around the lead that its analogues span, for `count` programs.

    Args:
        kind: "hull" of all points; "ball", "box" (a cube) or "ellipsoid" (with the axes of the points' covariance)
            around the lead, each of which holds nine tenths of the points.
        points: Latents (m, d), the lead first, float64.
        count: Programs; a hull is shared by all.
        radius: Of the ball, half the diagonal of the box or the longest half-axis of the ellipsoid, in place of the
            calibrated one.

    Raises:
        RegionError: If all points are the same.
    """
    unique = torch.unique(points, dim=0)
    if len(unique) < 2:
        raise RegionError("no analogue of the lead was found, so there is no region; loosen what is asked for")
    lead, offset = points[0], points[1:] - points[0]
    if kind == "hull":
        return Hull(unique)
    distance = offset.norm(dim=1)
    reach = radius if radius is not None else max(float(torch.quantile(distance, COVERED)), 1e-6)
    anchors = lead.expand(count, -1).contiguous()
    if kind == "ball":
        return Ball(anchors, torch.full((count,), reach, dtype=points.dtype))
    if kind == "box":
        farthest = offset.abs().amax(dim=1)
        half = reach / points.shape[1] ** 0.5 if radius is not None else float(torch.quantile(farthest, COVERED))
        return Box(anchors - half, anchors + half)
    return Ellipsoid(anchors, _axes(offset, radius))


def certify_region(
    scores: GoalScores,
    points: Tensor,
    weights: Tensor,
    *,
    kind: Kind = "hull",
    radius: float | None = None,
    **options: Any,
) -> DesignRegion:
    """Solve one program for each clause and each mix of goals over the region, with certificates.

    Args:
        scores: Goals and requirements with their surrogates.
        points: Latents (m, d), the lead first, float64.
        weights: Mixes (k, G), rows summing to one.
        kind: As of `region_of`.
        radius: As of `region_of`.
        options: Of `solve_goal_program`: exact, gap_tol, device, progress, cancelled.
    """
    thresholds = scores.thresholds().repeat_interleave(len(weights), dim=0)
    weights = weights.repeat(len(scores.alternatives), 1)
    region = region_of(kind, points, len(weights), radius)
    anchors = points[:1].expand(len(weights), -1).contiguous()
    program = goal_program(scores.goals, scores.required, weights, region, anchors, thresholds)
    program, solution = solve_goal_program(program, **options)
    return DesignRegion(program, solution, points)


def certify_front(
    scores: GoalScores,
    latents: Tensor,
    *,
    kind: Kind = "hull",
    radius: float | None = None,
    **options: Any,
) -> FrontRegion:
    """The Pareto front of two or three goals over the region, with certificates.

    Args:
        scores: Goals with their surrogates; no requirements.
        latents: (m, d), the lead first, float64.
        kind: As of `region_of`.
        radius: As of `region_of`.
        options: Of `pareto_front`.
    """
    even = torch.full((1, len(scores.goals)), 1.0 / len(scores.goals), dtype=torch.float64)
    one = goal_program(scores.goals, (), even, region_of(kind, latents, 1, radius), latents[:1])
    front = pareto_front(one, **options)
    return FrontRegion(front.program, front.solution, latents, front)


def goal_mixes(weights: Sequence[float], count: int) -> Tensor:
    """Mixes of G goals (k, G), rows summing to one: the user's own, each goal alone, then an even spread of mixtures.

    One goal has one mix, whatever `count`; a goal without weight is in none.
    """
    own = np.asarray(weights, dtype=np.float64)
    goals = len(own)
    if np.count_nonzero(own) == 1:
        return torch.from_numpy(own[None] / own.sum())
    rows = [own / own.sum(), *np.eye(goals)[own > 0]]
    for point in torch.quasirandom.SobolEngine(goals, scramble=False).draw(2 * count, dtype=torch.float64)[1:].numpy():
        mix = -np.log(np.clip(point, 1e-6, 1 - 1e-6)) * own
        mix = mix / mix.sum()
        if all(np.abs(mix - row).max() > SAME_MIX for row in rows):
            rows.append(mix)
    return torch.from_numpy(np.stack(rows[:count]))


def _axes(offset: Tensor, radius: float | None) -> Tensor:
    """Axes (d, r) of the offsets' second moments, scaled to hold nine tenths of them, or to a longest half-axis."""
    _, lengths, axes = torch.linalg.svd(offset, full_matrices=False)
    kept = lengths > SMALLEST_AXIS * lengths[0]
    factor = axes[kept].T * lengths[kept]
    if radius is not None:
        return factor * (radius / lengths[0])
    inside = (offset @ axes[kept].T / lengths[kept]).norm(dim=1)
    return factor * float(torch.quantile(inside, COVERED))
