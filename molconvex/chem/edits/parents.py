"""What is found out about a parent once, and used for every edit that is drawn of it: sites, changes, open pieces.

A search edits the same good molecules round after round.
"""

from collections import OrderedDict
from collections.abc import Collection
from functools import cached_property

import numpy as np
from rdkit import Chem
from rdkit.Chem import Mol

from molconvex.chem.edits.atom_changes import CHANGES, apply_change
from molconvex.chem.edits.crossing import open_pieces
from molconvex.chem.edits.fragments import FragmentTable
from molconvex.chem.edits.swaps import Swapper

MOST_PARENTS = 256
NOTHING: frozenset[int] = frozenset()

_Key = tuple[int, int, frozenset[int], frozenset[int]]
_known: "OrderedDict[_Key, Parent]" = OrderedDict()


class Parent:
    """One molecule, with what its edits need.

    Args:
        mol: A standard molecule, which nobody changes any more.
        table: Fragments by context; None where no swap is asked for.
        protected: Atoms that stay.
        sealed: Atoms whose hydrogens stay.
    """

    def __init__(
        self,
        mol: Mol,
        table: FragmentTable | None,
        protected: frozenset[int] = NOTHING,
        sealed: frozenset[int] = NOTHING,
    ) -> None:
        self.mol, self.table = mol, table
        self._protected, self._sealed = protected, sealed
        self._changed: dict[str, list[str]] = {}

    @cached_property
    def smiles(self) -> str:
        """Its canonical SMILES."""
        return Chem.MolToSmiles(self.mol)

    @cached_property
    def swapper(self) -> Swapper:
        """Its swaps."""
        assert self.table is not None
        return Swapper(self.mol, self.table, self._protected, self._sealed)

    @cached_property
    def pieces(self) -> list[Mol]:
        """Its `open_pieces`."""
        return open_pieces(self.mol, self._protected)

    def draw_change(self, generator: np.random.Generator) -> str | None:
        """SMILES of one small change at a random place, or None where the drawn change does not fit the molecule."""
        names = list(CHANGES)
        name = names[int(generator.integers(len(names)))]
        if name not in self._changed:
            made = apply_change(self.mol, name, self._protected | self._sealed)
            self._changed[name] = [Chem.MolToSmiles(mol) for mol in made]
        products = self._changed[name]
        return products[int(generator.integers(len(products)))] if products else None


def parent_of(
    mol: Mol, table: FragmentTable | None, protected: Collection[int] = (), sealed: Collection[int] = ()
) -> Parent:
    """The parent of a molecule: the same for the same molecule object, table and atoms, of the last `MOST_PARENTS`."""
    key = (id(mol), id(table), frozenset(protected), frozenset(sealed))
    # a parent holds its molecule and table, so that no other can have their numbers
    found = _known.pop(key, None) or Parent(mol, table, key[2], key[3])
    _known[key] = found
    if len(_known) > MOST_PARENTS:
        _known.popitem(last=False)
    return found


def forget_parents() -> None:
    """Let go of all parents."""
    _known.clear()
