"""Sequences encoded without padding have the posteriors that the padded network gives them."""

import pytest
import torch

from molconvex.latent.vae.model import padded
from molconvex.latent.vae.network import Encoder, MoleculeVAE, NetworkConfig
from molconvex.latent.vae.ragged_encoder import encode_ragged

LENGTHS = {
    "one token": [1],
    "nothing between the special tokens": [0, 3],
    "of one length": [5, 5, 5],
    "of many": [1, 2, 2, 4, 7, 7, 7, 12],
    "the longest that is read": [3, 12],
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
    for found, padded_one in zip(encode_ragged(encoder, ids), wanted, strict=True):
        torch.testing.assert_close(found, padded_one, rtol=1e-4, atol=1e-4)


def test_weights_that_change_are_seen(encoder: Encoder) -> None:
    ids = [[4, 5, 6], [7, 8, 9, 10]]
    encode_ragged(encoder, ids)
    with torch.no_grad():
        encoder.blocks[0].feed_in.weight.mul_(1.5)
        wanted, _ = encoder(padded(ids))
    torch.testing.assert_close(encode_ragged(encoder, ids)[0], wanted, rtol=1e-4, atol=1e-4)
