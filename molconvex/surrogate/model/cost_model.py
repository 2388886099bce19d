"""What every fitted cost of latents has in common, convex or not: units, uncertainty, applicability domain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import LatentShapeError, SurrogateError
from molconvex.icnn.aggregate import Aggregate
from molconvex.surrogate.model.applicability_domain import Domain
from molconvex.surrogate.model.conformal import Conformal, level_index
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.target import Numbers, Target, TargetScaler

if TYPE_CHECKING:
    from molconvex.chem import Molecule

ROWS_AT_ONCE = 8192


class CostModel(ABC):
    """A fitted cost of latents z, unitless, to be minimized.

    Attributes:
        scaler: Goal, sign and unit; the only place where costs and values are converted.
        aggregate: "mean", "max" or "cvar:LEVEL": how members become one cost.
        latent_fingerprint: Of the latent model that made the latents; "" where it was not told.
        domain: Where the training latents lie, or None.
        spread_scale: Factor that makes the members' standard deviation as large as the error on the test molecules.
        card: Data, split, metrics and versions, as plain values.
        conformal: Quantiles of held-out errors, or None where none were measured.
        seen: Hashes of the molecules it was trained and tested on, or None where they were not recorded.
    """

    scaler: TargetScaler
    aggregate: str
    latent_fingerprint: str
    domain: Domain | None
    spread_scale: float
    card: dict[str, Any]
    seen: SeenMolecules | None
    conformal: Conformal | None

    @property
    @abstractmethod
    def latent_dim(self) -> int:
        """Dimension d of the latents."""

    @abstractmethod
    def _member_costs(self, z: Tensor) -> Tensor:
        """Costs of checked float64 latents, (n, d) to (m, n)."""

    @property
    def target(self) -> Target:
        """The goal."""
        return self.scaler.target

    def cost(self, z: Tensor) -> Tensor:
        """Aggregated cost of latents, (n, d) to (n,), float64.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        return Aggregate.parse(self.aggregate)(self.member_costs(z))

    def member_costs(self, z: Tensor) -> Tensor:
        """Cost of each member, (n, d) to (m, n), float64 on the CPU.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        z = check_latents(z, self.latent_dim).double()
        return torch.cat([self._member_costs(part) for part in z.split(ROWS_AT_ONCE)], dim=1)

    def predict(self, z: Tensor) -> Tensor:
        """The members' mean prediction in the property's unit, (n, d) to (n,), whatever the aggregate.

        For a window it is the distance to it, for classes the probability of class 1.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        return self.value_of(self.member_costs(z).mean(dim=0))

    def predict_refined(self, z: Tensor, structures: Sequence[str | Molecule]) -> NDArray[np.float64]:
        """The best prediction that there is for n molecules, in the unit of `predict`: refined where something is known
        of structures, else that of the networks, (n,).

        Args:
            z: Their own latents (n, d).
            structures: The molecules.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
            ChemistryError: If a structure cannot be read.
        """
        return self.predict(z).numpy()

    def spread(self, z: Tensor) -> Tensor:
        """Uncertainty of `predict` in the same unit, (n, d) to (n,): how far members disagree, scaled by calibration.

        NaN with a single member. It says nothing about what no member has seen; see `distance_to_training`.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        costs = self.member_costs(z)
        if len(costs) == 1:
            return torch.full_like(costs[0], float("nan"))
        values = self.value_of(costs) if self.target.sense == "classify" else costs * self.scaler.scale
        return self.spread_scale * values.std(dim=0)

    def interval(self, z: Tensor, level: float = 0.9) -> tuple[Tensor, Tensor]:
        """Lower and upper end, each (n, d) to (n,), between which a share `level` of new molecules' values should lie.

        From errors on held-out molecules, apart inside and outside the applicability domain. A distance to a window
        is not below 0. NaN for classes, see `class_sets`, and where no errors were measured.

        Raises:
            ConfigError: If the level is none of 0.5, 0.8, 0.9 and 0.95.
            LatentShapeError: If z has another shape or holds NaN.
        """
        predicted = self.predict(z)
        level_index(level)
        if self.conformal is None or self.domain is None:
            return (torch.full_like(predicted, float("nan")),) * 2
        half = torch.from_numpy(self.conformal.half_width(self.distance_to_training(z).numpy(), level))
        low = predicted - half
        return (low.clamp_min(0.0) if self.target.sense == "window" else low), predicted + half

    def class_sets(self, z: Tensor, level: float = 0.9) -> list[str]:
        """Classes that are not ruled out at a level, (n, d) to n texts: "0", "1", "0 or 1" or "neither".

        A share `level` of the molecules of either class have their class named. "" for numbers, and where no errors
        were measured.

        Raises:
            ConfigError, LatentShapeError: As in `interval`.
        """
        level_index(level)
        probability = self.predict(z).numpy()
        return [""] * len(probability) if self.conformal is None else self.conformal.class_sets(probability, level)

    def distance_to_training(self, z: Tensor) -> Tensor:
        """Distance to the training latents, (n, d) to (n,); 1 is the 95th percentile of the training latents' own.

        Raises:
            SurrogateError: If the surrogate does not know its training latents.
            LatentShapeError: If z has another shape or holds NaN.
        """
        if self.domain is None:
            raise SurrogateError(f"the surrogate of {self.target.property!r} does not record where its data lay")
        return self.domain.distance(check_latents(z, self.latent_dim))

    def cost_of(self, value: Numbers) -> Numbers:
        """Cost of a value in the property's unit: of a distance for windows, of P(class 1) for classes."""
        return self.scaler.cost_of(value)

    def value_of(self, cost: Numbers) -> Numbers:
        """Value in the property's unit at a cost, inverse of `cost_of`."""
        return self.scaler.value_of(cost)


def check_latents(z: Tensor, latent_dim: int | None = None) -> Tensor:
    """The latents on the CPU, if they are a finite (n, d) tensor.

    Raises:
        LatentShapeError: Otherwise; the text names the first bad row.
    """
    expected = "(n, d)" if latent_dim is None else f"(n, {latent_dim})"
    if z.ndim != 2 or (latent_dim is not None and z.shape[1] != latent_dim):
        raise LatentShapeError(
            f"latents must have shape {expected}, got {tuple(z.shape)}; for a single point pass z[None, :]"
        )
    if not z.is_floating_point():
        raise LatentShapeError(f"latents must be floating point numbers, got {z.dtype}")
    bad = (~torch.isfinite(z)).any(dim=1).nonzero()
    if len(bad):
        raise LatentShapeError(
            f"row {int(bad[0])} of the latents holds NaN or infinity ({len(bad)} rows in all); "
            "leave out molecules that could not be encoded"
        )
    return z.detach().cpu()
