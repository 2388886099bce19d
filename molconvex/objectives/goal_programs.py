"""Goals and requirements as convex programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.optimize import (
    ConcaveCosts,
    CostTerm,
    Program,
    Region,
    Solution,
    Status,
    local_points,
    solve,
    solve_exact,
    solve_over_hull,
    solve_with_tangents,
    with_tangents,
)

WITHOUT_POINT = (Status.INFEASIBLE, Status.EMPTY_REGION, Status.UNDECIDED)


def goal_program(
    surrogates: Sequence[GoalSurrogate],
    required: Sequence[RequiredSurrogate],
    weights: Tensor,
    region: Region,
    anchors: Tensor | None = None,
    thresholds: Tensor | None = None,
) -> Program:
    """Programs with one cost per goal, one limited cost per requirement, and one region each.

    Args:
        surrogates: G of them; concave costs are kept beside the program, which is solved over a hull then.
        required: R costs with thresholds; they weigh nothing. Concave ones are limited by tangents at the
            anchors.
        weights: Of the goals, shape (n, G).
        region: One set for all, or n of them.
        anchors: Where the solver begins, shape (n, d).
        thresholds: Of the requirements, (n, R) in cost units, infinity where a program has none; those of `required`
            for all programs by default.
    """
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    concave: dict[int, ReluNetwork] = {}
    limited: dict[int, ReluNetwork] = {}
    models = [item.surrogate for item in surrogates] + [item.surrogate for item in required]
    for place, surrogate in enumerate(models):
        columns = range(len(networks), len(networks) + len(surrogate.members))
        terms.append(CostTerm(tuple(columns), surrogate.aggregate))
        if surrogate.orientation == "concave":
            found = concave if place < len(surrogates) else limited
            found |= zip(columns, surrogate.members, strict=True)
            networks += [ReluNetwork.affine(torch.zeros(surrogate.latent_dim, dtype=torch.float64))] * len(columns)
        else:
            networks += surrogate.members
    limits = None
    if required:
        weights = torch.cat([weights, weights.new_zeros(len(weights), len(required))], dim=1)
        if thresholds is None:
            thresholds = torch.tensor([[item.threshold for item in required]], dtype=torch.float64)
        limits = torch.cat([thresholds.new_full((len(thresholds), len(surrogates)), torch.inf), thresholds], dim=1)
    program = Program(networks, weights, region, terms=terms, thresholds=limits, anchor=anchors)
    program = with_tangents(program, limited, program.anchors) if limited else program
    return program.with_concave(ConcaveCosts(tuple(concave), tuple(concave.values()))) if concave else program


def least_bound_row(lower_bound: NDArray[np.float64], clauses: int) -> int:
    """The program with the user's own mix of goals whose bound is the least of all clauses.

    No point that meets any clause has a smaller cost than this bound. A clause that is proved to hold no point counts
    as infinite.

    Args:
        lower_bound: Of the programs (P,), clause by clause, the user's own mix first; NaN where nothing is bounded.
        clauses: Their number K, a divisor of P.
    """
    own = np.arange(0, len(lower_bound), len(lower_bound) // clauses)
    bounds = np.where(np.isnan(lower_bound[own]), np.inf, lower_bound[own])
    return int(own[np.argmin(bounds)])


def solve_goal_program(program: Program, *, exact: bool = False, **options: Any) -> tuple[Program, Solution]:
    """Solve, by cvxpy where `exact`; tangents above concave costs move to where they allow more, so programs change.

    Args:
        program: As `goal_program` poses it.
        exact: By cvxpy, with the tangents as they are.
        options: Of `solve` or `solve_exact`: gap_tol, device, progress, cancelled.

    Raises:
        ProgramError: If a goal's cost is concave and the region is no hull.
    """
    if exact:
        options.pop("device", None)
    if program.concave is not None:
        return solve_over_hull(program, solver=solve_exact if exact else solve, **options)
    if exact:
        return program, solve_exact(program, **options)
    if program.tangents is None:
        return program, solve(program, **options)
    concave = dict(zip(program.tangents.columns, program.tangents.networks, strict=True))
    return solve_with_tangents(program, concave, **options)


def goal_points(program: Program, *, gap_tol: float, device: str = "cpu") -> tuple[Tensor, list[int]]:
    """Where the goals are best, to be decoded: points (n, d), and the programs that have one meeting every threshold.

    With concave goals a local minimum from the anchor; there is no claim in either case.
    """
    if program.concave is not None:
        return local_points(program, tolerance=gap_tol, device=device)
    _, solution = solve_goal_program(program, gap_tol=gap_tol, device=device)
    return solution.z, decodable(solution)


def decodable(solution: Solution) -> list[int]:
    """Rows of programs whose point meets every requirement."""
    return [row for row, status in enumerate(solution.status) if status not in WITHOUT_POINT]
