"""The Lagrangian of a batch as posed, and that of its feasibility phase."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from molconvex.optimize.program.aggregates import Aggregation
from molconvex.optimize.program.network_stack import NetworkStack
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.lagrangian import Lagrangian


def build_lagrangian(program: Program, dtype: torch.dtype, device: torch.device) -> Lagrangian:
    """The Lagrangian of the programs as they are, every constraint hard."""
    region = program.region.to(device=device, dtype=dtype)
    stacks = program.stacks(dtype, device)
    limits = program.limits().to(device, dtype)
    cut_count = sum(cut.count for cut in region.cuts)
    finite = torch.isfinite(limits)
    active = torch.cat([finite, finite.new_ones(program.n, cut_count)], dim=1)
    aggregation = Aggregation(program.cost_terms, len(program.networks), dtype, device)
    affine = None if program.affine_terms is None else program.affine_terms.to(device, dtype)
    return Lagrangian(
        stacks=stacks,
        aggregation=aggregation,
        base=region.base,
        cuts=region.cuts,
        weights=program.weights.to(device, dtype),
        limits=torch.where(finite, limits, torch.full_like(limits, 1e9)),
        active=active,
        elastic=active.new_zeros(active.shape[1]),
        distance_weight=program.distance_weights.to(device, dtype),
        anchor=program.anchors.to(device, dtype),
        cost_scale=_cost_scale(stacks, aggregation, None if affine is None else affine.slopes, program.n),
        penalized=bool((program.distance_weights > 0).any()),
        affine_terms=affine,
    )


def feasibility_phase(lagrangian: Lagrangian, elastic: Tensor) -> Lagrangian:
    """The same programs asked for the least largest violation of the elastic constraints (C,)."""
    return replace(
        lagrangian,
        weights=torch.zeros_like(lagrangian.weights),
        distance_weight=torch.zeros_like(lagrangian.distance_weight),
        elastic=elastic,
    )


def _cost_scale(stacks: list[NetworkStack], aggregation: Aggregation, affine_slopes: Tensor | None, n: int) -> Tensor:
    """Norm of each term's slope with all gates half open, averaged over its members, affine terms included, (n, G)."""
    networks = aggregation.mixing.shape[0]
    slopes = aggregation.mixing.new_zeros(networks, stacks[0].output_input.shape[1])
    for stack in stacks:
        count = len(stack.columns)
        for place, column in enumerate(stack.columns):
            mass = slopes.new_zeros(count, 1)
            mass[place] = 1.0
            slopes[column] = stack.minorant(stack.initial_gates(1), mass)[0]
    norms = slopes.norm(dim=1).expand(n, -1) if affine_slopes is None else (slopes + affine_slopes).norm(dim=2)
    scale = norms @ aggregation.mixing
    return torch.maximum(scale, 1e-6 * scale.amax(1, keepdim=True).clamp_min(1e-12))
