"""Shapes of the regions in which programs look: balls, boxes, ellipsoids, and hulls of known molecules."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from molconvex.chem import read_molecules
from molconvex.exceptions import ConfigError, DataError
from molconvex.latent import LatentModel
from molconvex.optimize import Ball, Box, Ellipsoid, Hull, Region

Kind = Literal["ball", "box", "ellipsoid", "hull"]

CORNERS = 6  # known molecules of one hull, beside the lead
SMALLEST_AXIS = 1e-5  # of the longest; shorter ones are rounding


@dataclass(frozen=True)
class Shape:
    """What the regions of a lead look like; every point of one is within its radius of its anchor.

    Attributes:
        kind: "ball"; "box": a cube inside the ball; "ellipsoid": `factor` scaled to the radius; "hull": mixtures of the
            anchor and some known molecules, drawn toward the anchor as far as the radius asks for.
        factor: Axes of the ellipsoid as columns, shape (d, r), the longest of length one.
        corners: Latents of known molecules, nearest to the lead first, shape (m, d).
    """

    kind: Kind = "ball"
    factor: Tensor | None = None
    corners: Tensor | None = None

    @property
    def is_around_anchors(self) -> bool:
        """Whether regions can be posed at any anchor; a hull has a fixed place."""
        return self.kind != "hull"

    @property
    def has_one_size(self) -> bool:
        """Whether all regions of a lead have one radius, so that they can share the axes of an ellipsoid."""
        return self.kind == "ellipsoid"

    def region(self, anchors: Tensor, radii: Tensor) -> Region:
        """One set per program: anchors (n, d), radii (n,), float64."""
        if self.kind == "box":
            half = (radii / anchors.shape[1] ** 0.5)[:, None]
            return Box(anchors - half, anchors + half)
        if self.kind == "ellipsoid":
            assert self.factor is not None
            same = bool((radii == radii[0]).all())
            factor = radii[0] * self.factor if same else radii[:, None, None] * self.factor
            return Ellipsoid(anchors, factor)
        if self.kind == "hull":
            return self._hull(anchors, radii)
        return Ball(anchors, radii)

    def _hull(self, anchors: Tensor, radii: Tensor) -> Hull:
        """The first program takes the nearest corners, the others some at random, the same ones every time."""
        assert self.corners is not None
        count = min(CORNERS, len(self.corners))
        generator = torch.Generator().manual_seed(0)
        picks = torch.rand(len(anchors), len(self.corners), generator=generator).argsort(dim=1)[:, :count]
        picks[0] = torch.arange(count)
        offsets = self.corners[picks] - anchors[:, None]
        longest = offsets.norm(dim=2).amax(dim=1)
        offsets = offsets * (radii / longest).clamp(max=1.0)[:, None, None]
        return Hull(torch.cat([anchors[:, None], anchors[:, None] + offsets], dim=1))


def reach(region: Region, anchors: Tensor) -> Tensor:
    """How far each set reaches from its anchor (n, d), in latent units, shape (n,)."""
    if isinstance(region, Ball):
        return region.radius
    if isinstance(region, Box):
        return torch.maximum(region.high - anchors, anchors - region.low).norm(dim=1)
    if isinstance(region, Ellipsoid):
        return torch.linalg.matrix_norm(region.factor, 2).expand(region.batch)
    if isinstance(region, Hull):
        return (region.points - anchors[:, None]).norm(dim=2).amax(dim=1)
    raise TypeError(f"no reach is known for a region of kind {region.kind}")


def shape_for(kind: Kind, lead: Tensor, smiles: str, model: LatentModel, actives: Tensor | None) -> Shape:
    """The shape of one lead's regions.

    Args:
        kind: As in `Shape`.
        lead: Its latent, shape (d,), float64.
        smiles: The lead.
        model: Its posterior gives the ellipsoid's axes where no actives are given.
        actives: Latents of known molecules, shape (m, d), float64; for ellipsoids and hulls.

    Raises:
        ConfigError: If what the shape needs is missing.
    """
    if kind == "ellipsoid":
        return Shape(kind, factor=_factor(smiles, model) if actives is None else _axes(actives))
    if kind == "hull":
        assert actives is not None
        distance = (actives - lead).norm(dim=1)
        others = actives[distance.argsort()][(distance.sort().values > 1e-6)]
        if len(others) == 0:
            raise ConfigError("the actives hold no other molecule than the lead, so a hull has no room; use a ball")
        return Shape(kind, corners=others)
    return Shape(kind)


def _axes(actives: Tensor) -> Tensor:
    """Principal axes of the actives' covariance, (d, r), the longest of length one; r < m where there are few."""
    _, lengths, axes = torch.linalg.svd(actives - actives.mean(dim=0), full_matrices=False)
    kept = lengths > SMALLEST_AXIS * lengths[0]
    if not bool(kept.any()):
        raise ConfigError("all actives have the same latent, so they give no ellipsoid; use a ball")
    return axes[kept].T * (lengths[kept] / lengths[0])


def _factor(smiles: str, model: LatentModel) -> Tensor:
    """Axes along the coordinates, as long as the lead's posterior is wide, (d, d), the longest of length one."""
    posterior = getattr(model, "posterior", None)
    if posterior is None:
        raise ConfigError(
            "the latent model gives no posterior, so an ellipsoid needs known molecules: give a file of actives"
        )
    width = posterior([smiles])[1][0].to("cpu", torch.float64)
    return torch.diag(width / width.max())


def read_actives(path: Path, model: LatentModel) -> Tensor:
    """Latents of the molecules of a file, (m, d), float64; those that cannot be encoded are left out.

    Raises:
        DataError: If the file cannot be read, or fewer than two of its molecules can be encoded.
    """
    found = read_molecules(path)
    encoding = model.try_encode([molecule.smiles for molecule in found])
    z = encoding.z[encoding.mask].to("cpu", torch.float64)
    z = torch.unique(z, dim=0)
    if len(z) < 2:
        raise DataError(f"{path}: {_few(len(z), len(found), encoding.reasons)}")
    return z


def _few(kept: int, given: int, reasons: Sequence[str]) -> str:
    first = next((reason for reason in reasons if reason), "they are the same molecule")
    return f"{kept} of {given} actives can be used, but at least two different ones are needed ({first})"
