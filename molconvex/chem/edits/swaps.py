"""Pieces of a molecule swapped for others that were seen in the same chemical context.

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import Mol

from molconvex.chem.edits.contexts import HYDROGEN, Context, ContextFinder, open_hydrogen, turnings
from molconvex.chem.edits.crossing import AFTER_JOINING
from molconvex.chem.edits.edit_sites import find_sites
from molconvex.chem.edits.fragments import FragmentTable

SIZE_CHANGE = (-4, 5)  # heavy atoms that a swap may lose or gain
MOST_PRODUCTS = 4_096  # remembered of one molecule, some 300 bytes each
MOST_CONTEXTS = 512  # of which replacements are remembered
MOST_READ = 4_096  # fragments kept as molecules, some 12 kB each


class Swapper:
    """All swaps of one molecule; contexts are found when first needed.

    Args:
        mol: A standard molecule.
        table: Fragments by context.
        protected: Atoms that stay.
        sealed: Atoms whose hydrogens stay.
    """

    def __init__(
        self, mol: Mol, table: FragmentTable, protected: Collection[int] = (), sealed: Collection[int] = ()
    ) -> None:
        self._mol = mol
        self._table = table
        self._finder = ContextFinder(mol)
        self._choices: dict[tuple[int, int], _Choices] = {}
        self._opened: dict[int, Mol] = {}
        self._products: dict[tuple[int, tuple[tuple[int, int], ...], int], str | None] = {}
        self.sites = find_sites(mol, protected=protected, sealed=sealed)

    def draw(self, radius: int, generator: np.random.Generator) -> str | None:
        """SMILES of one swap: a random site, a replacement drawn by the square root of how often it was seen there.

        None where the site has no replacement within that radius or the product is no molecule.
        """
        number = int(generator.integers(len(self.sites)))
        choices = self._find(number, radius)
        if not choices.members.size:
            return None
        row = int(np.searchsorted(choices.cumulative, generator.random() * choices.cumulative[-1], side="right"))
        orders = turnings(choices.context.cuts, choices.context.alike)
        order = orders[int(generator.integers(len(orders)))]
        return self._product(number, order, int(choices.members[row]))

    def all(self, radius: int) -> list[str]:
        """SMILES of every swap within a radius, in a fixed order."""
        products = []
        for number in range(len(self.sites)):
            choices = self._find(number, radius)
            orders = turnings(choices.context.cuts, choices.context.alike)
            products += [self._product(number, order, m) for m in choices.members.tolist() for order in orders]
        return [text for text in products if text is not None]

    def _find(self, number: int, radius: int) -> "_Choices":
        if (number, radius) not in self._choices:
            site = self.sites[number]
            rows = self._table.rows(self._finder.key(site, radius))
            if rows.start == rows.stop:
                return self._choices.setdefault((number, radius), NO_CHOICE)
            context = self._finder.context(site, radius)
            present = self._table.number(context.piece)
            fitting = _replacements(self._table, rows.start, rows.stop, len(site.atoms), present)
            self._choices[number, radius] = _Choices(context, *fitting)
        return self._choices[number, radius]

    def _product(self, number: int, order: tuple[tuple[int, int], ...], member: int) -> str | None:
        """SMILES of a product, or None; the likely ones are drawn again and again."""
        place = (number, order, member)
        if place not in self._products:
            if len(self._products) == MOST_PRODUCTS:
                self._products.clear()
            self._products[place] = join(self._rest(number, order), self._table.fragments[member])
        return self._products[place]

    def _rest(self, number: int, order: tuple[tuple[int, int], ...]) -> Mol:
        """The molecule without a site's piece, its open ends numbered in the order of the cuts."""
        if self.sites[number].atoms:
            return self._finder.parts(self.sites[number], order)[1]
        if number not in self._opened:
            self._opened[number] = open_hydrogen(self._mol, order[0][0])
        return self._opened[number]


@dataclass(frozen=True)
class _Choices:
    """What may stand at a site: its context, the fragments' numbers, and running sums of their weights."""

    context: Context
    members: NDArray[np.uint32]
    cumulative: NDArray[np.float64]


NO_CHOICE = _Choices(Context("", "", (), ()), np.zeros(0, dtype=np.uint32), np.zeros(0))


@lru_cache(maxsize=MOST_CONTEXTS)
def _replacements(
    table: FragmentTable, start: int, stop: int, atoms: int, present: int
) -> tuple[NDArray[np.uint32], NDArray[np.float64]]:
    """Fragments in some rows of the table that may replace a piece of so many atoms, given by its number, and running
    sums of their weights: the molecules around a lead share most of their contexts."""
    members, counts = table.members[start:stop], table.counts[start:stop]
    change = table.sizes[members].astype(int) - atoms
    fitting = (change >= SIZE_CHANGE[0]) & (change <= SIZE_CHANGE[1]) & (members != present)
    return members[fitting], np.cumsum(np.sqrt(counts[fitting]))


def join(rest: Mol, fragment: str) -> str | None:
    """SMILES of a context and a fragment with the same open ends; None where valences forbid it."""
    with rdBase.BlockLogs():
        try:
            joined = Chem.molzip(rest, _read_fragment(fragment))
            Chem.SanitizeMol(joined, sanitizeOps=AFTER_JOINING)
            return Chem.MolToSmiles(Chem.RemoveHs(joined) if fragment == HYDROGEN else joined)
        except (RuntimeError, Chem.MolSanitizeException):
            return None


@lru_cache(maxsize=MOST_READ)
def _read_fragment(fragment: str) -> Mol:
    """A fragment of the table, which has no stereo; without the ranks of atoms that RDKit's reading leaves behind."""
    mol = Chem.MolFromSmiles(fragment, sanitize=False)
    Chem.SanitizeMol(mol)
    return mol
