import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from molconvex.exceptions import ConfigError, LatentMismatchError, WeightsError
from molconvex.files import read_manifest, sha256_of
from molconvex.latent.prior import load_prior, train_prior
from molconvex.latent.reference import LATENT_COLUMN, ReferenceSet, load_reference_set


def two_clusters(n: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    side = torch.randint(2, (n, 1), generator=generator) * 2.0 - 1.0
    return side * torch.tensor([3.0, 1.0]) + 0.2 * torch.randn(n, 2, generator=generator)


def test_the_prior_finds_two_clusters_that_no_gaussian_has() -> None:
    prior = train_prior(two_clusters(4000), steps=800, batch_size=256, width=64)
    drawn = prior.sample(1000, temperature=1.0, generator=torch.Generator().manual_seed(1))
    centers = torch.tensor([[3.0, 1.0], [-3.0, -1.0]])
    distance = torch.cdist(drawn, centers)
    assert (distance.min(dim=1).values < 1.0).float().mean() > 0.85
    assert 0.35 < (distance.argmin(dim=1) == 0).float().mean() < 0.65
    again = prior.sample(1000, temperature=1.0, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(drawn, again)


def test_lower_temperature_samples_the_typical_part() -> None:
    z = 5.0 + 2.0 * torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    prior = train_prior(z, steps=300, batch_size=256, width=32)
    for temperature in (1.0, 0.5):
        drawn = prior.sample(2000, temperature=temperature, generator=torch.Generator().manual_seed(1))
        assert (drawn.mean(0) - 5.0).abs().max() < 0.3
        assert (drawn.std(0) / (2.0 * temperature) - 1.0).abs().max() < 0.15


def test_an_earlier_prior_is_a_better_start_than_none() -> None:
    earlier, moved = train_prior(two_clusters(4000), steps=400, batch_size=256, width=64), two_clusters(4000) + 0.1
    before = [p.clone() for p in earlier.parameters()]
    losses = []
    for start in (None, earlier):
        prior = train_prior(moved, steps=20, batch_size=256, width=64, start=start)
        losses.append(prior.loss(moved, torch.Generator().manual_seed(1)).item())
    assert losses[1] < 0.8 * losses[0]
    assert all(torch.equal(a, b) for a, b in zip(before, earlier.parameters(), strict=True))
    with pytest.raises(LatentMismatchError, match="2 dimensions"):
        train_prior(torch.zeros(10, 3), steps=1, start=earlier)


def test_a_prior_of_another_model_is_refused(tmp_path: Path) -> None:
    prior = train_prior(two_clusters(100), steps=2, width=16)
    save_file({k: v.contiguous() for k, v in prior.state_dict().items()}, tmp_path / "prior.safetensors")
    manifest = {"latent_fingerprint": "abc", "files": {"prior.safetensors": sha256_of(tmp_path / "prior.safetensors")}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    assert load_prior(tmp_path, "abc").sample(3).shape == (3, 2)
    with pytest.raises(LatentMismatchError, match="was fitted to latent model"):
        load_prior(tmp_path, "def")


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
