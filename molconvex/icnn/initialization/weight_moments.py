"""Mean and variance of weights and biases that keep a convex network's signal: the published rule and an exact one.

Notation: u pre-activations, phi(u) activations, n fan-in, q target variance of u, rho target correlation of two units.
"""

import math
from dataclasses import dataclass

import torch

from molconvex.exceptions import ConfigError
from molconvex.icnn.activations import Activation, LeakyReLU
from molconvex.icnn.initialization.gaussian_moments import gaussian_mean, gaussian_product, gaussian_second_moment


@dataclass(frozen=True)
class WeightMoments:
    """Over the draw of one layer's parameters: moments of its effective weights and of its biases."""

    mean: float
    variance: float
    bias_mean: float
    bias_variance: float

    def covariance(self, fan_in: int, incoming: "Incoming") -> float:
        """Covariance over inputs of two units with such weights, whose rows have equal sums."""
        return self.mean**2 * fan_in * (incoming.variance + (fan_in - 1) * incoming.covariance)


@dataclass(frozen=True)
class Incoming:
    """Activations phi(u_i) of the layer below, over inputs, on average over units.

    Attributes:
        mean: E[phi(u_i)].
        variance: Var[phi(u_i)].
        covariance: Cov[phi(u_i), phi(u_j)] of different units.
    """

    mean: float
    variance: float
    covariance: float


def principled_moments(
    fan_in: int,
    *,
    activation: Activation | None = None,
    variance: float = 1.0,
    correlation: float = 0.5,
    bias_noise: float = 0.0,
    passed: float = 0.0,
) -> WeightMoments:
    """The published fixed point: incoming pre-activations already have variance q and correlation rho.

    All variances here are over weights *and* inputs together. With e, p the mean and second moment of phi and c its
    mixed moment at correlation rho, a sum of n has variance f mean_w^2 + n p var_w, f = n(p - e^2) + n(n-1)(c - e^2).
    So mean_w^2 = rho q / f, var_w = (1 - rho) q / (n p), mean_b = -n mean_w e. Bias noise eta moves that part of var_w
    to the bias: var_w *= 1 - eta, var_b = eta (1 - rho) q.

    Args:
        fan_in: n.
        activation: default ReLU.
        variance: q > 0.
        correlation: rho in (0, 1).
        bias_noise: eta in [0, 1).
        passed: variance that a passthrough adds, at most (1 - rho) q; taken from var_w. Not in the paper.

    Raises:
        ConfigError: If an argument is out of range.

    Reference: Hoedt & Klambauer (2023), Principled weight initialisation for input-convex neural networks, NeurIPS.
    """
    check_targets(fan_in, variance, correlation, bias_noise)
    activation = LeakyReLU() if activation is None else activation
    first = gaussian_mean(activation, 0.0, variance)
    second = gaussian_second_moment(activation, 0.0, variance)
    mixed = gaussian_product(activation, correlation, variances=(variance, variance))
    spread = fan_in * (second - first**2 + (fan_in - 1) * (mixed - first**2))
    mean = math.sqrt(correlation * variance / spread)
    return WeightMoments(
        mean=mean,
        variance=(1.0 - bias_noise) * max((1.0 - correlation) * variance - passed, 0.0) / (fan_in * second),
        bias_mean=-fan_in * mean * first,
        bias_variance=bias_noise * (1.0 - correlation) * variance,
    )


