"""How far the spread of an ensemble can be believed: predicted spread against error, probability against frequency."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.evidence.metrics import spearman

Array = NDArray[np.float64]

FEWEST_PER_BIN = 10
LARGEST_FACTOR = 100.0


def spread_factor(truth: Array, predicted: Array, spread: Array) -> float:
    """Factor that makes the root mean square of the spread equal to that of the error; 1 where there is no spread."""
    size = float(np.mean(spread**2)) if spread.size else 0.0
    if not np.isfinite(size) or size == 0.0:
        return 1.0
    return float(min(np.sqrt(np.mean((truth - predicted) ** 2) / size), LARGEST_FACTOR))


def spread_calibration(truth: Array, predicted: Array, spread: Array, bins: int = 5) -> dict[str, Any]:
    """Whether molecules with a larger spread have larger errors.

    Args:
        truth: Shape (n,), in the property's unit.
        predicted: The same of the predictions.
        spread: The same of the spread as shown to users.
        bins: Groups of equal size, from small to large spread.

    Returns:
        Rank correlation of spread and absolute error, share of errors within one and two spreads (0.68 and 0.95 for a
        normal error), and per bin the mean spread, the RMSE and the number of molecules.
    """
    error = np.abs(truth - predicted)
    groups = np.array_split(np.argsort(spread, kind="stable"), max(1, min(bins, len(error) // FEWEST_PER_BIN)))
    correlation = spearman(spread, error)
    return {
        "rank_correlation": correlation if np.isfinite(correlation) else None,
        "within_one": float(np.mean(error <= spread)),
        "within_two": float(np.mean(error <= 2 * spread)),
        "bins": [
            {
                "spread": float(np.mean(spread[group])),
                "rmse": float(np.sqrt(np.mean(error[group] ** 2))),
                "molecules": len(group),
            }
            for group in groups
        ],
    }


def probability_calibration(label: Array, probability: Array, bins: int = 10) -> dict[str, Any]:
    """Whether predicted probabilities are frequencies.

    Args:
        label: Shape (n,), 0 or 1.
        probability: Shape (n,), of class 1.
        bins: Groups of equal size, from improbable to probable.

    Returns:
        Expected calibration error (mean distance of probability and frequency) and per bin the mean probability, the
        frequency of class 1 and the number of molecules.
    """
    groups = np.array_split(np.argsort(probability, kind="stable"), max(1, min(bins, len(label) // FEWEST_PER_BIN)))
    rows = [
        {
            "probability": float(np.mean(probability[group])),
            "frequency": float(np.mean(label[group])),
            "molecules": len(group),
        }
        for group in groups
    ]
    gap = sum(row["molecules"] * abs(row["probability"] - row["frequency"]) for row in rows) / len(label)
    return {"expected_calibration_error": float(gap), "bins": rows}
