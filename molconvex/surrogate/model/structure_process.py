"""Values of molecules by what molecules like them have, in the form in which a surrogate keeps it.

Reference: Rasmussen & Williams (2006), section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.similarity_process import fit_similarity_process
from molconvex.surrogate.model.structure_features import (
    PropertyScale,
    StructureFeatures,
    as_stored,
    structure_kernel,
)

Array = NDArray[np.float64]

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, eq=False)
class StructureProcess:
    """Posterior mean of the value, given n molecules with known values.

    Attributes:
        packed: Their fingerprints, eight bits a byte, (n, bits / 8).
        weights: Of the kernel at a new molecule, (n,).
        offset: What is predicted far from all of them.
        properties: Standardized, (n, k); k = 0 where fingerprints alone are compared, as they once were.
        scale: Standardizes; None where there are no properties.
    """

    packed: NDArray[np.uint8]
    weights: Array
    offset: float
    properties: Array
    scale: PropertyScale | None

    def __call__(self, features: StructureFeatures) -> Array:
        """Values of m molecules, (m,)."""
        known = StructureFeatures(np.unpackbits(self.packed, axis=1).astype(np.float32), self.properties)
        asked = StructureFeatures.of_bits(features.bits) if self.scale is None else self.scale(features)
        parts = range(0, len(asked), ROWS_AT_ONCE)
        found = [structure_kernel(asked[row : row + ROWS_AT_ONCE], known) @ self.weights for row in parts]
        return self.offset + (np.concatenate(found) if found else np.zeros(0))


def fit_structure_process(features: StructureFeatures, value: Array, noise: float) -> StructureProcess:
    """The process of n >= 1 molecules with known values.

    Args:
        features: Of the molecules, properties in their own units.
        value: (n,), finite.
        noise: Standard deviation of a value's noise over that of the values.
    """
    scale = PropertyScale.of(features)
    known = StructureFeatures(features.bits, as_stored(scale(features).properties))
    nothing = np.full(len(value), np.nan)
    process = fit_similarity_process(known, value, nothing, (noise,), np.mean)
    packed = np.packbits(known.bits.astype(np.uint8), axis=1)
    return StructureProcess(packed, as_stored(process.weights), process.offset, known.properties, scale)
