"""Sequences encoded without padding have the posteriors that the padded network gives them."""

import pytest
import torch

from molconvex.latent.vae import packed_linear
from molconvex.latent.vae.model import padded
from molconvex.latent.vae.network import Encoder, MoleculeVAE, NetworkConfig
from molconvex.latent.vae.packed_linear import PackedLinears
from molconvex.latent.vae.ragged_encoder import RaggedEncoder

LENGTHS = {
    "one token": [1],
    "nothing between the special tokens": [0, 3],
    "of one length": [5, 5, 5],
    "of many": [1, 2, 2, 4, 7, 7, 7, 12],
    "the longest that is read": [3, 12],
    "as many tokens as rows": [6, 6],
    "one token more than rows": [6, 7],
    "as many tokens as many rows": [6, 6, 6, 6, 6, 6, 6, 6],
    "one token more than many rows": [6, 6, 6, 6, 6, 6, 6, 7],
}


@pytest.fixture(scope="module", params=[1, 2, 3])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Of as many layers, with weights as large as after training: those of new ones leave out half of the network."""
    torch.manual_seed(request.param)
    config = NetworkConfig(40, latent_dim=16, width=32, heads=2, encoder_layers=request.param, max_tokens=12)
    encoder = MoleculeVAE(config).eval().encoder
    for parameter in encoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return encoder


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_posteriors_are_those_of_the_padded_network(encoder: Encoder, lengths: list[int]) -> None:
    ids = [torch.randint(3, 40, (length,)).tolist() for length in lengths]
    with torch.no_grad():
        wanted = encoder(padded(ids))
    for found, padded_one in zip(RaggedEncoder(encoder)(ids), wanted, strict=True):
        torch.testing.assert_close(found, padded_one, rtol=1e-4, atol=1e-4)


def test_weights_that_change_are_seen(encoder: Encoder) -> None:
    ids = [[4, 5, 6], [7, 8, 9, 10]]
    ragged = RaggedEncoder(encoder)
    ragged(ids)
    with torch.no_grad():
        encoder.blocks[0].feed_in.weight.mul_(1.5)
        wanted, _ = encoder(padded(ids))
    torch.testing.assert_close(ragged(ids)[0], wanted, rtol=1e-4, atol=1e-4)


def test_without_packed_weights_posteriors_are_the_same(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [[4, 5, 6], [7, 8, 9, 10]]
    packed = RaggedEncoder(encoder)(ids)
    monkeypatch.setattr(packed_linear, "can_pack", lambda: False)
    torch.testing.assert_close(RaggedEncoder(encoder)(ids), packed, rtol=1e-4, atol=1e-4)


def test_layers_are_applied_in_the_precision_that_is_asked_for() -> None:
    layer, x = torch.nn.Linear(64, 8, bias=False), torch.randn(5, 64)
    linear = PackedLinears()
    with torch.no_grad():
        torch.testing.assert_close(linear(layer, x), layer(x))
        with torch.autocast("cpu", torch.bfloat16):
            assert linear(layer, x).dtype == torch.bfloat16
        assert linear(layer.double(), x.double()).dtype == torch.float64
