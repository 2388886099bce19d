"""Half-spaces, and intersections of a compact base region with further parts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import RegionError
from molconvex.optimize.regions.cuts import Cut, HalfSpaceCut
from molconvex.optimize.regions.region import Region, check_batched, unchecked

DYKSTRA_ROUNDS = 1000
SUPPORT_TOLERANCE = 1e-6
BASE_PREFERENCE = {"hull": 0, "box": 1, "ellipsoid": 2, "ball": 3}
"""A hull can only be the base; a box has too many faces to be a good constraint; an ellipsoid may be a skewed one."""


class HalfSpaces(Region):
    """{z: normals z <= offsets}, only as part of an intersection.

    Args:
        normals: (m, d) shared by all programs, or (n, m, d).
        offsets: (m,) or (n, m).

    Raises:
        RegionError: If a normal is zero, a number not finite, or shapes do not fit.
    """

    kind = "half_spaces"

    def __init__(self, normals: Tensor, offsets: Tensor) -> None:
        check_batched("normals", normals, *((None, None) if normals.ndim == 2 else (None, None, None)))
        offsets = offsets[None] if offsets.ndim == 1 else offsets
        check_batched("offsets", offsets, None if normals.ndim == 2 else normals.shape[0], normals.shape[-2])
        length = normals.norm(dim=-1)
        if not (length > 0).all():
            raise RegionError("the normal of a half-space must not be zero")
        self.normals, self.offsets = normals / length[..., None], offsets / length

    @property
    def batch(self) -> int:
        return self.offsets.shape[0]

    @property
    def latent_dim(self) -> int:
        return self.normals.shape[-1]

    @property
    def center(self) -> Tensor:
        raise self._unbounded()

    @property
    def extent(self) -> Tensor:
        return torch.ones_like(self.offsets[:, 0])

    def project(self, z: Tensor) -> Tensor:
        """Nearest point, by Dykstra's cycle over the half-spaces."""
        return project_on_all([_HalfSpace(n, o) for n, o in self._rows()], z)

    def support_point(self, q: Tensor) -> Tensor:
        raise self._unbounded()

    def violation(self, z: Tensor) -> Tensor:
        return (self._reach(z) - self.offsets).amax(1).clamp_min(0)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        raise self._unbounded()

    def tensors(self) -> dict[str, Tensor]:
        return {"normals": self.normals, "offsets": self.offsets}

    def select(self, index: Tensor) -> HalfSpaces:
        normals = self.normals if self.normals.ndim == 2 else self.normals[index]
        return unchecked(HalfSpaces, normals=normals, offsets=self.offsets[index])

    def to(self, *args: Any, **kwargs: Any) -> HalfSpaces:
        normals, offsets = self.normals.to(*args, **kwargs), self.offsets.to(*args, **kwargs)
        return unchecked(HalfSpaces, normals=normals, offsets=offsets)

    def as_cut(self, extent: Tensor) -> HalfSpaceCut:
        return HalfSpaceCut(self.normals, self.offsets, extent)

    def _reach(self, z: Tensor) -> Tensor:
        if self.normals.ndim == 2:
            return z @ self.normals.T
        return torch.bmm(self.normals, z[:, :, None])[:, :, 0]

    def _rows(self) -> list[tuple[Tensor, Tensor]]:
        normals = self.normals.expand(self.batch, -1, -1)
        return [(normals[:, j], self.offsets[:, j]) for j in range(self.offsets.shape[1])]

    @staticmethod
    def _unbounded() -> RegionError:
        return RegionError(
            "half-spaces alone are unbounded: no certificate exists there, and a network with passthrough has no "
            "minimum; intersect them with a ball or a box"
        )


class _HalfSpace:
    """One half-space per program, for projections; normals (n, d) of length one, offsets (n,)."""

    def __init__(self, normal: Tensor, offset: Tensor) -> None:
        self.normal, self.offset = normal, offset

    def project(self, z: Tensor) -> Tensor:
        excess = ((self.normal * z).sum(1) - self.offset).clamp_min(0)
        return z - excess[:, None] * self.normal


