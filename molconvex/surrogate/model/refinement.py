"""A second opinion on a prediction, from the structure itself: for prediction only, nothing is proved of it.

    refined(molecule) = share * process(fingerprint) + (1 - share) * prediction(latent)

The process is a Gaussian process over Morgan fingerprints with the Tanimoto kernel. It knows what the latent loses, and
the network what two molecules without a common substructure share; their errors differ, so that the mean of both is
better than either (Wolpert 1992). Certificates, goals and requirements speak of `prediction` alone.

Reference: Ralaivola et al. (2005), Neural Networks 18, 1093; Wolpert (1992), Neural Networks 5, 241.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.tanimoto_process import fit_tanimoto_process, tanimoto_kernel
from molconvex.surrogate.model.target import Target

if TYPE_CHECKING:
    from molconvex.chem import Molecule

Array = NDArray[np.float64]
Bits = NDArray[np.float32]

SHARE = 0.5
"""Of the process in the refined prediction: validation parts of a few hundred molecules tell a share badly."""
NOISE = 0.3  # standard deviation of a measurement's noise over that of the values
MOST_MOLECULES = 4_000
"""That a process learns from at most, drawn at random: its cost grows with their third power."""
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, eq=False)
class Refinement:
    """What the fingerprints of the molecules trained on say of a new one.

    Attributes:
        packed: Fingerprints of n molecules, eight bits a byte, (n, bits / 8).
        weights: Of the kernel at a new molecule, (n,).
        offset: What is predicted far from all of them.
        target: Of the prediction that is refined.
        share: Of the process in the refined prediction.
        conformal: Quantiles of the refined prediction's errors on held-out molecules, or None where unknown.
    """

    packed: NDArray[np.uint8]
    weights: Array
    offset: float
    target: Target
    share: float = SHARE
    conformal: Conformal | None = None

    def refined(self, predicted: Array, bits: Bits) -> Array:
        """Refined predictions of m molecules in the unit of the prediction, (m,).

        Args:
            predicted: By the network, at the molecules' own latents, (m,).
            bits: Their fingerprints (m, bits); see `structure_bits`.
        """
        known = np.unpackbits(self.packed, axis=1).astype(np.float32)
        parts = range(0, len(bits), ROWS_AT_ONCE)
        near = [tanimoto_kernel(bits[row : row + ROWS_AT_ONCE], known) @ self.weights for row in parts]
        process = self.offset + (np.concatenate(near) if near else np.zeros(0))
        return (1.0 - self.share) * predicted + self.share * _possible(process, self.target)


def fit_refinement(bits: Bits, value: Array, target: Target, *, seed: int = 0) -> Refinement | None:
    """The process of molecules with known values; None where fewer than two have one.

    Args:
        bits: Fingerprints (n, bits).
        value: What the prediction should be: a value, a class, a distance to the window; NaN where unknown, (n,).
        target: Of the prediction.
        seed: Chooses molecules where there are many.
    """
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(np.isfinite(value)))[:MOST_MOLECULES]
    if len(rows) < 2:
        return None
    process = fit_tanimoto_process(bits[rows], value[rows], np.full(len(rows), np.nan), (NOISE,), np.mean)
    packed = np.packbits(bits[rows].astype(np.uint8), axis=1)
    return Refinement(packed, process.weights.astype(np.float32).astype(np.float64), process.offset, target)


def structure_bits(structures: Sequence[str | Molecule]) -> Bits:
    """Morgan fingerprints of molecules, (n, bits).

    Raises:
        ChemistryError: If a structure cannot be read.
    """
    from molconvex.chem.fingerprints import BITS, fingerprint_bits
    from molconvex.chem.molecule import fingerprint_of

    rows = [fingerprint_bits(fingerprint_of(structure)) for structure in structures]
    return np.stack(rows) if rows else np.zeros((0, BITS), dtype=np.float32)


def _possible(value: Array, target: Target) -> Array:
    """Probabilities within 0 and 1, distances at least 0."""
    if target.sense == "classify":
        return np.clip(value, 0.0, 1.0)
    return np.maximum(value, 0.0) if target.sense == "window" else value
