"""How alike molecules are by their structure: fingerprints, what RDKit measures, and a kernel over both.

    kernel(a, b) = (Tanimoto similarity of fingerprints + exp(-distance of properties² / 2)) / 2

The first part knows which molecules share substructures, the second which are as large, as polar and as flexible; the
distance is the root mean square over the properties, in standard deviations.

Reference: Ralaivola et al. (2005), Neural Networks 18, 1093; Rasmussen & Williams (2006), section 4.2.4 (sums).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from molconvex.chem import Molecule

Array = NDArray[np.float64]
Bits = NDArray[np.float32]

NAMES = (
    "qed",
    "logp",
    "sa_score",
    "tpsa",
    "molecular_weight",
    "hydrogen_bond_donors",
    "hydrogen_bond_acceptors",
    "rotatable_bonds",
    "rings",
    "aromatic_rings",
    "fraction_csp3",
    "heavy_atoms",
    "formal_charge",
)
"""Of the properties, in the order of their columns: kept as it is, since stored surrogates rest on it."""
MOST = 4.0  # standard deviations from the mean; a property farther away counts as that


@dataclass(frozen=True, eq=False)
class StructureFeatures:
    """Of n molecules.

    Attributes:
        bits: Morgan fingerprints (n, bits).
        properties: In the order of `NAMES`, or others that all molecules have, (n, k): each in its own unit, or
            standardized by a `PropertyScale`. With k = 0 molecules are compared by their fingerprints alone.
    """

    bits: Bits
    properties: Array

    @classmethod
    def of_bits(cls, bits: Bits) -> StructureFeatures:
        """Fingerprints (n, bits) alone."""
        return cls(bits, np.zeros((len(bits), 0)))

    def __len__(self) -> int:
        return len(self.bits)

    def __getitem__(self, rows: NDArray[np.int64] | slice) -> StructureFeatures:
        """Of some of the molecules."""
        return StructureFeatures(self.bits[rows], self.properties[rows])


def structure_features(structures: Sequence[str | Molecule]) -> StructureFeatures:
    """Fingerprints and properties of n molecules, these in their own units.

    Raises:
        ChemistryError: If a structure cannot be read.
    """
    from molconvex.chem import compute_properties
    from molconvex.chem.fingerprints import BITS, fingerprint_bits
    from molconvex.chem.molecule import fingerprint_of

    rows = [fingerprint_bits(fingerprint_of(structure)) for structure in structures]
    bits = np.stack(rows) if rows else np.zeros((0, BITS), dtype=np.float32)
    return StructureFeatures(bits, compute_properties(structures, NAMES).to_numpy(dtype=np.float64))


@dataclass(frozen=True, eq=False)
class PropertyScale:
    """What makes properties comparable.

    Attributes:
        center: Mean of each, (k,).
        spread: Standard deviation of each, (k,), > 0.
    """

    center: Array
    spread: Array

    @classmethod
    def of(cls, features: StructureFeatures) -> PropertyScale:
        """That of n molecules; what could not be measured is left out."""
        known = np.isfinite(features.properties)
        count = known.sum(axis=0).clip(min=1)
        center = np.where(known, features.properties, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, features.properties - center, 0.0) ** 2).sum(axis=0) / count)
        return cls(as_stored(center), as_stored(np.where(spread > 0, spread, 1.0)))

    def __call__(self, features: StructureFeatures) -> StructureFeatures:
        """With standardized properties; what could not be measured counts as the mean."""
        standard = (features.properties - self.center) / self.spread
        return StructureFeatures(features.bits, np.clip(np.where(np.isfinite(standard), standard, 0.0), -MOST, MOST))


def tanimoto_kernel(a: Bits, b: Bits) -> Array:
    """Tanimoto similarities of bit vectors, (n, bits) and (m, bits) to (n, m); two empty vectors count as equal."""
    common = (a @ b.T).astype(np.float64)
    union = a.sum(1, dtype=np.float64)[:, None] + b.sum(1, dtype=np.float64)[None, :] - common
    return np.where(union > 0, common / np.maximum(union, 1.0), 1.0)


def structure_kernel(a: StructureFeatures, b: StructureFeatures) -> Array:
    """Likeness of n and m molecules by fingerprints and standardized properties, (n, m), between 0 and 1."""
    own, other = a.properties, b.properties
    if own.shape[1] == 0:
        return tanimoto_kernel(a.bits, b.bits)
    squared = (own**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2.0 * own @ other.T
    alike = np.exp(-np.maximum(squared, 0.0) / (2.0 * own.shape[1]))
    return np.asarray(0.5 * tanimoto_kernel(a.bits, b.bits) + 0.5 * alike)


def as_stored(values: Array) -> Array:
    """Rounded as in the file of a surrogate, so that what is loaded predicts what was fitted."""
    return values.astype(np.float32).astype(np.float64)
