"""Costs -c with c convex that a program minimizes: for each a zero network stands among those of the program."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.icnn.relu_network import ReluNetwork


@dataclass(frozen=True)
class ConcaveCosts:
    """For some networks of a program, which are zero, the concave costs in whose place they stand.

    Attributes:
        columns: which networks of the program.
        networks: the convex networks c_k, one for each column; network k counts as -c_k.
    """

    columns: tuple[int, ...]
    networks: tuple[ReluNetwork, ...]

    def values(self, z: Tensor) -> Tensor:
        """The costs -c_k at points (n, d): (n, number of columns), float64."""
        return -torch.stack([network.to(z.device, torch.float64)(z.double()) for network in self.networks], dim=1)


def check_stand_ins(
    networks: tuple[ReluNetwork, ...], columns: tuple[int, ...], given: tuple[ReluNetwork, ...]
) -> None:
    """Refuse what cannot stand for concave costs.

    Args:
        networks: those of the program.
        columns: which of them stand for a concave cost: they must be zero.
        given: the convex networks whose negatives are meant, one for each column.

    Raises:
        ProgramError: Naming the first that does not fit.
    """
    for column, network in zip(columns, given, strict=True):
        if not 0 <= column < len(networks):
            raise ProgramError(f"the program has {len(networks)} networks, none of number {column}")
        own = networks[column]
        direct = own.output_input
        if own.output_weight.any() or own.constant != 0 or (direct is not None and direct.any()):
            raise ProgramError(
                f"network {column} is to stand for a concave cost, so it must be zero: ReluNetwork.affine(zeros)"
            )
        if network.latent_dim != own.latent_dim:
            raise ProgramError(f"concave costs must have latent dimension {own.latent_dim}, got {network.latent_dim}")
