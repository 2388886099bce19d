"""How much one model is better than another on the same molecules, with an honest interval."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

Array = NDArray[np.float64]

LEVEL = 0.95


@dataclass(frozen=True)
class PairedDifference:
    """Mean difference with the ends of its 95 % interval, and what was repeated: "splits" or "molecules"."""

    mean: float
    low: float
    high: float
    over: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, None where a figure does not exist."""
        return {key: None if value != value else value for key, value in asdict(self).items()}


def over_splits(difference: Array, test_share: float) -> PairedDifference:
    """Interval of the mean over repeated splits, whose training molecules overlap.

    Args:
        difference: One per split, shape (k,), k at least 2.
        test_share: Test molecules over training molecules: overlapping splits repeat each other's errors, so the
            variance of the mean is (1 / k + test_share) times that of one difference, not 1 / k times.

    Reference: Nadeau and Bengio (2003), Mach. Learn. 52, 239.
    """
    k = len(difference)
    error = float(np.sqrt((1.0 / k + test_share) * difference.var(ddof=1)))
    half = float(stdtrit(k - 1, 0.5 * (1 + LEVEL))) * error
    mean = float(difference.mean())
    return PairedDifference(mean, mean - half, mean + half, "splits")


def over_molecules(
    truth: Array,
    predicted: Array,
    other: Array,
    metric: Callable[..., float],
    *,
    resamples: int = 500,
    seed: int = 0,
) -> PairedDifference:
    """Interval of metric(predicted) - metric(other) on one test part, by drawing the same molecules for both.

    Args:
        truth: Shape (n,), NaN where nothing was measured.
        predicted: Of the model.
        other: Of the one that it is compared with.
        metric: Of truth, prediction and weights.
        resamples: Of the bootstrap.
        seed: Of the bootstrap.
    """
    kept = np.isfinite(truth)
    truth, predicted, other = truth[kept], predicted[kept], other[kept]
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(truth.size, np.full(truth.size, 1.0 / truth.size), size=resamples).astype(float)
    drawn = np.array([metric(truth, predicted, count) - metric(truth, other, count) for count in counts])
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.5 * (1 - LEVEL), 0.5 * (1 + LEVEL)]) if drawn.size else (np.nan, np.nan)
    return PairedDifference(metric(truth, predicted) - metric(truth, other), float(low), float(high), "molecules")
