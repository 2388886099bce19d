"""Values of molecules by what similar molecules have: a Gaussian process.

The prior mean is what surrogates predict at a molecule's own latent, so that the process corrects them by what was
measured. Where there is no prediction, or where it is worse for the measured molecules than a constant, the prior mean
is constant.

Reference: Rasmussen & Williams (2006), sections 2.2 and 5.4 (leave-one-out).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.linalg.lapack import dpotri

from molconvex.surrogate.model.structure_features import StructureFeatures, structure_kernel

Array = NDArray[np.float64]
Center = Callable[[Array], Array | np.floating]
Factor = tuple[Array, bool]
NOISE = 0.1  # standard deviation of the noise over that of the residuals
LEAST_SPREAD = 1e-3
LEAST_FOR_CHOICE = 8  # scored molecules before the prior mean may be dropped


@dataclass(frozen=True, eq=False)
class SimilarityProcess:
    """Posterior of the score, given scored molecules.

    Attributes:
        features: Of the n scored molecules.
        weights: Of the kernel at a new molecule, (n,).
        factor: Cholesky factor of the kernel matrix with noise.
        offset: Constant part of the prior mean.
        slope: Of the prior mean in the prediction: 1, or 0 where the prediction is not used.
        spread: Standard deviation of the process.
        noise: Standard deviation of a measurement's noise over that of the process.
        error: Leave-one-out root mean squared error on the scored molecules, NaN with fewer than two.
    """

    features: StructureFeatures
    weights: Array
    factor: Factor
    offset: float
    slope: float
    spread: float
    noise: float
    error: float

    def posterior(self, features: StructureFeatures, predicted: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the scores of m molecules, each (m,).

        Args:
            features: Of the m molecules, of the same kind as those of the scored ones.
            predicted: Predicted scores (m,); NaN only where the slope is 0.
        """
        near = structure_kernel(features, self.features)
        prior = self.offset + (self.slope * predicted if self.slope else 0.0)
        mean = prior + near @ self.weights
        known = np.square(solve_triangular(self.factor[0], near.T, lower=self.factor[1])).sum(axis=0)
        return mean, self.spread * np.sqrt(np.clip(1.0 - known, 0.0, None))


def fit_similarity_process(
    features: StructureFeatures,
    scores: Array,
    predicted: Array,
    noises: Sequence[float] = (NOISE,),
    center: Center = np.median,
) -> SimilarityProcess:
    """The process that predicts the scored molecules best when each is left out in turn.

    Args:
        features: Of n >= 1 scored molecules: fingerprints, and standardized properties or none.
        scores: Their scores (n,), finite.
        predicted: Predicted scores (n,), NaN where there is no surrogate.
        noises: Noise of the scores over the spread of what is to be explained; of several the one that predicts best.
        center: What the constant part of the prior mean is of the residuals.
    """
    has_prediction = not np.isnan(predicted).any()
    slopes = [1.0] * has_prediction + [0.0] * (not has_prediction or len(scores) >= LEAST_FOR_CHOICE)
    kernel = structure_kernel(features, features)
    fits: dict[float, list[SimilarityProcess]] = {slope: [] for slope in slopes}
    for noise in noises:
        factor = cho_factor(kernel + noise**2 * np.eye(len(scores)), lower=True)
        inverse, _ = dpotri(factor[0], lower=1)  # a third of the work of solving for every unit vector
        for slope in slopes:
            residual = scores - predicted if slope else scores
            offset = float(center(residual))
            weights = cho_solve(factor, residual - offset)
            left_out = weights / np.diag(inverse)
            error = float(np.sqrt(np.mean(left_out**2))) if len(scores) > 1 else float("nan")
            spread = max(float(np.sqrt(np.mean((residual - offset) ** 2))), LEAST_SPREAD)
            fits[slope].append(SimilarityProcess(features, weights, factor, offset, slope, spread, noise, error))
    best = [min(of_slope, key=lambda fit: fit.error) for of_slope in fits.values()]
    return best[0] if len(best) == 1 or best[0].error <= best[1].error else best[1]
