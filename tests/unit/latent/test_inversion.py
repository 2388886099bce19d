"""Leads that do not come back from their own latent are brought back by a few gradient steps, or said not to be."""

import pytest
import torch

from molconvex.latent import load_bundled
from molconvex.latent.vae.inversion import invert
from molconvex.latent.vae.model import TextVAE

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture(scope="module")
def model() -> TextVAE:
    return load_bundled()


def test_what_comes_back_is_not_moved(model: TextVAE) -> None:
    inversion = invert(model, [ASPIRIN])
    assert inversion.returns.tolist() == [True]
    assert inversion.moved.tolist() == [0.0]
    torch.testing.assert_close(inversion.z, model.encode([ASPIRIN]))


def test_a_lost_molecule_is_brought_back_nearby(model: TextVAE, monkeypatch: pytest.MonkeyPatch) -> None:
    true = model.encode([ASPIRIN])
    away = true + 5.0 * torch.nn.functional.normalize(torch.ones_like(true), dim=1)
    assert model.decode(away) != [ASPIRIN]
    monkeypatch.setattr(model, "encode", lambda smiles: away.clone())
    inversion = invert(model, [ASPIRIN], steps=100)
    assert inversion.returns.tolist() == [True]
    assert model.decode(inversion.z) == [ASPIRIN]
    assert 0.0 < float(inversion.moved[0]) < 6.0


def test_what_stays_lost_keeps_the_encoders_latent(model: TextVAE, monkeypatch: pytest.MonkeyPatch) -> None:
    true = model.encode([ASPIRIN])
    away = true + 30.0
    monkeypatch.setattr(model, "encode", lambda smiles: away.clone())
    inversion = invert(model, [ASPIRIN], steps=1)
    assert inversion.returns.tolist() == [False]
    torch.testing.assert_close(inversion.z, away)
