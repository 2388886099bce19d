"""Where the solver begins: given points, or the solution of nearby programs."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.multipliers import Multipliers
from molconvex.optimize.solver.solution import Solution


@dataclass(frozen=True)
class Start:
    """First points z (n, d), and multipliers of nearby programs if known."""

    z: Tensor
    multipliers: Multipliers | None

    def select(self, index: Tensor) -> Start:
        """The starts of some programs."""
        return Start(self.z[index], None if self.multipliers is None else self.multipliers.select(index))


def make_start(program: Program, start: Tensor | Solution) -> Start:
    """Points or a solution, checked.

    Raises:
        ProgramError: If points have the wrong shape or are not finite, or the solution is of other networks.
    """
    known = start if isinstance(start, Solution) else None
    z = start.z if isinstance(start, Solution) else start
    if z.shape != (program.n, program.latent_dim):
        raise ProgramError(f"start must have shape ({program.n}, {program.latent_dim}), got {tuple(z.shape)}")
    if not torch.isfinite(z).all():
        raise ProgramError("start holds NaN or infinity; leave it out to start at the anchors")
    if known is not None and _units(known) != _program_units(program):
        raise ProgramError(
            "start is the solution of programs over networks of other shapes, so its multipliers do not fit; "
            "give its points alone, start=solution.z"
        )
    return Start(z, None if known is None else known.multipliers)


def _units(solution: Solution) -> list[int]:
    """Widths of all layers of all networks, sorted."""
    layers = (layer for stack in solution.multipliers.gates for layer in stack)
    return sorted(width for layer in layers for width in [layer.shape[2]] * layer.shape[0])


def _program_units(program: Program) -> list[int]:
    return sorted(bias.shape[0] for network in program.networks for bias in network.biases)
