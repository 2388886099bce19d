"""Latents for training: failures are left out with a reason, too many stop, the cache saves work and heals itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from molconvex.exceptions import DataError
from molconvex.surrogate import (
    FitSettings,
    Target,
    TrainingSettings,
    encode_dataset,
    encode_molecules,
    fit_surrogate,
)


@dataclass
class Encoding:
    z: Tensor
    reasons: list[str]


class CountingEncoder:
    """Latent model of a toy chemistry: counts of letters; refuses what has a question mark."""

    latent_dim = 3
    fingerprint = "toy"

    def __init__(self) -> None:
        self.calls = 0

    def try_encode(self, smiles: Sequence[str]) -> Encoding:
        self.calls += 1
        z = torch.tensor([[s.count("C"), s.count("O"), len(s)] for s in smiles], dtype=torch.float32)
        bad = ["?" in s for s in smiles]
        z[torch.tensor(bad)] = float("nan")
        return Encoding(z, ["question mark" if b else "" for b in bad])


SMILES = ["C" * (i % 9 + 1) + "O" * (i % 4) for i in range(40)]


def test_failures_are_left_out_with_their_reason() -> None:
    encoded = encode_molecules(CountingEncoder(), ["CO", "C?", "CCO"])
    assert encoded.kept.tolist() == [0, 2]
    assert encoded.z[:, 0].tolist() == [1.0, 2.0]
    assert encoded.failures == {1: "question mark"}


def test_half_unreadable_stops_and_shows_ten() -> None:
    smiles = ["?"] * 12 + ["C"] * 12
    with pytest.raises(DataError) as caught:
        encode_molecules(CountingEncoder(), smiles, names=[f"line {i + 2}" for i in range(24)])
    text = str(caught.value)
    assert "12 of 24 structures" in text
    assert text.count("question mark") == 10
    assert "line 2: '?'" in text


def test_cache_saves_the_second_encoding_and_heals_itself(tmp_path: Path) -> None:
    model = CountingEncoder()
    first = encode_molecules(model, [*SMILES, "C?"], cache=tmp_path)
    again = encode_molecules(model, [*SMILES, "C?"], cache=tmp_path)
    assert model.calls == 1
    assert torch.equal(first.z, again.z)
    assert first.reasons == again.reasons
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    assert torch.equal(encode_molecules(model, [*SMILES, "C?"], cache=tmp_path).z, first.z)
    assert model.calls == 2
    encode_molecules(model, SMILES, cache=tmp_path)
    assert model.calls == 3


def test_training_from_smiles_skips_what_cannot_be_encoded_and_records_the_latent_model() -> None:
    smiles = [*SMILES, "C?"]
    value = np.array([s.count("C") - 2.0 * s.count("O") for s in SMILES] + [1e6])
    settings = FitSettings(
        members=1, split="random", training=TrainingSettings(hidden=(8,), least_steps=200, input_noise=0.0)
    )
    surrogate = fit_surrogate(
        encode_dataset(CountingEncoder(), smiles, value, Target("score", "", "minimize")), settings
    )
    assert surrogate.latent_fingerprint == "toy"
    assert surrogate.card["data"]["molecules"] == 40
    predicted = surrogate.predict(encode_molecules(CountingEncoder(), SMILES).z).numpy()
    assert predicted == pytest.approx(value[:40], abs=0.3)
