"""Where a molecule can be edited: pieces between single acyclic bonds, and hydrogens, each with its chemical context.

The pieces and their contexts follow CReM. Cuttable bonds divide a molecule into blocks that form a tree; a piece is a
connected part of that tree, so what lies beyond each of its cuts depends on that cut alone.

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache

from rdkit import Chem
from rdkit.Chem import Mol

MAX_CUTS = 3
MAX_PIECE_ATOMS = 10


@dataclass(frozen=True)
class Site:
    """A replaceable piece.

    Attributes:
        atoms: Heavy atoms of the piece, sorted; empty where a hydrogen is replaced.
        cuts: Bonds that are cut, as (atom outside, atom inside); the inside is -1 where a hydrogen is replaced.
    """

    atoms: tuple[int, ...]
    cuts: tuple[tuple[int, int], ...]


def find_sites(
    mol: Mol, *, protected: Collection[int] = (), sealed: Collection[int] = (), max_atoms: int = MAX_PIECE_ATOMS
) -> list[Site]:
    """All pieces of at most `max_atoms` heavy atoms and MAX_CUTS cuts, and one hydrogen of each atom that has some.

    Args:
        mol: A molecule without explicit hydrogens.
        protected: Atoms that no piece may contain.
        sealed: Atoms whose hydrogens stay.
        max_atoms: Heavy atoms of the largest piece.
    """
    fixed = set(protected)
    pieces = [site for site in _BlockTree(mol).pieces(max_atoms) if fixed.isdisjoint(site.atoms)]
    holders = sorted(index for (index,) in mol.GetSubstructMatches(_with_hydrogen(), maxMatches=mol.GetNumAtoms()))
    return pieces + [Site((), ((index, -1),)) for index in holders if index not in sealed]


def cuttable_bonds(mol: Mol) -> list[int]:
    """Numbers of the bonds that may be cut: single ones outside rings. A search by pattern beats a loop in Python."""
    return sorted(mol.GetBondBetweenAtoms(*pair).GetIdx() for pair in mol.GetSubstructMatches(_cuttable()))


@cache
def _cuttable() -> Mol:
    return Chem.MolFromSmarts("*-!@*")


@cache
def _with_hydrogen() -> Mol:
    return Chem.MolFromSmarts("[!H0]")


class _BlockTree:
    """Blocks between cuttable bonds (single, acyclic, between heavy atoms) and how they hang together."""

    def __init__(self, mol: Mol) -> None:
        cuttable = cuttable_bonds(mol)
        self.members = _blocks(mol, cuttable)
        home = {atom: block for block, atoms in enumerate(self.members) for atom in atoms}
        # block -> {neighbouring block: (atom there, atom here)}
        self.neighbors: list[dict[int, tuple[int, int]]] = [{} for _ in self.members]
        for bond in map(mol.GetBondWithIdx, cuttable):
            one, other = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
            self.neighbors[home[one]][home[other]] = other, one
            self.neighbors[home[other]][home[one]] = one, other

    def pieces(self, max_atoms: int) -> Iterator[Site]:
        """Connected parts of the tree with 1 to MAX_CUTS bonds leaving them, each once."""
        fitting = {block for block, atoms in enumerate(self.members) if len(atoms) <= max_atoms}
        waiting = [frozenset({block}) for block in sorted(fitting)]
        seen = set(waiting)
        while waiting:
            part = waiting.pop()
            atoms = tuple(sorted(atom for block in part for atom in self.members[block]))
            leaving = {b: cut for block in part for b, cut in self.neighbors[block].items() if b not in part}
            if 1 <= len(leaving) <= MAX_CUTS:
                yield Site(atoms, tuple(sorted(leaving.values())))
            for block in leaving:
                larger = part | {block}
                if block in fitting and larger not in seen and len(atoms) + len(self.members[block]) <= max_atoms:
                    seen.add(larger)
                    waiting.append(larger)


def _blocks(mol: Mol, bonds: list[int]) -> list[tuple[int, ...]]:
    if not bonds:
        return [tuple(range(mol.GetNumAtoms()))]
    return list(Chem.GetMolFrags(Chem.FragmentOnBonds(mol, bonds, addDummies=False)))
