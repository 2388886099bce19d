"""Edits of the best molecules: pieces swapped for others seen in the same context, small changes, and crossover."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from molconvex.chem.edits import crossover, mutate
from molconvex.chem.molecule import Molecule
from molconvex.search.archive import Member
from molconvex.search.proposers.proposer import Proposed

ProtectedAtoms = Callable[[Molecule], tuple[int, ...]]


def none_protected(molecule: Molecule) -> tuple[int, ...]:
    """Every atom may change."""
    return ()


@dataclass
class MolecularEdits:
    """Swaps of fragments and small changes of single parents.

    Attributes:
        protected: Atoms of a parent that must stay.
    """

    protected: ProtectedAtoms = none_protected
    name: str = "edits"

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` edits, spread over the parents as they were drawn."""
        source = numpy_generator(generator)
        found = []
        for parent, times in _portions(parents, count):
            made = mutate(parent.molecule, times, source, protected=self.protected(parent.molecule))
            found += [Proposed(edit.molecule, (parent.smiles,)) for edit in made]
        return found


@dataclass
class Crossover:
    """Children of two parents, a piece of each.

    Attributes:
        protected: Atoms of the first parent that must stay.
    """

    protected: ProtectedAtoms = none_protected
    name: str = "crossover"

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` children of pairs of parents."""
        source = numpy_generator(generator)
        found = []
        for first, times in _portions(parents, count):
            second = parents[int(source.integers(len(parents)))]
            if second.smiles == first.smiles:
                continue
            kept = self.protected(first.molecule)
            made = crossover(first.molecule, second.molecule, times, source, protected=kept)
            found += [Proposed(edit.molecule, (first.smiles, second.smiles)) for edit in made]
        return found


def numpy_generator(generator: torch.Generator) -> np.random.Generator:
    """A NumPy generator that follows from a torch one."""
    return np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))


def _portions(parents: Sequence[Member], count: int) -> list[tuple[Member, int]]:
    """Distinct parents with how many children each is to have, as often as it was drawn among the first `count`."""
    drawn = [parents[i % len(parents)] for i in range(count)]
    times = Counter(parent.smiles for parent in drawn)
    unique = {parent.smiles: parent for parent in drawn}
    return [(unique[smiles], n) for smiles, n in times.items()]
