"""The reference set as it is stored, and the radius that a similarity means."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molconvex.exceptions import ConfigError, WeightsError
from molconvex.files import read_manifest, sha256_of
from molconvex.latent.reference import LATENT_COLUMN, ReferenceSet, load_reference_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    z = np.arange(6, dtype=np.float16).reshape(3, 2)
    frame = pd.DataFrame({"smiles": ["C", "CC", "CCC"], "qed": [0.1, 0.2, 0.3], "alerts": ["", "", ""]})
    frame[LATENT_COLUMN] = [row.tobytes() for row in z]
    frame.to_parquet(tmp_path / "molecules.parquet")
    manifest = {
        "latent_fingerprint": "abc",
        "radii": [[1.0, 0.9], [2.0, 0.5], [4.0, 0.1]],
        "files": {"molecules.parquet": sha256_of(tmp_path / "molecules.parquet")},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_reference_set_comes_back(folder: Path) -> None:
    reference = load_reference_set(folder)
    assert reference.smiles == ["C", "CC", "CCC"]
    torch.testing.assert_close(reference.z, torch.arange(6, dtype=torch.float32).reshape(3, 2))
    assert LATENT_COLUMN not in reference.table


def test_radius_falls_as_similarity_grows(folder: Path) -> None:
    reference = load_reference_set(folder)
    assert reference.radius_for_similarity(0.5) == pytest.approx(2.0)
    assert reference.radius_for_similarity(0.7) == pytest.approx(1.5)
    with pytest.raises(ConfigError, match="between 0 and 1"):
        reference.radius_for_similarity(1.5)


def test_an_altered_file_is_refused(folder: Path) -> None:
    path = folder / "molecules.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match="altered"):
        load_reference_set(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "molecules.parquet").unlink()
    with pytest.raises(WeightsError, match=r"molecules.parquet is missing"):
        read_manifest(folder)


def test_radii_that_do_not_fall_are_read_as_falling() -> None:
    reference = ReferenceSet(["C"], torch.zeros(1, 1), pd.DataFrame(), "", np.array([[1, 0.8], [2, 0.85], [3, 0.2]]))
    assert 1.0 <= reference.radius_for_similarity(0.8) <= 2.0
