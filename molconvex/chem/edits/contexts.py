"""The chemical context of an edit site: what lies within some bonds of each cut, and the piece with numbered cuts.

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

from dataclasses import dataclass
from itertools import groupby, permutations, product

from rdkit import Chem
from rdkit.Chem import Mol

from molconvex.chem.edits.edit_sites import Site

HYDROGEN = "[H][*:1]"


@dataclass(frozen=True)
class Context:
    """What surrounds a site.

    Attributes:
        key: The views from all cuts, sorted and joined; equal keys mean that pieces may be swapped.
        piece: SMILES of the present piece, cuts numbered in the order of their views; of the numberings that equal
            views allow, the one whose text comes first.
        cuts: The site's cuts in that order.
        alike: Groups of positions in `cuts` whose views are equal, so that a piece may be turned.
    """

    key: str
    piece: str
    cuts: tuple[tuple[int, int], ...]
    alike: tuple[tuple[int, ...], ...]


class ContextFinder:
    """Contexts of the sites of one molecule, for the radii from 1 to 3; views of a cut and pieces are found once."""

    def __init__(self, mol: Mol) -> None:
        self._mol = mol
        atoms = [mol.GetAtomWithIdx(index) for index in range(mol.GetNumAtoms())]
        self._around: list[list[tuple[int, str]]] = [[] for _ in atoms]
        for bond in map(mol.GetBondWithIdx, range(mol.GetNumBonds())):
            one, other, kind = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), _bond(bond)
            self._around[one].append((other, kind))
            self._around[other].append((one, kind))
        self._rings = mol.GetRingInfo()
        self._symbols = [self._symbol(atom) for atom in atoms]
        self._views: dict[tuple[int, int, int], str] = {}
        self._parts: dict[tuple[tuple[int, int], ...], tuple[str, Mol]] = {}

    def key(self, site: Site, radius: int) -> str:
        """The key of a site's context: cheaper than the whole of it."""
        return f"{radius} " + ".".join(sorted(self._view(cut, radius) for cut in site.cuts))

    def context(self, site: Site, radius: int) -> Context:
        """The context of a site within `radius` bonds of its cuts."""
        seen = sorted((self._view(cut, radius), cut) for cut in site.cuts)
        cuts = tuple(cut for _, cut in seen)
        groups = [tuple(i for i, _ in group) for _, group in groupby(enumerate(seen), key=lambda item: item[1][0])]
        alike = tuple(group for group in groups if len(group) > 1)
        if not site.atoms:
            return Context(self.key(site, radius), HYDROGEN, cuts, alike)
        piece, order = min((self.parts(site, turned)[0], turned) for turned in turnings(cuts, alike))
        return Context(self.key(site, radius), piece, order, alike)

    def parts(self, site: Site, cuts: tuple[tuple[int, int], ...]) -> tuple[str, Mol]:
        """Canonical SMILES of a piece, its cuts numbered from 1 in the given order, and the rest of the molecule."""
        if cuts not in self._parts:
            piece, rest = split(self._mol, site, cuts)
            self._parts[cuts] = Chem.MolToSmiles(piece), rest
        return self._parts[cuts]

    def _view(self, cut: tuple[int, int], radius: int) -> str:
        place = (*cut, radius)
        if place not in self._views:
            self._views[place] = self._look(cut[0], cut[1], radius - 1)
        return self._views[place]

    def _look(self, atom: int, source: int, bonds_left: int) -> str:
        """An atom as seen from a neighbour, with what lies behind it up to some bonds."""
        symbol = self._symbols[atom] if source >= 0 else self._symbol(self._mol.GetAtomWithIdx(atom), opened=True)
        if not bonds_left:
            return symbol
        behind = sorted(
            f"{kind}{self._look(other, atom, bonds_left - 1)}" for other, kind in self._around[atom] if other != source
        )
        return f"{symbol}({','.join(behind)})"

    def _symbol(self, atom: Chem.Atom, *, opened: bool = False) -> str:
        """Element, charge, smallest ring and bonds of an atom; `opened` counts one of its hydrogens as a bond."""
        ring = self._rings.MinAtomRingSize(atom.GetIdx())
        bonds = "".join(sorted([kind for _, kind in self._around[atom.GetIdx()]] + ["-"] * opened))
        charge = f"{atom.GetFormalCharge():+d}" if atom.GetFormalCharge() else ""
        name = atom.GetSymbol()
        if atom.GetIsAromatic():
            # the bonds of other atoms tell their hydrogens
            name = name.lower() + "H" * (atom.GetTotalNumHs() - opened)
        return f"{name}{charge}{ring or ''}{bonds}"


def turnings(
    cuts: tuple[tuple[int, int], ...], alike: tuple[tuple[int, ...], ...]
) -> list[tuple[tuple[int, int], ...]]:
    """All orders of the cuts that only exchange cuts with equal views."""
    orders = []
    for choice in product(*(permutations(group) for group in alike)):
        order = list(cuts)
        for group, turned in zip(alike, choice, strict=True):
            for place, source in zip(group, turned, strict=True):
                order[place] = cuts[source]
        orders.append(tuple(order))
    return orders


def split(mol: Mol, site: Site, cuts: tuple[tuple[int, int], ...]) -> tuple[Mol, Mol]:
    """The piece and the rest of a molecule, with numbered open ends."""
    bonds = [mol.GetBondBetweenAtoms(*cut).GetIdx() for cut in cuts]
    labels = [(number, number) for number in range(1, len(cuts) + 1)]
    apart = Chem.FragmentOnBonds(mol, bonds, dummyLabels=labels)
    for index in range(mol.GetNumAtoms(), apart.GetNumAtoms()):
        dummy = apart.GetAtomWithIdx(index)
        dummy.SetAtomMapNum(dummy.GetIsotope())
        dummy.SetIsotope(0)
    members: list[tuple[int, ...]] = []
    parts = Chem.GetMolFrags(apart, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=members)
    inside = site.atoms[0]
    piece = next(part for part, atoms in zip(parts, members, strict=True) if inside in atoms)
    others = [part for part, atoms in zip(parts, members, strict=True) if inside not in atoms]
    rest = others[0]
    for other in others[1:]:
        rest = Chem.CombineMols(rest, other)
    return piece, rest


def open_hydrogen(mol: Mol, center: int) -> Mol:
    """The molecule with a numbered open end in place of a hydrogen of one atom."""
    opened = Chem.RWMol(mol)
    dummy = Chem.Atom(0)
    dummy.SetAtomMapNum(1)
    opened.AddBond(center, opened.AddAtom(dummy), Chem.BondType.SINGLE)
    atom = opened.GetAtomWithIdx(center)
    if atom.GetNumExplicitHs():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() - 1)
    return opened.GetMol()


def _bond(bond: Chem.Bond) -> str:
    return _BONDS.get(bond.GetBondType(), "~")


_BONDS = {
    Chem.BondType.SINGLE: "-",
    Chem.BondType.DOUBLE: "=",
    Chem.BondType.TRIPLE: "#",
    Chem.BondType.AROMATIC: ":",
}
