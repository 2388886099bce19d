"""Convex programs around a lead, solved as one batch with certificates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.columns import COST, NEAREST, PREDICTED, WEIGHT
from molconvex.design.settings import GenerateSettings
from molconvex.design.shapes import Shape, reach
from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.optimize import CostTerm, Program, Solution, Status, solve

NOT_DECODED = (Status.INFEASIBLE, Status.EMPTY_REGION, Status.UNDECIDED)


@dataclass(frozen=True, eq=False)
class Proposals:
    """Solved programs of one lead.

    Attributes:
        lead: Number of the lead.
        first: Number of the first program in the run's table; the others follow.
        program: n programs, one region each; the first is anchored at the lead itself.
        solution: Their solutions and certificates.
    """

    lead: int
    first: int
    program: Program
    solution: Solution

    @property
    def numbers(self) -> range:
        """Numbers of the programs in the run's table."""
        return range(self.first, self.first + self.program.n)


def pose(
    surrogates: Sequence[GoalSurrogate],
    anchors: Tensor,
    radii: Tensor,
    weights: Tensor,
    required: Sequence[RequiredSurrogate] = (),
    shape: Shape | None = None,
) -> Program:
    """Programs with one cost per goal, one limited cost per requirement, and one region each.

    Args:
        surrogates: G of them.
        anchors, radii: Of the regions, shapes (n, d) and (n,), float64.
        weights: Of the goals, shape (n, G).
        required: R costs with thresholds; they weigh nothing.
        shape: Of the regions; balls by default.
    """
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    for surrogate in [*(item.surrogate for item in surrogates), *(item.surrogate for item in required)]:
        members = surrogate.convex_costs()
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(members))), surrogate.aggregate))
        networks.extend(members)
    limits = None
    if required:
        weights = torch.cat([weights, weights.new_zeros(len(weights), len(required))], dim=1)
        limits = torch.tensor(
            [torch.inf] * len(surrogates) + [item.threshold for item in required], dtype=torch.float64
        )
    region = (shape or Shape()).region(anchors, radii)
    return Program(networks, weights, region, terms=terms, thresholds=limits, anchor=anchors)


def decodable(solution: Solution) -> Tensor:
    """Rows of programs whose point meets every requirement, shape (k,)."""
    return torch.tensor(
        [row for row, status in enumerate(solution.status) if status not in NOT_DECODED], dtype=torch.long
    )


def solve_programs(
    program: Program,
    settings: GenerateSettings,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Solution:
    """Solutions with certificates, by the batched solver or, where `settings.exact`, by cvxpy."""
    if settings.exact:
        from molconvex.optimize import solve_exact

        return solve_exact(program, gap_tol=settings.gap_tol, progress=progress, cancelled=cancelled)
    return solve(program, gap_tol=settings.gap_tol, device=settings.device, progress=progress, cancelled=cancelled)


def program_table(
    proposals: Sequence[Proposals],
    surrogates: Sequence[GoalSurrogate],
    required: Sequence[RequiredSurrogate] = (),
) -> pd.DataFrame:
    """One row a program, as in `Run.programs`; predictions in each property's unit.

    Requirements have columns `cost_`, `predicted_` and `nearest_` with the ending of `Requirement.key`; nearest is the
    bound that would make an infeasible program feasible, NaN for the others.
    """
    columns = ["program", "lead", "anchor_distance", "radius", "value", "lower_bound", "gap", "status", "steps"]
    if not proposals:
        return pd.DataFrame(columns=[*columns, "distance"])
    return pd.concat([_rows(item, surrogates, required) for item in proposals], ignore_index=True)


def _rows(item: Proposals, surrogates: Sequence[GoalSurrogate], required: Sequence[RequiredSurrogate]) -> pd.DataFrame:
    program, solution, anchors = item.program, item.solution, item.program.anchors
    columns: dict[str, object] = {
        "program": list(item.numbers),
        "lead": item.lead,
        "anchor_distance": (anchors - anchors[0]).norm(dim=1).numpy(),
        "radius": reach(program.region, anchors).numpy(),
        "value": solution.value.numpy(),
        "lower_bound": solution.lower_bound.numpy(),
        "gap": solution.gap.numpy(),
        "status": [status.name.lower() for status in solution.status],
        "steps": solution.steps.numpy().astype(np.int64),
        "distance": (solution.z - anchors).norm(dim=1).numpy(),
    }
    for column, part in enumerate(surrogates):
        name = part.goal.property
        columns[WEIGHT(name)] = program.weights[:, column].numpy()
        columns[COST(name)] = solution.costs[:, column].numpy()
        columns[PREDICTED(name)] = part.surrogate.predict(solution.z).numpy()
    for column, limit in enumerate(required, start=len(surrogates)):
        key = limit.requirement.key
        columns[COST(key)] = solution.costs[:, column].numpy()
        columns[PREDICTED(key)] = limit.surrogate.predict(solution.z).numpy()
        columns[NEAREST(key)] = [
            limit.bound_after(shift) if status is Status.INFEASIBLE else float("nan")
            for status, shift in zip(solution.status, solution.threshold_shift.tolist(), strict=True)
        ]
    return pd.DataFrame(columns)
