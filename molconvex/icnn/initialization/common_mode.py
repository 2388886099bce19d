"""How a wide layer's units vary over inputs, followed exactly enough to stay true in deep stacks.

Nonnegative weights make all units of a layer rise and fall together: given the weights, unit k at input z is

    u_k(z) = M(g(z)) + e_k(z)

with one common coordinate g ~ N(0, 1) over inputs and an own part e_k. In the first convex layer M is linear. Each
further layer is a convex function of the one below, so M bends more and more and units become skewed; a theory that
calls them Gaussian over inputs misses that, lets means drift upwards and variances grow two- to threefold a layer. Here
M is followed on Gauss-Hermite nodes of g, and e_k is taken as Gaussian over units, with its variance at one input and
its covariance between two independent inputs.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from molconvex.icnn.activations import Activation
from molconvex.icnn.initialization.gaussian_moments import conditional_mean, conditional_second_moment
from molconvex.icnn.initialization.weight_moments import Incoming, WeightMoments

_NODES = 32


@dataclass(frozen=True)
class CommonMode:
    """Pre-activations of one layer at nodes g_1..g_m of the common coordinate.

    Attributes:
        shared: M(g_i), shape (m,).
        own: variance over units of e_k at one input with g_i, shape (m,).
        lasting: covariance over units of e_k between independent inputs with g_i and g_j, shape (m, m).
    """

    shared: Tensor
    own: Tensor
    lasting: Tensor

    @classmethod
    def first(cls, shared: float, own: float, lasting: float = 0.0) -> "CommonMode":
        """Units Gaussian over inputs, with covariance `shared` and variance shared + own.

        `lasting` is the variance of their biases over weights.
        """
        g, _ = _hermite()
        biases = torch.full((len(g), len(g)), lasting, dtype=torch.float64)
        return cls(math.sqrt(shared) * g, torch.full_like(g, own + lasting), biases)

    def next(
        self, activation: Activation, fan_in: int, moments: WeightMoments, variance: float, passed: float
    ) -> "CommonMode":
        """The layer above, for rows of equal sums and `passed` variance over inputs from a passthrough.

        The variance over inputs of M is set to what `exact_moments` gives it, which counts the fan-in's finite size.
        """
        _, p = _hermite()
        first, second, product = self._activations(activation)
        spread = fan_in * moments.variance
        own = spread * (second - first.square()).clamp(min=0.0) + moments.bias_variance + passed
        lasting = spread * (product - first[:, None] * first) + moments.bias_variance
        shared = first - p @ first
        over_inputs = variance - float(p @ own - p @ lasting @ p)
        return CommonMode(shared * math.sqrt(max(over_inputs, 0.0) / float(p @ shared.square())), own, lasting)

    def incoming(self, activation: Activation) -> Incoming:
        """What the layer above receives, over inputs."""
        _, p = _hermite()
        first, second, product = self._activations(activation)
        mean = float(p @ first)
        return Incoming(mean, float(p @ second - p @ product @ p), float(p @ first.square()) - mean**2)

    def _activations(self, activation: Activation) -> tuple[Tensor, Tensor, Tensor]:
        """Over units: E[phi] and E[phi^2] at each node, (m,); E[phi phi'] for independent inputs at two nodes, (m, m).

        The covariance of e_k between two inputs is carried by one more Gaussian w, given which they are independent.
        """
        w, q = _hermite()
        deviation = self.own.clamp(min=1e-18).sqrt()
        first = conditional_mean(activation, self.shared, deviation)
        second = conditional_second_moment(activation, self.shared, deviation)
        ratio = (self.lasting / (deviation[:, None] * deviation)).clamp(0.0, 1.0 - 1e-9)
        centers = self.shared[:, None, None] + (ratio.sqrt() * deviation[:, None])[..., None] * w
        rest = ((1.0 - ratio).sqrt() * deviation[:, None])[..., None]
        given = conditional_mean(activation, centers, rest)
        return first, second, (given * given.transpose(0, 1)) @ q


@lru_cache(maxsize=1)
def _hermite() -> tuple[Tensor, Tensor]:
    """Nodes and probabilities of a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum())
