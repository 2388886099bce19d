"""The protocol of proposers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from molconvex.chem.molecule import Molecule
from molconvex.search.archive import Member


@dataclass(frozen=True)
class Proposed:
    """What was proposed, a SMILES or a standard molecule, and the SMILES of the molecules that it was made of."""

    structure: str | Molecule
    parents: tuple[str, ...] = ()


class Proposer(Protocol):
    """Makes new molecules of known ones.

    Attributes:
        name: One word, as in `--proposers`.
    """

    name: str

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` molecules; fewer where no more can be made.

        Args:
            parents: Molecules worth being changed, in the order in which they were drawn, perhaps repeatedly; each
                has a latent, and a measured or at least a predicted score.
            count: How many are wanted.
            generator: The only source of randomness.
        """
        ...
