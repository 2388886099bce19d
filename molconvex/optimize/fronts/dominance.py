"""Dominance between cost vectors: the exact non-dominated filter, the hypervolume and its reference point.

All costs are to be minimized. A row dominates another if it is nowhere larger and somewhere smaller.

References: Kung, Luccio & Preparata (1975), On finding the maxima of a set of vectors; Fonseca, Paquete &
López-Ibáñez (2006), An improved dimension-sweep algorithm for the hypervolume indicator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molconvex.exceptions import ProgramError

Floats = NDArray[np.float64]
BEYOND_THE_WORST = 0.1  # of a cost's range over the front


def non_dominated(costs: ArrayLike, *, deduplicate: bool = True) -> NDArray[np.bool_]:
    """Which rows no other row dominates, (n, G) to (n,); exact, O(n log n) for two costs.

    Args:
        costs: To be minimized; a row with NaN is never kept, nor does it dominate.
        deduplicate: Keep only the first of equal rows.

    Raises:
        ProgramError: If costs is not two-dimensional.
    """
    values = _rows(costs)
    # a stable sort by the first cost, ties by the next: a row can only be dominated by one before it, or equal it
    order = np.lexsort(values.T[::-1])
    order = order[~np.isnan(values[order]).any(axis=1)]
    ranked = values[order]
    fresh = _first_of_equals(ranked)
    kept = np.zeros(len(ranked), dtype=bool)
    kept[fresh] = _sweep_two(ranked[fresh]) if values.shape[1] == 2 else _sweep(ranked[fresh])
    if not deduplicate:
        kept = kept[fresh][np.cumsum(fresh) - 1]
    mask = np.zeros(len(values), dtype=bool)
    mask[order[kept]] = True
    return mask


def hypervolume(costs: ArrayLike, reference_point: ArrayLike) -> float:
    """Exact volume that the rows (n, G) dominate below the reference point (G,), for G = 2 or 3.

    Rows that are not below the reference point in every cost add nothing.

    Raises:
        ProgramError: If there are not two or three costs, or the reference point does not fit them.
    """
    values, corner = _rows(costs), np.asarray(reference_point, dtype=np.float64)
    goals = values.shape[1]
    if goals not in (2, 3):
        raise ProgramError(f"the hypervolume is computed for two or three costs, got {goals}")
    if corner.shape != (goals,) or not np.isfinite(corner).all():
        raise ProgramError(f"the reference point must be {goals} finite numbers, got {corner.tolist()}")
    inside = values[(values < corner).all(axis=1)]
    inside = inside[non_dominated(inside)]
    return _area(inside, corner) if goals == 2 else _volume(inside, corner)


def default_reference_point(costs: ArrayLike) -> Floats:
    """The worst of each cost over the rows (n, G), and a tenth of its range beyond: shape (G,)."""
    values = _rows(costs)
    worst, best = values.max(axis=0), values.min(axis=0)
    return np.asarray(worst + BEYOND_THE_WORST * (worst - best))


def _rows(costs: ArrayLike) -> Floats:
    values = np.asarray(costs, dtype=np.float64)
    if values.ndim != 2:
        raise ProgramError(f"costs must have shape (n, goals), got {values.shape}")
    return values


def _first_of_equals(ranked: Floats) -> NDArray[np.bool_]:
    fresh = np.ones(len(ranked), dtype=bool)
    fresh[1:] = (ranked[1:] != ranked[:-1]).any(axis=1)
    return fresh


def _sweep_two(ranked: Floats) -> NDArray[np.bool_]:
    """Sorted different rows: a row is kept if its second cost is below that of all before it."""
    least = np.minimum.accumulate(np.concatenate([[np.inf], ranked[:-1, 1]])) if len(ranked) else np.empty(0)
    return np.asarray((ranked[:, 1] < least) | (np.arange(len(ranked)) == 0))


def _sweep(ranked: Floats) -> NDArray[np.bool_]:
    """Sorted different rows: a row is kept if none of the kept ones before it is nowhere larger."""
    kept = np.zeros(len(ranked), dtype=bool)
    front = np.empty_like(ranked)
    count = 0
    for i, row in enumerate(ranked):
        if not (front[:count] <= row).all(axis=1).any():
            front[count], kept[i] = row, True
            count += 1
    return kept


def _area(front: Floats, corner: Floats) -> float:
    """Of non-dominated rows of two costs: one rectangle a row, from its second cost up to that of the row before."""
    ranked = front[np.argsort(front[:, 0])]
    above = np.concatenate([corner[1:], ranked[:-1, 1]])
    return float(((corner[0] - ranked[:, 0]) * (above - ranked[:, 1])).sum())


def _volume(front: Floats, corner: Floats) -> float:
    """Of three costs: slices between successive third costs, each with the area of the rows below it."""
    ranked = front[np.argsort(front[:, 2], kind="stable")]
    heights = np.diff(np.concatenate([ranked[:, 2], corner[2:]]))
    total = 0.0
    for count, height in enumerate(heights, start=1):
        if height > 0:
            layer = ranked[:count, :2]
            total += height * _area(layer[non_dominated(layer)], corner[:2])
    return total
