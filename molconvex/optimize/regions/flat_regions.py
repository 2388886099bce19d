"""Boxes and convex hulls: one set per program."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import RegionError
from molconvex.optimize.program.aggregates import project_simplex
from molconvex.optimize.regions.cuts import BoxCut
from molconvex.optimize.regions.hull_membership import hull_extent, nearest_mixtures
from molconvex.optimize.regions.region import Region, check_batched, unchecked


class Box(Region):
    """{z: low <= z <= high}; both of shape (n, d).

    Raises:
        RegionError: If low exceeds high somewhere, a number is not finite, or shapes do not fit.
    """

    kind = "box"

    def __init__(self, low: Tensor, high: Tensor) -> None:
        check_batched("low", low, None, None)
        check_batched("high", high, *low.shape)
        if not (low <= high).all() or not (low < high).any(dim=1).all():
            row = int((low - high).max(dim=1).values.argmax())
            raise RegionError(f"low must not exceed high, and must be below it in some coordinate; see box {row}")
        self.low, self.high = low, high

    @property
    def batch(self) -> int:
        return self.low.shape[0]

    @property
    def latent_dim(self) -> int:
        return self.low.shape[1]

    @property
    def center(self) -> Tensor:
        return (self.low + self.high) / 2

    @property
    def extent(self) -> Tensor:
        return (self.high - self.low).norm(dim=1) / math.sqrt(12)

    def project(self, z: Tensor) -> Tensor:
        return torch.minimum(torch.maximum(z, self.low), self.high)

    def support_point(self, q: Tensor) -> Tensor:
        return torch.where(q > 0, self.low, self.high)

    def violation(self, z: Tensor) -> Tensor:
        return (z - self.project(z)).norm(dim=1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        share = torch.rand(count, *self.low.shape, generator=generator, dtype=self.low.dtype).to(self.low.device)
        return self.low + share * (self.high - self.low)

    def tensors(self) -> dict[str, Tensor]:
        return {"low": self.low, "high": self.high}

    def select(self, index: Tensor) -> Box:
        return unchecked(Box, low=self.low[index], high=self.high[index])

    def as_cut(self, extent: Tensor) -> BoxCut:
        return BoxCut(self.low, self.high, extent)


class Hull(Region):
    """All mixtures of given latents ("between known molecules"); points (m, d) for one set, or (n, m, d) for n.

    The coordinates are the mixing weights.

    Raises:
        RegionError: If a number is not finite, shapes do not fit, or all points of a set coincide.
    """

    kind = "hull"

    def __init__(self, points: Tensor) -> None:
        check_batched("points", points, *((None, None) if points.ndim == 2 else (None, None, None)))
        spread = (points - points.mean(-2, keepdim=True)).flatten(-2).norm(dim=-1)
        if not (spread > 0).all():
            raise RegionError("a hull needs at least two different points; for a single molecule use a ball")
        self.points, self._batch = points, 1 if points.ndim == 2 else points.shape[0]

    @property
    def batch(self) -> int:
        return self._batch

    @property
    def latent_dim(self) -> int:
        return self.points.shape[-1]

    @property
    def center(self) -> Tensor:
        return self.points.mean(-2).expand(self._batch, -1)

    @property
    def extent(self) -> Tensor:
        return hull_extent(self.points).expand(self._batch)

    @property
    def coordinate_extent(self) -> Tensor:
        return torch.ones_like(self.extent)

    def to_latent(self, y: Tensor) -> Tensor:
        return y @ self.points if self.points.ndim == 2 else torch.bmm(y[:, None], self.points)[:, 0]

    def pull(self, q: Tensor) -> Tensor:
        if self.points.ndim == 2:
            return q @ self.points.T
        return torch.bmm(self.points, q[:, :, None])[:, :, 0]

    def project_coordinates(self, y: Tensor) -> Tensor:
        return project_simplex(y)

    def from_latent(self, z: Tensor) -> Tensor:
        """Mixing weights of the nearest point, by nonnegative least squares in float64."""
        targets, points = z.detach().cpu().double(), self.points.detach().cpu().double()
        if points.ndim == 2:
            mixtures = nearest_mixtures(points, targets)
        else:
            mixtures = torch.cat([nearest_mixtures(p, u[None]) for p, u in zip(points, targets, strict=True)])
        return mixtures.to(z)

    def project(self, z: Tensor) -> Tensor:
        return self.to_latent(self.from_latent(z))

    def support_point(self, q: Tensor) -> Tensor:
        best = self.pull(q).argmin(dim=1)
        if self.points.ndim == 2:
            return self.points[best]
        return self.points[torch.arange(self._batch, device=best.device), best]

    def support_value(self, q: Tensor) -> Tensor:
        return self.pull(q).min(dim=1).values

    def violation(self, z: Tensor) -> Tensor:
        return (z - self.project(z)).norm(dim=1)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        shape = (count, self._batch, self.points.shape[-2])
        share = -torch.rand(shape, generator=generator, dtype=self.points.dtype).clamp_min(1e-30).log()
        weights = (share / share.sum(2, keepdim=True)).to(self.points.device)
        return torch.stack([self.to_latent(w) for w in weights])

    def tensors(self) -> dict[str, Tensor]:
        return {"points": self.points}

    def select(self, index: Tensor) -> Hull:
        points = self.points if self.points.ndim == 2 else self.points[index]
        return unchecked(Hull, points=points, _batch=len(index))

    def to(self, *args: Any, **kwargs: Any) -> Hull:
        return unchecked(Hull, points=self.points.to(*args, **kwargs), _batch=self._batch)
