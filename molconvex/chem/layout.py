"""Where the atoms go on paper: 2D layouts, and candidates laid over their lead with the changed atoms named."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import Mol, rdDepictor, rdFMCS

from molconvex.chem.molecule import parse

SEARCH_STEPS = 5_000
SEARCH_SECONDS = 1
SMALLEST_CHAIN_IN_COMMON = 5


@dataclass(frozen=True)
class Layout:
    """A molecule with 2D coordinates, and the atoms and bonds that its lead does not have."""

    mol: Mol
    new_atoms: tuple[int, ...] = ()
    new_bonds: tuple[int, ...] = ()


def lay_out(smiles: str) -> Layout:
    """2D layout of one molecule.

    Raises:
        ChemistryError: If the SMILES cannot be read.
    """
    mol = parse(smiles)
    with rdBase.BlockLogs():
        rdDepictor.Compute2DCoords(mol, useRingTemplates=True)
        rdDepictor.StraightenDepiction(mol, minimizeRotation=True)
    return Layout(mol)


def lay_out_over(smiles: str, lead: str) -> Layout:
    """2D layout that keeps what is shared with the lead where the lead has it, and names what is not shared.

    Shared is the largest connected piece found within a fixed budget of search steps (about 0.1 s), rings only whole.
    Where the piece has no ring and fewer than five atoms, the molecules are unlike: plain layout, nothing marked.

    Raises:
        ChemistryError: If one of the two cannot be read.

    Reference: Dalke & Hastings (2013), J. Cheminform. 5 (Suppl 1), O6.
    """
    parse(lead)
    plain = lay_out(smiles)
    mol, reference = plain.mol, _lead_layout(lead)
    with rdBase.BlockLogs():
        shared = _shared_atoms(reference, mol)
        if not shared:
            return plain
        if any(mol.GetAtomWithIdx(atom).IsInRing() for _, atom in shared):
            rdDepictor.GenerateDepictionMatching2DStructure(mol, reference, atomMap=shared)
    return Layout(mol, *_unshared(reference, mol, shared))


@lru_cache(maxsize=64)
def _lead_layout(lead: str) -> Mol:
    return lay_out(lead).mol


class _StepBudget(rdFMCS.MCSProgress):
    """Stops the search after a number of steps, not of seconds: a drawing must not depend on the machine's load."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def __call__(self, progress: object, parameters: object) -> bool:
        self.left -= 1
        return self.left > 0


def _shared_atoms(reference: Mol, mol: Mol) -> list[tuple[int, int]]:
    """Pairs (atom of the reference, atom of mol) of the largest piece in common; none if it is too small to matter."""
    params: Any = rdFMCS.MCSParameters()  # RDKit's stubs type every field of it as the class itself
    params.Timeout = SEARCH_SECONDS
    params.AtomCompareParameters.RingMatchesRingOnly = True
    params.BondCompareParameters.RingMatchesRingOnly = True
    params.BondCompareParameters.CompleteRingsOnly = True
    params.ProgressCallback = _StepBudget(SEARCH_STEPS)
    query = rdFMCS.FindMCS([reference, mol], params).queryMol
    if query is None or query.GetNumAtoms() == 0:
        return []
    theirs, ours = reference.GetSubstructMatch(query), mol.GetSubstructMatch(query)
    ring = any(mol.GetAtomWithIdx(atom).IsInRing() for atom in ours)
    return list(zip(theirs, ours, strict=True)) if ring or len(ours) >= SMALLEST_CHAIN_IN_COMMON else []


def _unshared(reference: Mol, mol: Mol, shared: list[tuple[int, int]]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    theirs = {ours: lead for lead, ours in shared}
    atoms = tuple(a.GetIdx() for a in mol.GetAtoms() if a.GetIdx() not in theirs)
    bonds = tuple(b.GetIdx() for b in mol.GetBonds() if not _in_lead(b, reference, theirs))
    return atoms, bonds


def _in_lead(bond: Chem.Bond, reference: Mol, theirs: dict[int, int]) -> bool:
    begin, end = theirs.get(bond.GetBeginAtomIdx()), theirs.get(bond.GetEndAtomIdx())
    return begin is not None and end is not None and reference.GetBondBetweenAtoms(begin, end) is not None
