"""Posteriors of sequences of unequal length without padding: on a CPU every padded token costs what a real one does.

The tokens of all sequences lie one after the other. What works token by token takes them as they are; attention and
means take sequences of one length at a time. Of the last block only the first token and the mean over tokens are used,
and its last layer is linear, so it sees those alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional as F

from molconvex.latent.vae.network import Attention, Block, Encoder
from molconvex.latent.vae.packed_linear import PackedLinears
from molconvex.latent.vae.special_tokens import BOS, EOS

STEP, SMALL_STEP = 64, 16  # of the number of rows: linear layers are prepared for each number of them


@dataclass(frozen=True)
class _Alike:
    """Sequences of one length, which lie together.

    Attributes:
        tokens: Where their tokens lie.
        count: How many they are.
        length: Of each, in tokens.
    """

    tokens: slice
    count: int
    length: int

    def of(self, x: Tensor) -> Tensor:
        """Their part of values by token (tokens, k), as (count, length, k)."""
        return x[self.tokens].view(self.count, self.length, -1)


class RaggedEncoder:
    """An encoder whose weights lie on the CPU, for sequences of unequal length.

    Args:
        encoder: Its posteriors are wanted; it may still learn.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._linear = PackedLinears()

    @torch.no_grad()
    def __call__(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (n, latent_dim), equal to the encoder's but for rounding.

        Args:
            ids: Token ids of n >= 1 molecules without the special tokens, shorter ones first.
        """
        alike = _groups(ids)
        x = _embedded(self._encoder, ids)
        *blocks, last = (cast(Block, block) for block in self._encoder.blocks)
        for block in blocks:
            x = x + self._attended(block, x, alike)
            x = x + self._linear(block.feed_out, self._fed(block, x))
        x = x + self._attended(last, x, alike)
        ends = _first_and_mean(x, alike) + last.feed_out(_first_and_mean(self._fed(last, x), alike))
        return self._encoder.posterior(ends.flatten(1))

    def _attended(self, block: Block, x: Tensor, alike: Sequence[_Alike]) -> Tensor:
        """What attention adds to each token, (tokens, width)."""
        attention: Attention = block.attention
        qkv, found = self._linear(attention.qkv, block.norm_attention(x)), torch.zeros_like(x)
        for group in alike:
            q, k, v = attention.split(group.of(qkv))
            found[group.tokens] = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(-1, x.shape[1])
        return self._linear(attention.out, found)

    def _fed(self, block: Block, x: Tensor) -> Tensor:
        """The inner layer of the feed-forward part, (tokens, 4 width)."""
        return self._linear(block.feed_in, block.norm_feed(x)).relu_().square_()


def _groups(ids: Sequence[Sequence[int]]) -> list[_Alike]:
    groups, start = [], 0
    for length, group in groupby(len(row) + 2 for row in ids):
        count = len(list(group))
        groups.append(_Alike(slice(start, start + count * length), count, length))
        start += count * length
    return groups


def _embedded(encoder: Encoder, ids: Sequence[Sequence[int]]) -> Tensor:
    """Tokens and positions, (rows, width): the number of tokens rounded up, and nothing in the rows beyond."""
    tokens = [token for row in ids for token in (BOS, *row, EOS)]
    places = [place for row in ids for place in range(len(row) + 2)]
    step = SMALL_STEP if len(tokens) <= STEP else STEP
    x = torch.zeros(-(-len(tokens) // step) * step, encoder.tokens.embedding_dim)
    x[: len(tokens)] = encoder.tokens(torch.tensor(tokens)) + encoder.positions(torch.tensor(places))
    return x


def _first_and_mean(x: Tensor, alike: Sequence[_Alike]) -> Tensor:
    """The first token's values and the mean over each sequence's, (n, 2, k)."""
    parts = [group.of(x) for group in alike]
    return torch.cat([torch.stack([part[:, 0], part.mean(1)], dim=1) for part in parts])
