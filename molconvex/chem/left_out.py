"""A molecule with parts left out, one at a time: what explains a prediction by what it loses."""

from collections.abc import Iterator
from dataclasses import dataclass

from rdkit import Chem, rdBase
from rdkit.Chem import Mol, RWMol

from molconvex.chem.molecule import Molecule
from molconvex.chem.standardize import standardize
from molconvex.exceptions import ChemistryError

LARGEST_SHARE = 0.6  # of the heavy atoms; of a smaller rest no model knows much


@dataclass(frozen=True)
class LeftOut:
    """What is left of a molecule.

    Attributes:
        smiles: Standard SMILES of the rest.
        atoms: Which atoms are gone, or carbon now, numbered as in the molecule's own SMILES.
    """

    smiles: str
    atoms: tuple[int, ...]


def leave_parts_out(molecule: Molecule) -> list[LeftOut]:
    """The molecule without what hangs on each single bond of a chain, and with each inner hetero atom as carbon.

    Parts of more than six tenths of the heavy atoms are not left out; what RDKit takes for no molecule is passed over.

    Raises:
        ChemistryError: If the SMILES cannot be read.
    """
    found: dict[LeftOut, None] = {}
    for atoms, rest in [*_without_parts(molecule.mol), *_with_carbon(molecule.mol)]:
        text = _smiles(rest)
        if text and text != molecule.smiles:
            found[LeftOut(text, tuple(sorted(atoms)))] = None
    return list(found)


def _without_parts(mol: Mol) -> Iterator[tuple[set[int], RWMol]]:
    for bond in mol.GetBonds():
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        for keep, lose in (ends, ends[::-1]):
            part = _beyond(mol, keep, lose)
            if len(part) <= LARGEST_SHARE * mol.GetNumAtoms():
                yield part, _removed(mol, keep, part)


def _beyond(mol: Mol, keep: int, lose: int) -> set[int]:
    """Atoms on the other side of a bond that is in no ring."""
    part, frontier = {lose}, [lose]
    while frontier:
        for neighbor in mol.GetAtomWithIdx(frontier.pop()).GetNeighbors():
            if neighbor.GetIdx() != keep and neighbor.GetIdx() not in part:
                part.add(neighbor.GetIdx())
                frontier.append(neighbor.GetIdx())
    return part


def _removed(mol: Mol, keep: int, part: set[int]) -> RWMol:
    rest = RWMol(mol)
    atom = rest.GetAtomWithIdx(keep)
    if atom.GetNoImplicit() or (atom.GetIsAromatic() and atom.GetSymbol() != "C"):
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
    atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for index in sorted(part, reverse=True):
        rest.RemoveAtom(index)
    return rest


def _with_carbon(mol: Mol) -> Iterator[tuple[set[int], RWMol]]:
    plain = RWMol(mol)
    Chem.Kekulize(plain, clearAromaticFlags=True)
    for atom in mol.GetAtoms():
        if atom.GetSymbol() == "C" or atom.GetDegree() < 2 or atom.GetFormalCharge():
            continue
        rest = RWMol(plain)
        changed = rest.GetAtomWithIdx(atom.GetIdx())
        changed.SetAtomicNum(6)
        changed.SetNumExplicitHs(0)
        changed.SetNoImplicit(False)
        yield {atom.GetIdx()}, rest


def _smiles(rest: RWMol) -> str:
    """Standard SMILES, "" where it is no molecule."""
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(rest)
            return standardize(Chem.MolToSmiles(rest)).smiles
        except (ValueError, RuntimeError, ChemistryError):  # RDKit's errors are of the first two kinds
            return ""
