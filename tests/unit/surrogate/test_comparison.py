"""Rivals, search and calibration: what the card tells beside the surrogate's own metrics."""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molconvex.exceptions import MissingExtraError, SurrogateError
from molconvex.surrogate import FitSettings, Hooks, Target, fit_surrogate, make_dataset, save_surrogate
from molconvex.surrogate.evidence.calibration import probability_calibration, spread_calibration, spread_factor

SMILES = [
    f"{'C' * (i % 7 + 1)}{ring}{'O' * (i % 3)}" for i, ring in enumerate(["c1ccccc1", "C1CCCC1", "c1ccncc1", "N"] * 25)
]


def test_price_of_convexity_is_small_for_a_bowl_and_large_for_a_dome(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=800, curvature=4.0)
    settings = replace(
        quick, members=1, baselines=True, training=replace(quick.training, hidden=(32, 32), least_steps=500)
    )
    bowl, dome = (
        fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", sense)), settings).card[
            "price_of_convexity"
        ]
        for sense in ("minimize", "maximize")
    )
    assert list(bowl) == ["convex", "convex_single", "linear", "mlp", "mlp_single"]
    assert bowl["mlp"] == bowl["mlp_single"]  # one member
    assert bowl["convex"]["r2"]["value"] > bowl["mlp"]["r2"]["value"] - 0.02
    assert dome["convex"]["r2"]["value"] < dome["mlp"]["r2"]["value"]
    assert bowl["linear"]["r2"]["value"] == pytest.approx(dome["linear"]["r2"]["value"], abs=1e-6)


@pytest.mark.parametrize("target", [Target("logp", "", "window", 4, 6), Target("high", "", "classify", wanted=1)])
def test_every_goal_has_a_price(make_problem: Callable, quick: FitSettings, target: Target, tmp_path: Path) -> None:
    problem = make_problem(n=400)
    value = (problem.value > 5).astype(float) if target.sense == "classify" else problem.value
    surrogate = fit_surrogate(make_dataset(problem.z, value, target), replace(quick, baselines=True))
    text = (save_surrogate(tmp_path / "s", surrogate) / "card.md").read_text()
    assert "## Price of convexity" in text
    assert "## Calibration" in text
    metrics = surrogate.card["price_of_convexity"]
    name = "roc_auc" if target.sense == "classify" else "r2"
    assert all(metrics[rival][name]["value"] > 0.7 for rival in ("convex", "convex_single", "linear"))
    assert np.isfinite(metrics["mlp"][name]["value"])


def test_forest_without_scikit_learn_names_the_extra(
    make_problem: Callable, quick: FitSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = make_problem(n=100)
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    settings = replace(quick, members=1, split="random", baselines=True, random_forest=True)
    with pytest.raises(MissingExtraError, match=r"molconvex\[evaluate\]"):
        fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", "minimize"), smiles=SMILES), settings)
    with pytest.raises(SurrogateError, match="needs the structures"):
        fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", "minimize")), settings)


@pytest.mark.skipif(importlib.util.find_spec("sklearn") is None, reason="needs scikit-learn (extra 'evaluate')")
@pytest.mark.parametrize("sense", ["minimize", "window", "classify"])
def test_forest_learns_from_structures(make_problem: Callable, quick: FitSettings, sense: str) -> None:
    problem = make_problem(n=100)
    value = np.array([s.count("C") + 3.0 * s.count("O") for s in SMILES])
    value = (value > np.median(value)).astype(float) if sense == "classify" else value
    target = Target(
        "p",
        "",
        sense,
        **({"low": 3, "high": 5} if sense == "window" else {}),
        wanted=1 if sense == "classify" else None,
    )
    settings = replace(quick, members=1, split="random", test_fraction=0.3, baselines=True, random_forest=True)
    surrogate = fit_surrogate(make_dataset(problem.z, value, target, smiles=SMILES), settings)
    forest = surrogate.card["price_of_convexity"]["random_forest"]
    assert forest["roc_auc" if sense == "classify" else "r2"]["value"] > 0.8


def test_search_keeps_only_what_helps_and_tells_what_it_tried(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=200)
    settings = replace(quick, members=1, search_seconds=2.0)
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
