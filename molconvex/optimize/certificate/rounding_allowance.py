"""By how much solvers lower their bounds before they claim them, so that rounding can never make a claim too high."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.record import unclaimed_record

if TYPE_CHECKING:
    from molconvex.optimize.program.program import Program
    from molconvex.optimize.solver.multipliers import Multipliers

EVALUATIONS = 3
"""The solver's bound and the checker's lie each within one allowance of the true one; the checker wants one spare."""


def rounding_allowance(program: Program, multipliers: Multipliers, infeasible: Tensor) -> Tensor:
    """What to take off bounds computed in float64 from the multipliers, (n,), on the program's device.

    Args:
        program: n programs.
        multipliers: As they will be kept.
        infeasible: (n,) bool, where the bound is one on the violation.
    """
    _, allowance = dual(unclaimed_record(program, multipliers), infeasible.cpu().numpy())
    return torch.from_numpy(EVALUATIONS * allowance).to(program.weights.device)
