"""The reference set as it is stored."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molconvex.exceptions import WeightsError
from molconvex.files import read_manifest, sha256_of
from molconvex.latent.reference import LATENT_COLUMN, load_reference_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    z = np.arange(6, dtype=np.float16).reshape(3, 2)
    frame = pd.DataFrame({"smiles": ["C", "CC", "CCC"], "qed": [0.1, 0.2, 0.3], "alerts": ["", "", ""]})
    frame[LATENT_COLUMN] = [row.tobytes() for row in z]
    frame.to_parquet(tmp_path / "molecules.parquet")
    manifest = {
        "latent_fingerprint": "abc",
        "files": {"molecules.parquet": sha256_of(tmp_path / "molecules.parquet")},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


def test_a_reference_set_comes_back(folder: Path) -> None:
    reference = load_reference_set(folder)
    assert reference.smiles == ["C", "CC", "CCC"]
    torch.testing.assert_close(reference.z, torch.arange(6, dtype=torch.float32).reshape(3, 2))
    assert LATENT_COLUMN not in reference.table


def test_an_altered_file_is_refused(folder: Path) -> None:
    path = folder / "molecules.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WeightsError, match="altered"):
        load_reference_set(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "molecules.parquet").unlink()
    with pytest.raises(WeightsError, match=r"molecules.parquet is missing"):
        read_manifest(folder)
