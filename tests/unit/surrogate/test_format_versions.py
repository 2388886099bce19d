"""Folders of earlier versions are read, later ones refused, and no version misreads what it was not made for."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from molconvex.exceptions import WeightsError
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Target,
    fit_surrogate,
    load_surrogate,
    load_surrogates,
    make_dataset,
    save_surrogates,
)
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features
from molconvex.surrogate.store.folders import MANIFEST, READ_VERSIONS

SMILES = [f"{'C' * (i + 1)}{end}" for i in range(6) for end in ("O", "N", "c1ccccc1")]


@pytest.fixture(scope="module")
def plain(make_problem: Callable, quick: FitSettings) -> ConvexSurrogate:
    problem = make_problem(n=60)
    data = make_dataset(problem.z, problem.value, Target("plain", "", "minimize"))
    return fit_surrogate(data, replace(quick, members=1))


@pytest.fixture(scope="module")
def refined(plain: ConvexSurrogate) -> ConvexSurrogate:
    refinement = fit_refinement(structure_features(SMILES), np.arange(float(len(SMILES))), plain.target)
    target = replace(plain.target, property="refined")
    return replace(plain, scaler=replace(plain.scaler, target=target), refinement=refinement)


@pytest.fixture(scope="module")
def refined_by_fingerprints(refined: ConvexSurrogate) -> ConvexSurrogate:
    """As an earlier version made them."""
    process = replace(refined.refinement.process, properties=np.zeros((len(SMILES), 0)), scale=None)
    return replace(refined, refinement=replace(refined.refinement, process=process))


def version_of(folder: Path) -> int:
    return json.loads((folder / MANIFEST).read_text())["format_version"]


def rewritten(folder: Path, **changed: Any) -> Path:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changed))
    return folder


def test_only_what_an_earlier_version_would_misread_has_the_new_number(
    plain: ConvexSurrogate, refined: ConvexSurrogate, refined_by_fingerprints: ConvexSurrogate, tmp_path: Path
) -> None:
    assert version_of(save_surrogates(tmp_path / "plain", [plain])) == 2
    assert version_of(save_surrogates(tmp_path / "fingerprints", [plain, refined_by_fingerprints])) == 2
    assert version_of(save_surrogates(tmp_path / "both", [plain, refined])) == 3
    assert set(load_surrogates(tmp_path / "both")) == {"plain", "refined"}


@pytest.mark.parametrize("version", [2, 3])
def test_properties_are_read_under_both_numbers(refined: ConvexSurrogate, tmp_path: Path, version: int) -> None:
    again = load_surrogate(rewritten(save_surrogates(tmp_path / "s", [refined]), format_version=version)).refinement
    features, predicted = structure_features(["CCCCO", "c1ccccc1N"]), np.array([1.0, 2.0])
    assert np.array_equal(again.refined(predicted, features), refined.refinement.refined(predicted, features))


def test_a_newer_folder_is_refused_with_what_to_do(plain: ConvexSurrogate, tmp_path: Path) -> None:
    newest = READ_VERSIONS[-1]
    folder = rewritten(save_surrogates(tmp_path / "s", [plain]), format_version=newest)
    assert set(load_surrogates(folder)) == {"plain"}
    rewritten(folder, format_version=newest + 1, surrogates={"in": "another shape"})
    with pytest.raises(WeightsError, match=r"by a newer molconvex \(format version 4, .* reads 1 to 3\); update it"):
        load_surrogates(folder)


@pytest.mark.parametrize("version", [0, None, "2"])
def test_what_was_never_a_number_of_a_version_is_refused(plain: ConvexSurrogate, tmp_path: Path, version: Any) -> None:
    folder = rewritten(save_surrogates(tmp_path / "s", [plain]), format_version=version)
    with pytest.raises(WeightsError, match=f"format version {version}, .*train or download it again"):
        load_surrogates(folder)
