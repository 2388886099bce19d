"""Pareto fronts of two or three convex costs over a region, sandwiched between points and proofs.

With convex costs every point of the front minimizes some weighted sum, so a front is a batch of certified programs:
first weights spread evenly over the simplex, then, batch by batch, the normals between neighbouring points where the
sandwich is widest, until it is thin enough or the number of programs is spent (sweep.py, sandwich.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.fronts.dominance import default_reference_point, hypervolume, non_dominated
from molconvex.optimize.fronts.sandwich import outer_support
from molconvex.optimize.fronts.sweep import Sweep, half_spaces
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.solution import Solution, Status

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """The non-dominated points of a sweep and what the certificates of all its programs prove.

    Attributes:
        z: (m, d), points by rising first cost, float64.
        costs: (m, G), their costs.
        weights: (m, G), of the programs that gave them, rows sum to one.
        lower_bound: (m,), certified: no point of the region has a smaller weights^T cost.
        status: m of them.
        rows: (m,), their programs in the sweep.
        scale: (G,), range of each cost over the front, at least 0.01.
        gap: no point of the region is better than the front by more than gap * scale in every cost at once, where the
            front includes the costs of mixtures of its points, which mixtures of their latents attain or undercut.
        reference_point: (G,), corner of the hypervolume.
        hypervolume: what the points dominate below the reference point, in cost units.
        program: the N programs of the sweep, in the order in which they were solved.
        solution: their solutions and certificates.
        complete: False where stopped on request.
    """

    z: Tensor
    costs: Tensor
    weights: Tensor
    lower_bound: Tensor
    status: list[Status]
    rows: Tensor
    scale: Tensor
    gap: float
    reference_point: Tensor
    hypervolume: float
    program: Program
    solution: Solution
    complete: bool = True

    def __len__(self) -> int:
        return len(self.z)

    def bound(self, weights: Tensor) -> Tensor:
        """Proved lower bounds on weights^T cost over the region, for any weights >= 0: (k, G) to (k,).

        Raises:
            ProgramError: If weights are negative or of another shape.
        """
        goals = self.costs.shape[1]
        if weights.ndim != 2 or weights.shape[1] != goals or not (weights >= 0).all():
            raise ProgramError(f"weights must have shape (k, {goals}) and not be negative, got {tuple(weights.shape)}")
        normals, bounds = half_spaces(self.program, self.solution)
        return torch.from_numpy(outer_support(weights.double().numpy(), normals, bounds))


def pareto_front(
    posed: Program,
    *,
    points: int = 32,
    front_tol: float = 1e-3,
    gap_tol: float = 1e-4,
    reference_point: Tensor | None = None,
    device: str | torch.device = "cpu",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ParetoFront:
    """The Pareto front of two or three convex costs over one region.

    Args:
        posed: one program, whose weights do not matter: networks, costs, region, thresholds, anchor.
        points: largest number of programs; the front has fewer points where some are equal or dominated.
        front_tol: sandwich gap at which to stop before `points` are spent, see `ParetoFront.gap`.
        gap_tol: relative gap of each program.
        reference_point: (G,), for the hypervolume; by default a tenth of the range beyond the worst costs.
        device: where to compute.
        progress: called with (programs finished, points).
        cancelled: asked now and then; True stops early, and the front found so far is returned.

    Raises:
        ProgramError: If there are not two or three costs, fewer points than costs, an option is out of range, or no
            point of the region meets the thresholds.
        RegionError: If the region is empty or more than one.
    """
    sweep = Sweep(posed, gap_tol, device)
    _check(sweep, points, front_tol)
    while True:
        weights = sweep.next_weights(points, front_tol)
        complete = cancelled is None or not cancelled()
        if sweep.solution is not None and (not len(weights) or not complete):
            break
        sweep.solve(weights, None if progress is None else _offset(progress, sweep.n, points), cancelled)
    if progress is not None and complete:
        progress(points, points)
    return _front(sweep, reference_point, complete)


def _front(sweep: Sweep, reference_point: Tensor | None, complete: bool) -> ParetoFront:
    assert sweep.program is not None
    assert sweep.solution is not None
    program, solution = sweep.program, sweep.solution
    rows = sweep.with_point()
    rows = rows[torch.from_numpy(non_dominated(solution.costs[rows].numpy()))]
    rows = rows[solution.costs[rows, 0].argsort()]
    costs, scale = solution.costs[rows], sweep.scale()
    corner = default_reference_point(costs) if reference_point is None else reference_point.double().numpy()
    return ParetoFront(
        z=solution.z[rows],
        costs=costs,
        weights=program.weights[rows],
        lower_bound=solution.lower_bound[rows],
        status=[solution.status[row] for row in rows.tolist()],
        rows=rows,
        scale=torch.from_numpy(scale),
        gap=float(sweep.facet_gaps(scale)[1].max()),
        reference_point=torch.from_numpy(corner),
        hypervolume=hypervolume(costs, corner),
        program=program,
        solution=solution,
        complete=complete,
    )


def _check(sweep: Sweep, points: int, front_tol: float) -> None:
    if sweep.goals not in (2, 3):
        raise ProgramError(f"a Pareto front is drawn for two or three costs, got {sweep.goals}")
    if points < sweep.goals:
        raise ProgramError(f"points must be at least the number of costs, {sweep.goals}, got {points}")
    if not front_tol > 0:
        raise ProgramError(f"front_tol must be positive, got {front_tol}; 1e-3 is usual")
    if sweep.posed.n != 1:
        raise ProgramError(f"a Pareto front belongs to one region, got {sweep.posed.n} programs")


def _offset(progress: Callable[[int, int], None], done: int, points: int) -> Callable[[int, int], None]:
    return lambda finished, _: progress(done + finished, points)
