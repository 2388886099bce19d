"""Goals and requirements as convex programs."""

from collections.abc import Sequence

import torch
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.optimize import CostTerm, Program, Region


def goal_program(
    surrogates: Sequence[GoalSurrogate],
    required: Sequence[RequiredSurrogate],
    weights: Tensor,
    region: Region,
    anchors: Tensor | None = None,
) -> Program:
    """Programs with one cost per goal, one limited cost per requirement, and one region each.

    Args:
        surrogates: G of them.
        required: R costs with thresholds; they weigh nothing.
        weights: Of the goals, shape (n, G).
        region: One set for all, or n of them.
        anchors: Where the solver begins, shape (n, d).
    """
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    for surrogate in [*(item.surrogate for item in surrogates), *(item.surrogate for item in required)]:
        members = surrogate.convex_costs()
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(members))), surrogate.aggregate))
        networks.extend(members)
    thresholds = None
    if required:
        weights = torch.cat([weights, weights.new_zeros(len(weights), len(required))], dim=1)
        thresholds = torch.tensor(
            [torch.inf] * len(surrogates) + [item.threshold for item in required], dtype=torch.float64
        )
    return Program(networks, weights, region, terms=terms, thresholds=thresholds, anchor=anchors)
