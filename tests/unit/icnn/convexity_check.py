"""How far a function is from convex along many segments; 0 up to rounding for a convex one."""

import torch
from torch import Tensor


def convexity_violation(function, input_shape: tuple[int, ...], seeds=range(3), segments: int = 2000) -> float:
    """Largest f(t a + (1 - t) b) - t f(a) - (1 - t) f(b), relative to the values, in float64, near and far."""
    worst = 0.0
    for seed in seeds:
        generator = torch.Generator().manual_seed(seed)
        a, b = (torch.randn(segments, *input_shape, generator=generator, dtype=torch.float64) for _ in range(2))
        lengths = torch.logspace(-1, 1.5, segments, dtype=torch.float64).view(-1, *[1] * len(input_shape))
        b = a + lengths * (b - a)
        t = torch.rand(segments, generator=generator, dtype=torch.float64)
        wide = t.view(-1, *[1] * len(input_shape))
        worst = max(worst, _violation(function, a, b, t, wide))
    return worst


@torch.no_grad()
def _violation(function, a: Tensor, b: Tensor, t: Tensor, wide: Tensor) -> float:
    at_a, at_b, between = (function(x).flatten(1) for x in (a, b, wide * a + (1 - wide) * b))
    chord = t[:, None] * at_a + (1 - t[:, None]) * at_b
    scale = 1.0 + torch.stack([at_a, at_b, between]).abs().amax(0)
    return float(((between - chord) / scale).max())
