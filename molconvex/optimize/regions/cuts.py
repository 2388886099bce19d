"""What an intersection adds to its base region, as convex inequalities with multipliers.

    half-spaces      b_j^T z - beta_j <= 0                               multipliers eta >= 0
    a further box    low <= z <= high                                    any slope v: v^T z <= max over the box
    a further body   (|M^-1 (z - c)|^2 - 1) / 2 <= 0, ball or ellipsoid  any slope v: v^T z <= max over the body

All minorants are affine, so the lower bound of an intersection needs only the base region's support function.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor


class Cut(ABC):
    """Convex inequalities values(z) <= 0, the same number for each of n programs."""

    count: int
    slopes_kept: int

    @abstractmethod
    def values(self, z: Tensor) -> Tensor:
        """Left-hand sides, scaled to about one across the region: (n, d) to (n, count)."""

    @abstractmethod
    def slope(self, z: Tensor, multiplier: Tensor) -> Tensor:
        """Gradient of multiplier^T values at z, (n, d)."""

    @abstractmethod
    def offset(self, slope: Tensor, multiplier: Tensor) -> Tensor:
        """Offset (n,) such that slope^T z + offset <= 0 wherever the inequalities hold."""

    @abstractmethod
    def select(self, index: Tensor) -> Cut:
        """The inequalities of some programs."""

    @abstractmethod
    def to(self, dtype: torch.dtype, device: torch.device) -> Cut:
        """The same inequalities on another dtype or device."""


class HalfSpaceCut(Cut):
    """normals (m, d) shared or (n, m, d), offsets (n, m): (normals z - offsets) / extent <= 0; extent (n,)."""

    slopes_kept = 0

    def __init__(self, normals: Tensor, offsets: Tensor, extent: Tensor) -> None:
        self.normals, self.offsets, self.extent = normals, offsets, extent
        self.count = offsets.shape[1]

    def values(self, z: Tensor) -> Tensor:
        shared = self.normals.ndim == 2
        reach = z @ self.normals.T if shared else torch.bmm(self.normals, z[:, :, None])[:, :, 0]
        return (reach - self.offsets) / self.extent[:, None]

    def slope(self, z: Tensor, multiplier: Tensor) -> Tensor:
        scaled = multiplier / self.extent[:, None]
        if self.normals.ndim == 2:
            return scaled @ self.normals
        return torch.bmm(scaled[:, None, :], self.normals)[:, 0]

    def offset(self, slope: Tensor, multiplier: Tensor) -> Tensor:
        return -(multiplier * self.offsets).sum(1) / self.extent

    def select(self, index: Tensor) -> HalfSpaceCut:
        normals = self.normals if self.normals.ndim == 2 else self.normals[index]
        return HalfSpaceCut(normals, self.offsets[index], self.extent[index])

    def to(self, dtype: torch.dtype, device: torch.device) -> HalfSpaceCut:
        return HalfSpaceCut(
            self.normals.to(device, dtype), self.offsets.to(device, dtype), self.extent.to(device, dtype)
        )


class BoxCut(Cut):
    """low (n, d) <= z <= high (n, d), in units of the extent (n,): 2 d inequalities, one slope."""

    slopes_kept = 1

    def __init__(self, low: Tensor, high: Tensor, extent: Tensor) -> None:
        self.low, self.high, self.extent = low, high, extent
        self.count = 2 * low.shape[1]

    def values(self, z: Tensor) -> Tensor:
        return torch.cat([z - self.high, self.low - z], dim=1) / self.extent[:, None]

    def slope(self, z: Tensor, multiplier: Tensor) -> Tensor:
        above, below = multiplier.chunk(2, dim=1)
        return (above - below) / self.extent[:, None]

    def offset(self, slope: Tensor, multiplier: Tensor) -> Tensor:
        return -(slope * torch.where(slope > 0, self.high, self.low)).sum(1)

    def select(self, index: Tensor) -> BoxCut:
        return BoxCut(self.low[index], self.high[index], self.extent[index])

    def to(self, dtype: torch.dtype, device: torch.device) -> BoxCut:
        return BoxCut(self.low.to(device, dtype), self.high.to(device, dtype), self.extent.to(device, dtype))


class BodyCut(Cut):
    """A ball or ellipsoid {c + M u, |u| <= 1} as inequality.

    center (n, d); factor M (d, d) shared, (n, d, d), or (n,) for multiples of the identity; and its inverse.
    """

    count = 1
    slopes_kept = 1

    def __init__(self, center: Tensor, factor: Tensor, inverse: Tensor) -> None:
        self.center, self.factor, self.inverse = center, factor, inverse

    def values(self, z: Tensor) -> Tensor:
        return 0.5 * (self._times(self.inverse, z - self.center).square().sum(1, keepdim=True) - 1)

    def slope(self, z: Tensor, multiplier: Tensor) -> Tensor:
        inner = self._times(self.inverse, z - self.center)
        return multiplier * self._times(self.inverse, inner, transpose=True)

    def offset(self, slope: Tensor, multiplier: Tensor) -> Tensor:
        return -(slope * self.center).sum(1) - self._times(self.factor, slope, transpose=True).norm(dim=1)

    def select(self, index: Tensor) -> BodyCut:
        if self.factor.ndim == 2:
            return BodyCut(self.center[index], self.factor, self.inverse)
        return BodyCut(self.center[index], self.factor[index], self.inverse[index])

    def to(self, dtype: torch.dtype, device: torch.device) -> BodyCut:
        return BodyCut(self.center.to(device, dtype), self.factor.to(device, dtype), self.inverse.to(device, dtype))

    @staticmethod
    def _times(matrix: Tensor, vector: Tensor, transpose: bool = False) -> Tensor:
        """Matrix, shared or per program (a vector stands for a multiple of the identity), times one vector each."""
        if matrix.ndim == 1:
            return matrix[:, None] * vector
        if matrix.ndim == 2:
            return vector @ (matrix if transpose else matrix.T)
        return torch.bmm(vector[:, None], matrix if transpose else matrix.transpose(1, 2))[:, 0]
