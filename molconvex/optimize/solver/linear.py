"""Linear programs over a region, posed to the batched solver."""

from __future__ import annotations

import torch
from torch import Tensor

from molconvex.exceptions import RegionError
from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.program.program import Program
from molconvex.optimize.regions.region import Region
from molconvex.optimize.solver.solution import Status
from molconvex.optimize.solver.solve import solve


def minimize_linear(region: Region, q: Tensor, gap_tol: float) -> Tensor:
    """A point of each set whose q^T z is within gap_tol * extent * |q|_1 of the least, (n, d).

    The coordinates and their negatives are the costs; the positive and negative parts of q are the weights.

    Raises:
        RegionError: If a set is empty.
    """
    q = q / q.norm(dim=1, keepdim=True).clamp_min(torch.finfo(q.dtype).tiny)
    eye = torch.eye(region.latent_dim, dtype=torch.float64, device=q.device)
    networks = [ReluNetwork.affine(row) for row in (*eye, *-eye)]
    weights = torch.cat([q.clamp_min(0), (-q).clamp_min(0)], dim=1)
    weights = weights / region.extent[:, None]
    program = Program(networks, weights, region)
    solution = solve(program, gap_tol=gap_tol)
    if any(status is Status.EMPTY_REGION for status in solution.status):
        raise RegionError(f"the parts of region {solution.status.index(Status.EMPTY_REGION)} have no point in common")
    return solution.z.to(q.dtype)
