"""Where a molecule can be edited: pieces between single acyclic bonds, and hydrogens, each with its chemical context.

The pieces and contexts are those of CReM, found here without trying all sets of cuts: bonds that may be cut divide the
molecule into blocks that form a tree, and a piece is a connected part of that tree.

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import Mol

MAX_CUTS = 4
MAX_PIECE_ATOMS = 10
HYDROGEN = "[H][*:1]"


@dataclass(frozen=True)
class Site:
    """A replaceable piece.

    Attributes:
        atoms: Heavy atoms of the piece, sorted; empty where a hydrogen is replaced.
        bonds: Bonds that are cut; empty where a hydrogen is replaced.
        center: The atom whose hydrogen is replaced, else -1.
    """

    atoms: tuple[int, ...]
    bonds: tuple[int, ...]
    center: int = -1


@dataclass(frozen=True)
class Context:
    """The rest of the molecule around a site, its attachment points numbered as in `environment`.

    Attributes:
        environment: What lies within the radius of the cuts, as CReM writes it.
        piece: SMILES of the present piece with numbered attachment points.
        rest: The molecule without the piece.
    """

    environment: str
    piece: str
    rest: Mol


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
    blocks = _Blocks(mol)
    pieces = [site for site in blocks.pieces(max_atoms) if not set(site.atoms) & set(protected)]
    grown = [
        Site((), (), atom.GetIdx())
        for atom in mol.GetAtoms()
        if atom.GetTotalNumHs() and atom.GetAtomicNum() > 1 and atom.GetIdx() not in sealed
    ]
    return pieces + grown


def context_of(mol: Mol, site: Site, radius: int) -> Context | None:
    """The context of a site within some bonds of the cuts, or None where CReM knows none."""
    from crem.mol_context import get_canon_context_core

    piece, rest = _cut_hydrogen(mol, site.center) if site.center >= 0 else _cut_piece(mol, site)
    environment, core, numbers = get_canon_context_core(Chem.Mol(rest), Chem.Mol(piece), radius, return_att_map=True)
    if environment is None:
        return None
    for atom in rest.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomMapNum(numbers[atom.GetAtomMapNum()])
    return Context(environment, core, rest)


def _cut_hydrogen(mol: Mol, center: int) -> tuple[Mol, Mol]:
    rest = Chem.RWMol(mol)
    dummy = Chem.Atom(0)
    dummy.SetAtomMapNum(1)
    rest.AddBond(center, rest.AddAtom(dummy), Chem.BondType.SINGLE)
    atom = rest.GetAtomWithIdx(center)
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    whole = rest.GetMol()
    Chem.SanitizeMol(whole)
    return Chem.MolFromSmiles(HYDROGEN, sanitize=False), whole


def _cut_piece(mol: Mol, site: Site) -> tuple[Mol, Mol]:
    labels = [(number, number) for number in range(1, len(site.bonds) + 1)]
    apart = Chem.FragmentOnBonds(mol, list(site.bonds), dummyLabels=labels)
    for atom in apart.GetAtoms():
        if atom.GetAtomicNum() == 0 and atom.GetIsotope():
            atom.SetAtomMapNum(atom.GetIsotope())
            atom.SetIsotope(0)
    members: list[tuple[int, ...]] = []
    parts = Chem.GetMolFrags(apart, asMols=True, fragsMolAtomMapping=members)
    inside = site.atoms[0]
    piece = next(part for part, atoms in zip(parts, members, strict=True) if inside in atoms)
    others = [part for part, atoms in zip(parts, members, strict=True) if inside not in atoms]
    rest = others[0]
    for other in others[1:]:
        rest = Chem.CombineMols(rest, other)
    return piece, rest


class _Blocks:
    """The tree of blocks between cuttable bonds: single, acyclic, between heavy atoms."""

    def __init__(self, mol: Mol) -> None:
        self.bonds = [
            bond
            for bond in mol.GetBonds()
            if bond.GetBondType() == Chem.BondType.SINGLE
            and not bond.IsInRing()
            and bond.GetBeginAtom().GetAtomicNum() > 1
            and bond.GetEndAtom().GetAtomicNum() > 1
        ]
        self.members = self._members(mol)
        block_of = {atom: block for block, atoms in enumerate(self.members) for atom in atoms}
        self.neighbors: list[dict[int, int]] = [{} for _ in self.members]  # block -> {other block: bond}
        for bond in self.bonds:
            one, other = block_of[bond.GetBeginAtomIdx()], block_of[bond.GetEndAtomIdx()]
            self.neighbors[one][other] = self.neighbors[other][one] = bond.GetIdx()

    def _members(self, mol: Mol) -> list[tuple[int, ...]]:
        if not self.bonds:
            return [tuple(range(mol.GetNumAtoms()))]
        apart = Chem.FragmentOnBonds(mol, [bond.GetIdx() for bond in self.bonds], addDummies=False)
        return list(Chem.GetMolFrags(apart))

    def pieces(self, max_atoms: int) -> Iterator[Site]:
        """Connected parts of the tree with 1 to MAX_CUTS bonds leaving them, each once."""
        fitting = {block for block, atoms in enumerate(self.members) if len(atoms) <= max_atoms}
        seen: set[frozenset[int]] = set()
        grown = [frozenset({block}) for block in sorted(fitting)]
        while grown:
            part = grown.pop()
            if part in seen:
                continue
            seen.add(part)
            atoms = tuple(sorted(atom for block in part for atom in self.members[block]))
            leaving = {b: bond for block in part for b, bond in self.neighbors[block].items() if b not in part}
            if 1 <= len(leaving) <= MAX_CUTS:
                yield Site(atoms, tuple(sorted(leaving.values())))
            grown.extend(
                part | {block}
                for block in leaving
                if block in fitting and len(atoms) + len(self.members[block]) <= max_atoms
            )
