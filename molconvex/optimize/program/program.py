"""Batches of convex programs over shared networks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError, RegionError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.affine_terms import Tilts
from molconvex.optimize.program.aggregates import Aggregation, CostTerm
from molconvex.optimize.program.network_stack import build_stacks
from molconvex.optimize.regions.region import Region


class ThresholdWarning(UserWarning):
    """A threshold lies far outside the costs the surrogate saw; it may be in another unit."""


@dataclass(frozen=True, eq=False)
class Program:
    """n convex programs: minimize a weighted sum of costs over a region, each cost below its threshold.

        minimize over z in region    sum_g weights_g cost_g(z) + distance_weight / 2 |z - anchor|^2
        subject to                   cost_g(z) <= thresholds_g

    Attributes:
        networks: the K member networks, shared by all programs; any mixture of shapes.
        weights: (n, G) >= 0 with a positive one in each row; one row (G,) serves all programs.
        region: where z may lie, one set per program; a batch of one set serves all programs.
        terms: the G costs; by default each network is a cost of its own, so that G = K.
        thresholds: (n, G), or (G,) for all programs, in cost units, infinity where there is none; None for none at all.
        distance_weight: (n,) >= 0 or one number, weight of the quadratic penalty on the distance to the anchor.
        anchor: (n, d), in the region; by default the center of the region's base.
        tilts: affine functions added to the networks, different for each program; None for none.
        observed_costs: per term the least and largest cost seen in training, to warn of thresholds in another unit.

    Raises:
        ProgramError: If shapes do not fit, a weight is negative or not finite, or a row of weights is zero.
        RegionError: If the region leaves out its own anchor.
    """

    networks: Sequence[ReluNetwork]
    weights: Tensor
    region: Region
    terms: Sequence[CostTerm] | None = None
    thresholds: Tensor | None = None
    distance_weight: Tensor | float = 0.0
    anchor: Tensor | None = None
    observed_costs: Sequence[tuple[float, float]] | None = None
    tilts: Tilts | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", tuple(self.networks))
        object.__setattr__(self, "terms", self._checked_terms())
        self._align_batch()
        self._check_weights()
        self._check_thresholds()
        self._check_anchor()
        if self.tilts is not None:
            self.tilts.check(self.n, len(self.networks), self.latent_dim)
            object.__setattr__(self, "tilts", self.tilts.to(self.weights.device))

    @property
    def n(self) -> int:
        """Number of programs."""
        return self.weights.shape[0]

    @property
    def latent_dim(self) -> int:
        return self.networks[0].latent_dim

    @property
    def cost_terms(self) -> tuple[CostTerm, ...]:
        """The terms, spelled out."""
        return tuple(self.terms or ())

    @property
    def anchors(self) -> Tensor:
        """Anchors, (n, d): the region's centers unless given."""
        return self.region.base.center if self.anchor is None else self.anchor

    @property
    def distance_weights(self) -> Tensor:
        """Weights of the penalty on the distance, (n,)."""
        return torch.as_tensor(self.distance_weight)

    def limits(self) -> Tensor:
        """Thresholds, (n, G), infinity where there is none."""
        if self.thresholds is None:
            return torch.full_like(self.weights, torch.inf)
        return self.thresholds

    def cost_values(self, z: Tensor) -> Tensor:
        """Costs at one point per program: (n, d) to (n, G), in float64."""
        z = z.double()
        values = z.new_empty(z.shape[0], len(self.networks))
        for stack in build_stacks(self.networks, torch.float64, z.device):
            values[:, list(stack.columns)] = stack.values(z).T
        if self.tilts is not None:
            values += self.tilts.to(torch.float64).values(z)
        return Aggregation(self.cost_terms, len(self.networks), torch.float64, z.device).values(values)

    def value(self, z: Tensor) -> Tensor:
        """Objective at one point per program: (n, d) to (n,), in float64."""
        distance = (z.double() - self.anchors.double()).square().sum(1)
        return (self.weights.double() * self.cost_values(z)).sum(1) + 0.5 * self.distance_weights.double() * distance

    def select(self, index: Tensor) -> Program:
        """Some of the programs, in that order."""
        chosen = object.__new__(Program)
        chosen.__dict__.update(
            self.__dict__,
            weights=self.weights[index],
            region=self.region.select(index),
            thresholds=None if self.thresholds is None else self.thresholds[index],
            distance_weight=self.distance_weights[index],
            anchor=self.anchors[index],
            tilts=None if self.tilts is None else self.tilts.select(index),
        )
        return chosen

    def tilted(self, tilts: Tilts) -> Program:
        """The same programs with other tilts.

        Raises:
            ProgramError: If there is not one finite tilt for each program and network.
        """
        tilts.check(self.n, len(self.networks), self.latent_dim)
        changed = object.__new__(Program)
        changed.__dict__.update(self.__dict__, tilts=tilts.to(self.weights.device))
        return changed

    def _checked_terms(self) -> tuple[CostTerm, ...]:
        if not self.networks:
            raise ProgramError("a program needs at least one network; got none")
        dims = {network.latent_dim for network in self.networks} | {self.region.latent_dim}
        if len(dims) > 1:
            raise ProgramError(f"networks and region must share one latent dimension, got {sorted(dims)}")
        count = len(self.networks)
        terms = tuple(self.terms) if self.terms is not None else tuple(CostTerm((i,)) for i in range(count))
        used = sorted(i for term in terms for i in term.members)
        if used != list(range(count)):
            raise ProgramError(f"each of the {count} networks must belong to exactly one term, got members {used}")
        return terms

    def _align_batch(self) -> None:
        weights = torch.as_tensor(self.weights)
        weights = weights if weights.is_floating_point() else weights.double()
        weights = weights[None] if weights.ndim == 1 else weights
        if weights.ndim != 2 or weights.shape[1] != len(self.cost_terms):
            raise ProgramError(f"weights must have shape (n, {len(self.cost_terms)}), got {tuple(weights.shape)}")
        rows = 1 if self.thresholds is None or self.thresholds.ndim != 2 else self.thresholds.shape[0]
        n = max(weights.shape[0], self.region.batch, rows)
        if weights.shape[0] not in (1, n) or self.region.batch not in (1, n):
            raise ProgramError(
                f"{weights.shape[0]} rows of weights do not fit {self.region.batch} regions, {rows} rows of thresholds"
            )
        device = self.region.center.device
        object.__setattr__(self, "weights", weights.expand(n, -1).to(device))
        if self.region.batch != n:
            object.__setattr__(self, "region", self.region.expand(n))
        distance = torch.as_tensor(self.distance_weight, dtype=weights.dtype, device=device)
        if distance.ndim > 1 or distance.numel() not in (1, n):
            raise ProgramError(f"distance_weight must be one number or have shape ({n},), got {tuple(distance.shape)}")
        object.__setattr__(self, "distance_weight", distance.expand(n))

    def _check_weights(self) -> None:
        for name, tensor in (("weights", self.weights), ("distance_weight", self.distance_weights)):
            if not torch.isfinite(tensor).all() or (tensor < 0).any():
                worst = float(tensor.nan_to_num(nan=-torch.inf, posinf=-torch.inf).min())
                raise ProgramError(
                    f"{name} must be finite and not negative (a convex cost times a negative number is not convex), "
                    f"got {worst:g}; to reward a property train its surrogate with the other sense"
                )
        empty = (self.weights.sum(1) + self.distance_weights == 0).nonzero()[:, 0]
        if len(empty):
            raise ProgramError(f"weights of program {int(empty[0])} are all zero; give one term a positive weight")

    def _check_thresholds(self) -> None:
        if self.thresholds is None:
            return
        limits = torch.as_tensor(self.thresholds, dtype=self.weights.dtype, device=self.weights.device)
        limits = limits[None] if limits.ndim == 1 else limits
        if limits.ndim != 2 or limits.shape[0] not in (1, self.n) or limits.shape[1] != len(self.cost_terms):
            raise ProgramError(
                f"thresholds must have shape ({self.n}, {len(self.cost_terms)}), got {tuple(limits.shape)}"
            )
        if limits.isnan().any() or (limits == -torch.inf).any():
            raise ProgramError("a threshold is NaN or minus infinity; use infinity where there is no threshold")
        object.__setattr__(self, "thresholds", limits.expand(self.n, -1))
        for column, (low, high) in enumerate(self.observed_costs or ()):
            given = limits[:, column][torch.isfinite(limits[:, column])]
            margin = high - low
            strange = given[(given < low - margin) | (given > high + margin)]
            if len(strange):
                warnings.warn(
                    f"threshold {float(strange[0]):g} of term {column} is far outside the costs seen in training, "
                    f"{low:g} to {high:g}; is it in the surrogate's cost unit?",
                    ThresholdWarning,
                    stacklevel=4,
                )

    def _check_anchor(self) -> None:
        if self.anchor is None:
            object.__setattr__(self, "anchor", self.region.base.center)
            return
        if self.anchor.shape != (self.n, self.latent_dim) or not torch.isfinite(self.anchor).all():
            raise ProgramError(
                f"anchor must be finite, of shape ({self.n}, {self.latent_dim}), got {tuple(self.anchor.shape)}"
            )
        outside = self.region.violation(self.anchor)
        if not self.region.contains(self.anchor, 1e-5).all():
            row = int(outside.argmax())
            raise RegionError(
                f"the region of program {row} leaves out its own anchor by {float(outside[row]):.3g}; "
                "move the anchor with region.project or enlarge the region"
            )
