"""Affine functions added to the networks of a batch, different for each program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError


@dataclass(frozen=True)
class AffineTerms:
    """Network k of program i counts as f_k(z) + slopes_ik^T z + offsets_ik: convex whatever the slope.

    Attributes:
        slopes: (n, K, d).
        offsets: (n, K), in cost units.
    """

    slopes: Tensor
    offsets: Tensor

    def check(self, n: int, networks: int, latent_dim: int) -> None:
        """Raise unless there is a finite one for each program and network.

        Raises:
            ProgramError: If shapes differ or a number is NaN or infinite.
        """
        shapes = tuple(self.slopes.shape), tuple(self.offsets.shape)
        if shapes != ((n, networks, latent_dim), (n, networks)):
            raise ProgramError(
                f"affine terms must have shapes ({n}, {networks}, {latent_dim}) and ({n}, {networks}), got "
                f"{shapes[0]} and {shapes[1]}"
            )
        if not (torch.isfinite(self.slopes).all() and torch.isfinite(self.offsets).all()):
            raise ProgramError("affine terms hold NaN or infinity")

    def values(self, z: Tensor) -> Tensor:
        """What is added to each network at one point per program: (n, d) to (n, K)."""
        return torch.bmm(self.slopes, z[:, :, None])[:, :, 0] + self.offsets

    def weighted(self, masses: Tensor) -> tuple[Tensor, Tensor]:
        """Slope (n, d) and offset (n,) of the sum weighted by masses (n, K)."""
        return torch.bmm(masses[:, None], self.slopes)[:, 0], (masses * self.offsets).sum(1)

    def select(self, index: Tensor) -> AffineTerms:
        """The affine terms of some programs."""
        return AffineTerms(self.slopes[index], self.offsets[index])

    def to(self, *args: Any, **kwargs: Any) -> AffineTerms:
        """The same on another dtype or device, as `Tensor.to`."""
        return AffineTerms(self.slopes.to(*args, **kwargs), self.offsets.to(*args, **kwargs))
