"""Moments of activations under Gaussian pre-activations: closed form for (leaky) ReLU, else quadrature in float64."""

import itertools
import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import ConfigError
from molconvex.icnn.activations import Activation, LeakyReLU

_REACH = 10.0  # standard deviations beyond which a Gaussian's mass (1e-23) is dropped
_PANELS = 10  # panels between two neighboring kinks
_NODES = 20  # Gauss-Legendre nodes a panel
_TINY = 1e-150  # stands for a deviation of zero, where a quotient is taken


def gaussian_mean(activation: Activation, mean: float = 0.0, variance: float = 1.0) -> float:
    """E[phi(x)] for x ~ N(mean, variance).

    Raises:
        ConfigError: If the variance is negative.
    """
    return float(conditional_mean(activation, _double(mean), _deviation(variance)))


def gaussian_second_moment(activation: Activation, mean: float = 0.0, variance: float = 1.0) -> float:
    """E[phi(x)^2] for x ~ N(mean, variance).

    Raises:
        ConfigError: If the variance is negative.
    """
    return float(conditional_second_moment(activation, _double(mean), _deviation(variance)))


def gaussian_product(
    activation: Activation,
    correlation: float,
    means: tuple[float, float] = (0.0, 0.0),
    variances: tuple[float, float] = (1.0, 1.0),
) -> float:
    """E[phi(x) phi(y)] for jointly Gaussian x, y with these means, variances and correlation.

    Closed form for (leaky) ReLU at zero means. Otherwise E[phi(x) E[phi(y) | x]], the outer integral split where either
    factor bends.

    Raises:
        ConfigError: If a variance is negative or the correlation is outside [-1, 1].

    Reference: Cho & Saul (2009), Kernel methods for deep learning, NeurIPS.
    """
    if not -1.0 <= correlation <= 1.0:
        raise ConfigError(f"a correlation lies in [-1, 1], got {correlation}")
    sx, sy = _deviation(variances[0]), _deviation(variances[1])
    if isinstance(activation, LeakyReLU) and means == (0.0, 0.0):
        return _leaky_product(activation.negative_slope, correlation, float(sx * sy))
    mx, my = _double(means[0]), _double(means[1])
    rest = sy * math.sqrt(1.0 - correlation**2)

    def inner(t: Tensor) -> Tensor:
        return activation(mx + sx * t) * conditional_mean(activation, my + correlation * sy * t, rest)

    edges = _edges(float(mx), float(sx), float(my), float(sy), correlation)
    return float(sum(_panel(inner, _double(a), _double(b)) for a, b in itertools.pairwise(edges)))


def conditional_mean(activation: Activation, mean: Tensor, deviation: Tensor) -> Tensor:
    """E[phi(x)] for x ~ N(mean, deviation^2), elementwise over float64 tensors that broadcast."""
    if isinstance(activation, LeakyReLU):
        return _half_mean(mean, deviation) - activation.negative_slope * _half_mean(-mean, deviation)
    return _integrate(activation, mean, deviation)


def conditional_second_moment(activation: Activation, mean: Tensor, deviation: Tensor) -> Tensor:
    """E[phi(x)^2] for x ~ N(mean, deviation^2), elementwise over float64 tensors that broadcast."""
    if isinstance(activation, LeakyReLU):
        return _half_square(mean, deviation) + activation.negative_slope**2 * _half_square(-mean, deviation)
    return _integrate(lambda x: activation(x).square(), mean, deviation)


def _leaky_product(slope: float, correlation: float, scale: float) -> float:
    arc = math.sqrt(1.0 - correlation**2) + correlation * math.acos(-correlation)
    return scale * ((1.0 - slope) ** 2 * arc / (2.0 * math.pi) + slope * correlation)


def _half_mean(m: Tensor, s: Tensor) -> Tensor:
    """E[max(x, 0)]."""
    ratio = m / s.clamp(min=_TINY)
    return m * torch.special.ndtr(ratio) + s * _density(ratio)


def _half_square(m: Tensor, s: Tensor) -> Tensor:
    """E[max(x, 0)^2]."""
    ratio = m / s.clamp(min=_TINY)
    return (m.square() + s.square()) * torch.special.ndtr(ratio) + m * s * _density(ratio)


def _edges(mx: float, sx: float, my: float, sy: float, correlation: float) -> list[float]:
    """Where, in standard deviations t of x, phi(x) or E[phi(y) | x] bends, and the ends of the range."""
    kinks = [-mx / sx] if sx > 0.0 else []
    slope = correlation * sy
    if abs(slope) > 1e-12:
        width = math.sqrt(1.0 - correlation**2) / abs(correlation)
        kinks += [-my / slope + factor * width for factor in (-8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0)]
    return sorted({-_REACH, _REACH, *(kink for kink in kinks if abs(kink) < _REACH)})


def _integrate(function: Callable[[Tensor], Tensor], mean: Tensor, deviation: Tensor) -> Tensor:
    """E[function(x)] elementwise, each range split at the kink x = 0."""
    mean, deviation = torch.broadcast_tensors(mean, deviation)
    kink = (-mean / deviation.clamp(min=_TINY)).clamp(-_REACH, _REACH)
    reach = torch.full_like(kink, _REACH)

    def standard(t: Tensor) -> Tensor:
        return function(mean[..., None] + deviation[..., None] * t)

    return _panel(standard, -reach, kink) + _panel(standard, kink, reach)


def _panel(function: Callable[[Tensor], Tensor], low: Tensor, high: Tensor) -> Tensor:
    """Integral of function(t) times the standard normal density over [low, high], elementwise."""
    nodes, weights = _legendre()
    width = (high - low)[..., None]
    t = low[..., None] + width * nodes
    return (width * weights * _density(t) * function(t)).sum(-1)


@lru_cache(maxsize=1)
def _legendre() -> tuple[Tensor, Tensor]:
    """Composite Gauss-Legendre rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    starts = torch.arange(_PANELS, dtype=torch.float64)[:, None]
    unit = torch.from_numpy(nodes)[None] / 2.0 + 0.5
    return ((starts + unit) / _PANELS).flatten(), (torch.from_numpy(weights) / (2.0 * _PANELS)).repeat(_PANELS)


def _density(x: Tensor) -> Tensor:
    return torch.exp(-0.5 * x.square()) / math.sqrt(2.0 * math.pi)


def _double(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _deviation(variance: float) -> Tensor:
    if not variance >= 0.0:
        raise ConfigError(f"a variance must be >= 0, got {variance}")
    return _double(math.sqrt(variance))
