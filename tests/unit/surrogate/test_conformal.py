"""Intervals and class sets hold what they promise on new molecules, and say so where they cannot."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from molconvex.exceptions import ConfigError
from molconvex.surrogate import FitSettings, Target, fit_surrogate, load_convex_surrogate, make_dataset, save_surrogate
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.evidence.comparison import SplitOutcome
from molconvex.surrogate.evidence.coverage import conformal_evidence
from molconvex.surrogate.model.conformal import LEVELS, Conformal, calibrated, error_quantiles


def test_the_quantile_is_the_one_that_the_proof_needs() -> None:
    errors = np.arange(1.0, 20.0)  # 1 .. 19
    assert error_quantiles(errors) == (10.0, 16.0, 18.0, 19.0)  # ceil(20 L) of 19
    assert error_quantiles(errors[:18])[-1] == np.inf  # ceil(19 * 0.95) = 19 of 18


def test_coverage_is_kept_apart_inside_and_outside_the_domain() -> None:
    rng = np.random.default_rng(0)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        distance = rng.uniform(0.5, 1.5, n)
        predicted = rng.normal(size=n)
        return predicted + np.where(distance <= 1, 0.5, 2.0) * rng.standard_t(3, n), predicted, distance

    found = calibrated("regression", *draw(2000))
    assert found is not None
    truth, predicted, distance = draw(4000)
    for level in LEVELS:
        hits = np.abs(truth - predicted) <= found.half_width(distance, level)
        for part in (distance <= 1, distance > 1):
            assert hits[part].mean() == pytest.approx(level, abs=0.03)
    assert found.half_width(np.array([1.01]), 0.9) > 3 * found.half_width(np.array([1.0]), 0.9)


def test_few_molecules_outside_share_the_errors_of_all() -> None:
    truth, distance = np.arange(60.0), np.r_[np.zeros(42), np.full(18, 2.0)]
    few = calibrated("regression", truth, np.zeros(60), distance)
    assert few is not None
    assert few.outside == error_quantiles(truth)
    enough = calibrated("regression", truth, np.zeros(60), np.r_[np.zeros(41), np.full(19, 2.0)])
    assert enough is not None
    assert enough.outside == error_quantiles(truth[41:])
    assert calibrated("regression", truth[:18], np.zeros(18), distance[:18]) is None


def test_class_sets_cover_each_class() -> None:
    rng = np.random.default_rng(0)

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        label = (rng.random(n) < 0.2).astype(float)  # a rare class
        return label, 1 / (1 + np.exp(-(rng.normal(size=n) + 2 * label - 2)))

    label, probability = draw(9000)
    found = calibrated("classification", label, probability, np.zeros(9000))
    assert found is not None
    label, probability = draw(9000)
    sets = found.class_sets(probability, 0.9)
    for y in (0, 1):
        held = [str(y) in words for words, truth in zip(sets, label, strict=True) if truth == y]
        assert np.mean(held) == pytest.approx(0.9, abs=0.03)
    one_sided = Conformal(class_0=(0.2,) * 4, class_1=(0.7,) * 4)
    assert one_sided.class_sets(np.array([0.1, 0.25, 0.9]), 0.9) == ["0", "neither", "1"]
    assert Conformal(class_0=(0.4,) * 4, class_1=(0.7,) * 4).class_sets(np.array([0.35]), 0.5) == ["0 or 1"]


def test_coverage_is_measured_on_molecules_not_used_for_the_intervals() -> None:
    rng = np.random.default_rng(0)
    target, outcomes = Target("p", "", "minimize"), []
    error = rng.normal(size=300)
    for k in range(3):
        test = np.arange(100 * k, 100 * k + 100) if k else np.arange(150)  # 50 molecules are tested twice
        rest = np.setdiff1d(np.arange(300), test)
        split = Split(rest[:-10], rest[-10:], test, np.arange(300), "scaffold", k)
        outcomes.append(SplitOutcome(split, [error[test]], {"convex": [np.zeros(len(test))]}, np.zeros(len(test))))
    found, record = conformal_evidence(outcomes, 0, target)
    assert found is not None
    assert record is not None
    assert record["coverage"]["all"]["tested"] == 350
    assert record["coverage"]["all"]["share"][2] == pytest.approx(0.9, abs=0.05)
    _, alone = conformal_evidence(outcomes[:1], 0, target)
    assert alone is not None
    assert alone["coverage"] == {}


def test_a_fit_keeps_its_intervals(make_problem: Callable, quick: FitSettings, tmp_path: Path) -> None:
    problem = make_problem(n=400)
    data = make_dataset(problem.z[:300], problem.value[:300], Target("logp", "", "minimize"))
    fitted = fit_surrogate(data, replace(quick, members=1, evidence=True, repeats=2))
    surrogate = load_convex_surrogate(save_surrogate(tmp_path / "s", fitted))
    assert surrogate.conformal == fitted.conformal
    z, truth = problem.z[300:], problem.value[300:]
    low, high = (end.numpy() for end in surrogate.interval(z, 0.9))
    assert np.mean((low <= truth) & (truth <= high)) > 0.75
    assert (surrogate.interval(z, 0.5)[1] - surrogate.interval(z, 0.5)[0]).mean() < np.mean(high - low)
    with pytest.raises(ConfigError, match=r"0.5, 0.8, 0.9, 0.95; got 0.7"):
        surrogate.interval(z, 0.7)
    plain = fit_surrogate(data, replace(quick, members=1))
    assert torch.isnan(plain.interval(z)[0]).all()
    assert plain.class_sets(z) == [""] * 100
    assert "## Intervals" in (tmp_path / "s" / "card.md").read_text()


def test_infinite_widths_survive_a_manifest() -> None:
    conformal = Conformal(inside=(1.0, 2.0, 3.0, np.inf), outside=(1.0, 2.0, 3.0, 4.0), molecules={"inside": 18})
    assert Conformal.from_dict(conformal.to_dict()) == conformal
