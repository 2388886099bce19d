"""From measured values and bounds to the costs that a network is trained on."""

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.target import Target, TargetScaler

Labels = tuple[NDArray[np.float64], NDArray[np.int8]]


def training_costs(scaler: TargetScaler, value: NDArray[np.float64], censor: NDArray[np.int8]) -> Labels:
    """Costs and their bounds, each of shape (n,), for values in the property's unit.

    A window's cost is the distance to it. Molecules inside have the bound "at most 0": the network may go below zero
    there, and its final ReLU makes that zero, so it never wastes capacity on a flat floor.

    Args:
        scaler: Goal, sign and unit.
        value: Shape (n,), NaN where missing; the bound where censored.
        censor: Shape (n,): 1 where the truth is above the bound, -1 where below, 0 where exact.
    """
    if scaler.target.sense == "classify":
        wanted = scaler.target.wanted
        return (1.0 - value if wanted == 1 else value), np.zeros_like(censor)
    if scaler.target.sense != "window":
        return scaler.cost_of(value), (np.sign(scaler.sign) * censor).astype(np.int8)
    distance, bound = _window_distance(scaler.target, value, censor)
    return scaler.cost_of(distance), bound


def _window_distance(target: Target, value: NDArray[np.float64], censor: NDArray[np.int8]) -> Labels:
    """Distances with bounds; a censored value says something only if all it allows lies on one side of the window."""
    distance = target.distance(value)
    bound = np.where(distance == 0, -1, 0).astype(np.int8)
    high = np.inf if target.high is None else target.high
    low = -np.inf if target.low is None else target.low
    beyond = ((censor > 0) & (value >= high)) | ((censor < 0) & (value <= low))
    inside = ((censor > 0) & (value >= low) & np.isinf(high)) | ((censor < 0) & (value <= high) & np.isinf(low))
    bound = np.where(beyond, 1, bound).astype(np.int8)
    distance = np.where((censor != 0) & ~beyond & ~inside, np.nan, distance)
    return distance, bound