def exact_moments(
    fan_in: int,
    incoming: Incoming,
    *,
    variance: float = 1.0,
    correlation: float = 0.5,
    bias_noise: float = 0.0,
    passed: float = 0.0,
    participation: float = 2.0,
) -> WeightMoments:
    """Weights for activations as they arrive: every unit then has variance q *over inputs*, for fixed weights.

    For rows of W with equal sums n mean_w and equal sums of squares n (mean_w^2 + var_w) (see `sampling`), and incoming
    variance V and covariance C, units have Cov = mean_w^2 (n V + n(n-1) C) and Var = Cov + n var_w (V - C) + passed.

    Nonnegative weights can only set units apart by being unequal, until each row is one weight and nothing else. Where
    the correlation would need that, rows keep their participation (sum w)^2 / sum w^2 and the correlation is larger.

    Args:
        fan_in: n.
        incoming: of the layer below.
        variance: q > 0.
        correlation: rho in (0, 1), as far as the participation allows.
        bias_noise: eta in [0, 1): biases have variance eta (1 - rho) q over weights, none over inputs.
        passed: variance over inputs that a passthrough adds, at most (1 - rho) q.
        participation: least effective number of inputs of a unit.

    Raises:
        ConfigError: If an argument is out of range, or incoming units do not vary or vary in step.
    """
    check_targets(fan_in, variance, correlation, bias_noise)
    apart = incoming.variance - incoming.covariance
    together = fan_in * (incoming.variance + (fan_in - 1) * incoming.covariance)
    if not (apart > 0.0 and together > 0.0):
        raise ConfigError(f"incoming units must vary over inputs and not in step, got {incoming}")
    mean_squared = correlation * variance / together
    weight_variance = max((1.0 - correlation) * variance - passed, 0.0) / (fan_in * apart)
    widest = fan_in / min(participation, fan_in) - 1.0
    if weight_variance > widest * mean_squared:
        mean_squared = (variance - passed) / (together + fan_in * widest * apart)
        weight_variance = widest * mean_squared
    mean = math.sqrt(mean_squared)
    return WeightMoments(
        mean=mean,
        variance=weight_variance,
        bias_mean=-fan_in * mean * incoming.mean,
        bias_variance=bias_noise * (1.0 - correlation) * variance,
    )


def incoming_from_gaussian(activation: Activation, variance: float, correlation: float) -> Incoming:
    """Activations of centered Gaussian units with this variance and correlation, over inputs."""
    first = gaussian_mean(activation, 0.0, variance)
    second = gaussian_second_moment(activation, 0.0, variance)
    mixed = gaussian_product(activation, correlation, variances=(variance, variance))
    return Incoming(first, second - first**2, mixed - first**2)


def incoming_from_input(activation: Activation, variance: float, input_dim: int) -> Incoming:
    """Activations of a first layer with rows of norm sqrt(q) in random directions, over z ~ N(0, I_d).

    Two units are uncorrelated on average, but not their activations: the cosine of the angle t between random rows
    has variance 1/d and the mixed moment is convex in it. Averaged over t, of density proportional to sin(t)^(d-2).
    """
    if input_dim == 1:
        cosines, weights = torch.tensor([-1.0, 1.0]), torch.tensor([0.5, 0.5])
    else:
        angles = (torch.arange(200, dtype=torch.float64) + 0.5) * (math.pi / 200)
        cosines, weights = angles.cos(), ((input_dim - 2) * angles.sin().log()).softmax(0)
    kept = weights > 1e-12
    mixed = sum(
        float(w) * gaussian_product(activation, float(c), variances=(variance, variance))
        for c, w in zip(cosines[kept], weights[kept], strict=True)
    )
    uncorrelated = incoming_from_gaussian(activation, variance, 0.0)
    return Incoming(uncorrelated.mean, uncorrelated.variance, mixed - uncorrelated.mean**2)


def check_targets(fan_in: int, variance: float, correlation: float, bias_noise: float) -> None:
    """Raise ConfigError unless fan_in >= 1, variance > 0, 0 < correlation < 1 and 0 <= bias_noise < 1."""
    if fan_in < 1:
        raise ConfigError(f"fan_in must be at least 1, got {fan_in}")
    if not (variance > 0.0 and math.isfinite(variance)):
        raise ConfigError(f"the target variance must be positive, got {variance}")
    if not 0.0 < correlation < 1.0:
        raise ConfigError(f"the target correlation must lie strictly between 0 and 1, got {correlation}")
    if not 0.0 <= bias_noise < 1.0:
        raise ConfigError(f"bias_noise must lie in [0, 1), got {bias_noise}")
