"""The smoothed Lagrangian of a batch of programs: gradient, multipliers and lower bound at a point, all closed forms.

    L(z, multipliers) = sum_g (w_g + nu_g) sum_k p_k f_k(z) - nu_g t_g + penalty(z) + cuts
                     >= offset + slope^T z                       (gates replace each relu, see stack.py)
    lower bound       = offset + min of slope^T z over the base region

Constraint multipliers come from the augmented Lagrangian: nu = max(0, reference + c(z) / width). In a feasibility phase
the elastic constraints' multipliers lie in the unit simplex instead, so that the phase minimizes the largest violation:
a positive lower bound then proves that no point is feasible.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.aggregates import Aggregation, project_simplex
from molconvex.optimize.program.network_stack import NetworkStack
from molconvex.optimize.regions.cuts import Cut
from molconvex.optimize.regions.region import Region
from molconvex.optimize.solver.multipliers import Multipliers


@dataclass(frozen=True)
class Lagrangian:
    """n programs of one phase on one device and dtype; constraints are the G thresholds, then those of the cuts.

    Attributes:
        weights: (n, G), zero in a feasibility phase.
        limits: (n, G) thresholds, a huge number where there is none.
        active: (n, C), which constraints count.
        elastic: (C,), which constraints may be violated in this phase, at unit price for the largest violation.
        distance_weight: (n,), and anchor (n, d) of the penalty.
        cost_scale: (n, G), how much each cost changes over a region of extent one.
        penalized: whether any program of the whole batch has a penalty.
        affine_terms: affine functions added to the networks of each program, if any.
    """

    stacks: list[NetworkStack]
    aggregation: Aggregation
    base: Region
    cuts: tuple[Cut, ...]
    weights: Tensor
    limits: Tensor
    active: Tensor
    elastic: Tensor
    distance_weight: Tensor
    anchor: Tensor
    cost_scale: Tensor
    penalized: bool
    affine_terms: AffineTerms | None = None

    @property
    def terms(self) -> int:
        """Number G of cost terms."""
        return self.weights.shape[1]

    @cached_property
    def constrained(self) -> bool:
        """Whether any constraint counts for any program."""
        return bool(self.active.any())

    @cached_property
    def hard(self) -> Tensor:
        """Constraints that must hold, (n, C), bool."""
        return self.active & ~self.elastic

    @cached_property
    def seeks_feasibility(self) -> bool:
        """Whether this is a feasibility phase."""
        return bool(self.elastic.any())

    @property
    def n(self) -> int:
        return self.weights.shape[0]

    def select(self, index: Tensor) -> Lagrangian:
        return replace(
            self,
            base=self.base.select(index),
            cuts=tuple(cut.select(index) for cut in self.cuts),
            weights=self.weights[index],
            limits=self.limits[index],
            active=self.active[index],
            distance_weight=self.distance_weight[index],
            anchor=self.anchor[index],
            cost_scale=self.cost_scale[index],
            affine_terms=None if self.affine_terms is None else self.affine_terms.select(index),
        )

    def gap_floor(self) -> Tensor:
        """Least denominator of relative gaps, (n,): the total weight, costs being of unit scale; one for violations."""
        if self.seeks_feasibility:
            return self.weights.new_ones(self.n)
        return self.weights.sum(1) + 0.5 * self.distance_weight * self.base.extent.square()

    def initial_multipliers(self) -> Multipliers:
        """Undecided gates, equal members, no constraint counted; equal shares among the elastic ones."""
        elastic = (self.active & self.elastic).to(self.weights)
        return Multipliers(
            tuple(stack.initial_gates(self.n) for stack in self.stacks),
            self.aggregation.initial_members(self.n),
            elastic / elastic.sum(1, keepdim=True).clamp_min(1),
            self.weights.new_zeros(self.n, sum(c.slopes_kept for c in self.cuts), self.base.latent_dim),
            self.weights.new_zeros(self.n, self.base.latent_dim if self.penalized else 0),
        )

    def exact(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Objective (n,) and constraint values (n, C) at coordinates y, without smoothing."""
        z = self.base.to_latent(y)
        costs = self.aggregation.values(self._gather([stack.values(z) for stack in self.stacks], z))
        return self._objective(z, costs), self._constraints(z, costs)

    def smoothed(self, y: Tensor, reference: Multipliers, width: Tensor) -> tuple[Multipliers, Tensor, Tensor]:
        """Multipliers at y around the reference ones, with the slope (n, d) and offset (n,) of their minorant.

        width (n, 2): of the networks' and members' smoothing, and of the constraints' penalty.
        """
        z = self.base.to_latent(y)
        scale = width[:, 0] * self.base.extent
        evaluated = [
            stack.smoothed(z, gates, scale[:, None]) for stack, gates in zip(self.stacks, reference.gates, strict=True)
        ]
        member_values = self._gather([values for values, _ in evaluated], z)
        costs, members = self.aggregation.smoothed(member_values, reference.members, scale[:, None] * self.cost_scale)
        nu = self._constraint_multipliers(z, costs, reference.constraints, width[:, 1])
        slopes = [
            cut.slope(z, part) for cut, part in zip(self.cuts, self._cut_columns(nu), strict=True) if cut.slopes_kept
        ]
        splits = torch.stack(slopes, dim=1) if slopes else reference.splits
        penalty = self.distance_weight[:, None] * (z - self.anchor) if reference.penalty.shape[1] else reference.penalty
        multipliers = Multipliers(tuple(gates for _, gates in evaluated), members, nu, splits, penalty)
        return multipliers, *self.minorant(multipliers)

    def minorant(self, multipliers: Multipliers) -> tuple[Tensor, Tensor]:
        """Slope (n, d) and offset (n,) of the affine minorant of the Lagrangian that multipliers define."""
        nu = multipliers.constraints
        slope, offset = self._penalty_minorant(multipliers.penalty)
        offset = offset - (nu[:, : self.terms] * self.limits).sum(1)
        masses = (self.weights + nu[:, : self.terms])[:, self.aggregation.term_of] * multipliers.members
        parts = [
            stack.minorant(gates, masses.T[list(stack.columns)])
            for stack, gates in zip(self.stacks, multipliers.gates, strict=True)
        ]
        for part_slope, part_offset in [*parts, *([self.affine_terms.weighted(masses)] if self.affine_terms else [])]:
            slope, offset = slope + part_slope, offset + part_offset
        kept = 0
        for cut, part in zip(self.cuts, self._cut_columns(nu), strict=True):
            part_slope = multipliers.splits[:, kept] if cut.slopes_kept else cut.slope(self.anchor, part)
            kept += cut.slopes_kept
            slope, offset = slope + part_slope, offset + cut.offset(part_slope, part)
        return slope, offset

    def _penalty_minorant(self, penalty: Tensor) -> tuple[Tensor, Tensor]:
        """kappa / 2 |z - a|^2 >= v^T (z - a) - |v|^2 / (2 kappa) for every v."""
        if penalty.shape[1] == 0:
            return self.anchor.new_zeros(()), self.anchor.new_zeros(self.n)
        conjugate = 0.5 * penalty.square().sum(1) / self.distance_weight.clamp_min(torch.finfo(penalty.dtype).tiny)
        return penalty, -(penalty * self.anchor).sum(1) - conjugate

    def bound(self, slope: Tensor, offset: Tensor) -> Tensor:
        """Lower bound (n,) that a minorant proves."""
        return offset + self.base.support_value(slope)

    def _gather(self, parts: list[Tensor], z: Tensor) -> Tensor:
        """Stack-wise values (K_s, n) as (n, K) in the program's order of networks, affine terms included."""
        values = parts[0].T
        if len(parts) > 1:
            values = parts[0].new_empty(self.n, sum(p.shape[0] for p in parts))
            for stack, part in zip(self.stacks, parts, strict=True):
                values[:, list(stack.columns)] = part.T
        return values if self.affine_terms is None else values + self.affine_terms.values(z)

    def _objective(self, z: Tensor, costs: Tensor) -> Tensor:
        if self.seeks_feasibility:
            values = self._constraints(z, costs)
            return values.masked_fill(~(self.active & self.elastic), -torch.inf).max(dim=1).values
        return (self.weights * costs).sum(1) + 0.5 * self.distance_weight * (z - self.anchor).square().sum(1)

    def _constraints(self, z: Tensor, costs: Tensor) -> Tensor:
        return torch.cat([costs - self.limits, *(cut.values(z) for cut in self.cuts)], dim=1)

    def _cut_columns(self, nu: Tensor) -> list[Tensor]:
        sizes = [self.terms, *(cut.count for cut in self.cuts)]
        return list(nu.split(sizes, dim=1))[1:]

    def _constraint_multipliers(self, z: Tensor, costs: Tensor, reference: Tensor, width: Tensor) -> Tensor:
        """max(0, reference + c / width) for hard constraints, the projection on the unit simplex for elastic ones."""
        if not self.constrained:
            return reference
        values = self._constraints(z, costs)
        hard_width = width[:, None] * self._sizes.square() / self._price[:, None]
        nu = (reference + values / hard_width).clamp_min(0) * self.hard
        if not self.seeks_feasibility:
            return nu
        elastic = self.active & self.elastic
        step = (values / (width * self._price)[:, None]).masked_fill(~elastic, -1e9)
        return torch.where(self.elastic, project_simplex(reference * elastic + step), nu)

    def constraint_residual(self, multipliers: Multipliers, reference: Multipliers, width: Tensor) -> Tensor:
        """How far constraints are from being met or complementary, in units of the objective, (n,)."""
        change = (multipliers.constraints - reference.constraints).abs()
        return (change * self._sizes).amax(1) * width[:, 1]

    @cached_property
    def _sizes(self) -> Tensor:
        """How much each constraint varies over the region, (n, C)."""
        rise = self.base.extent[:, None] * self.cost_scale
        return torch.cat([rise, rise.new_ones(self.n, self.active.shape[1] - self.terms)], dim=1)

    @cached_property
    def _price(self) -> Tensor:
        """How much the objective, or in a feasibility phase the elastic constraints, vary over the region, (n,)."""
        if self.seeks_feasibility:
            price = self._sizes.masked_fill(~(self.active & self.elastic), 0.0).amax(1)
        else:
            rise = (self.weights * self._sizes[:, : self.terms]).sum(1)
            price = rise + self.distance_weight * self.base.extent.square()
        return price.clamp_min(1e-12)
