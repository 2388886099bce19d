"""One region, several mixes of the same goals: for each mix a proved lower bound over the whole region.

    F_w(z) = sum_g w_g cost_g(z),      LB(w) <= min { F_w(z) : z in the hull }

The hull is that of a few hundred encoded analogues of one lead: "no mixture of these is predicted better than LB(w)".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.certificate.record import CertificateRecord, make_record
from molconvex.optimize.program.aggregates import CostTerm
from molconvex.optimize.program.program import Program
from molconvex.optimize.regions.flat_regions import Hull
from molconvex.optimize.solver.solution import Solution
from molconvex.optimize.solver.solve import solve


@dataclass(frozen=True, eq=False)
class RegionBounds:
    """Solved programs of one hull, one for each of k mixes of G costs.

    Attributes:
        program: k programs over the same networks and hull.
        solution: their points, values, bounds and multipliers.
    """

    program: Program
    solution: Solution

    @property
    def weights(self) -> Tensor:
        """Mixes, (k, G)."""
        return self.program.weights

    @property
    def lower_bound(self) -> Tensor:
        """LB(w), (k,): no point of the hull has a smaller F_w."""
        return self.solution.lower_bound

    @property
    def value(self) -> Tensor:
        """F_w at the best point found, (k,)."""
        return self.solution.value

    @property
    def z(self) -> Tensor:
        """The best points found, (k, d)."""
        return self.solution.z

    @cached_property
    def record(self) -> CertificateRecord:
        """All that proves the bounds, as `point_claims` reads it."""
        return make_record(self.program, self.solution)

    @property
    def hull(self) -> Hull:
        """The region."""
        region = self.program.region
        assert isinstance(region, Hull)
        return region

    @property
    def points(self) -> Tensor:
        """What the hull is spanned by, (m, d)."""
        return self.hull.points


def region_bounds(
    networks: Sequence[ReluNetwork],
    weights: Tensor,
    hull: Hull,
    *,
    terms: Sequence[CostTerm] | None = None,
    thresholds: Tensor | None = None,
    gap_tol: float = 1e-3,
    start: RegionBounds | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RegionBounds:
    """Solve one program for each mix of goals over one hull.

    Args:
        networks: members of all costs.
        weights: mixes (k, G), or one (G,), not negative.
        hull: one set, `Hull(points (m, d))`.
        terms: which networks each of the G costs averages; by default each network is a cost.
        thresholds: what the costs must not exceed, (G,), infinity where there is none; None for none at all.
        gap_tol: relative gap to reach, see `Solution.gap`.
        start: bounds of as many mixes over a hull with fewer or other points, whose multipliers and points are used.
        cancelled: asked now and then; True stops early, with bounds that hold.

    Raises:
        ProgramError: If the hull is not one set, or as `Program` and `solve`.
    """
    if hull.points.ndim != 2:
        raise ProgramError(
            f"bounds are for one hull with points (m, d), got points of shape {tuple(hull.points.shape)}; "
            "pose programs over several hulls with Program"
        )
    program = Program(networks, weights, hull, terms=terms, thresholds=thresholds)
    first = None if start is None else start.solution
    return RegionBounds(program, solve(program, gap_tol=gap_tol, start=first, cancelled=cancelled))
