"""Compact convex regions of the latent space, batched: one region per program.

The solver works in a region's own coordinates y (the latents themselves for a ball or a box, a unit ball's point for
an ellipsoid, the mixing weights for a hull), in which projection is a closed form; z = to_latent(y) is affine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, RegionError
from molconvex.optimize.regions.cuts import Cut


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
        """Whether each point lies in its set up to `tolerance` times the set's extent, shape (n,), bool.

        Raises:
            LatentShapeError: If z is not of shape (n, d).
        """
        check_points(z, self)
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
    def parts(self) -> tuple[Region, ...]:
        """The sets whose intersection this is, the base first."""
        return (self,)

    @property
    def base(self) -> Region:
        """The part whose projection is a closed form; other parts of an intersection are constraints."""
        return self

    def as_cut(self, extent: Tensor) -> Cut:
        """This set as inequalities for an intersection whose base has that extent (n,).

        Raises:
            RegionError: If the set can only be the base of an intersection.
        """
        raise RegionError(f"an intersection can hold only one {self.kind}")

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
        """Coordinates y of the point of the base nearest to z."""
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


def unchecked(cls: type, **attributes: Any) -> Any:
    """A region from numbers that were checked already."""
    region: Any = object.__new__(cls)
    region.__dict__.update(attributes)
    return region
