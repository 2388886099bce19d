"""Balls and ellipsoids: one set per program."""

from __future__ import annotations

import torch
from torch import Tensor

from molconvex.exceptions import RegionError
from molconvex.optimize.regions.cuts import BodyCut
from molconvex.optimize.regions.region import Region, check_batched, unchecked


class Ball(Region):
    """{z: |z - center| <= radius}; center (n, d), radius (n,) or one number for all.

    Raises:
        RegionError: If a radius is not positive, a number not finite, or shapes do not fit.
    """

    kind = "ball"

    def __init__(self, center: Tensor, radius: Tensor | float) -> None:
        check_batched("center", center, None, None)
        radius = torch.as_tensor(radius, dtype=center.dtype, device=center.device).expand(center.shape[0])
        check_batched("radius", radius, center.shape[0])
        if not (radius > 0).all():
            raise RegionError(f"radius must be positive, got {float(radius.min()):g}; the ball would hold no candidate")
        self._center, self.radius = center, radius

    @property
    def batch(self) -> int:
        return self._center.shape[0]

    @property
    def latent_dim(self) -> int:
        return self._center.shape[1]

    @property
    def center(self) -> Tensor:
        return self._center

    @property
    def extent(self) -> Tensor:
        return self.radius

    def project(self, z: Tensor) -> Tensor:
        offset = z - self._center
        shrink = self.radius / offset.norm(dim=1).clamp_min(torch.finfo(z.dtype).tiny)
        return torch.addcmul(self._center, offset, shrink.clamp_max(1)[:, None])

    def support_point(self, q: Tensor) -> Tensor:
        return self._center - (self.radius / q.norm(dim=1).clamp_min(torch.finfo(q.dtype).tiny))[:, None] * q

    def support_value(self, q: Tensor) -> Tensor:
        return (q * self._center).sum(1) - self.radius * q.norm(dim=1)

    def violation(self, z: Tensor) -> Tensor:
        return ((z - self._center).norm(dim=1) - self.radius).clamp_min(0)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        direction = torch.randn(count, *self._center.shape, generator=generator, dtype=self._center.dtype)
        direction = direction / direction.norm(dim=2, keepdim=True)
        length = torch.rand(count, self.batch, 1, generator=generator, dtype=direction.dtype) ** (1 / self.latent_dim)
        return self._center + self.radius[:, None] * (length * direction).to(self._center.device)

    def tensors(self) -> dict[str, Tensor]:
        return {"center": self._center, "radius": self.radius}

    def select(self, index: Tensor) -> Ball:
        return unchecked(Ball, _center=self._center[index], radius=self.radius[index])

    def as_cut(self, extent: Tensor) -> BodyCut:
        return BodyCut(self._center, self.radius, 1 / self.radius)


class Ellipsoid(Region):
    """{center + factor u: |u| <= 1}; center (n, d), factor (d, r) shared or (n, d, r), r <= d axes.

    With r < d the ellipsoid is flat, as the covariance of fewer than d molecules is.

    Raises:
        RegionError: If a number is not finite or shapes do not fit.
    """

    kind = "ellipsoid"

    def __init__(self, center: Tensor, factor: Tensor) -> None:
        check_batched("center", center, None, None)
        n, d = center.shape
        check_batched("factor", factor, *((d, None) if factor.ndim == 2 else (n, d, None)))
        if not 1 <= factor.shape[-1] <= d or not (factor.flatten(-2).norm(dim=-1) > 0).all():
            raise RegionError(f"factor must have 1 to {d} columns and not be zero, got shape {tuple(factor.shape)}")
        self._center, self.factor = center, factor

    @property
    def batch(self) -> int:
        return self._center.shape[0]

    @property
    def latent_dim(self) -> int:
        return self._center.shape[1]

    @property
    def center(self) -> Tensor:
        return self._center

    @property
    def extent(self) -> Tensor:
        size = self.factor.flatten(-2).norm(dim=-1) / self.factor.shape[-1] ** 0.5
        return size.expand(self.batch)

    @property
    def coordinate_extent(self) -> Tensor:
        return torch.ones_like(self.extent)

    def to_latent(self, y: Tensor) -> Tensor:
        return self._center + self._times(y)

    def pull(self, q: Tensor) -> Tensor:
        if self.factor.ndim == 2:
            return q @ self.factor
        return torch.bmm(q[:, None], self.factor)[:, 0]

    def project_coordinates(self, y: Tensor) -> Tensor:
        return y / y.norm(dim=1, keepdim=True).clamp_min(1)

    def from_latent(self, z: Tensor) -> Tensor:
        offset = self.project(z) - self._center
        return self.project_coordinates((torch.linalg.pinv(self.factor) @ offset[:, :, None])[:, :, 0])

    def project(self, z: Tensor) -> Tensor:
        axes, lengths, _ = torch.linalg.svd(self.factor.double(), full_matrices=False)
        offset = (z - self._center).double()
        inner = (axes.mT @ offset[:, :, None])[:, :, 0]
        power = lengths.square().expand_as(inner)
        shrink = power / (power + self._penalty(inner, power)[:, None]).clamp_min(torch.finfo(torch.float64).tiny)
        return self._center + (axes @ (shrink * inner)[:, :, None])[:, :, 0].to(z.dtype)

    def support_point(self, q: Tensor) -> Tensor:
        direction = self.pull(q)
        return self.to_latent(-direction / direction.norm(dim=1, keepdim=True).clamp_min(torch.finfo(q.dtype).tiny))

    def support_value(self, q: Tensor) -> Tensor:
        return (q * self._center).sum(1) - self.pull(q).norm(dim=1)

    def violation(self, z: Tensor) -> Tensor:
        return (z - self.project(z)).norm(dim=1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        axes = self.factor.shape[-1]
        unit = Ball(self._center.new_zeros(self.batch, axes), 1.0).sample(count, generator)
        return torch.stack([self.to_latent(u) for u in unit])

    def tensors(self) -> dict[str, Tensor]:
        return {"center": self._center, "factor": self.factor}

    def select(self, index: Tensor) -> Ellipsoid:
        factor = self.factor if self.factor.ndim == 2 else self.factor[index]
        return unchecked(Ellipsoid, _center=self._center[index], factor=factor)

    def as_cut(self, extent: Tensor) -> BodyCut:
        if self.factor.shape[-1] < self.latent_dim:
            raise RegionError("a flat ellipsoid can only be the first part of an intersection")
        return BodyCut(self._center, self.factor, torch.linalg.inv(self.factor))

    def _times(self, y: Tensor) -> Tensor:
        if self.factor.ndim == 2:
            return y @ self.factor.T
        return torch.bmm(self.factor, y[:, :, None])[:, :, 0]

    @staticmethod
    def _penalty(inner: Tensor, power: Tensor) -> Tensor:
        """tau >= 0 with sum power inner^2 / (power + tau)^2 = 1, or 0 for points inside; by bisection in log tau."""
        reach = (power.sqrt() * inner).norm(dim=1)
        high, low = reach.clamp_min(1e-300), torch.zeros_like(reach)
        positive = power.clamp_min(torch.finfo(power.dtype).tiny)

        def outside(tau: Tensor) -> Tensor:
            return (power.sqrt() * inner / (positive + tau[:, None])).square().sum(1) > 1

        inside = ~outside(low)
        for _ in range(100):
            middle = (low + high) / 2
            too_small = outside(middle)
            low, high = torch.where(too_small, middle, low), torch.where(too_small, high, middle)
        return torch.where(inside, torch.zeros_like(high), high)
