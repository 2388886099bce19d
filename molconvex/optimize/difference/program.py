"""Programs whose costs are differences of convex networks, and their convexification at a point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.program import Program


@dataclass(frozen=True, eq=False)
class DifferenceProgram:
    """n programs in which network k counts as f_k - h_k with h_k convex: not convex, so that minima are local.

    Aggregates, thresholds, regions and the penalty on the distance are those of the convex program. A cost
    max(f - h, 0) is a term with aggregate "max" over that network and one that is zero everywhere.

    Attributes:
        convex: the programs with the convex parts f_k alone.
        concave: h_k for each network of the program, or None where nothing is subtracted.

    Raises:
        ProgramError: If there is not one entry for each network, or dimensions differ.
    """

    convex: Program
    concave: Sequence[ReluNetwork | None]

    def __post_init__(self) -> None:
        count, dim = len(self.convex.networks), self.convex.latent_dim
        if len(self.concave) != count:
            raise ProgramError(
                f"give what to subtract, a network or None, for each of the {count} networks; got {len(self.concave)}"
            )
        dims = {h.latent_dim for h in self.concave if h is not None} - {dim}
        if dims:
            raise ProgramError(f"networks to subtract must have latent dimension {dim}, got {sorted(dims)}")
        home = self.convex.weights.device
        moved = tuple(None if h is None else h.to(dtype=torch.float64, device=home) for h in self.concave)
        object.__setattr__(self, "concave", moved)

    @property
    def n(self) -> int:
        """Number of programs."""
        return self.convex.n

    def cost_values(self, z: Tensor) -> Tensor:
        """Costs at one point per program: (n, d) to (n, G), in float64."""
        return self._shifted(z.double()).cost_values(z)

    def value(self, z: Tensor) -> Tensor:
        """Objective at one point per program: (n, d) to (n,), in float64."""
        return self._shifted(z.double()).value(z)

    def majorant(self, z: Tensor) -> Program:
        """Convex programs with each h_k replaced by its tangent at z (n, d).

        No cost lies below its convexification's anywhere else, and at z they are equal.
        """
        z = z.detach().double()
        slopes = torch.stack([_slope(h, z) for h in self.concave], dim=1)
        return self._with_affine_terms(-slopes, torch.bmm(slopes, z[:, :, None])[:, :, 0] - self._subtracted(z))

    def select(self, index: Tensor) -> DifferenceProgram:
        """Some of the programs, in that order."""
        return DifferenceProgram(self.convex.select(index), self.concave)

    def _shifted(self, z: Tensor) -> Program:
        """The convex programs lowered by the numbers h_k(z): right at z alone."""
        offsets = -self._subtracted(z)
        return self._with_affine_terms(z.new_zeros(*offsets.shape, z.shape[1]), offsets)

    def _with_affine_terms(self, slopes: Tensor, offsets: Tensor) -> Program:
        own = self.convex.affine_terms
        if own is not None:
            slopes, offsets = slopes + own.slopes.double(), offsets + own.offsets.double()
        return self.convex.with_affine_terms(AffineTerms(slopes, offsets))

    def _subtracted(self, z: Tensor) -> Tensor:
        """h_k(z), (n, K)."""
        return torch.stack([z.new_zeros(len(z)) if h is None else h(z) for h in self.concave], dim=1)


def _slope(network: ReluNetwork | None, z: Tensor) -> Tensor:
    """A subgradient at each point, (n, d)."""
    if network is None:
        return torch.zeros_like(z)
    with torch.enable_grad():
        at = z.clone().requires_grad_()
        return torch.autograd.grad(network(at).sum(), at)[0]
