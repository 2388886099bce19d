"""The structure refines a prediction where held-out molecules prefer that, and nothing else of a surrogate."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from molconvex.cli.train import _show
from molconvex.exceptions import ConfigError
from molconvex.surrogate import FitSettings, Target, fit_surrogate, load_surrogate, make_dataset, save_surrogate
from molconvex.surrogate.evidence.card import card_markdown
from molconvex.surrogate.evidence.evidence_text import refinement_sentence
from molconvex.surrogate.model.refinement import Refinement, fit_refinement
from molconvex.surrogate.model.structure_features import (
    PropertyScale,
    StructureFeatures,
    structure_features,
    tanimoto_kernel,
)
from molconvex.surrogate.model.structure_process import StructureProcess
from molconvex.surrogate.store.manifest import TensorStore, entry_of, surrogate_of

RINGS = ["c1ccccc1", "C1CCCC1", "c1ccncc1", "C1CCNCC1", "c1ccsc1"]
SMILES = [f"{'C' * (i % 6 + 1)}{RINGS[i % 5]}{'O' * (i // 6 % 3)}{'N' * (i // 18 % 2)}" for i in range(120)]
CLASSES = Target("toxic", "", "classify", wanted=0)


@pytest.fixture
def judged(quick: FitSettings) -> FitSettings:
    return replace(quick, members=1, split="random", evidence=True, repeats=3, rivals=("linear",), refine=True)


def kernel(a: StructureFeatures, b: StructureFeatures, scaled_by: StructureFeatures | None = None) -> np.ndarray:
    """Half of it by fingerprints, half by properties, standardized by those of the molecules trained on."""
    scale = (scaled_by or b).properties
    spread = np.where(scale.std(axis=0) > 0, scale.std(axis=0), 1.0)
    left, right = (((x.properties - scale.mean(axis=0)) / spread).clip(-4, 4) for x in (a, b))
    squared = ((left[:, None] - right[None]) ** 2).mean(axis=2)
    return 0.5 * tanimoto_kernel(a.bits, b.bits) + 0.5 * np.exp(-squared / 2)


def test_two_thirds_of_a_refined_prediction_are_the_process() -> None:
    features, value = structure_features(SMILES[:40]), np.arange(40.0)
    value[7] = np.nan
    refinement = fit_refinement(features, value, Target("p", "", "minimize"))
    assert refinement is not None
    known = np.delete(np.arange(40), 7)
    mean = value[known].mean()
    asked = structure_features(SMILES[40:60])
    weights = np.linalg.solve(kernel(features[known], features[known]) + 0.3**2 * np.eye(39), value[known] - mean)
    process = mean + kernel(asked, features[known], features[known]) @ weights
    predicted = np.linspace(-5, 5, 20)
    assert refinement.refined(predicted, asked) == pytest.approx(2 / 3 * process + predicted / 3, rel=1e-4)
    assert refinement.refined(predicted[:0], asked[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("target", "least", "most"),
    [(CLASSES, 0.0, 1.0), (Target("p", "", "window", 1.0, 2.0), 0.0, np.inf), (Target("p", "", "minimize"), -9.0, 9.0)],
)
def test_the_process_says_nothing_impossible(target: Target, least: float, most: float) -> None:
    features = structure_features(SMILES[:2])
    for weight, bound in ((-9.0, least), (9.0, most if np.isfinite(most) else 9.0)):
        packed = np.packbits(features.bits[:1].astype(np.uint8), axis=1)
        one = Refinement(StructureProcess(packed, np.array([weight]), 0.0, np.zeros((1, 0)), None), target, 0.5)
        assert one.refined(np.array([0.4]), features[:1]) == pytest.approx(0.5 * bound + 0.2)


def test_fewer_than_two_known_values_teach_nothing() -> None:
    features = structure_features(SMILES[:3])
    assert fit_refinement(features, np.array([1.0, np.nan, np.nan]), CLASSES) is None
    assert fit_refinement(features, np.array([1.0, 0.0, np.nan]), CLASSES) is not None


def test_of_many_molecules_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molconvex.surrogate.model.refinement.MOST_MOLECULES", 30)
    features = structure_features(SMILES)
    for count, kept in ((30, 30), (31, 30)):
        found = fit_refinement(features[:count], np.arange(float(count)), CLASSES)
        assert found is not None
        assert len(found.process.weights) == len(found.process.packed) == kept


@pytest.mark.parametrize("target", [Target("p", "", "minimize"), CLASSES])
def test_where_structure_decides_it_is_kept_with_intervals_of_its_own(
    make_problem: Callable, judged: FitSettings, target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    z = make_problem(n=120).z
    value = np.array([s.count("O") + ("n" in s) for s in SMILES], dtype=float)
    value = (value > 1).astype(float) if target.kind == "classification" else value
    data = make_dataset(z, value, target, smiles=SMILES)
    surrogate, plain = (fit_surrogate(data, settings) for settings in (judged, replace(judged, refine=False)))
    assert plain.refinement is None
    assert torch.equal(surrogate.cost(z), plain.cost(z))
    assert torch.equal(surrogate.predict(z), plain.predict(z))
    assert surrogate.refinement is not None
    scores = surrogate.card["evidence"]["methods"]["random"]["differences"]
    assert scores["refined"]["mean"] > 0.1
    assert (
        len(surrogate.refinement.process.weights) == surrogate.card["split"]["train"] + surrogate.card["split"]["valid"]
    )
    assert surrogate.refinement.conformal not in (None, surrogate.conformal)
    assert refinement_sentence(plain.card) == ""
    assert "searches rank by them" in refinement_sentence(surrogate.card)
    _show(surrogate)
    assert "refined by structure are kept" in capsys.readouterr().out
    text = card_markdown(surrogate.card, surrogate.scaler)
    for words in ("## Refined prediction", "nothing is proved of it", "refined by structure, of which nothing"):
        assert words in text
    again = load_surrogate(save_surrogate(tmp_path / "s", surrogate)).refinement
    predicted, features = surrogate.predict(z).numpy(), structure_features(SMILES)
    assert again.conformal == surrogate.refinement.conformal
    assert np.array_equal(again.refined(predicted, features), surrogate.refinement.refined(predicted, features))


def test_where_it_is_no_better_it_is_not_kept_and_the_card_says_so(make_problem: Callable, judged: FitSettings) -> None:
    problem = make_problem(n=120)
    data = make_dataset(problem.z, problem.value, Target("p", "", "minimize"), smiles=SMILES)
    surrogate = fit_surrogate(data, judged)
    assert surrogate.card["evidence"]["methods"]["random"]["differences"]["refined"]["mean"] <= 0
    assert surrogate.refinement is None
    assert "not kept" in card_markdown(surrogate.card, surrogate.scaler)
    assert "tried and not kept" in refinement_sentence(surrogate.card)


def test_at_last_it_learns_from_all_molecules(make_problem: Callable, judged: FitSettings) -> None:
    value = np.array([float(s.count("O")) for s in SMILES])
    data = make_dataset(make_problem(n=120).z, value, Target("p", "", "minimize"), smiles=SMILES)
    refinement = fit_surrogate(data, replace(judged, final=True)).refinement
    assert refinement is not None
    assert len(refinement.process.weights) == 120
    assert refinement.conformal is not None


def test_it_needs_evidence_and_structures(make_problem: Callable, judged: FitSettings) -> None:
    with pytest.raises(ConfigError, match="refine needs evidence"):
        replace(judged, evidence=False)
    problem = make_problem(n=120)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, Target("p", "", "minimize")), judged)
    assert surrogate.refinement is None
    assert any("the structures are not known" in note for note in surrogate.card["evidence"]["notes"][1:])


def test_a_damaged_refinement_is_refused(make_problem: Callable, judged: FitSettings) -> None:
    value = np.array([float(s.count("O")) for s in SMILES])
    data = make_dataset(make_problem(n=120).z, value, Target("p", "", "minimize"), smiles=SMILES)
    surrogate, store = fit_surrogate(data, judged), TensorStore()
    entry = entry_of(surrogate, store)
    assert surrogate_of(entry, store.tensors).refinement is not None
    place = entry["refinement"]["weights"]
    with pytest.raises(ValueError, match="do not fit together"):
        surrogate_of(entry, store.tensors | {place: store.tensors[place][1:]})


def test_a_refinement_without_properties_is_still_read(make_problem: Callable, judged: FitSettings) -> None:
    value = np.array([float(s.count("O")) for s in SMILES])
    data = make_dataset(make_problem(n=120).z, value, Target("p", "", "minimize"), smiles=SMILES)
    store = TensorStore()
    entry = entry_of(fit_surrogate(data, judged), store)
    del entry["refinement"]["properties"]
    entry["refinement"]["share"] = 0.5
    old, features = surrogate_of(entry, store.tensors).refinement, structure_features(SMILES[:5])
    bits = np.unpackbits(old.process.packed, axis=1).astype(np.float32)
    process = old.process.offset + tanimoto_kernel(features.bits, bits) @ old.process.weights
    assert old.refined(np.zeros(5), features) == pytest.approx(0.5 * process)


def test_properties_of_another_number_are_refused(make_problem: Callable, judged: FitSettings) -> None:
    value = np.array([float(s.count("O")) for s in SMILES])
    data = make_dataset(make_problem(n=120).z, value, Target("p", "", "minimize"), smiles=SMILES)
    store = TensorStore()
    entry = entry_of(fit_surrogate(data, judged), store)
    place = entry["refinement"]["properties"]["center"]
    with pytest.raises(ValueError, match="its properties and their weights do not fit together"):
        surrogate_of(entry, store.tensors | {place: store.tensors[place][1:]})


def test_what_cannot_be_measured_counts_as_the_mean_and_the_constant_is_harmless() -> None:
    properties = np.array([[1.0, 5.0], [3.0, 5.0], [np.nan, 5.0]])
    bits = np.zeros((3, 8), dtype=np.float32)
    features = StructureFeatures(bits, properties)
    scale = PropertyScale.of(features)
    assert scale(features).properties == pytest.approx(np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]))
    far = StructureFeatures(bits[:1], np.array([[2.0 + 9.0, np.nan]]))
    assert scale(far).properties == pytest.approx(np.array([[4.0, 0.0]]))
