"""What a campaign believes of the molecules that it has not measured: a Gaussian process over structures.

Its prior mean is constant, or what a convex surrogate predicts at a molecule's own latent; leaving measured molecules
out decides, with predictions of networks that did not see them (`molconvex.objectives.learned_surrogates`). The noise
of the measurements is chosen the same way.

    mean(x)   = prior(x) + k(x, X) (K + noise^2 I)^-1 (y - prior(X))
    cov(x, c) = spread^2 (k(x, c) - k(x, X) (K + noise^2 I)^-1 k(X, c))

Reference: Rasmussen & Williams (2006), sections 2.2 and 5.4.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve

from molconvex.surrogate.model.similarity_process import SimilarityProcess, fit_similarity_process
from molconvex.surrogate.model.structure_features import StructureFeatures, structure_kernel

Array = NDArray[np.float64]
NOISES = (0.1, 0.3, 0.6, 1.0)  # standard deviation of the noise over that of what is to be explained


@dataclass(eq=False)
class Beliefs:
    """Mean and standard deviation of the scores of m molecules, which sharpen as if chosen ones were measured.

    Attributes:
        mean: (m,); higher is better.
        variance: (m,), of the score itself, without the noise of a measurement.
        uses_surrogate: Whether the prior mean is the surrogate's.
        error: Leave-one-out root mean squared error on the measured molecules.
    """

    mean: Array
    variance: Array
    uses_surrogate: bool
    error: float
    _features: StructureFeatures
    _ranking: SimilarityProcess
    _near: Array
    _solved: Array
    _steps: list[Array]

    @property
    def deviation(self) -> Array:
        """Standard deviation (m,)."""
        return np.sqrt(self.variance)

    @property
    def noise(self) -> float:
        """Standard deviation of a measurement about the score that it measures."""
        return self._ranking.noise * self._ranking.spread

    def suppose(self, row: int) -> None:
        """Shrink the uncertainty as if a molecule had been measured and had its mean (kriging believer).

        Reference: Ginsbourger et al. (2010), in Computational Intelligence in Expensive Optimization Problems, 131.
        """
        spread = self._ranking.spread
        near = structure_kernel(self._features, self._features[row : row + 1])[:, 0]
        known = self._near @ self._solved[:, row]
        covariance = spread**2 * (near - known)
        for step in self._steps:
            covariance = covariance - step * step[row]
        step = covariance / np.sqrt(max(float(covariance[row]) + self.noise**2, 1e-18))
        self._steps.append(step)
        self.variance = np.clip(self.variance - step**2, 0.0, None)


def fit_beliefs(
    features: StructureFeatures, measured: NDArray[np.int64], scores: Array, predicted: Array | None = None
) -> Beliefs:
    """Beliefs about m molecules.

    Args:
        features: Of the molecules, properties standardized.
        measured: Rows of the n >= 2 measured ones.
        scores: Their scores (n,), finite; higher is better.
        predicted: Scores (m,) by a surrogate, for measured molecules by one that did not see them; None where there is
            no surrogate.
    """
    prior = np.full(len(features), np.nan) if predicted is None else predicted
    ranking = fit_similarity_process(features[measured], scores, prior[measured], NOISES)
    mean, deviation = ranking.posterior(features, prior)
    near = structure_kernel(features, features[measured])
    solved = cho_solve(ranking.factor, near.T)
    return Beliefs(mean, deviation**2, bool(ranking.slope), ranking.error, features, ranking, near, solved, [])
