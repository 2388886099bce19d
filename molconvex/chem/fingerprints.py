"""Morgan fingerprints: what similarity, diversity and novelty are measured with."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, DataStructs, rdBase
from rdkit.Chem import Mol, rdFingerprintGenerator
from rdkit.DataStructs import ExplicitBitVect

from molconvex.exceptions import ChemistryError

RADIUS = 2
BITS = 2_048


def morgan_fingerprint(mol: Mol) -> ExplicitBitVect:
    """Morgan fingerprint of radius 2 (like ECFP4) folded to 2,048 bits; stereo is ignored.

    Raises:
        ChemistryError: If `mol` is no RDKit molecule.

    Reference: Rogers & Hahn (2010), J. Chem. Inf. Model. 50, 742.
    """
    if not isinstance(mol, Mol):
        raise ChemistryError(f"an RDKit molecule is needed, got {type(mol).__name__}; use parse(smiles) first")
    return _generator().GetFingerprint(mol)


def fingerprint_of_canonical(smiles: str) -> ExplicitBitVect:
    """The `morgan_fingerprint` of a canonical SMILES, whose aromatic atoms are written so: a third of the time, for
    what sanitizing finds out beyond that is not looked for."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
    mol.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(mol)
    return _generator().GetFingerprint(mol)


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)


def fingerprint_bits(fingerprint: ExplicitBitVect) -> NDArray[np.float32]:
    """A fingerprint as zeros and ones, shape (2048,)."""
    packed = np.frombuffer(DataStructs.BitVectToBinaryText(fingerprint), dtype=np.uint8)
    return np.unpackbits(packed, count=fingerprint.GetNumBits(), bitorder="little").astype(np.float32)


def likeness(fingerprint: ExplicitBitVect, others: Sequence[ExplicitBitVect]) -> NDArray[np.float64]:
    """Tanimoto similarity of a fingerprint to n others, shape (n,), 0 to 1."""
    return np.array(DataStructs.BulkTanimotoSimilarity(fingerprint, others), dtype=np.float64)
