"""Batches of convex programs over shared networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError, RegionError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.aggregates import Aggregation, CostTerm
from molconvex.optimize.program.concave_costs import ConcaveCosts, check_stand_ins
from molconvex.optimize.program.network_stack import NetworkStack, build_stacks
from molconvex.optimize.program.tangents import Tangents
from molconvex.optimize.regions.region import Region


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
        affine_terms: affine functions added to the networks, different for each program; None for none.
        tangents: which of them lie above concave costs with thresholds, see `optimize.safety`; None for none.
        concave: concave costs to be minimized, see `optimize.concave`; None where all are convex.

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
    affine_terms: AffineTerms | None = None
    tangents: Tangents | None = field(default=None, init=False)
    concave: ConcaveCosts | None = field(default=None, init=False)
    _stacks: dict[tuple[torch.dtype, torch.device], list[NetworkStack]] = field(
        default_factory=dict, init=False, repr=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", tuple(self.networks))
        object.__setattr__(self, "terms", self._checked_terms())
        self._align_batch()
        self._check_weights()
        self._check_thresholds()
        self._check_anchor()
        if self.affine_terms is not None:
            self.affine_terms.check(self.n, len(self.networks), self.latent_dim)
            object.__setattr__(self, "affine_terms", self.affine_terms.to(self.weights.device))

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
        for stack in self.stacks(torch.float64, z.device):
            values[:, list(stack.columns)] = stack.values(z).T
        if self.affine_terms is not None:
            values += self.affine_terms.to(torch.float64).values(z)
        if self.concave is not None:
            values[:, list(self.concave.columns)] += self.concave.values(z)
        return Aggregation(self.cost_terms, len(self.networks), torch.float64, z.device).values(values)

    def stacks(self, dtype: torch.dtype, device: torch.device) -> list[NetworkStack]:
        """Networks of one shape side by side, made once for these programs and all selections of them."""
        if (dtype, device) not in self._stacks:
            self._stacks[dtype, device] = build_stacks(self.networks, dtype, device)
        return self._stacks[dtype, device]

    def value(self, z: Tensor, costs: Tensor | None = None) -> Tensor:
        """Objective at one point per program, whose costs (n, G) may be known: (n, d) to (n,), in float64."""
        costs = self.cost_values(z) if costs is None else costs
        distance = (z.double() - self.anchors.double()).square().sum(1)
        return (self.weights.double() * costs).sum(1) + 0.5 * self.distance_weights.double() * distance

    def select(self, index: Tensor) -> Program:
        """Some of the programs, in that order."""
        return self._changed(
            weights=self.weights[index],
            region=self.region.select(index),
            thresholds=None if self.thresholds is None else self.thresholds[index],
            distance_weight=self.distance_weights[index],
            anchor=self.anchors[index],
            affine_terms=None if self.affine_terms is None else self.affine_terms.select(index),
            tangents=None if self.tangents is None else self.tangents.select(index),
        )

    def with_affine_terms(self, affine_terms: AffineTerms) -> Program:
        """The same programs with other affine terms.

        Raises:
            ProgramError: If there is not one finite affine term for each program and network.
        """
        affine_terms.check(self.n, len(self.networks), self.latent_dim)
        return self._changed(affine_terms=affine_terms.to(self.weights.device))

    def with_tangents(self, tangents: Tangents) -> Program:
        """The same programs, whose affine terms are known to lie above concave costs."""
        return self._changed(tangents=tangents)

    def with_concave(self, concave: ConcaveCosts) -> Program:
        """The same programs with concave costs in place of networks that are zero.

        Raises:
            ProgramError: If a network that is to stand for one is not zero, or numbers or dimensions do not fit.
        """
        check_stand_ins(tuple(self.networks), concave.columns, concave.networks)
        return self._changed(concave=concave)

    def check_convex(self) -> None:
        """Refuse concave costs, where a solver minimizes convex ones alone.

        Raises:
            ProgramError: If there are any.
        """
        if self.concave is not None:
            raise ProgramError("the program has concave costs to be minimized; solve_over_hull takes them, over a hull")

    def without_concave(self) -> Program:
        """The same programs, in which concave costs count nothing."""
        return self._changed(concave=None)

    def _changed(self, **attributes: Any) -> Program:
        """A record with other attributes, which are trusted: what was checked at the border is not checked again."""
        changed: Program = object.__new__(Program)
        changed.__dict__.update(self.__dict__, **attributes)
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
