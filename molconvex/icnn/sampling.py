"""Draws of log-normal weights in effective space."""

import math

import torch
from torch import Tensor

_BISECTIONS = 45


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
    n = 1,024 it sits in about one weight of a million. Row k is exp(a_k + s_k x), x standard normal, s_k by bisection.
    A row whose variance would exceed that of a single nonzero weight gets nearly that weight.
    """
    normal = torch.randn(shape, generator=generator, dtype=torch.float64).flatten(1)
    fan_in = normal.shape[1]
    target = -math.log(fan_in) + math.log1p(variance / mean**2)
    low, high = torch.zeros(len(normal), 1, dtype=torch.float64), torch.full((len(normal), 1), 64.0).double()
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        below = _concentration(middle * normal) < target
        low, high = torch.where(below, middle, low), torch.where(below, high, middle)
    return (torch.softmax(low * normal, dim=1) * (fan_in * mean)).reshape(shape)


def _concentration(logits: Tensor) -> Tensor:
    """log(sum w^2 / (sum w)^2) by row, between -log(n) for equal weights and 0 for a single one; (m, n) to (m, 1)."""
    return torch.logsumexp(2.0 * logits, 1, keepdim=True) - 2.0 * torch.logsumexp(logits, 1, keepdim=True)
