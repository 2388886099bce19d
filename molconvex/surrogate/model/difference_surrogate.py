"""Difference-of-convex surrogates, for properties that no convex function fits; their minima are local only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.icnn.aggregate import Aggregate
from molconvex.surrogate.model.applicability_domain import Domain
from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.cost_model import CostModel, check_latents
from molconvex.surrogate.model.floor import with_floor
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.target import TargetScaler


@dataclass(frozen=True, eq=False)
class DifferenceSurrogate(CostModel):
    """A fitted cost g(z) - h(z) with g and h convex: more accurate where a property is not convex, never certified.

    The convex-concave procedure minimizes it: replace h by its tangent at the present point (`majorants`), solve that
    convex program, with a certificate for this step alone, and repeat. Whatever shows a result must call it local.

    Attributes:
        pairs: (g, h) per member, convex networks of raw latents, float64; for windows the cost is max(g - h, 0).
        aggregate: "mean", "max" or "cvar:LEVEL".
        scaler, latent_fingerprint, domain, spread_scale, card, seen, conformal: As in `CostModel`.
    """

    scaler: TargetScaler
    pairs: list[tuple[ReluNetwork, ReluNetwork]] = field(repr=False)
    aggregate: str = "mean"
    latent_fingerprint: str = ""
    domain: Domain | None = field(default=None, repr=False)
    spread_scale: float = 1.0
    card: dict[str, Any] = field(default_factory=dict, repr=False)
    seen: SeenMolecules | None = field(default=None, repr=False)
    conformal: Conformal | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.pairs:
            raise SurrogateError("a surrogate needs at least one member, got none")
        Aggregate.parse(self.aggregate)

    @property
    def latent_dim(self) -> int:
        """Dimension d of the latents."""
        return self.pairs[0][0].latent_dim

    def _member_costs(self, z: Tensor) -> Tensor:
        costs = torch.stack([convex(z) - concave(z) for convex, concave in self.pairs])
        return costs.clamp_min(0.0) if self.target.sense == "window" else costs

    def majorants(self, point: Tensor) -> list[ReluNetwork]:
        """Per member a convex function that is nowhere below its cost and equal to it at the point, shape (d,).

        Raises:
            LatentShapeError: If the point has another shape or holds NaN.
        """
        point = check_latents(point[None], self.latent_dim)[0].double()
        tangents = [_minus_tangent(convex, concave, point) for convex, concave in self.pairs]
        return [with_floor(network) for network in tangents] if self.target.sense == "window" else tangents


def _minus_tangent(convex: ReluNetwork, concave: ReluNetwork, point: Tensor) -> ReluNetwork:
    """convex minus the tangent of concave at the point; a difference of two convex functions lies below it."""
    at = point.clone().requires_grad_(True)
    value = concave(at[None])[0]
    (slope,) = torch.autograd.grad(value, at)
    linear = -slope if convex.output_input is None else convex.output_input - slope
    constant = convex.constant - float(value.detach()) + float(slope @ point)
    return replace(convex, output_input=linear, constant=constant)
