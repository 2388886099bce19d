"""Beam search for the likeliest valid molecule, for languages in which the greedy sequence may spell none."""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor

from molconvex.latent.vae.network import Block, Decoder
from molconvex.latent.vae.special_tokens import BOS, EOS, PAD

Spell = Callable[[list[list[int]]], Sequence[str]]


@torch.no_grad()
def likeliest_valid(decoder: Decoder, z: Tensor, width: int, spell: Spell) -> list[str]:
    """The likeliest valid molecule that a beam finds for each latent, "" where it finds none.

    A sequence that ends is spelt at once and leaves its place in the beam to one that goes on. The search is over as
    soon as no unfinished sequence is likelier than the best valid one: going on only costs likelihood.

    Args:
        decoder: Gives the likelihoods of tokens.
        z: Latents (n, d).
        width: Unfinished sequences kept at each position; as many ends are looked at.
        spell: Texts of sequences of ids without the special tokens, "" for what is no molecule.

    Returns:
        n texts. A sequence that has not ended at the longest length is cut there.
    """
    n, config = len(z), decoder.config
    found, best = [""] * n, torch.full((n,), -torch.inf)
    rows = torch.arange(n)
    state = _State(decoder, z.repeat_interleave(width, 0))
    score = z.new_full((n, width), -torch.inf)
    score[:, 0] = 0.0
    ids = torch.full((n * width, config.max_tokens), EOS, dtype=torch.long, device=z.device)
    previous = torch.full((n * width,), BOS, dtype=torch.long, device=z.device)
    for position in range(config.max_tokens):
        gain = torch.log_softmax(state.logits(previous, position), dim=-1)
        total = (score.flatten()[:, None] + gain).view(len(rows), -1)
        score, chosen = total.topk(2 * width, dim=1)  # each of the width sequences can end in one way only
        ends, start = chosen % config.vocabulary == EOS, torch.arange(len(rows), device=z.device)[:, None] * width
        parent = start + chosen // config.vocabulary
        last = position + 1 == config.max_tokens
        looked_at = torch.ones_like(ends) if last else ends
        looked_at[:, width:] = False
        ids_now = ids[parent.flatten()].view(*parent.shape, -1)
        ids_now[:, :, position] = chosen % config.vocabulary
        for latent, text, value in _valid(ids_now, score, looked_at, spell):
            row = int(rows[latent])
            if value > best[row]:
                found[row], best[row] = text, value
        order = (~ends).to(torch.int8).argsort(dim=1, descending=True, stable=True)[:, :width]
        score = score.gather(1, order)
        going = score[:, 0].cpu() > best[rows]
        if last or not going.any():
            break
        order, parent, chosen = order[going], parent[going], chosen[going]
        rows, score = rows[going], score[going]
        kept = parent.gather(1, order).flatten()
        previous = (chosen.gather(1, order) % config.vocabulary).flatten()
        ids = ids[kept]
        ids[:, position] = previous
        state.keep(kept, position)
    return found


def _valid(ids: Tensor, score: Tensor, looked_at: Tensor, spell: Spell) -> list[tuple[int, str, float]]:
    """Latent, text and log-likelihood of the sequences (m, k, length) looked at that spell a molecule."""
    places = (looked_at & score.isfinite()).nonzero().tolist()
    texts = spell([_until_end(ids[latent, k].tolist()) for latent, k in places])
    return [(latent, text, float(score[latent, k])) for (latent, k), text in zip(places, texts, strict=True) if text]


def _until_end(row: list[int]) -> list[int]:
    return row[: row.index(EOS)] if EOS in row else row


class _State:
    """The decoder's caches of keys and values for a batch of unfinished sequences."""

    def __init__(self, decoder: Decoder, z: Tensor) -> None:
        config = decoder.config
        shape = (len(z), config.heads, 1, config.width // config.heads)
        self.decoder = decoder
        self.added = [latent(z)[:, None] for latent in decoder.latents]
        self.caches = [(z.new_empty(shape), z.new_empty(shape)) for _ in self.added]

    def logits(self, previous: Tensor, position: int) -> Tensor:
        """Logits (n, vocabulary) after one further token each, -inf for what never follows."""
        decoder = self.decoder
        x = decoder.tokens(previous)[:, None] + decoder.positions.weight[position]
        for block, add, (keys, values) in zip(decoder.blocks, self.added, self.caches, strict=True):
            x = cast(Block, block).step(x + add, keys, values, position)
        logits = decoder.logits(decoder.norm(x[:, 0])).float()
        logits[:, [PAD, BOS]] = -torch.inf
        return logits

    def keep(self, parent: Tensor, position: int) -> None:
        """Go on with the sequences `parent`, whose caches are written up to `position`."""
        self.added = [add[parent] for add in self.added]
        self.caches = [
            (_written(keys, parent, position), _written(values, parent, position)) for keys, values in self.caches
        ]


def _written(cache: Tensor, rows: Tensor, position: int) -> Tensor:
    """Rows of a cache (n, heads, length, width), with what is written up to `position` and room for one more."""
    chosen = cache.new_empty((len(rows), cache.shape[1], position + 2, cache.shape[3]))
    torch.index_select(cache, 0, rows, out=chosen[:, :, :-1])
    return chosen
