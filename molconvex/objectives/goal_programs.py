"""Goals and requirements as convex programs."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.optimize import (
    CostTerm,
    Program,
    Region,
    Solution,
    solve,
    solve_exact,
    solve_with_tangents,
    with_tangents,
)


def goal_program(
    surrogates: Sequence[GoalSurrogate],
    required: Sequence[RequiredSurrogate],
    weights: Tensor,
    region: Region,
    anchors: Tensor | None = None,
) -> Program:
    """Programs with one cost per goal, one limited cost per requirement, and one region each.

    Args:
        surrogates: G of them, with convex costs.
        required: R costs with thresholds; they weigh nothing. Concave ones are limited by tangents at the
            anchors.
        weights: Of the goals, shape (n, G).
        region: One set for all, or n of them.
        anchors: Where the solver begins, shape (n, d).
    """
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    concave: dict[int, ReluNetwork] = {}
    for surrogate in [*(item.surrogate for item in surrogates), *(item.surrogate for item in required)]:
        columns = range(len(networks), len(networks) + len(surrogate.members))
        terms.append(CostTerm(tuple(columns), surrogate.aggregate))
        if surrogate.orientation == "concave":
            concave |= zip(columns, surrogate.members, strict=True)
            networks += [ReluNetwork.affine(torch.zeros(surrogate.latent_dim, dtype=torch.float64))] * len(columns)
        else:
            networks += surrogate.members
    thresholds = None
    if required:
        weights = torch.cat([weights, weights.new_zeros(len(weights), len(required))], dim=1)
        thresholds = torch.tensor(
            [torch.inf] * len(surrogates) + [item.threshold for item in required], dtype=torch.float64
        )
    program = Program(networks, weights, region, terms=terms, thresholds=thresholds, anchor=anchors)
    return with_tangents(program, concave, program.anchors) if concave else program


def solve_goal_program(program: Program, *, exact: bool = False, **options: Any) -> tuple[Program, Solution]:
    """Solve, by cvxpy where `exact`; tangents above concave costs move to where they allow more, so programs change.

    Args:
        program: As `goal_program` poses it.
        exact: By cvxpy, with the tangents as they are.
        options: Of `solve` or `solve_exact`: gap_tol, device, progress, cancelled.
    """
    if exact:
        options.pop("device", None)
        return program, solve_exact(program, **options)
    if program.tangents is None:
        return program, solve(program, **options)
    concave = dict(zip(program.tangents.columns, program.tangents.networks, strict=True))
    return solve_with_tangents(program, concave, **options)
