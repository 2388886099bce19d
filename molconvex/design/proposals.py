"""Convex programs around a lead, solved as one batch with certificates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.columns import COST, NEAREST, PREDICTED, WEIGHT
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.optimize import Ball, Box, Ellipsoid, Hull, Program, Region, Solution, Status


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


def reach(region: Region, anchors: Tensor) -> Tensor:
    """How far each set reaches from its anchor (n, d), in latent units, shape (n,)."""
    if isinstance(region, Ball):
        return region.radius
    if isinstance(region, Box):
        return torch.maximum(region.high - anchors, anchors - region.low).norm(dim=1)
    if isinstance(region, Ellipsoid):
        return torch.linalg.matrix_norm(region.factor, 2).expand(region.batch)
    if isinstance(region, Hull):
        return (region.points - anchors[:, None]).norm(dim=2).amax(dim=1)
    raise TypeError(f"no reach is known for a region of kind {region.kind}")


def program_table(
    proposals: Sequence[Proposals],
    surrogates: Sequence[GoalSurrogate],
    required: Sequence[RequiredSurrogate] = (),
    clauses: int = 1,
) -> pd.DataFrame:
    """One row a program, as in `Run.programs`; predictions in each property's unit.

    Where there are several clauses, `clause` is the number of the one that a program serves.

    Requirements have columns `cost_`, `predicted_` and `nearest_` with the ending of `Requirement.key`; nearest is the
    bound that would make an infeasible program feasible, NaN for the others.
    """
    columns = ["program", "lead", "anchor_distance", "radius", "value", "lower_bound", "gap", "status", "steps"]
    if not proposals:
        return pd.DataFrame(columns=[*columns, "distance"])
    return pd.concat([_rows(item, surrogates, required, clauses) for item in proposals], ignore_index=True)


def _rows(
    item: Proposals, surrogates: Sequence[GoalSurrogate], required: Sequence[RequiredSurrogate], clauses: int
) -> pd.DataFrame:
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
    if clauses > 1:
        columns["clause"] = np.repeat(np.arange(1, clauses + 1), program.n // clauses)
    for column, part in enumerate(surrogates):
        name = part.goal.property
        columns[WEIGHT(name)] = program.weights[:, column].numpy()
        columns[COST(name)] = solution.costs[:, column].numpy()
        columns[PREDICTED(name)] = part.surrogate.predict(solution.z).numpy()
    for column, limit in enumerate(required, start=len(surrogates)):
        key, thresholds = limit.requirement.key, program.limits()[:, column]
        columns[COST(key)] = limit.surrogate.cost(solution.z).numpy()
        columns[PREDICTED(key)] = limit.surrogate.predict(solution.z).numpy()
        moved = limit.surrogate.value_of(thresholds + solution.threshold_shift).numpy()
        lost = np.array([status is Status.INFEASIBLE for status in solution.status])
        columns[NEAREST(key)] = np.where(lost & np.isfinite(thresholds.numpy()), moved, np.nan)
    return pd.DataFrame(columns)
