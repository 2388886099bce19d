"""Steps of random direction from the parents, decoded: the simplest use of a latent space, and a control."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from molconvex.latent import LatentModel
from molconvex.search.archive import Member
from molconvex.search.proposers.decoded import decode_proposals
from molconvex.search.proposers.proposer import Proposed


@dataclass
class RandomDirections:
    """Points at distances up to `1.5 radius` around parents.

    Attributes:
        model: Decodes.
        radius: Typical length of a step.
    """

    model: LatentModel
    radius: float
    name: str = "random"

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` decodings."""
        chosen = [parents[i % len(parents)] for i in range(count)]
        z = torch.stack([member.z for member in chosen])
        step = torch.randn(z.shape, generator=generator, dtype=z.dtype)
        length = self.radius * (0.5 + torch.rand(count, 1, generator=generator, dtype=z.dtype))
        points = z + length * step / step.norm(dim=1, keepdim=True)
        return decode_proposals(self.model, points, [(member.smiles,) for member in chosen])[0]
