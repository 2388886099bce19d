"""Convex programs around a lead: a grid of radii and weights, solved as one batch with certificates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.design.goal_surrogates import GoalSurrogate
from molconvex.design.leads import PreparedLead
from molconvex.design.settings import GenerateSettings
from molconvex.icnn import ReluNetwork
from molconvex.optimize import Ball, CostTerm, Program, Solution, solve

SMALLEST_RADIUS = 0.1  # of the largest; within it most decodings are the lead again


@dataclass(frozen=True, eq=False)
class Proposals:
    """Solved programs of one lead.

    Attributes:
        lead: Number of the lead.
        first: Number of the first program in the run's table; the others follow.
        program: n programs, one ball each.
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


def grid(count: int, weights: Sequence[float], largest: float) -> tuple[Tensor, Tensor]:
    """Radii (n,) up to the largest, and weights (n, G) that sum to one, spread evenly around those asked for.

    Each row of weights is the user's, scaled by a point of the simplex: the first row by its middle, the others by a
    low-discrepancy sequence; every radius meets weights from all over the simplex.
    """
    goals = len(weights)
    sizes = count if goals == 1 else max(1, round(count**0.5))
    fractions = (
        torch.linspace(SMALLEST_RADIUS, 1.0, sizes, dtype=torch.float64) if sizes > 1 else torch.ones(1).double()
    )
    mixes = simplex_points(-(-count // sizes), goals)
    index = torch.arange(count)
    scaled = mixes[index // sizes] * torch.tensor(weights, dtype=torch.float64)
    return largest * fractions[index % sizes], scaled / scaled.sum(dim=1, keepdim=True)


def simplex_points(count: int, dimension: int) -> Tensor:
    """Well spread points of the unit simplex, (count, dimension), the first one its middle.

    A low-discrepancy sequence u in the cube becomes uniform on the simplex by taking from what is left the share
    1 - u_j^(1 / dimensions left).
    """
    middle = torch.full((1, dimension), 1.0 / dimension, dtype=torch.float64)
    if dimension == 1 or count == 1:
        return middle.expand(count, -1).clone()
    sequence = torch.quasirandom.SobolEngine(dimension - 1, scramble=False)
    cube = sequence.draw(count + 1, dtype=torch.float64)[2:]  # it begins with the corner and the middle
    powers = torch.arange(dimension - 1, 0, -1, dtype=torch.float64)
    left = torch.cat([torch.ones(count - 1, 1, dtype=torch.float64), (cube ** (1.0 / powers)).cumprod(dim=1)], dim=1)
    points = torch.cat([left[:, :-1] - left[:, 1:], left[:, -1:]], dim=1)
    return torch.cat([middle, points])


def pose(lead: PreparedLead, surrogates: Sequence[GoalSurrogate], settings: GenerateSettings) -> Program:
    """The programs of one lead: one cost per goal, one ball per program."""
    assert lead.z is not None
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    for item in surrogates:
        members = item.surrogate.members
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(members))), item.surrogate.aggregate))
        networks.extend(members)
    radii, weights = grid(settings.programs, [goal.weight for goal in settings.goals], lead.radius)
    centers = lead.z + offsets(lead.z.shape[0], lead.radius - radii, settings.seed)
    return Program(networks, weights, Ball(centers, radii), terms=terms)


def offsets(latent_dim: int, reach: Tensor, seed: int) -> Tensor:
    """Where the balls' centers lie from the lead, (n, latent_dim): random directions, as far as `reach` (n,) allows.

    A ball around the lead has one optimum for each radius and weight, so balls around it alone would propose the same
    few molecules; smaller balls spread inside the largest one look elsewhere. Every fourth one stays at the lead.
    """
    generator = torch.Generator().manual_seed(seed)
    directions = torch.randn(len(reach), latent_dim, generator=generator, dtype=torch.float64)
    directions = directions / directions.norm(dim=1, keepdim=True)
    away = torch.arange(len(reach)) % 4 != 0
    return directions * (reach.clamp(min=0.0) * away)[:, None]


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
    columns = ["program", "lead", "radius", "value", "lower_bound", "gap", "status", "steps", "distance"]
    if not proposals:
        return pd.DataFrame(columns=columns)
    return pd.concat([_rows(item, surrogates) for item in proposals], ignore_index=True)


def _rows(item: Proposals, surrogates: Sequence[GoalSurrogate]) -> pd.DataFrame:
    program, solution = item.program, item.solution
    assert isinstance(program.region, Ball)
    columns: dict[str, object] = {
        "program": list(item.numbers),
        "lead": item.lead,
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
