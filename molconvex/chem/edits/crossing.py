"""Children of two molecules: a piece of one joined to a piece of the other.

Reference: Jensen (2019), Chem. Sci. 10, 3567.
"""

from collections.abc import Collection, Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Mol

from molconvex.chem.edits.edit_sites import cuttable_bonds

SMALLEST_PIECE = 3
# Pieces are sanitized, and a single bond between them leaves what is aromatic as it is; valences and rings may change.
AFTER_JOINING = Chem.SanitizeFlags.SANITIZE_PROPERTIES | Chem.SanitizeFlags.SANITIZE_SYMMRINGS


def cross(ours: Sequence[Mol], theirs: Sequence[Mol], generator: np.random.Generator) -> str | None:
    """SMILES of random pieces of two molecules joined by a single bond; None where they do not fit."""
    if not ours or not theirs:
        return None
    one = ours[int(generator.integers(len(ours)))]
    other = theirs[int(generator.integers(len(theirs)))]
    with rdBase.BlockLogs():
        try:
            child = Chem.molzip(one, other)
            Chem.SanitizeMol(child, sanitizeOps=AFTER_JOINING)
        except (RuntimeError, Chem.MolSanitizeException):
            return None
    return Chem.MolToSmiles(child)


def open_pieces(mol: Mol, protected: Collection[int] = ()) -> list[Mol]:
    """Both sides of each cuttable bond, with an open end numbered 1; only the sides that hold the protected atoms."""
    pieces = []
    for bond in cuttable_bonds(mol):
        apart = Chem.FragmentOnBonds(mol, [bond], dummyLabels=[(0, 0)])
        for index in range(mol.GetNumAtoms(), apart.GetNumAtoms()):
            apart.GetAtomWithIdx(index).SetAtomMapNum(1)
        members: list[tuple[int, ...]] = []
        parts = Chem.GetMolFrags(apart, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=members)
        pieces += [
            part
            for part, atoms in zip(parts, members, strict=True)
            if len(atoms) > SMALLEST_PIECE and set(protected) <= set(atoms)
        ]
    return pieces
