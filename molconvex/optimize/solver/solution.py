"""What the solver returns: points, values, bounds and the multipliers that prove them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from torch import Tensor

from molconvex.optimize.solver.multipliers import Multipliers


class Status(Enum):
    """How a program ended; the text is advice."""

    CERTIFIED = "the gap is below the tolerance"
    STEP_BUDGET = "the step budget was spent first; value and bound hold: raise max_steps or loosen gap_tol"
    CONCAVE_GAP = "value and bound hold; a cost is concave, and its bound, from the hull's corners, may not be reached"
    CANCELLED = "stopped on request before the gap closed; value and bound hold"
    INFEASIBLE = (
        "proved: no point of the region meets the thresholds; raise them by threshold_shift or widen the region"
    )
    EMPTY_REGION = "proved: the parts of the region have no point in common; widen one of them"
    UNDECIDED = "no point that meets every constraint was found, nor a proof that none exists; raise max_steps"


@dataclass(frozen=True)
class Solution:
    """Solutions of n programs.

    Attributes:
        z: (n, d), the best point found, float64; for an infeasible program the least violating point.
        value: (n,), objective at z, float64.
        lower_bound: (n,), no point of the region that meets the thresholds has a smaller objective; infinity for a
            program proved infeasible.
        gap: (n,), (value - lower_bound) / max(total weight, |value|), relative since costs are of unit scale; NaN if
            infeasible.
        status: n of them.
        violation: (n,), largest excess at z over a threshold (cost units) or distance from the region (latent units).
        infeasibility: (n,), positive if the program is proved infeasible: everywhere some threshold is exceeded by at
            least that much (for an empty region: some part is missed, in units of the region's extent); otherwise 0.
        threshold_shift: (n,), raising every threshold by this much makes an infeasible program feasible; otherwise 0,
            NaN if the region is empty.
        costs: (n, G), each term's cost at z.
        multipliers: the certificate; see certificate.py for the independent check.
        steps: (n,), gradient evaluations.
        seconds: wall time of the whole batch.
    """

    z: Tensor
    value: Tensor
    lower_bound: Tensor
    gap: Tensor
    status: list[Status]
    violation: Tensor
    infeasibility: Tensor
    threshold_shift: Tensor
    costs: Tensor
    multipliers: Multipliers
    steps: Tensor
    seconds: float

    def select(self, index: Tensor) -> Solution:
        """The solutions of some programs, in that order."""
        rows: dict[str, Any] = {name: t[index] for name, t in self.__dict__.items() if isinstance(t, Tensor)}
        status = [self.status[i] for i in index.tolist()]
        return replace(self, **rows, status=status, multipliers=self.multipliers.select(index))

    @property
    def certified(self) -> int:
        """How many programs reached the gap asked for."""
        return sum(s is Status.CERTIFIED for s in self.status)
