"""Convex programs around a lead, solved as one batch with certificates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from molconvex.design.goal_surrogates import GoalSurrogate
from molconvex.design.settings import GenerateSettings
from molconvex.icnn import ReluNetwork
from molconvex.optimize import Ball, CostTerm, Program, Solution, solve


@dataclass(frozen=True, eq=False)
class Proposals:
    """Solved programs of one lead.

    Attributes:
        lead: Number of the lead.
        first: Number of the first program in the run's table; the others follow.
        program: n programs, one ball each; the first is around the lead itself.
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


def pose(surrogates: Sequence[GoalSurrogate], anchors: Tensor, radii: Tensor, weights: Tensor) -> Program:
    """Programs with one cost per goal and one ball each.

    Args:
        surrogates: G of them.
        anchors, radii: Of the balls, shapes (n, d) and (n,), float64.
        weights: Of the goals, shape (n, G).
    """
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    for item in surrogates:
        members = item.surrogate.members
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(members))), item.surrogate.aggregate))
        networks.extend(members)
    return Program(networks, weights, Ball(anchors, radii), terms=terms)


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


def program_table(proposals: Sequence[Proposals], surrogates: Sequence[GoalSurrogate]) -> pd.DataFrame:
    """One row a program, as in `Run.programs`; predictions in each property's unit."""
    columns = [
        "program",
        "lead",
        "anchor_distance",
        "radius",
        "value",
        "lower_bound",
        "gap",
        "status",
        "steps",
        "distance",
    ]
    if not proposals:
        return pd.DataFrame(columns=columns)
    return pd.concat([_rows(item, surrogates) for item in proposals], ignore_index=True)


def _rows(item: Proposals, surrogates: Sequence[GoalSurrogate]) -> pd.DataFrame:
    program, solution = item.program, item.solution
    assert isinstance(program.region, Ball)
    columns: dict[str, object] = {
        "program": list(item.numbers),
        "lead": item.lead,
        "anchor_distance": (program.region.center - program.region.center[0]).norm(dim=1).numpy(),
        "radius": program.region.radius.numpy(),
        "value": solution.value.numpy(),
        "lower_bound": solution.lower_bound.numpy(),
        "gap": solution.gap.numpy(),
        "status": [status.name.lower() for status in solution.status],
        "steps": solution.steps.numpy().astype(np.int64),
        "distance": (solution.z - program.region.center).norm(dim=1).numpy(),
    }
    for column, part in enumerate(surrogates):
        name = part.goal.property
        columns[f"weight_{name}"] = program.weights[:, column].numpy()
        columns[f"cost_{name}"] = solution.costs[:, column].numpy()
        columns[f"predicted_{name}"] = part.surrogate.predict(solution.z).numpy()
    return pd.DataFrame(columns)
