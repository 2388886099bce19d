"""Children of two molecules: a piece of one joined to a piece of the other.

Reference: Jensen (2019), Chem. Sci. 10, 3567.
"""

from collections.abc import Collection

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import Mol

SMALLEST_PIECE = 3


def cross(first: Mol, second: Mol, generator: np.random.Generator, *, protected: Collection[int] = ()) -> Mol | None:
    """A piece of the first molecule that holds its protected atoms, joined by a single bond to one of the second.

    None where a molecule has no acyclic single bond to cut, or the parts do not fit.
    """
    ours = _pieces(first, protected)
    theirs = _pieces(second, ())
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
    return child


def _pieces(mol: Mol, protected: Collection[int]) -> list[Mol]:
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
