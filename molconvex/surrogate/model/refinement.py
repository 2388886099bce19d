"""A second opinion on a prediction, from the structure itself: nothing is proved of it.

    refined(molecule) = share * process(structure) + (1 - share) * prediction(latent)

The process is a Gaussian process over fingerprints and properties. It knows what the latent loses, and the network what
two molecules without anything in common share; their errors differ, so that the mean of both is better than either
(Wolpert 1992). A search ends where its score errs in its favor, and two models seldom err so at the same molecule:
what is scored by both is believed more by models that had no part in it. Certificates, requirements and all else that
is proved speak of `prediction` alone.

Reference: Wolpert (1992), Neural Networks 5, 241; Renz et al. (2019), Drug Discov. Today Technol. 32, 55 (searches
exploit their scores).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.structure_features import StructureFeatures
from molconvex.surrogate.model.structure_process import StructureProcess, fit_structure_process
from molconvex.surrogate.model.target import Target

Array = NDArray[np.float64]

SHARE = 2.0 / 3.0
"""Of the process in the refined prediction: validation parts of a few hundred molecules tell a share badly."""
NOISE = 0.3  # standard deviation of a measurement's noise over that of the values
MOST_MOLECULES = 4_000
"""That a process learns from at most, drawn at random: its cost grows with their third power."""


@dataclass(frozen=True, eq=False)
class Refinement:
    """What the structures of the molecules trained on say of a new one.

    Attributes:
        process: Of the values.
        target: Of the prediction that is refined.
        share: Of the process in the refined prediction.
        conformal: Quantiles of the refined prediction's errors on held-out molecules, or None where unknown.
    """

    process: StructureProcess
    target: Target
    share: float = SHARE
    conformal: Conformal | None = None

    def refined(self, predicted: Array, features: StructureFeatures) -> Array:
        """Refined predictions of m molecules in the unit of the prediction, (m,).

        Args:
            predicted: By the network, at the molecules' own latents, (m,).
            features: Of the m molecules; see `structure_features`.
        """
        return (1.0 - self.share) * predicted + self.share * _possible(self.process(features), self.target)


def fit_refinement(features: StructureFeatures, value: Array, target: Target, *, seed: int = 0) -> Refinement | None:
    """The refinement by n molecules with known values; None where fewer than two have one.

    Args:
        features: Of the molecules.
        value: What the prediction should be: a value, a class, a distance to the window; NaN where unknown, (n,).
        target: Of the prediction.
        seed: Chooses molecules where there are many.
    """
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(np.isfinite(value)))[:MOST_MOLECULES]
    if len(rows) < 2:
        return None
    return Refinement(fit_structure_process(features[rows], value[rows], NOISE), target)


def _possible(value: Array, target: Target) -> Array:
    """Probabilities within 0 and 1, distances at least 0."""
    if target.sense == "classify":
        return np.clip(value, 0.0, 1.0)
    return np.maximum(value, 0.0) if target.sense == "window" else value
