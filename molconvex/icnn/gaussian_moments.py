"""Moments of activations under Gaussian pre-activations: closed form for (leaky) ReLU, else quadrature in float64."""

import math

import torch
from torch import Tensor

from molconvex.exceptions import ConfigError
from molconvex.icnn.activations import Activation, LeakyReLU

_REACH = 10.0  # standard deviations beyond which a Gaussian's mass (1e-23) is dropped
_PANELS = 10  # panels on each side of a kink
_NODES = 20  # Gauss-Legendre nodes a panel


def gaussian_mean(activation: Activation, mean: float = 0.0, variance: float = 1.0) -> float:
    """E[phi(x)] for x ~ N(mean, variance).

    Raises:
        ConfigError: If the variance is negative.
    """
    return float(_mean(activation, _double(mean), _deviation(variance)))


def gaussian_second_moment(activation: Activation, mean: float = 0.0, variance: float = 1.0) -> float:
    """E[phi(x)^2] for x ~ N(mean, variance).

    Raises:
        ConfigError: If the variance is negative.
    """
    m, s = _double(mean), _deviation(variance)
    if isinstance(activation, LeakyReLU):
        return float(_half_square(m, s) + activation.negative_slope**2 * _half_square(-m, s))
    return float(_integrate(lambda x: activation(x).square(), m, s))


def gaussian_product(
    activation: Activation,
    correlation: float,
    means: tuple[float, float] = (0.0, 0.0),
    variances: tuple[float, float] = (1.0, 1.0),
) -> float:
    """E[phi(x) phi(y)] for jointly Gaussian x, y with these means, variances and correlation.

    Closed form for (leaky) ReLU at zero means. Otherwise E[phi(x) E[phi(y) | x]], the outer integral split at both kinks.

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

    def inner(x: Tensor) -> Tensor:
        given = my + correlation * sy * (x - mx) / sx
        return activation(x) * _mean(activation, given, rest)

    if float(sx) == 0.0:
        return float(activation(mx) * _mean(activation, my, sy))
    return float(_integrate_split(inner, mx, sx, _inner_kinks(mx, sx, my, sy, correlation)))


def _leaky_product(slope: float, correlation: float, scale: float) -> float:
    arc = math.sqrt(1.0 - correlation**2) + correlation * math.acos(-correlation)
    return scale * ((1.0 - slope) ** 2 * arc / (2.0 * math.pi) + slope * correlation)


def _inner_kinks(mx: Tensor, sx: Tensor, my: Tensor, sy: Tensor, correlation: float) -> list[float]:
    """Where E[phi(y) | x] bends: the x at which the conditional mean is zero, and the edges of that bend."""
    slope = correlation * float(sy)
    if abs(slope) < 1e-12:
        return []
    center = float(mx) - float(my) * float(sx) / slope
    width = float(sx) * math.sqrt(1.0 - correlation**2) / abs(correlation)
    return [center + factor * width for factor in (-8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0)]


def _mean(activation: Activation, mean: Tensor, deviation: Tensor) -> Tensor:
    """E[phi(x)], elementwise over `mean`."""
    if float(deviation) == 0.0:
        return activation(mean)
    if isinstance(activation, LeakyReLU):
        return _half_mean(mean, deviation) - activation.negative_slope * _half_mean(-mean, deviation)
    return _integrate(activation, mean, deviation)


def _half_mean(m: Tensor, s: Tensor) -> Tensor:
    """E[max(x, 0)]."""
    if float(s) == 0.0:
        return m.clamp(min=0.0)
    return m * torch.special.ndtr(m / s) + s * _density(m / s)


def _half_square(m: Tensor, s: Tensor) -> Tensor:
    """E[max(x, 0)^2]."""
    if float(s) == 0.0:
        return m.clamp(min=0.0).square()
    return (m.square() + s.square()) * torch.special.ndtr(m / s) + m * s * _density(m / s)


def _integrate(function, mean: Tensor, deviation: Tensor) -> Tensor:  # type: ignore[no-untyped-def]
    """E[function(x)] elementwise over `mean`, each range split at the kink x = 0."""
    low, high = mean - _REACH * deviation, mean + _REACH * deviation
    middle = torch.minimum(torch.maximum(torch.zeros_like(mean), low), high)
    return sum(_panel(function, a, b, mean, deviation, _PANELS) for a, b in ((low, middle), (middle, high)))  # type: ignore[return-value]


def _integrate_split(function, mean: Tensor, deviation: Tensor, kinks: list[float]) -> Tensor:  # type: ignore[no-untyped-def]
    """E[function(x)] for one Gaussian, split at zero and at the kinks that lie within reach."""
    low, high = float(mean - _REACH * deviation), float(mean + _REACH * deviation)
    edges = sorted({low, high, *(kink for kink in (0.0, *kinks) if low < kink < high)})
    parts = [
        _panel(function, _double(a), _double(b), mean, deviation, _PANELS)
        for a, b in zip(edges[:-1], edges[1:], strict=True)
    ]
    return torch.stack(parts).sum()


def _panel(function, low: Tensor, high: Tensor, mean: Tensor, deviation: Tensor, panels: int) -> Tensor:  # type: ignore[no-untyped-def]
    """Integral of function times the Gaussian density over [low, high], cut into equal panels; elementwise."""
    nodes, weights = _legendre(panels)
    x = low[..., None] + (high - low)[..., None] * nodes
    density = _density((x - mean[..., None]) / deviation) / deviation
    return ((high - low)[..., None] * weights * density * function(x)).sum(-1)


def _legendre(panels: int) -> tuple[Tensor, Tensor]:
    """Composite Gauss-Legendre rule on [0, 1]."""
    import numpy as np

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    starts = torch.arange(panels, dtype=torch.float64)[:, None]
    unit = torch.from_numpy(nodes)[None] / 2.0 + 0.5
    return ((starts + unit) / panels).flatten(), (torch.from_numpy(weights) / (2.0 * panels)).repeat(panels)


def _density(x: Tensor) -> Tensor:
    return torch.exp(-0.5 * x.square()) / math.sqrt(2.0 * math.pi)


def _double(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def _deviation(variance: float) -> Tensor:
    if not variance >= 0.0:
        raise ConfigError(f"a variance must be >= 0, got {variance}")
    return _double(math.sqrt(variance))
