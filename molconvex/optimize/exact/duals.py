"""The duals of a solved cvxpy problem as multipliers of the closed-form bound."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize.exact.model import Compiled
from molconvex.optimize.program.program import Program
from molconvex.optimize.solver.multipliers import Multipliers

Array = NDArray[np.float64]


def read_multipliers(program: Program, compiled: Compiled, z: torch.Tensor) -> Multipliers:
    """The solver's duals as gates, member weights and constraint multipliers, for one program."""
    device = z.device
    stacks = program.stacks(torch.float64, device)
    gates = [_gates(network, compiled, k) for k, network in enumerate(program.networks)]
    layers = tuple(
        tuple(_tensor([gates[k][i] for k in s.columns], device)[:, None] for i in range(len(s.biases))) for s in stacks
    )
    nu = np.zeros(len(program.cost_terms))
    for column, limit in compiled.limits.items():
        nu[column] = max(float(limit.dual_value), 0.0)
    weights = program.weights[0].double().cpu().numpy() + nu
    members = np.zeros(len(program.networks))
    for column, term in enumerate(program.cost_terms):
        for k in term.members:
            members[k] = float(compiled.masses[k].dual_value) / max(weights[column], 1e-300)
    values = [read(z[0].cpu().numpy()) for read in compiled.parts]
    constraints, slopes = [nu], []
    extent = float(program.region.extent[0])
    for cut, value in zip(program.region.cuts, values, strict=True):
        constraints.append(np.zeros(cut.count) if cut.slopes_kept else value * extent)
        slopes += [value] if cut.slopes_kept else []
    splits = np.stack(slopes) if slopes else np.zeros((0, program.latent_dim))
    penalty = z.new_zeros(1, 0)
    if bool((program.distance_weights > 0).any()):
        penalty = program.distance_weights.double()[:, None] * (z - program.anchors)
    rows = (members, np.concatenate(constraints), splits)
    member_rows, constraint_rows, split_rows = (_tensor([x], device) for x in rows)
    return Multipliers(layers, member_rows, constraint_rows, split_rows, penalty)


def _tensor(rows: list[Array], device: torch.device) -> torch.Tensor:
    return torch.as_tensor(np.stack(rows), dtype=torch.float64, device=device)


def _gates(network: ReluNetwork, compiled: Compiled, k: int) -> list[Array]:
    """s_l = (dual of y_l >= u_l + slope times dual of y_l >= slope u_l) / upper bound, top-down."""
    upper = float(compiled.masses[k].dual_value) * network.output_weight.double().numpy()
    gates: list[Array] = []
    for layer in reversed(range(network.depth)):
        above, below = (np.maximum(c.dual_value, 0) for c in compiled.layers[k][layer])
        total = above + network.negative_slope * below
        open_share = np.where(upper > 1e-12, total / np.maximum(upper, 1e-12), 0.5)
        gates.insert(0, np.clip(open_share, network.negative_slope, 1))
        if layer > 0:
            upper = (gates[0] * upper) @ network.weights[layer - 1].double().numpy()
    return gates
