"""From a trained module to the plain networks of a surrogate: standardization folded in, windows floored at zero."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate.model.floor import with_floor

SMALLEST_SCALE = 0.1
"""Least scale of a latent coordinate relative to their root mean square: dead coordinates are not blown up."""


@dataclass(frozen=True)
class Standardizer:
    """(z - mean) / scale per coordinate; mean and scale have shape (d,), float64."""

    mean: Tensor
    scale: Tensor

    @classmethod
    def fitted(cls, z: Tensor) -> "Standardizer":
        """Mean and standard deviation of latents of shape (n, d).

        Raises:
            SurrogateError: If all latents are equal.
        """
        z = z.double()
        deviation = z.std(dim=0, correction=0)
        typical = float(deviation.square().mean().sqrt())
        if typical == 0:
            raise SurrogateError("all latents are equal: there is nothing to learn from")
        return cls(z.mean(dim=0), deviation.clamp_min(SMALLEST_SCALE * typical))

    def __call__(self, z: Tensor) -> Tensor:
        """Standardized latents, (n, d), float32."""
        return ((z.double() - self.mean) / self.scale).float()


def member_network(network: ReluNetwork, standardizer: Standardizer, *, floor_at_zero: bool = False) -> ReluNetwork:
    """The network as a function of raw latents, in float64 with numbers that float32 holds exactly.

    Rounding happens here, once, so that a saved surrogate in half the space is the one that was evaluated, and the
    optimizer may run in float32 on the very same function.

    Args:
        network: Convex function of standardized latents.
        standardizer: How latents were standardized.
        floor_at_zero: Return max(f, 0), as one more layer; for distances to a window.
    """
    scale = 1.0 / standardizer.scale
    folded = network.composed_with_affine(scale, -standardizer.mean * scale)
    return rounded(with_floor(folded) if floor_at_zero else folded)


def rounded(network: ReluNetwork) -> ReluNetwork:
    """The network with every number rounded to float32 and kept as float64."""
    single = network.to(torch.float32).to(torch.float64)
    return replace(single, constant=float(torch.tensor(network.constant, dtype=torch.float32)))
