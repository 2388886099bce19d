"""Atoms with their surroundings as numbers: Morgan environments that can be counted over a corpus."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import Mol, rdFingerprintGenerator

NARROW, WIDE = 1, 2  # radii of the environments that are counted, in bonds


def environment_hashes(mol: Mol, radius: int) -> NDArray[np.uint32]:
    """Distinct sorted hashes of the surroundings of every atom up to a radius, as in an unfolded Morgan fingerprint.

    Reference: Rogers & Hahn (2010), J. Chem. Inf. Model. 50, 742.
    """
    counts = _generator(radius).GetSparseCountFingerprint(mol).GetNonzeroElements()
    return np.sort(np.fromiter(counts, dtype=np.uint32, count=len(counts)))


def missing_hashes(hashes: NDArray[np.uint32], known: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Those of some hashes that a sorted array lacks."""
    places = np.minimum(np.searchsorted(known, hashes), len(known) - 1)
    return hashes[known[places] != hashes]


def environment_smiles(mol: Mol, radius: int, wanted: set[int], most: int | None = None) -> list[str]:
    """Pieces of the molecule, as SMILES, that have one of the wanted hashes, at most so many; for messages, slower than
    the hashes."""
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    _generator(radius).GetSparseCountFingerprint(mol, additionalOutput=output)
    places = output.GetBitInfoMap()
    pieces: dict[str, None] = {}
    for key in sorted(wanted & places.keys()):
        if len(pieces) == most:
            break
        pieces[_piece(mol, *places[key][0])] = None
    return list(pieces)


def _piece(mol: Mol, center: int, radius: int) -> str:
    bonds = Chem.FindAtomEnvironmentOfRadiusN(mol, radius, center) if radius else ()
    atoms = {center} | {end for b in bonds for end in _ends(mol, b)}
    return Chem.MolFragmentToSmiles(mol, sorted(atoms), bondsToUse=list(bonds), rootedAtAtom=center)


def _ends(mol: Mol, bond: int) -> tuple[int, int]:
    found = mol.GetBondWithIdx(bond)
    return found.GetBeginAtomIdx(), found.GetEndAtomIdx()


@cache
def _generator(radius: int) -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius)
