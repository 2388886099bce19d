"""Affine functions above concave costs, with the gates that prove them.

A cost -c with c a convex network has no convex set below a threshold. But any gates give a minorant of c, so

    -c(z) <= -offset - slope^T z        for every z,

and a threshold on the right-hand side, a half-space, is a threshold on the cost itself at every point that meets it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork

LayerGates = tuple[Tensor, ...]
"""Gates of one network, layer by layer, each (n, h_l)."""


@dataclass(frozen=True)
class Tangents:
    """For some networks of a program, which are zero, the concave costs that their affine terms lie above.

    Attributes:
        columns: which networks of the program stand for a concave cost.
        networks: the convex networks c_k, one for each column; the cost is -c_k.
        gates: one for each column.
    """

    columns: tuple[int, ...]
    networks: tuple[ReluNetwork, ...]
    gates: tuple[LayerGates, ...]

    def select(self, index: Tensor) -> Tangents:
        """Those of some programs."""
        return replace(self, gates=tuple(tuple(layer[index] for layer in layers) for layers in self.gates))


def gates_at(network: ReluNetwork, z: Tensor) -> LayerGates:
    """Gates of the network's tangent at each point (n, d): one above zero, the activation's slope below."""
    gates: list[Tensor] = []
    hidden: Tensor | None = None
    for layer, bias in enumerate(network.biases):
        u = bias.expand(len(z), -1)
        path = network.inputs[layer]
        if path is not None:
            u = u + z @ path.T
        if hidden is not None:
            u = u + hidden @ network.weights[layer - 1].T
        gate = torch.where(u > 0, torch.ones_like(u), torch.full_like(u, network.negative_slope))
        gates.append(gate)
        hidden = gate * u
    return tuple(gates)


def minorant(network: ReluNetwork, gates: LayerGates) -> tuple[Tensor, Tensor]:
    """Slope (n, d) and offset (n,) of the affine function below the network that gates define."""
    multiplier = network.output_weight * gates[-1]
    direct = network.output_input
    slope = multiplier.new_zeros(len(multiplier), network.latent_dim)
    slope = slope if direct is None else slope + direct
    offset = multiplier.new_full((len(multiplier),), network.constant)
    for layer in reversed(range(network.depth)):
        path = network.inputs[layer]
        offset = offset + multiplier @ network.biases[layer]
        slope = slope if path is None else slope + multiplier @ path
        if layer > 0:
            multiplier = (multiplier @ network.weights[layer - 1]) * gates[layer - 1]
    return slope, offset
