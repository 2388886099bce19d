"""Figures of merit with bootstrap confidence intervals, on NumPy only; every metric takes optional sample weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import DataError

Array = NDArray[np.float64]
MetricFunction = Callable[..., float]
"""Of truth, prediction and, perhaps, weights."""


@dataclass(frozen=True)
class Metric:
    """One figure with the ends of its bootstrap interval and the number of molecules it rests on."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def rmse(truth: Array, predicted: Array, weight: Array | None = None) -> float:
    """Root mean squared error, in the unit of the values."""
    return float(np.sqrt(np.average((predicted - truth) ** 2, weights=weight)))


def mae(truth: Array, predicted: Array, weight: Array | None = None) -> float:
    """Mean absolute error, in the unit of the values."""
    return float(np.average(np.abs(predicted - truth), weights=weight))


def r2(truth: Array, predicted: Array, weight: Array | None = None) -> float:
    """Coefficient of determination: 1 - squared error / variance of the truth; NaN where all truths are equal."""
    spread = np.average((truth - np.average(truth, weights=weight)) ** 2, weights=weight)
    if spread == 0:
        return float("nan")
    return float(1.0 - np.average((predicted - truth) ** 2, weights=weight) / spread)


def spearman(truth: Array, predicted: Array, weight: Array | None = None) -> float:
    """Spearman's rank correlation with mid-ranks for ties; NaN where one side is constant."""
    weight = np.ones(len(truth)) if weight is None else weight
    a, b = (_mid_ranks(x, weight) for x in (truth, predicted))
    a, b = a - np.average(a, weights=weight), b - np.average(b, weights=weight)
    norm = np.sqrt(np.sum(weight * a * a) * np.sum(weight * b * b))
    return float(np.sum(weight * a * b) / norm) if norm > 0 else float("nan")


def roc_auc(truth: Array, score: Array, weight: Array | None = None) -> float:
    """Probability that a positive scores above a negative, ties counting half; NaN where a class is missing."""
    weight = np.ones(len(truth)) if weight is None else weight
    positive, negative = weight * (truth == 1), weight * (truth == 0)
    total = positive.sum() * negative.sum()
    if total == 0:
        return float("nan")
    up, down = _by_distinct_score(score, positive, negative)
    negatives_below = np.cumsum(down) - down
    return float(np.sum(up * (negatives_below + 0.5 * down)) / total)


def pr_auc(truth: Array, score: Array, weight: Array | None = None) -> float:
    """Average precision: precision at each distinct threshold, weighted by the recall gained there."""
    weight = np.ones(len(truth)) if weight is None else weight
    positive, negative = weight * (truth == 1), weight * (truth == 0)
    if positive.sum() == 0 or negative.sum() == 0:
        return float("nan")
    up, down = (group[::-1] for group in _by_distinct_score(score, positive, negative))
    found, alarms = np.cumsum(up), np.cumsum(up + down)
    precision = np.divide(found, alarms, out=np.zeros_like(found), where=alarms > 0)
    return float(np.sum(precision * up) / positive.sum())


REGRESSION_METRICS: Mapping[str, MetricFunction] = {"rmse": rmse, "mae": mae, "r2": r2, "spearman": spearman}
CLASSIFICATION_METRICS: Mapping[str, MetricFunction] = {"roc_auc": roc_auc, "pr_auc": pr_auc}


def metric_functions(kind: str) -> dict[str, MetricFunction]:
    """Metrics of "regression" or "classification" by name."""
    return dict(REGRESSION_METRICS if kind == "regression" else CLASSIFICATION_METRICS)


def evaluate(
    truth: Array,
    predicted: Array,
    kind: str = "regression",
    *,
    resamples: int = 500,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Metric]:
    """Metrics of predictions, shape (n,), with percentile bootstrap intervals over molecules.

    Args:
        truth: Measured values, or classes 0 and 1; rows with NaN are left out.
        predicted: Predicted values, or any score that rises with class 1.
        kind: "regression" or "classification".
        resamples: Number of bootstrap samples; 0 for intervals of NaN.
        level: Coverage of the interval.
        seed: Seed of the resampling.

    Raises:
        DataError: If nothing is left to compare.
    """
    truth, predicted = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    kept = np.isfinite(truth) & np.isfinite(predicted)
    truth, predicted = truth[kept], predicted[kept]
    if truth.size == 0:
        raise DataError("no molecule has both a measured and a predicted value; there is nothing to evaluate")
    functions = metric_functions(kind)
    counts = _bootstrap_counts(truth.size, resamples, np.random.default_rng(seed))
    return {name: _with_interval(function, truth, predicted, counts, level) for name, function in functions.items()}


def _with_interval(function: MetricFunction, truth: Array, predicted: Array, counts: Array, level: float) -> Metric:
    value = function(truth, predicted, np.ones(truth.size))
    drawn = np.array([function(truth, predicted, count) for count in counts])
    drawn = drawn[np.isfinite(drawn)]
    if drawn.size == 0:
        return Metric(value, float("nan"), float("nan"), truth.size)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Metric(value, float(low), float(high), truth.size)


def _bootstrap_counts(n: int, resamples: int, rng: np.random.Generator) -> Array:
    """How often each of n rows is drawn, shape (resamples, n); weights that stand for a resample."""
    return rng.multinomial(n, np.full(n, 1.0 / n), size=resamples).astype(np.float64)


def _mid_ranks(values: Array, weight: Array) -> Array:
    """Mean rank of each value where row i stands for weight[i] rows."""
    _, group = np.unique(values, return_inverse=True)
    size = np.bincount(group, weights=weight)
    rank = np.cumsum(size) - 0.5 * (size - 1.0)
    return rank[group]


def _by_distinct_score(score: Array, positive: Array, negative: Array) -> tuple[Array, Array]:
    """Weights of positives and negatives at each distinct score, scores ascending."""
    _, group = np.unique(score, return_inverse=True)
    return np.bincount(group, positive).astype(np.float64), np.bincount(group, negative).astype(np.float64)
