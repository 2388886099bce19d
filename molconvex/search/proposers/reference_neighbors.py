"""The reference molecules nearest to the parents in latent space: real starting points far from the lead."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from molconvex.latent import ReferenceSet
from molconvex.search.archive import Member
from molconvex.search.proposers.proposer import Proposed


@dataclass
class ReferenceNeighbors:
    """Each reference molecule once, nearest first.

    Attributes:
        reference: Molecules with latents.
    """

    reference: ReferenceSet
    name: str = "reference"
    _given: set[int] = field(default_factory=set)

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """The `count` nearest that were not given before."""
        unique = list({member.smiles: member for member in parents}.values())
        z = torch.stack([member.z for member in unique]).float()
        distance, owner = torch.cdist(self.reference.z, z).min(dim=1)
        if self._given:
            distance[sorted(self._given)] = torch.inf
        rows = [row for row in distance.argsort()[:count].tolist() if torch.isfinite(distance[row])]
        self._given.update(rows)
        return [Proposed(self.reference.smiles[row], (unique[int(owner[row])].smiles,)) for row in rows]
