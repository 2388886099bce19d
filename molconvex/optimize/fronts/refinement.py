"""Where a sandwich is refined: which weights come next, given how far it is open between those solved."""

from __future__ import annotations

import heapq

import numpy as np

from molconvex.optimize.fronts.sandwich import Floats

SAME_WEIGHTS = 1e-7


def refine(known: Floats, facets: Floats, gaps: Floats, needed: Floats, count: int) -> Floats:
    """New weights, (k, G) with k <= count and rows that sum to one; none where the sandwich is thin enough.

    Args:
        known: weights solved, (N, G), rows sum to one, in the units of the gap.
        facets: normals at which the sandwich is open, (F, G), rows sum to one.
        gaps: how far, (F,).
        needed: gap that is small enough, (F,).
        count: largest number of new weights.
    """
    from scipy.spatial.distance import cdist

    new = cdist(facets, known, "chebyshev").min(axis=1) > SAME_WEIGHTS
    rows = np.flatnonzero((gaps > needed) & new)
    rows = rows[np.argsort(-gaps[rows], kind="stable")]
    if facets.shape[1] == 2:
        first = _fill(known[:, 0], facets[rows, 0], gaps[rows], needed[rows], count)
        return np.stack([first, 1 - first], axis=1)
    return facets[rows[:count]]


def _fill(known: Floats, normals: Floats, gaps: Floats, needed: Floats, count: int) -> Floats:
    """For two costs: first weights, several between two solved ones where the sandwich is wide there.

    Between solved weights lies one facet. Its normal finds the point farthest below it, so one new weight goes there;
    more are spaced evenly, for along a smooth front k pieces leave a gap k^2 times smaller.
    """
    solved = np.unique(known)
    right = np.searchsorted(solved, normals)
    inside = (right > 0) & (right < len(solved))
    pieces = {int(i): 1 for i in np.flatnonzero(inside)}
    heap = [(-gaps[i], i) for i in pieces]
    heapq.heapify(heap)
    for _ in range(count):
        if not heap:
            break
        _, i = heapq.heappop(heap)
        pieces[i] += 1
        left = gaps[i] / pieces[i] ** 2
        if left > needed[i]:
            heapq.heappush(heap, (-left, i))
    found: list[Floats] = []
    for i, k in pieces.items():
        low, high = solved[right[i] - 1], solved[right[i]]
        found.append(normals[[i]][: k - 1] if k < 3 else np.linspace(low, high, k + 1)[1:-1])
    return np.unique(np.concatenate(found)) if found else np.empty(0)
