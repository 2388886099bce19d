"""Ring systems of a molecule as canonical labels: fused, spiro and bridged rings with what is double-bonded to them."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from rdkit import Chem
from rdkit.Chem import Mol

MOST_LABELS = 4_096  # kept, some 3 kB each
MACROCYCLE = 12  # atoms from which a ring is large: nearly each is the only one of its kind

AtomKind = tuple[int, bool, int]  # atomic number, aromatic, charge
Link = tuple[int, int, Chem.BondType]


def ring_systems(mol: Mol) -> list[str]:
    """One label for each ring system, as in "c1ccccc1" or "O=C1CCCCN1".

    A system is a set of ring bonds that share atoms (fused, bridged and spiro rings belong together), with the atoms
    double-bonded to it. Those with a macrocycle, a ring of 12 or more atoms, are left out. Substituents and hydrogens
    do not count, so pyrrole and N-methylpyrrole have one label; it reads like a SMILES but need not be one.
    """
    rings = mol.GetRingInfo()
    if not rings.NumRings():
        return []
    links = _links(mol, {bond for ring in rings.BondRings() for bond in ring})
    kinds = {}
    for index in {end for one, other, _ in links for end in (one, other)}:
        atom = mol.GetAtomWithIdx(index)
        kinds[index] = atom.GetAtomicNum(), atom.GetIsAromatic(), atom.GetFormalCharge()
    return [_label(*_piece(system, kinds, links)) for system in _systems(rings.AtomRings())]


def _links(mol: Mol, rings: set[int]) -> list[Link]:
    """The bonds of rings, given by their numbers, and the double bonds that leave rings, in the molecule's order."""
    leaving = {mol.GetBondBetweenAtoms(*pair).GetIdx() for pair in mol.GetSubstructMatches(_double_bond_off_ring())}
    bonds = [mol.GetBondWithIdx(index) for index in sorted(rings | leaving)]
    return [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), bond.GetBondType()) for bond in bonds]


@cache
def _double_bond_off_ring() -> Mol:
    return Chem.MolFromSmarts("[R]=!@*")


def _systems(rings: tuple[tuple[int, ...], ...]) -> Iterator[set[int]]:
    """Atoms of each ring system without a macrocycle."""
    systems: list[set[int]] = []
    for ring in rings:
        joined = set(ring)
        apart = []
        for system in systems:
            if joined.isdisjoint(system):
                apart.append(system)
            else:
                joined |= system
        systems = [*apart, joined]
    large = {atom for ring in rings if len(ring) >= MACROCYCLE for atom in ring}
    return (system for system in systems if large.isdisjoint(system))


def _piece(
    system: set[int], kinds: Mapping[int, AtomKind], links: list[Link]
) -> tuple[tuple[AtomKind, ...], tuple[Link, ...]]:
    """A system and what is double-bonded to it as atoms and numbered bonds, apart from its molecule."""
    exocyclic = {
        end
        for one, other, kind in links
        if kind == Chem.BondType.DOUBLE
        for start, end in ((one, other), (other, one))
        if start in system and end not in system
    }
    members = sorted(system | exocyclic)
    place = {atom: number for number, atom in enumerate(members)}
    inner = [(place[a], place[b], kind) for a, b, kind in links if a in place and b in place]
    return tuple(kinds[atom] for atom in members), tuple(inner)


@lru_cache(maxsize=MOST_LABELS)
def _label(atoms: tuple[AtomKind, ...], bonds: tuple[Link, ...]) -> str:
    """Canonical text of a piece, made from nothing but the piece: what hung on it in the molecule must not show."""
    piece = Chem.RWMol()
    for number, aromatic, charge in atoms:
        atom = Chem.Atom(number)
        atom.SetIsAromatic(aromatic)
        atom.SetFormalCharge(charge)
        atom.SetNoImplicit(True)
        piece.AddAtom(atom)
    for one, other, kind in bonds:
        piece.AddBond(one, other, kind)
    for bond in piece.GetBonds():
        bond.SetIsAromatic(bond.GetBondType() == Chem.BondType.AROMATIC)
    piece.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(piece)
    return Chem.MolToSmiles(piece).replace("[", "").replace("]", "")
