"""Which points lie in a convex hull, how far the others are from it, and of what mixtures: with proofs both ways.

The nearest mixture x = y^T points of u is a nonnegative least-squares problem with the sum of y held at one by a heavy
row. Whatever SciPy answers, x is in the hull, so |u - x| is at least the distance; and the plane across r = u - x gives

    distance >= (r^T u - max_j r^T points_j) / |r|.

Reference: Lawson & Hanson (1974), Solving Least Squares Problems, chapter 23; Wolfe (1976), Finding the nearest point
in a polytope.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import LatentShapeError
from molconvex.optimize.regions.region import check_batched

SUM_WEIGHT = 1e3
"""Weight of the row that holds the sum of a mixture at one; the mixture is divided by its sum afterwards."""
STEPS_PER_POINT = 100

Array = NDArray[np.float64]


@dataclass(frozen=True)
class HullMembership:
    """Where n points are with respect to one hull of m points.

    Attributes:
        inside: (n,), bool, whether a mixture lies within the tolerance.
        distance: (n,), from the mixture, in latent units; zero at the hull's own points.
        least_distance: (n,), a proved lower bound on the distance from the hull.
        mixtures: (n, m), nonnegative weights that sum to one.
    """

    inside: Tensor
    distance: Tensor
    least_distance: Tensor
    mixtures: Tensor


def hull_membership(points: Tensor, u: Tensor, tolerance: float = 1e-6) -> HullMembership:
    """Whether each point u (n, d) is a mixture of points (m, d), in float64.

    Args:
        points: what the hull is spanned by.
        u: what is asked about.
        tolerance: distance that counts as inside, relative to the hull's extent (root mean squared distance of its
            points from their mean).

    Raises:
        RegionError: If points is not a finite matrix.
        LatentShapeError: If u is not of shape (n, d) or not finite.
    """
    check_batched("points", points, None, None)
    if u.ndim != 2 or u.shape[1] != points.shape[1] or not torch.isfinite(u).all():
        raise LatentShapeError(f"points must be finite, of shape (n, {points.shape[1]}), got {tuple(u.shape)}")
    vertices, targets = (t.detach().cpu().double() for t in (points, u))
    mixtures = nearest_mixtures(vertices, targets)
    rest = targets - mixtures @ vertices
    distance = rest.norm(dim=1)
    inside = distance <= tolerance * hull_extent(vertices)
    return HullMembership(inside, distance, _least_distance(vertices, targets, rest), mixtures)


def _least_distance(vertices: Tensor, targets: Tensor, rest: Tensor) -> Tensor:
    """How far each target is beyond the plane across `rest` that has the hull behind it, less the rounding, (n,)."""
    middle, length = vertices.mean(0), rest.norm(dim=1).clamp_min(torch.finfo(rest.dtype).tiny)
    normals, ahead, behind = rest / length[:, None], targets - middle, vertices - middle
    beyond = (normals * ahead).sum(1) - (normals @ behind.T).amax(1)
    size = ahead.norm(dim=1) + behind.norm(dim=1).amax()
    allowance = 4 * (rest.shape[1] + 8) * torch.finfo(rest.dtype).eps * size
    return (beyond - allowance).clamp_min(0)


def hull_extent(points: Tensor) -> Tensor:
    """Root mean squared distance of points (..., m, d) from their mean, (...)."""
    return (points - points.mean(-2, keepdim=True)).square().sum(-1).mean(-1).sqrt()


def nearest_mixtures(points: Tensor, targets: Tensor) -> Tensor:
    """Weights (n, m) of the mixtures of points (m, d) nearest to targets (n, d); a point itself is met exactly."""
    middle, extent = points.mean(0), float(hull_extent(points).clamp_min(1e-300))
    offsets = ((points - middle) / extent).T.numpy()
    matrix = np.vstack([offsets, np.full((1, len(points)), SUM_WEIGHT)])
    wanted = ((targets - middle) / extent).numpy()
    first = torch.cdist(targets, points, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
    met = (points[first] == targets).all(1)
    rows = [
        np.eye(1, len(points), int(vertex))[0] if exact else _mixture(matrix, target)
        for target, vertex, exact in zip(wanted, first, met, strict=True)
    ]
    return torch.from_numpy(np.stack(rows)) if rows else targets.new_zeros(0, len(points))


def _mixture(matrix: Array, target: Array) -> Array:
    from scipy.optimize import nnls

    weights, _ = nnls(matrix, np.append(target, SUM_WEIGHT), maxiter=STEPS_PER_POINT * matrix.shape[1])
    total: Array = weights / weights.sum()
    return total
