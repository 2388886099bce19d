"""Children of two molecules: a piece of one joined to a piece of the other.

Reference: Jensen (2019), Chem. Sci. 10, 3567.
"""

from collections.abc import Collection, Sequence

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Mol

SMALLEST_PIECE = 3


def cross(ours: Sequence[Mol], theirs: Sequence[Mol], generator: np.random.Generator) -> str | None:
    """SMILES of random pieces of two molecules joined by a single bond; None where they do not fit."""
    if not ours or not theirs:
        return None
    one = ours[int(generator.integers(len(ours)))]
    other = theirs[int(generator.integers(len(theirs)))]
    with rdBase.BlockLogs():
        try:
            child = Chem.molzip(one, other)
            Chem.SanitizeMol(child)
        except (RuntimeError, Chem.MolSanitizeException):
            return None
    return Chem.MolToSmiles(child)


def open_pieces(mol: Mol, protected: Collection[int] = ()) -> list[Mol]:
    """Both sides of each cuttable bond, with an open end numbered 1; only the sides that hold the protected atoms."""
    pieces = []
    for bond in mol.GetBonds():
        if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        apart = Chem.FragmentOnBonds(mol, [bond.GetIdx()], dummyLabels=[(0, 0)])
        members: list[tuple[int, ...]] = []
        for part, atoms in zip(Chem.GetMolFrags(apart, asMols=True, fragsMolAtomMapping=members), members, strict=True):
            if len(atoms) > SMALLEST_PIECE and set(protected) <= set(atoms):
                for atom in part.GetAtoms():
                    if atom.GetAtomicNum() == 0:
                        atom.SetAtomMapNum(1)
                pieces.append(part)
    return pieces
