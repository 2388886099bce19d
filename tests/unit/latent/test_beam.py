"""Beam search against the obvious way: every sequence written out and scored."""

import itertools

import pytest
import torch

from molconvex.latent.vae.beam import likeliest
from molconvex.latent.vae.network import MoleculeVAE, NetworkConfig
from molconvex.latent.vae.special_tokens import BOS, EOS, PAD

TOKENS = 6  # three special, three others


@pytest.fixture
def decoder():
    torch.manual_seed(0)
    network = MoleculeVAE(
        NetworkConfig(TOKENS, latent_dim=4, width=16, heads=2, encoder_layers=1, decoder_layers=2, max_tokens=3)
    ).eval()
    for parameter in network.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return network.decoder


def scored(decoder, z: torch.Tensor) -> dict[tuple[int, ...], float]:
    """Log-likelihood of every sequence of at most three tokens."""
    found = {}
    for length in range(4):
        for ids in itertools.product(range(3, TOKENS), repeat=length):
            wanted = [*ids, EOS][:3]
            with torch.no_grad():
                logits = decoder(z[None], torch.tensor([[BOS, *ids][:3]]))[0]
            logits[:, [PAD, BOS]] = -torch.inf
            logp = torch.log_softmax(logits, -1)
            found[ids] = float(sum(logp[i, token] for i, token in enumerate(wanted)))
    return found


def test_a_wide_beam_finds_the_likeliest_sequences_in_order(decoder) -> None:
    z = torch.randn(3, 4, generator=torch.Generator().manual_seed(1))
    beams, scores = likeliest(decoder, z, 40)
    for row, beam, score in zip(z, beams, scores, strict=True):
        truth = scored(decoder, row)
        best = sorted(truth, key=truth.__getitem__, reverse=True)[:10]
        assert [tuple(ids) for ids in beam[:10]] == best
        torch.testing.assert_close(score[:10].tolist(), [truth[ids] for ids in best], rtol=1e-4, atol=1e-4)


def test_a_beam_of_one_is_greedy_and_rows_do_not_depend_on_each_other(decoder) -> None:
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))
    beams, _ = likeliest(decoder, z, 1)
    assert [beam[0] for beam in beams] == [ids.tolist() for ids in decoder.generate(z)]
    together, _ = likeliest(decoder, z, 4)
    assert together[2] == likeliest(decoder, z[2:3], 4)[0][0]
