"""Rivals, search and calibration: what the card tells beside the surrogate's own metrics."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from molconvex.surrogate import (
    FitSettings,
    Hooks,
    Target,
    column_split,
    fit_surrogate,
    make_dataset,
    random_split,
    save_surrogate,
)
from molconvex.surrogate.evidence.calibration import probability_calibration, spread_calibration, spread_factor
from molconvex.surrogate.evidence.evidence_text import verdict
from molconvex.surrogate.evidence.metrics import r2
from molconvex.surrogate.evidence.paired_difference import over_molecules, over_splits
from molconvex.surrogate.evidence.repeated_splits import evidence_splits

SMILES = [
    f"{'C' * (i % 7 + 1)}{ring}{'O' * (i % 3)}" for i, ring in enumerate(["c1ccccc1", "C1CCCC1", "c1ccncc1", "N"] * 25)
]


def test_price_of_convexity_is_small_for_a_bowl_and_large_for_a_dome(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=600, curvature=4.0)
    training = replace(quick.training, hidden=(32, 32), least_steps=500)
    settings = replace(quick, members=1, evidence=True, repeats=3, training=training)
    bowl, dome = (
        fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", sense)), settings).card["evidence"]
        for sense in ("minimize", "maximize")
    )
    assert bowl["notes"] == ["no scaffold splits: the structures are not known"]
    found = {name: evidence["methods"]["random"] for name, evidence in (("bowl", bowl), ("dome", dome))}
    assert list(found["bowl"]["scores"]) == ["convex", "linear", "mlp", "svm"]
    assert found["bowl"]["seeds"] == [0, 1, 2]
    assert found["bowl"]["differences"]["mlp"]["mean"] < 0.02 < found["dome"]["differences"]["mlp"]["mean"]
    assert found["bowl"]["differences"]["linear"]["mean"] < found["dome"]["differences"]["linear"]["mean"]
    linear = [found[name]["scores"]["linear"]["r2"] for name in found]
    assert linear[0] == pytest.approx(linear[1], abs=1e-6)
    assert "no better than ridge regression" in " ".join(verdict(dome))


def test_no_better_than_a_linear_model_is_said_where_the_interval_reaches_zero() -> None:
    def said(high: float) -> str:
        differences = {
            "linear": {"mean": -0.05, "low": -0.1, "high": high, "over": "splits"},
            "mlp": {"mean": 0.01, "low": 0.0, "high": 0.02, "over": "splits"},
            "svm": {"mean": 0.002, "low": 0.0, "high": 0.02, "over": "splits"},
            "random_forest": {"mean": -0.02, "low": -0.03, "high": 0.02, "over": "splits"},
        }
        method = {"seeds": [0, 1, 2, 3, 4], "differences": differences}
        return " ".join(verdict({"metric": "roc_auc", "methods": {"scaffold": method}}))

    assert "no better than logistic regression (-0.050 (-0.100 to +0.000))" in said(0.0)
    assert "no better" not in said(-0.001)
    assert "On 5 scaffold splits the price of convexity is +0.010 (+0.000 to +0.020) of ROC-AUC." in said(0.0)
    assert "the best other model is a support vector machine on latents: +0.002" in said(0.0)


@pytest.mark.parametrize("sense", ["minimize", "window", "classify"])
def test_every_goal_is_compared_with_models_of_latents_and_of_structures(
    make_problem: Callable, quick: FitSettings, sense: str, tmp_path: Path
) -> None:
    problem = make_problem(n=100)
    value = np.array([s.count("C") + 3.0 * s.count("O") for s in SMILES])
    value = (value > np.median(value)).astype(float) if sense == "classify" else value
    ends = {"low": 3, "high": 5} if sense == "window" else {}
    target = Target("p", "", sense, **ends, wanted=1 if sense == "classify" else None)
    settings = replace(quick, members=1, split="random", test_fraction=0.3, evidence=True, repeats=2)
    surrogate = fit_surrogate(make_dataset(problem.z, value, target, smiles=SMILES), settings)
    methods = surrogate.card["evidence"]["methods"]
    assert {name: len(record["seeds"]) for name, record in methods.items()} == {"random": 2}
    name = "roc_auc" if sense == "classify" else "r2"
    scores = methods["random"]["scores"]
    assert min(scores["random_forest"][name]) > 0.7
    assert all(np.isfinite(scores[model][name]).all() for model in ("convex", "linear", "mlp", "svm"))
    text = (save_surrogate(tmp_path / "s", surrogate) / "card.md").read_text()
    for words in ("## Evidence", "random forest on Morgan counts", "2 random splits", "the price of convexity is"):
        assert words in text


def test_a_given_split_stands_alone_and_is_judged_over_molecules(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=300)
    split = column_split(["train"] * 200 + ["test"] * 100)
    settings = replace(quick, members=1, split=split, evidence=True)
    evidence = fit_surrogate(make_dataset(problem.z, problem.value, Target("p", "", "minimize")), settings).card[
        "evidence"
    ]
    assert evidence["methods"]["column"]["tested"] == [100]
    assert evidence["notes"] == ["the column split was given: there are no repeats"]
    assert evidence["methods"]["column"]["differences"]["linear"]["over"] == "molecules"


def test_splits_that_the_data_do_not_allow_are_said(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=40)
    one_scaffold = ["C" * (i + 1) for i in range(40)]
    settings = replace(quick, members=1, split="random", evidence=True, repeats=2)
    data = make_dataset(problem.z, problem.value, Target("p", "", "minimize"), smiles=one_scaffold)
    evidence = fit_surrogate(data, settings).card["evidence"]
    assert list(evidence["methods"]) == ["random"]
    assert [note for note in evidence["notes"] if "scaffold split with seed 1 left out" in note]
    label = np.zeros(40)
    label[:2] = 1.0
    data = make_dataset(problem.z, label, Target("p", "", "classify", wanted=1))
    notes = fit_surrogate(data, replace(settings, repeats=4)).card["evidence"]["notes"]
    assert any("random splits have too few exact values or one class only" in note for note in notes)


def test_large_tables_take_fewer_repeats(make_problem: Callable) -> None:
    def count(n: int, repeats: int | None = None) -> int:
        data = make_dataset(torch.zeros(n, 2), np.arange(n, dtype=float), Target("p", "", "minimize"))
        main = random_split(n)
        return len(evidence_splits(data, main, repeats, (0.1, 0.1)).splits)

    assert (count(5000), count(5001), count(5001, 3)) == (5, 2, 3)


def test_the_interval_over_splits_grows_with_their_overlap() -> None:
    difference = np.array([0.1, 0.2, 0.3, 0.2, 0.2])
    apart, overlapping = over_splits(difference, 0.0), over_splits(difference, 0.25)
    assert apart.mean == pytest.approx(0.2)
    plain = 2.7764 * difference.std(ddof=1) / np.sqrt(5)  # Student's t, 4 degrees of freedom
    assert (apart.low, apart.high) == pytest.approx((0.2 - plain, 0.2 + plain), rel=1e-4)
    assert overlapping.high - overlapping.mean == pytest.approx(plain * 1.5, rel=1e-4)  # sqrt((1/5 + 1/4) / (1/5))


def test_the_interval_over_molecules_is_paired() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=400)
    noise = rng.normal(size=400)
    found = over_molecules(truth, truth + 0.5 * noise, truth + 0.6 * noise, r2)
    assert found.low < found.mean < found.high
    assert found.low > 0.0  # each alone has an interval ten times as wide
    same = over_molecules(truth, truth + noise, truth + noise, r2)
    assert (same.mean, same.low, same.high) == (0.0, 0.0, 0.0)


def test_search_keeps_only_what_helps_and_tells_what_it_tried(
    make_problem: Callable, quick: FitSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100_000))
    monkeypatch.setattr("molconvex.surrogate.fit.settings_search.time.monotonic", lambda: float(next(clock)))
    problem = make_problem(n=200)
    settings = replace(quick, members=1, search_seconds=100.0)
    stages: set[str] = set()
    surrogate = fit_surrogate(
        make_dataset(problem.z, problem.value, Target("logp", "", "minimize")),
        settings,
        Hooks(lambda p: stages.add(p.stage)),
    )
    trials = surrogate.card["search"]
    assert len(trials) >= 2
    assert trials[0] == {"change": {}, "validation_loss": trials[0]["validation_loss"], "kept": True}
    kept = [trial["validation_loss"] for trial in trials if trial["kept"]]
    assert kept == sorted(kept, reverse=True)
    for trial in trials:
        for name, value in trial["change"].items():
            changed_later = any(name in t["change"] and t["kept"] for t in trials[trials.index(trial) + 1 :])
            if trial["kept"] and not changed_later:
                assert surrogate.card["network"][name] == value
    assert any(stage.startswith("search: hidden") for stage in stages)


def test_search_gives_up_a_trial_when_its_time_is_over(
    make_problem: Callable, quick: FitSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(10_000))
    monkeypatch.setattr("molconvex.surrogate.fit.settings_search.time.monotonic", lambda: float(next(clock)))
    problem = make_problem(n=100)
    fit = (problem.z, problem.value, Target("logp", "", "minimize"))
    surrogate = fit_surrogate(make_dataset(*fit), replace(quick, members=1, search_seconds=4.0))
    assert len(surrogate.card["search"]) == 1
    surrogate = fit_surrogate(make_dataset(*fit), replace(quick, members=1, search_seconds=60.0))
    assert 1 < len(surrogate.card["search"]) < 6


def test_spread_calibration_tells_an_honest_spread_from_a_blind_one() -> None:
    rng = np.random.default_rng(0)
    size = rng.uniform(0.1, 2.0, 2000)
    truth = rng.normal(size=2000)
    predicted = truth + size * rng.normal(size=2000)
    assert spread_factor(truth, predicted, size / 7) == pytest.approx(7.0, rel=0.05)
    honest = spread_calibration(truth, predicted, size)
    assert honest["within_one"] == pytest.approx(0.68, abs=0.03)
    assert honest["within_two"] == pytest.approx(0.95, abs=0.02)
    assert honest["rank_correlation"] > 0.4
    rmse = [b["rmse"] for b in honest["bins"]]
    assert rmse == sorted(rmse)
    assert abs(spread_calibration(truth, predicted, rng.permutation(size))["rank_correlation"]) < 0.1
    assert spread_factor(truth, predicted, np.zeros(2000)) == 1.0


def test_probability_calibration() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(5000)
    label = (rng.random(5000) < p).astype(float)
    assert probability_calibration(label, p)["expected_calibration_error"] < 0.03
    assert probability_calibration(label, p**3)["expected_calibration_error"] > 0.15
