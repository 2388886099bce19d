"""Beam search: the likeliest token sequences of a latent, for languages in which the greedy one may spell nothing."""

from typing import cast

import torch
from torch import Tensor

from molconvex.latent.vae.network import Block, Decoder
from molconvex.latent.vae.special_tokens import BOS, EOS, PAD


@torch.no_grad()
def likeliest(decoder: Decoder, z: Tensor, width: int) -> tuple[list[list[list[int]]], Tensor]:
    """About the `width` likeliest token sequences of each latent, best first.

    Args:
        decoder: Gives the likelihoods of tokens.
        z: Latents (n, d).
        width: Strings kept at each position.

    Returns:
        n lists of `width` lists of ids without the special tokens; and their log-likelihoods (n, width), -inf where
        fewer sequences exist. A sequence that has not ended at the longest length is cut there.
    """
    n, config = len(z), decoder.config
    state = _State(decoder, z.repeat_interleave(width, 0))
    score = z.new_full((n, width), -torch.inf)
    score[:, 0] = 0.0
    ids = torch.full((n * width, config.max_tokens), EOS, dtype=torch.long, device=z.device)
    previous = torch.full((n * width,), BOS, dtype=torch.long, device=z.device)
    first = torch.arange(n, device=z.device)[:, None] * width
    ended = torch.zeros(n * width, dtype=torch.bool, device=z.device)
    for position in range(config.max_tokens):
        gain = torch.log_softmax(state.logits(previous, position), dim=-1)
        gain = gain.masked_fill(ended[:, None], -torch.inf)
        gain[ended, EOS] = 0.0
        total = (score.flatten()[:, None] + gain).view(n, -1)
        score, chosen = total.topk(width, dim=1)
        parent = (first + chosen // config.vocabulary).flatten()
        previous = (chosen % config.vocabulary).flatten()
        ids = ids[parent]
        ids[:, position] = previous
        ended = ended[parent] | (previous == EOS)
        if ended.all():
            break
        state.keep(parent, position)
    rows = [row[: row.index(EOS)] if EOS in row else row for row in ids.tolist()]
    return [rows[i * width : (i + 1) * width] for i in range(n)], score


class _State:
    """The decoder's caches of keys and values for a batch of unfinished sequences."""

    def __init__(self, decoder: Decoder, z: Tensor) -> None:
        config = decoder.config
        shape = (len(z), config.heads, config.max_tokens + 1, config.width // config.heads)
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
        for keys, values in self.caches:
            keys[:, :, : position + 1] = keys[parent, :, : position + 1]
            values[:, :, : position + 1] = values[parent, :, : position + 1]
