"""RDKit's pharmacophore fingerprint of Gobbi: the same bits, also of what a genetic algorithm makes.

`Generate.Gen2DFingerprint` walks over all triples of features in Python: 4 ms for a molecule of ZINC, but minutes for
the largest molecules that a genetic algorithm without a lead comes to. Every feature of these definitions is one atom,
so the distances of all triples are a few arrays, and a bit is looked up once for each triple of bins that occurs; a
triple in another order has the same bit.

Reference: Gobbi & Poppinger (1998), Biotechnol. Bioeng. 61, 47.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import Mol
from rdkit.Chem.Pharm2D import Gobbi_Pharm2D

NEAREST, (FAR, TOO_FAR) = Gobbi_Pharm2D.defaultBins[0][0], Gobbi_Pharm2D.defaultBins[-1]
Numbers = NDArray[np.int64]


def gobbi_fingerprint(mol: Mol) -> Any:
    """The sparse bit vector that `Generate.Gen2DFingerprint(mol, Gobbi_Pharm2D.factory)` returns."""
    factory = Gobbi_Pharm2D.factory
    between = _binned(Chem.GetDistanceMatrix(mol))
    found = [np.array(sorted({atom for (atom,) in feature}), int) for feature in factory.GetMolFeats(mol)]
    present = [family for family, atoms in enumerate(found) if len(atoms)]
    bits = factory.GetSignature()
    for pair in combinations_with_replacement(present, 2):
        apart = between[np.ix_(*(found[family] for family in pair))]
        for distance in np.unique(apart[apart > 0]).tolist():
            bits.SetBit(_bit(pair, (distance,)))
    for triple in combinations_with_replacement(present, 3):
        for distances in _triangles(triple, found, between):
            bits.SetBit(_bit(triple, distances))
    return bits


def _binned(distances: NDArray[np.float64]) -> Numbers:
    """Each distance as the least of its bin, 0 where it falls into none."""
    counts = (distances >= NEAREST) & (distances < TOO_FAR)
    return np.where(counts, np.minimum(distances, FAR), 0).astype(np.int64)


@lru_cache(maxsize=200_000)
def _bit(families: tuple[int, ...], distances: tuple[int, ...]) -> int:
    return int(Gobbi_Pharm2D.factory.GetBitIdx(list(families), list(distances), sortIndices=False))


def _triangles(families: tuple[int, ...], found: list[Numbers], between: Numbers) -> Iterator[tuple[int, ...]]:
    """Distances that occur: first to second, first to third, second to third."""
    first, second, third = (found[family] for family in families)
    ab, ac, bc = (between[np.ix_(*pair)] for pair in ((first, second), (first, third), (second, third)))
    side = FAR + 1
    seen = np.zeros(side**3, dtype=bool)
    for row in range(len(first)):
        b, c = np.nonzero((ab[row] > 0)[:, None] & (ac[row] > 0)[None, :] & (bc > 0))
        seen[(ab[row][b] * side + ac[row][c]) * side + bc[b, c]] = True
    for code in np.flatnonzero(seen).tolist():
        yield code // side**2, code // side % side, code % side
