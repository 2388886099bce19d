"""The programs of one Pareto front: which weights come next, and what has been found and proved so far."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.fronts.dominance import non_dominated
from molconvex.optimize.fronts.refinement import refine
from molconvex.optimize.fronts.sandwich import Floats, facet_normals, inner_support, outer_support
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.finish import join_solutions
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve

FIRST_SHARE = {2: 1 / 4, 3: 2 / 3}
"""By the number of costs: of the programs, how many spread evenly before the first refinement."""
ROUND_SHARE = 0.7
"""Of the programs left, how many a refinement may spend; later ones learn from its points."""
SMALLEST_SCALE = 1e-2
"""Cost range below which a front counts as a point; costs are of unit scale."""
WITHOUT_POINT = (Status.INFEASIBLE, Status.EMPTY_REGION, Status.UNDECIDED)


def simplex_lattice(goals: int, count: int) -> Floats:
    """Evenly spaced weights with the unit vectors among them: the finest lattice with at most `count` rows.

    At least the unit vectors themselves. Reference: Das & Dennis (1998), Normal-boundary intersection.
    """
    parts = 1
    while math.comb(parts + goals, goals - 1) <= count:
        parts += 1
    rows = [row for row in np.ndindex(*(parts + 1,) * goals) if sum(row) == parts]
    return np.array(rows, dtype=np.float64) / parts


class Sweep:
    """The programs solved so far; all are like one program but for its weights."""

    def __init__(self, posed: Program, gap_tol: float, device: str | torch.device) -> None:
        self.posed, self.gap_tol, self.device = posed, gap_tol, device
        self.program: Program | None = None
        self.solution: Solution | None = None

    @property
    def goals(self) -> int:
        return len(self.posed.cost_terms)

    @property
    def n(self) -> int:
        return 0 if self.program is None else self.program.n

    def pose(self, weights: Tensor) -> Program:
        posed = self.posed
        return Program(
            posed.networks,
            weights,
            posed.region,
            terms=posed.cost_terms,
            thresholds=posed.limits()[0],
            anchor=posed.anchors.expand(len(weights), -1),
        )

    def solve(
        self, weights: Floats, progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        """Solve one more batch, each program from the best point known for its weights."""
        batch = torch.from_numpy(weights)
        start = None
        if self.solution is not None:
            rows = self.with_point()
            best = (batch @ self.solution.costs[rows].T).argmin(dim=1)
            start = self.solution.z[rows][best]
        program = self.pose(batch)
        found = solve(
            program, gap_tol=self.gap_tol, device=self.device, start=start, progress=progress, cancelled=cancelled
        )
        if self.program is None or self.solution is None:
            self.program, self.solution = program, found
            self._refuse_if_infeasible()
        else:
            self.program = self.pose(torch.cat([self.program.weights, batch]))
            self.solution = join_solutions([self.solution, found], self.solution.seconds + found.seconds)

    def with_point(self) -> Tensor:
        """Programs that have a point of the region that meets the thresholds."""
        assert self.solution is not None
        return torch.tensor([i for i, s in enumerate(self.solution.status) if s not in WITHOUT_POINT], dtype=torch.long)

    def next_weights(self, points: int, front_tol: float) -> Floats:
        """What to solve next: the lattice at first, then the widest facets of the sandwich; none where it is thin."""
        if self.program is None or self.solution is None:
            return simplex_lattice(self.goals, max(self.goals, math.ceil(points * FIRST_SHARE[self.goals])))
        left, scale = points - self.n, self.scale()
        facets, gaps = self.facet_gaps(scale)
        weights = facets / scale
        # a program of these weights may leave a gap of its own; where the sandwich is no wider, it cannot gain
        own = self.gap_tol * np.maximum(weights.sum(axis=1), np.abs(inner_support(weights, self.points())))
        known = self.program.weights.numpy() * scale
        known /= known.sum(axis=1, keepdims=True)
        found = refine(known, facets, gaps, np.maximum(front_tol, own), math.ceil(left * ROUND_SHARE)) / scale
        return found / found.sum(axis=1, keepdims=True)

    def points(self) -> Floats:
        """Non-dominated costs found, (m, G)."""
        assert self.solution is not None
        costs = self.solution.costs[self.with_point()].numpy()
        return np.asarray(costs[non_dominated(costs)])

    def scale(self) -> Floats:
        """Units of the gap, (G,)."""
        return front_scale(self.points())

    def facet_gaps(self, scale: Floats) -> tuple[Floats, Floats]:
        """Normals of the facets in units of `scale`, (F, G), and how far the sandwich is open there, (F,)."""
        assert self.program is not None
        assert self.solution is not None
        scaled = self.points() / scale
        normals, bounds = half_spaces(self.program, self.solution)
        facets = facet_normals(scaled)
        return facets, inner_support(facets, scaled) - outer_support(facets, normals * scale, bounds)

    def _refuse_if_infeasible(self) -> None:
        assert self.solution is not None
        if len(self.with_point()):
            return
        status = self.solution.status[0]
        shift = float(self.solution.threshold_shift[0])
        advice = f" (by {shift:.4g} in cost units)" if math.isfinite(shift) and shift > 0 else ""
        raise ProgramError(f"there is no front: {status.value}{advice}")


def front_scale(costs: Floats) -> Floats:
    """Range of each cost over a front (m, G), at least SMALLEST_SCALE: shape (G,)."""
    return np.maximum(np.ptp(costs, axis=0), SMALLEST_SCALE)


def half_spaces(program: Program, solution: Solution) -> tuple[Floats, Floats]:
    """Normals and bounds of what was proved about the costs, (N, G) and (N,)."""
    return program.weights.double().numpy(), solution.lower_bound.numpy()
