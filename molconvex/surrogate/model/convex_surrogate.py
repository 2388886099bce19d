"""`ConvexSurrogate`: a cost for one goal, convex in the latent or the negative of that; an ensemble with proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.icnn.aggregate import Aggregate
from molconvex.surrogate.model.applicability_domain import Domain
from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.cost_model import CostModel
from molconvex.surrogate.model.orientation import Orientation, possible, proof, sign_of
from molconvex.surrogate.model.refinement import Refinement
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.structure_features import structure_features
from molconvex.surrogate.model.target import TargetScaler

if TYPE_CHECKING:
    from molconvex.chem import Molecule


@dataclass(frozen=True, eq=False)
class ConvexSurrogate(CostModel):
    """A fitted cost, unitless, to be minimized: sign * c(z) with c a convex network of the latent z.

    Attributes:
        members: Convex networks c of raw latents, float64, input standardization folded in.
        orientation: "convex": each member's value is a cost; "concave": its negative is.
        aggregate: "mean", "max" or "cvar:LEVEL" of the members' costs; each keeps a convex cost convex.
        scaler, latent_fingerprint, domain, spread_scale, card, seen, conformal: As in `CostModel`.
        refinement: What structures of the molecules trained on add to predictions, or None; no part of the cost, and
            of nothing that is proved.
    """

    scaler: TargetScaler
    members: list[ReluNetwork] = field(repr=False)
    aggregate: str = "mean"
    latent_fingerprint: str = ""
    domain: Domain | None = field(default=None, repr=False)
    spread_scale: float = 1.0
    card: dict[str, Any] = field(default_factory=dict, repr=False)
    seen: SeenMolecules | None = field(default=None, repr=False)
    conformal: Conformal | None = field(default=None, repr=False)
    orientation: Orientation = "convex"
    refinement: Refinement | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.members:
            raise SurrogateError("a surrogate needs at least one member network, got none")
        dims = {network.latent_dim for network in self.members}
        if len(dims) > 1:
            raise SurrogateError(f"members must read latents of one dimension, got {sorted(dims)}")
        if self.orientation not in possible(self.target):
            raise SurrogateError(
                f"the surrogate to {self.target.describe()} can be {' or '.join(possible(self.target))}, "
                f"got the orientation {self.orientation!r}"
            )
        Aggregate.parse(self.aggregate)

    @property
    def latent_dim(self) -> int:
        """Dimension d of the latents."""
        return self.members[0].latent_dim

    def _member_costs(self, z: Tensor) -> Tensor:
        return sign_of(self.orientation) * torch.stack([network(z) for network in self.members])

    def predict_refined(self, z: Tensor, structures: Sequence[str | Molecule]) -> NDArray[np.float64]:
        """As `CostModel.predict_refined`: by the refinement, where there is one."""
        predicted = super().predict_refined(z, structures)
        return (
            predicted if self.refinement is None else self.refinement.refined(predicted, structure_features(structures))
        )

    def with_aggregate(self, aggregate: str) -> ConvexSurrogate:
        """The same members under another aggregate, such as "max" or "cvar:0.3" for a pessimistic cost.

        Raises:
            ConfigError: If there is no such aggregate.
        """
        return replace(self, aggregate=aggregate)

    def convex_costs(self) -> list[ReluNetwork]:
        """The members, if each one's value is a cost to be minimized.

        Raises:
            SurrogateError: If the orientation is concave.
        """
        if self.orientation != "convex":
            raise SurrogateError(
                f"the cost of {self.target.property!r} is concave: what can be proved is {proof('concave')}; "
                "generate takes it as a goal all the same; elsewhere train with orientation='convex' "
                "(--orientation convex)"
            )
        return self.members
