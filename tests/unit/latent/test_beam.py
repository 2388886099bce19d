"""Beam search against the obvious way: every sequence written out and scored."""

import itertools
import json

import pytest
import torch

from molconvex.latent.vae.beam import likeliest_valid
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


def spelling(*forbidden: tuple[int, ...]):
    """Spells every sequence of an odd sum that is not forbidden."""

    def spell(sequences: list[list[int]]) -> list[str]:
        return [",".join(map(str, ids)) if sum(ids) % 2 and tuple(ids) not in forbidden else "" for ids in sequences]

    return spell


def test_a_wide_beam_finds_the_likeliest_valid_sequence(decoder) -> None:
    z = torch.randn(20, 4, generator=torch.Generator().manual_seed(1))
    found = likeliest_valid(decoder, z, 40, spelling())
    for row, text in zip(z, found, strict=True):
        truth = {ids: score for ids, score in scored(decoder, row).items() if sum(ids) % 2}
        assert text == ",".join(map(str, max(truth, key=truth.__getitem__)))


def test_what_is_forbidden_leaves_its_place_to_the_next(decoder) -> None:
    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(1))
    truth = {ids: score for ids, score in scored(decoder, z[0]).items() if sum(ids) % 2}
    first, second, third, *_ = sorted(truth, key=truth.__getitem__, reverse=True)
    assert likeliest_valid(decoder, z, 40, spelling(first)) == [",".join(map(str, second))]
    assert likeliest_valid(decoder, z, 40, spelling(first, second)) == [",".join(map(str, third))]


def test_a_narrow_beam_finds_what_greedy_decoding_finds(decoder) -> None:
    z = torch.randn(30, 4, generator=torch.Generator().manual_seed(2))
    greedy = [ids.tolist() for ids in decoder.generate(z)]

    def anything(sequences: list[list[int]]) -> list[str]:
        return [str(ids) for ids in sequences]

    found = likeliest_valid(decoder, z, 1, anything)
    likelihood = [scored(decoder, row) for row in z]
    for text, ids, scores in zip(found, greedy, likelihood, strict=True):
        assert scores[tuple(json.loads(text))] >= scores[tuple(ids)] - 1e-5  # an end beside the greedy path counts too


def test_rows_do_not_depend_on_each_other(decoder) -> None:
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(2))
    together = likeliest_valid(decoder, z, 3, spelling())
    assert together == [likeliest_valid(decoder, row[None], 3, spelling())[0] for row in z]


def test_nothing_valid_is_an_empty_text_and_every_end_is_asked_for_once(decoder) -> None:
    asked: list[tuple[int, ...]] = []

    def nothing(sequences: list[list[int]]) -> list[str]:
        asked.extend(tuple(ids) for ids in sequences)
        return [""] * len(sequences)

    z = torch.randn(1, 4, generator=torch.Generator().manual_seed(3))
    assert likeliest_valid(decoder, z, 40, nothing) == [""]
    assert len(asked) == len(set(asked)) == len(scored(decoder, z[0]))
