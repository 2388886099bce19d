"""The graph genetic algorithm of the package mol_ga: crossover and mutation of graphs, as a control.

Reference: Jensen (2019), Chem. Sci. 10, 3567; Tripp & Hernández-Lobato (2023), arXiv:2310.09267.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from molconvex.exceptions import MissingExtraError
from molconvex.search.archive import Member
from molconvex.search.proposers.proposer import Proposed

TRIES = 4


@dataclass
class GraphGA:
    """Offspring as mol_ga makes it, with its own rates of mutation and crossover."""

    name: str = "ga"

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` offspring.

        Raises:
            MissingExtraError: If mol_ga is not installed.
        """
        try:
            from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
        except ImportError as error:
            raise MissingExtraError('the control "ga" needs the package mol_ga: pip install "molconvex[ga]"') from error
        source = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
        texts = [member.smiles for member in parents]
        found: dict[str, None] = {}
        for _ in range(TRIES):
            made = graph_ga_blended_generation(texts, count, source, None)
            found.update(dict.fromkeys(sorted(made)))
            if len(found) >= count:
                break
        return [Proposed(text) for text in list(found)[:count]]
