"""The benchmark of intervals: what is held by hand, molecules that are kept apart, a run that is resumed, its table."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from molconvex.chem import compute_properties
from molconvex.surrogate import FitSettings, TrainingSettings
from molconvex.surrogate.model.conformal import Conformal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def benchmark(monkeypatch, toy_model) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    module = importlib.import_module("interval_coverage")
    monkeypatch.setattr(module, "load_latent_model", lambda name: toy_model)
    small = TrainingSettings(hidden=(8,), least_steps=40, most_steps=40)
    monkeypatch.setattr(module, "FitSettings", lambda **given: FitSettings(**given, training=small))
    return module


@pytest.fixture
def words(tmp_path, toy_model) -> list[str]:
    """A small table in the place of a public one, and one split of it."""
    table = compute_properties(toy_model.smiles[:160], ["logp"])
    table = table.rename(columns={"logp": "measured log solubility in mols per litre"})
    table.insert(0, "smiles", toy_model.smiles[:160])
    table.to_csv(tmp_path / "esol.csv", index=False)
    size = ["--splits", "1", "--repeats", "2", "--members", "1", "--only", "esol"]
    return ["--assays", str(tmp_path), *size, "--json", str(tmp_path / "out.json")]


def test_what_is_held_by_hand(benchmark) -> None:
    intervals = Conformal(inside=(0.1, 0.2, 0.3, 0.4), outside=(1.0, 2.0, 3.0, 4.0))
    error, distance = np.array([0.1, -0.25, np.nan, 3.5, -3.0]), np.array([1.0, 0.5, 0.5, 1.1, 1.1])
    assert benchmark.held(error, distance, intervals) == {"tested": 4, "within": [1, 1, 3, 4]}


def test_the_best_tenth_is_taken_on_the_side_that_is_wanted(benchmark) -> None:
    value = np.arange(21.0)
    assert np.flatnonzero(benchmark.best_tenth(value, "maximize")).tolist() == [18, 19, 20]
    assert np.flatnonzero(benchmark.best_tenth(value, "minimize")).tolist() == [0, 1, 2]


def test_a_run_keeps_molecules_apart_and_is_resumed(benchmark, words, tmp_path, monkeypatch, capsys) -> None:
    fitted = []
    fit = benchmark.fit_surrogate
    monkeypatch.setattr(benchmark, "fit_surrogate", lambda data, settings: fitted.append(data) or fit(data, settings))
    assert benchmark.main(words) == 0
    record = json.loads((tmp_path / "out.json").read_text())["records"]["esol"]["0"]
    (data,) = fitted
    tested = record["convex"]["all"]["tested"]
    assert 0.1 * 160 <= tested <= 0.2 * 160
    assert tested + len(data) == 160
    assert record["convex"]["all"]["within"] == sorted(record["convex"]["all"]["within"])
    assert record["convex"]["best tenth"]["tested"] == pytest.approx(tested / 10, abs=1)
    shown = capsys.readouterr().out
    assert f"{record['convex']['all']['within'][2] / tested:.1%}" in shown
    assert benchmark.main(words) == 0
    assert len(fitted) == 1