class Intersection(Region):
    """Points that lie in every part; one compact part is the base, the others become constraints of the solver.

    Each program has one set, the intersection of that program's parts; parts of batch one serve all programs. That the
    parts meet at all is decided by the solver, which proves it when they do not.

    Raises:
        RegionError: If no part is compact, or batches or dimensions differ.
    """

    kind = "intersection"

    def __init__(self, *parts: Region) -> None:
        flat = [inner for part in parts for inner in part.parts]
        compact = [part for part in flat if not isinstance(part, HalfSpaces)]
        if not compact:
            raise HalfSpaces._unbounded()
        if len({part.latent_dim for part in flat}) > 1:
            raise RegionError(f"parts must share one latent dimension, got {[part.latent_dim for part in flat]}")
        n = max(part.batch for part in flat)
        if any(part.batch not in (1, n) for part in flat):
            raise RegionError(f"parts must hold one set or {n}, got {[part.batch for part in flat]}")
        base = min(compact, key=lambda part: BASE_PREFERENCE[part.kind])
        ordered = [base, *(part for part in flat if part is not base)]
        self._parts = tuple(part if part.batch == n else part.expand(n) for part in ordered)
        _ = self.cuts

    @property
    def parts(self) -> tuple[Region, ...]:
        return self._parts

    @property
    def base(self) -> Region:
        return self._parts[0]

    @property
    def cuts(self) -> tuple[Cut, ...]:
        return tuple(part.as_cut(self.base.extent) for part in self._parts[1:])

    @property
    def batch(self) -> int:
        return self.base.batch

    @property
    def latent_dim(self) -> int:
        return self.base.latent_dim

    @property
    def center(self) -> Tensor:
        """The base's center, moved into the other parts."""
        return self.project(self.base.center)

    @property
    def extent(self) -> Tensor:
        return self.base.extent

    def from_latent(self, z: Tensor) -> Tensor:
        return self.base.from_latent(z)

    def project(self, z: Tensor) -> Tensor:
        return project_on_all(list(self._simple_parts()), z)

    def support_point(self, q: Tensor) -> Tensor:
        """Minimizer of q^T z, by the batched solver, to 1e-6 of the extent; no certificate rests on it.

        Raises:
            RegionError: If the parts have no point in common.
        """
        from molconvex.optimize.solver.linear import minimize_linear

        return minimize_linear(self, q, SUPPORT_TOLERANCE)

    def violation(self, z: Tensor) -> Tensor:
        return torch.stack([part.violation(z) for part in self._parts]).amax(0)

    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Random points of the set, not uniform: samples of the base moved into the set, drawn to its middle."""
        middle = self.center
        moved = [self.project(z) for z in self.base.sample(count, generator)]
        share = torch.rand(count, self.batch, 1, generator=generator, dtype=middle.dtype).to(middle.device)
        return torch.stack([torch.lerp(middle, z, s) for z, s in zip(moved, share.sqrt(), strict=True)])

    def tensors(self) -> dict[str, Tensor]:
        return {f"{i}.{name}": t for i, part in enumerate(self._parts) for name, t in part.tensors().items()}

    def select(self, index: Tensor) -> Intersection:
        return unchecked(Intersection, _parts=tuple(part.select(index) for part in self._parts))

    def to(self, *args: Any, **kwargs: Any) -> Intersection:
        return unchecked(Intersection, _parts=tuple(part.to(*args, **kwargs) for part in self._parts))

    def _simple_parts(self) -> list[Any]:
        simple: list[Any] = []
        for part in self._parts:
            rows = part._rows() if isinstance(part, HalfSpaces) else None
            simple += [part] if rows is None else [_HalfSpace(normal, offset) for normal, offset in rows]
        return simple


def project_on_all(parts: list[Any], z: Tensor) -> Tensor:
    """Nearest common point of the parts, by Dykstra's alternating projections.

    Reference: Boyle & Dykstra (1986), A method for finding projections onto the intersection of convex sets.
    """
    if len(parts) == 1:
        return parts[0].project(z)
    corrections = [torch.zeros_like(z) for _ in parts]
    tolerance = max(1e-10, 4 * torch.finfo(z.dtype).eps) * float(z.abs().amax().clamp_min(1))
    for _ in range(DYKSTRA_ROUNDS):
        moved = 0.0
        for i, part in enumerate(parts):
            new = part.project(z + corrections[i])
            corrections[i] = z + corrections[i] - new
            moved = max(moved, float((new - z).abs().amax()))
            z = new
        if moved <= tolerance:
            break
    return z
