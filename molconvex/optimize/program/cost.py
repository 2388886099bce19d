"""One cost, an aggregate of member networks, as a plain function of latents."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.aggregates import Aggregation, CostTerm


class Cost:
    """Convex cost of latents: (n, d) to (n,), in float64, differentiable almost everywhere.

    Args:
        networks: Members.
        aggregate: "mean", "max" or "cvar:ALPHA".

    Raises:
        ProgramError: If there is no member, dimensions differ or the aggregate is unknown.
    """

    def __init__(self, networks: Sequence[ReluNetwork], aggregate: str = "mean") -> None:
        if len({network.latent_dim for network in networks}) != 1:
            raise ProgramError("a cost needs one or more networks of one latent dimension")
        self.networks = tuple(network.to(torch.float64) for network in networks)
        term = CostTerm(tuple(range(len(self.networks))), aggregate)
        self._aggregation = Aggregation((term,), len(self.networks), torch.float64, torch.device("cpu"))

    def __call__(self, z: Tensor) -> Tensor:
        values = torch.stack([network(z.double()) for network in self.networks], dim=1)
        return self._aggregation.values(values)[:, 0]
