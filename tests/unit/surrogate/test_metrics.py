"""Metrics against scipy and slow, obvious twins; intervals that cover what they should."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from molconvex.exceptions import DataError
from molconvex.surrogate.evidence.metrics import (
    CLASSIFICATION_METRICS,
    REGRESSION_METRICS,
    _bootstrap_counts,
    _with_interval,
    evaluate,
    pr_auc,
    r2,
    rmse,
    roc_auc,
    spearman,
)


@pytest.fixture
def regression() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=80).round(1)
    return truth, (truth + 0.5 * rng.normal(size=80)).round(1)


@pytest.fixture
def classes() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    label = (rng.random(60) < 0.3).astype(float)
    return label, (0.7 * label + rng.random(60)).round(1)


def slow_roc_auc(label: np.ndarray, score: np.ndarray) -> float:
    pairs = [(p > n) + 0.5 * (p == n) for p in score[label == 1] for n in score[label == 0]]
    return float(np.mean(pairs))


def slow_pr_auc(label: np.ndarray, score: np.ndarray) -> float:
    total, recall_before = 0.0, 0.0
    for threshold in sorted(set(score), reverse=True):
        called = score >= threshold
        recall = label[called].sum() / label.sum()
        total += (recall - recall_before) * label[called].mean()
        recall_before = recall
    return total


def test_spearman_with_ties_agrees_with_scipy(regression: tuple) -> None:
    assert spearman(*regression) == pytest.approx(spearmanr(*regression).statistic, rel=1e-12)


def test_areas_agree_with_slow_twins(classes: tuple) -> None:
    assert roc_auc(*classes) == pytest.approx(slow_roc_auc(*classes), rel=1e-12)
    assert pr_auc(*classes) == pytest.approx(slow_pr_auc(*classes), rel=1e-12)


@pytest.mark.parametrize("name", [*REGRESSION_METRICS, *CLASSIFICATION_METRICS])
def test_whole_weights_act_like_repeated_rows(name: str, regression: tuple, classes: tuple) -> None:
    truth, predicted = regression if name in REGRESSION_METRICS else classes
    count = np.random.default_rng(2).integers(0, 4, truth.size)
    metric = {**REGRESSION_METRICS, **CLASSIFICATION_METRICS}[name]
    repeated = metric(np.repeat(truth, count), np.repeat(predicted, count), np.ones(count.sum()))
    assert metric(truth, predicted, count.astype(float)) == pytest.approx(repeated, rel=1e-12)


def test_perfect_and_useless_predictions() -> None:
    truth = np.arange(10.0)
    assert (rmse(truth, truth), r2(truth, truth), spearman(truth, truth)) == (0.0, 1.0, pytest.approx(1.0))
    assert r2(truth, np.full(10, truth.mean())) == pytest.approx(0.0)
    label = (truth > 6).astype(float)
    assert roc_auc(label, truth) == 1.0
    assert roc_auc(label, -truth) == 0.0
    assert roc_auc(label, np.zeros(10)) == 0.5
    assert pr_auc(label, np.zeros(10)) == pytest.approx(label.mean())


def test_what_cannot_be_computed_is_missing() -> None:
    assert np.isnan(roc_auc(np.ones(5), np.arange(5.0)))
    assert np.isnan(pr_auc(np.zeros(5), np.arange(5.0)))
    assert np.isnan(r2(np.ones(5), np.arange(5.0)))
    assert np.isnan(spearman(np.ones(5), np.arange(5.0)))


def test_intervals_cover_the_true_error_about_as_often_as_promised() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for seed in range(100):
        truth = rng.normal(size=150)
        counts = _bootstrap_counts(150, 200, np.random.default_rng(seed))
        metric = _with_interval(rmse, truth, truth + rng.normal(size=150), counts, 0.95)
        covered += metric.low <= 1.0 <= metric.high
    assert 85 <= covered <= 99


def test_missing_values_are_left_out_and_nothing_left_is_an_error() -> None:
    truth = np.array([1.0, np.nan, 3.0, 4.0])
    assert evaluate(truth, np.array([1.0, 2.0, 3.0, np.nan]))["mae"].n == 2
    with pytest.raises(DataError, match="nothing to evaluate"):
        evaluate(truth, np.full(4, np.nan))
