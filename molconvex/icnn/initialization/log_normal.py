"""Draws of log-normal weights in effective space."""

import math

import torch
from torch import Tensor

_STEPS = 60
_TOLERANCE = 1e-9
_LARGEST = 64.0  # spread of log weights at which a row is one weight


def lognormal_weights(
    shape: tuple[int, ...], mean: float, variance: float, generator: torch.Generator | None = None
) -> Tensor:
    """Independent log-normal weights with this mean and variance over the draw; float64, CPU."""
    spread = math.log1p(variance / mean**2)
    normal = torch.randn(shape, generator=generator, dtype=torch.float64)
    return torch.exp(math.log(mean) - 0.5 * spread + math.sqrt(spread) * normal)


def matched_lognormal_weights(
    shape: tuple[int, ...], mean: float, variance: float, generator: torch.Generator | None = None
) -> Tensor:
    """Log-normal weights whose rows each have exactly this sample mean and (uncorrected) sample variance; float64, CPU.

    Needed because var / mean^2 grows with the fan-in n, and then independent log-normals rarely show their variance: at
    n = 1,024 it sits in about one weight of a million. Row k is exp(a_k + s_k x), x standard normal, s_k by Newton.
    A row whose variance would exceed that of a single nonzero weight gets nearly that weight.
    """
    normal = torch.randn(shape, generator=generator, dtype=torch.float64).flatten(1)
    fan_in = normal.shape[1]
    target = -math.log(fan_in) + math.log1p(variance / mean**2)
    return (torch.softmax(_spreads(normal, target) * normal, dim=1) * (fan_in * mean)).reshape(shape)


def _spreads(normal: Tensor, target: float) -> Tensor:
    """s_k at which softmax(s_k x) has log(sum p^2) = target; (m, n) to (m, 1), by Newton steps kept in a bracket.

    log(sum p^2) grows with s from -log(n), equal weights, to 0, a single one.
    """
    low = torch.zeros(len(normal), 1, dtype=torch.float64)
    high, spread = torch.full_like(low, _LARGEST), torch.ones_like(low)
    for _ in range(_STEPS):
        once = torch.softmax(spread * normal, dim=1)
        squares = once.square()
        total = squares.sum(1, keepdim=True)
        miss = total.log() - target
        if miss.abs().max() < _TOLERANCE:
            break
        slope = 2.0 * ((squares * normal).sum(1, keepdim=True) / total - (once * normal).sum(1, keepdim=True))
        low, high = torch.where(miss < 0, spread, low), torch.where(miss < 0, high, spread)
        newton = spread - miss / slope.clamp(min=1e-12)
        spread = torch.where((newton > low) & (newton < high), newton, 0.5 * (low + high))
    return spread
