"""Values of molecules by what similar molecules have: a Gaussian process over fingerprints with the Tanimoto kernel.

The prior mean is what surrogates predict at a molecule's own latent, so that the process corrects them by what was
measured. Where there is no prediction, or where it is worse for the measured molecules than a constant, the prior mean
is constant.

Reference: Ralaivola et al. (2005), Neural Networks 18, 1093 (Tanimoto kernel); Rasmussen & Williams (2006), section 5.4
(leave-one-out).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.linalg.lapack import dpotri

Array = NDArray[np.float64]
Center = Callable[[Array], Array | np.floating]
NOISE = 0.1  # standard deviation of the noise over that of the residuals
LEAST_SPREAD = 1e-3
LEAST_FOR_CHOICE = 8  # scored molecules before the prior mean may be dropped


def tanimoto_kernel(a: NDArray[np.float32], b: NDArray[np.float32]) -> Array:
    """Tanimoto similarities of bit vectors, (n, bits) and (m, bits) to (n, m); two empty vectors count as equal."""
    common = (a @ b.T).astype(np.float64)
    union = a.sum(1, dtype=np.float64)[:, None] + b.sum(1, dtype=np.float64)[None, :] - common
    return np.where(union > 0, common / np.maximum(union, 1.0), 1.0)


@dataclass(frozen=True, eq=False)
class TanimotoProcess:
    """Posterior of the score, given scored molecules.

    Attributes:
        bits: Fingerprints of the scored molecules (n, bits).
        weights: Of the kernel at a new molecule, (n,).
        factor: Cholesky factor of the kernel matrix with noise.
        offset: Constant part of the prior mean.
        slope: Of the prior mean in the prediction: 1, or 0 where the prediction is not used.
        spread: Standard deviation of the process.
        noise: Standard deviation of a measurement's noise over that of the process.
        error: Leave-one-out root mean squared error on the scored molecules, NaN with fewer than two.
    """

    bits: NDArray[np.float32]
    weights: Array
    factor: tuple[Array, bool]
    offset: float
    slope: float
    spread: float
    noise: float
    error: float

    def posterior(self, bits: NDArray[np.float32], predicted: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of the scores of m molecules, each (m,).

        Args:
            bits: Fingerprints (m, bits).
            predicted: Predicted scores (m,); NaN only where the slope is 0.
        """
        near = tanimoto_kernel(bits, self.bits)
        prior = self.offset + (self.slope * predicted if self.slope else 0.0)
        mean = prior + near @ self.weights
        known = np.square(solve_triangular(self.factor[0], near.T, lower=self.factor[1])).sum(axis=0)
        return mean, self.spread * np.sqrt(np.clip(1.0 - known, 0.0, None))


def fit_tanimoto_process(
    bits: NDArray[np.float32],
    scores: Array,
    predicted: Array,
    noises: Sequence[float] = (NOISE,),
    center: Center = np.median,
) -> TanimotoProcess:
    """The process that predicts the scored molecules best when each is left out in turn.

    Args:
        bits: Fingerprints of n >= 1 scored molecules.
        scores: Their scores (n,), finite.
        predicted: Predicted scores (n,), NaN where there is no surrogate.
        noises: Noise of the scores over the spread of what is to be explained; of several the one that predicts best.
        center: What the constant part of the prior mean is of the residuals.
    """
    with_prediction = None if np.isnan(predicted).any() else _best_fit(bits, scores, predicted, 1.0, noises, center)
    if with_prediction is not None and len(scores) < LEAST_FOR_CHOICE:
        return with_prediction
    without = _best_fit(bits, scores, predicted, 0.0, noises, center)
    return without if with_prediction is None or without.error < with_prediction.error else with_prediction


def _best_fit(
    bits: NDArray[np.float32],
    scores: Array,
    predicted: Array,
    slope: float,
    noises: Sequence[float],
    center: Center,
) -> TanimotoProcess:
    fits = [_fit(bits, scores, predicted, slope, noise, center) for noise in noises]
    return fits[0] if len(scores) < 2 else min(fits, key=lambda fit: fit.error)


def _fit(
    bits: NDArray[np.float32], scores: Array, predicted: Array, slope: float, noise: float, center: Center
) -> TanimotoProcess:
    residual = scores - predicted if slope else scores
    offset = float(center(residual))
    centered = residual - offset
    spread = max(float(np.sqrt(np.mean(centered**2))), LEAST_SPREAD)
    kernel = tanimoto_kernel(bits, bits) + noise**2 * np.eye(len(scores))
    factor = cho_factor(kernel, lower=True)
    weights = cho_solve(factor, centered)
    inverse, _ = dpotri(factor[0], lower=1)  # a third of the work of solving for every unit vector
    left_out = weights / np.diag(inverse)
    error = float(np.sqrt(np.mean(left_out**2))) if len(scores) > 1 else float("nan")
    return TanimotoProcess(bits, weights, factor, offset, slope, spread, noise, error)
