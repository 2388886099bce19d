"""A convex Pareto front between what was found and what is proved.

With convex costs over a convex set, the attainable cost vectors and everything above them form a convex set P.
Points found give an inner set, half-spaces proved give an outer one:

    I = conv(points) + nonnegative vectors   within   P   within   O = {y : w_i^T y >= bound_i for every i}

The sandwich gap is the additive epsilon indicator between them, the least e with O within I - e (1, ..., 1):

    e = max over w >= 0, sum w = 1   of   min over points of w^T p  -  min over O of w^T y

The first term is linear in w where one point is best and the second is concave, so the maximum lies where such
pieces meet: at the unit vectors and at the normals of the facets of I and of its projections.

References: Solanki, Appino & Cohon (1993), Approximating the noninferior set in multiobjective linear programming
problems; Rennen, van Dam & den Hertog (2011), Enhancement of sandwich algorithms for approximating
higher-dimensional convex Pareto sets.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_COMPONENT = 1e-9
"""Of a normal of length one that counts as positive."""
NEAREST = 64
"""Half-spaces from which the bound in one direction is made, beside the unit vectors: those of the nearest normals."""


def facet_normals(points: Floats) -> Floats:
    """Weights at which two or more pieces of the inner set meet: points (n, G) to (F, G), rows sum to one."""
    goals = points.shape[1]
    normals = []
    for size in range(1, goals + 1):
        for some in map(list, combinations(range(goals), size)):
            part = _positive_normals(points[:, some])
            whole = np.zeros((len(part), goals))
            whole[:, some] = part
            normals.append(whole)
    return np.concatenate(normals)


def _positive_normals(points: Floats) -> Floats:
    """Inner normals, positive in every component, of the facets of the points' convex hull.

    Points above all others give the hull a volume; no facet with a positive normal contains one.
    """
    goals = points.shape[1]
    if goals == 1:
        return np.ones((1, 1))
    from scipy.spatial import ConvexHull

    top = points.max(axis=0)
    reach = max(float((top - points.min(axis=0)).max()), 1e-6)
    above = top + reach * np.concatenate([np.eye(goals), np.ones((1, goals))])
    inner = -ConvexHull(np.concatenate([points, above])).equations[:, :-1]
    inner = inner[(inner > SMALLEST_COMPONENT).all(axis=1)]
    return np.unique(inner / inner.sum(axis=1, keepdims=True), axis=0)


def inner_support(weights: Floats, points: Floats) -> Floats:
    """min of w^T p over the points (n, G), for each row of weights (F, G): shape (F,)."""
    return np.asarray((weights @ points.T).min(axis=1))


def outer_support(weights: Floats, normals: Floats, bounds: Floats) -> Floats:
    """Lower bounds on w^T y over O = {y : normals y >= bounds}, for each row of weights (F, G): shape (F,).

    By linear-programming duality any m >= 0 with normals^T m <= w, and the rest of w on the unit vectors among the
    normals, proves sum_i m_i bound_i; so the bound holds whatever the accuracy of the linear program's solution.
    Minus infinity where nothing is proved.

    Args:
        weights: Nonnegative.
        normals: Of the half-spaces, shape (N, G), nonnegative.
        bounds: Of the half-spaces, shape (N,).
    """
    ideal = _ideal(normals, bounds)
    return np.array([_proved(w, normals, bounds, ideal) for w in weights])


def sandwich_gap(points: Floats, normals: Floats, bounds: Floats) -> float:
    """Largest gap between the points (n, G) and the half-spaces normals (N, G), bounds (N,); see the module."""
    weights = facet_normals(points)
    return float((inner_support(weights, points) - outer_support(weights, normals, bounds)).max())


def _ideal(normals: Floats, bounds: Floats) -> Floats:
    """The best bound on each cost alone, (G,); minus infinity where there is none."""
    best = np.full(normals.shape[1], -np.inf)
    for normal, bound in zip(normals, bounds, strict=True):
        alone = np.flatnonzero(normal)
        if len(alone) == 1:
            best[alone[0]] = max(best[alone[0]], bound / normal[alone[0]])
    return best


def _proved(w: Floats, normals: Floats, bounds: Floats, ideal: Floats) -> float:
    from scipy.optimize import linprog

    rows, right = _nearest(w, normals, bounds)
    if not len(rows):
        return -np.inf
    found = linprog(-right, A_eq=rows.T, b_eq=w, method="highs")
    if found.x is None:
        return -np.inf
    m = np.maximum(found.x, 0.0)
    used = rows.T @ m
    with np.errstate(divide="ignore", invalid="ignore"):
        m = m * min(1.0, float(np.min(np.where(used > w, w / used, 1.0))))
    rest = np.maximum(w - rows.T @ m, 0.0)
    return float(m @ right + rest[rest > 0] @ ideal[rest > 0])


def _nearest(w: Floats, normals: Floats, bounds: Floats) -> tuple[Floats, Floats]:
    """The half-spaces whose normals, summing to one, are nearest to w, and those of unit vectors."""
    usable = np.flatnonzero(np.isfinite(bounds))
    rows = normals[usable]
    distance = np.abs(rows / rows.sum(axis=1, keepdims=True) - w / w.sum()).max(axis=1)
    distance[(rows > 0).sum(axis=1) == 1] = -1.0
    chosen = usable[np.argsort(distance, kind="stable")[: NEAREST + normals.shape[1]]]
    return normals[chosen], bounds[chosen]
