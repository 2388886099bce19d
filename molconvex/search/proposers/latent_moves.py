"""Moves in latent space: along differences of known molecules, between two parents, and at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.latent import LatentModel
from molconvex.search.archive import Member
from molconvex.search.proposers.decoded import decode_proposals
from molconvex.search.proposers.proposer import Proposed

ALONE = 0.75  # length of the noise around a single parent, over its distance from the origin


@dataclass
class LatentMoves:
    """Children of parents a, b, c: a + (b - c), a mixture of a and b, or a with noise, in equal shares.

    Differences of real analogues are usable directions; random ones of that length leave the neighbourhood.

    Attributes:
        model: Decodes.
    """

    model: LatentModel
    name: str = "latent"

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` decoded children."""
        z = torch.stack([member.z for member in parents])
        picks = torch.randint(len(parents), (count, 3), generator=generator)
        a, b, c = z[picks[:, 0]], z[picks[:, 1]], z[picks[:, 2]]
        kind = torch.arange(count) % 3
        share = torch.rand(count, 1, generator=generator, dtype=z.dtype)
        noise = torch.randn(a.shape, generator=generator, dtype=z.dtype)
        child = torch.where((kind == 0)[:, None], a + b - c, a + share * (b - a))
        child = torch.where((kind == 2)[:, None], a + noise_scale(z) * noise, child)
        own = [_sources(parents, row, int(k)) for row, k in zip(picks.tolist(), kind.tolist(), strict=True)]
        return decode_proposals(self.model, child, own)[0]


def noise_scale(z: Tensor) -> float:
    """Standard deviation of a coordinate of the noise: as long as parents are apart, or else as a usual step."""
    apart = torch.pdist(torch.unique(z, dim=0))  # the same parent comes many times
    typical = float(apart.median()) if len(apart) else ALONE * float(z.norm(dim=1).median())
    return typical / z.shape[1] ** 0.5


def _sources(parents: Sequence[Member], row: list[int], kind: int) -> tuple[str, ...]:
    used = row if kind == 0 else row[:2] if kind == 1 else row[:1]
    return tuple(dict.fromkeys(parents[i].smiles for i in used))
