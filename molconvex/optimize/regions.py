"""Compact convex regions of the latent space, batched: one region per program.

The solver works in a region's own coordinates y (the latents themselves for a ball or a box, a unit ball's point for
an ellipsoid, the mixing weights for a hull), in which projection is a closed form; z = to_latent(y) is affine.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, RegionError
from molconvex.optimize.cuts import Cut


class Region(ABC):
    """A batch of n compact convex sets in d dimensions, one per program.

    Every method takes and returns one row per set: points and directions have shape (n, d).
    """

    kind: str

    @property
    @abstractmethod
    def batch(self) -> int:
        """Number n of sets."""

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """Dimension d of the latent space."""

    @property
    @abstractmethod
    def center(self) -> Tensor:
        """A point of each set, shape (n, d)."""

    @property
    @abstractmethod
    def extent(self) -> Tensor:
        """A typical distance from the center to the boundary, shape (n,), positive."""

    @abstractmethod
    def project(self, z: Tensor) -> Tensor:
        """Nearest point of each set: (n, d) to (n, d)."""

    @abstractmethod
    def support_point(self, q: Tensor) -> Tensor:
        """A minimizer of q^T z over each set: (n, d) to (n, d)."""

    @abstractmethod
    def violation(self, z: Tensor) -> Tensor:
        """How far each point is outside its set, in latent units, shape (n,); 0 inside."""

    @abstractmethod
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Random points of each set, shape (count, n, d)."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """The numbers that define the sets, by constructor argument."""

    @abstractmethod
    def select(self, index: Tensor) -> Region:
        """The sets of some programs, in that order."""

    def contains(self, z: Tensor, tolerance: float = 1e-6) -> Tensor:
        """Whether each point lies in its set up to `tolerance` times the set's extent, shape (n,), bool."""
        return self.violation(z) <= tolerance * self.extent

    def support_value(self, q: Tensor) -> Tensor:
        """min of q^T z over each set, shape (n,)."""
        return (q * self.support_point(q)).sum(1)

    def expand(self, n: int) -> Region:
        """The same set for n programs; only for a batch of one."""
        return self.select(torch.zeros(n, dtype=torch.long, device=self.center.device))

    def to(self, *args: Any, **kwargs: Any) -> Region:
        """The same sets on another dtype or device, as `Tensor.to`."""
        return type(self)(**{name: t.to(*args, **kwargs) for name, t in self.tensors().items()})

    @property
    def base(self) -> Region:
        """The part whose projection is a closed form; other parts of an intersection are constraints."""
        return self

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """What an intersection adds to its base; nothing for a plain region."""
        return ()

    @property
    def coordinate_extent(self) -> Tensor:
        """A typical distance in coordinates, shape (n,)."""
        return self.extent

    def to_latent(self, y: Tensor) -> Tensor:
        """z of coordinates y."""
        return y

    def from_latent(self, z: Tensor) -> Tensor:
        """Coordinates y of a point of the set nearest to z."""
        return self.project(z)

    def pull(self, q: Tensor) -> Tensor:
        """Gradient with respect to y of a function whose gradient with respect to z is q."""
        return q

    def project_coordinates(self, y: Tensor) -> Tensor:
        """Nearest admissible coordinates."""
        return self.project(y)


def check_batched(name: str, tensor: Tensor, *shape: int | None) -> None:
    """Raise unless the tensor is finite and of the shape given, None standing for any size.

    Raises:
        RegionError: If the shape differs or a number is NaN or infinite.
    """
    wanted = "(" + ", ".join("any" if s is None else str(s) for s in shape) + ")"
    fits = tensor.ndim == len(shape) and all(s is None or s == t for s, t in zip(shape, tensor.shape, strict=True))
    if not fits:
        raise RegionError(f"{name} must have shape {wanted}, got {tuple(tensor.shape)}; one row per program")
    if not torch.isfinite(tensor).all():
        raise RegionError(
            f"{name} holds NaN or infinity; the region must be bounded (a network with passthrough has no minimum "
            "over an unbounded one, and no certificate exists), so give finite numbers"
        )


def check_points(z: Tensor, region: Region) -> None:
    """Raise unless z has one finite row per set.

    Raises:
        LatentShapeError: If z is not of shape (n, d).
    """
    if z.ndim != 2 or z.shape != (region.batch, region.latent_dim):
        raise LatentShapeError(
            f"points must have shape ({region.batch}, {region.latent_dim}), got {tuple(z.shape)}; one row per program"
        )


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
        return _unchecked(Ball, _center=self._center[index], radius=self.radius[index])


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
        return _unchecked(Box, low=self.low[index], high=self.high[index])


def _unchecked(cls: type, **attributes: Any) -> Any:
    """A region from numbers that were checked already."""
    region = cls.__new__(cls)
    region.__dict__.update(attributes)
    return region
