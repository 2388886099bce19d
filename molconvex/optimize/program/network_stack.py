"""Convex ReLU networks of one shape side by side, their smoothed values, gates and slopes for a batch of points.

relu(u) is the maximum over gates 0 <= s <= 1 of s u. Smoothed around a reference gate r with width m it is the maximum
of s u - m/2 (s - r)^2, reached at s = clamp(r + u / m, 0, 1): convex and non-decreasing in u, so a smoothed ICNN stays
convex. Moving r to the last gates, as the proximal method of multipliers does, takes the smoothing error to zero while
m stays moderate. Every gate vector, optimal or not, is a dual multiplier: an affine minorant of the network.

Reference: Nesterov (2005), Smooth minimization of non-smooth functions; Rockafellar (1976), Augmented Lagrangians and
applications of the proximal point algorithm in convex programming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork

Gates = tuple[Tensor, ...]
"""Gates of one stack, layer by layer, each (K, n, h_l)."""


@dataclass(frozen=True)
class NetworkStack:
    """K networks of one shape, each unit rescaled so that it varies by about one over a region of extent one.

    Attributes:
        columns: which networks of the program these are.
        weights: W_2..W_L transposed, each (K, h_{l-1}, h_l).
        inputs: A_1..A_L, each (K, h_l, d) or None.
        biases: each (K, 1, h_l).
        output_weight: (K, 1, h_L).
        output_input: (K, d).
        constant: (K, 1).
        slope: the activation's slope below zero, the least gate.
    """

    columns: tuple[int, ...]
    weights: tuple[Tensor, ...]
    inputs: tuple[Tensor | None, ...]
    biases: tuple[Tensor, ...]
    output_weight: Tensor
    output_input: Tensor
    constant: Tensor
    slope: float

    @property
    def widths(self) -> tuple[int, ...]:
        return tuple(b.shape[2] for b in self.biases)

    def to(self, *args: Any, **kwargs: Any) -> NetworkStack:
        return replace(
            self,
            weights=tuple(w.to(*args, **kwargs) for w in self.weights),
            inputs=tuple(None if a is None else a.to(*args, **kwargs) for a in self.inputs),
            biases=tuple(b.to(*args, **kwargs) for b in self.biases),
            output_weight=self.output_weight.to(*args, **kwargs),
            output_input=self.output_input.to(*args, **kwargs),
            constant=self.constant.to(*args, **kwargs),
        )

    def initial_gates(self, n: int) -> Gates:
        """Undecided gates, halfway between closed and open."""
        middle = (1 + self.slope) / 2
        return tuple(b.new_full((b.shape[0], n, b.shape[2]), middle) for b in self.biases)

    def values(self, z: Tensor) -> Tensor:
        """Exact network values: (n, d) to (K, n)."""
        hidden: Tensor | None = None
        for layer in range(len(self.biases)):
            hidden = torch.nn.functional.leaky_relu(self._preactivation(layer, z, hidden), self.slope)
        return self._output(z, hidden)

    def smoothed(self, z: Tensor, reference: Gates, width: Tensor) -> tuple[Tensor, Gates]:
        """Smoothed values (K, n) and gates at z (n, d), around reference gates, width (n, 1) > 0."""
        sharpness, half_width = width.reciprocal(), width / 2
        hidden: Tensor | None = None
        gates = []
        for layer, center in enumerate(reference):
            u = self._preactivation(layer, z, hidden)
            gate = torch.addcmul(center, u, sharpness).clamp_(self.slope, 1.0)
            hidden = (gate * u).sub_((gate - center).square_().mul_(half_width))
            gates.append(gate)
        return self._output(z, hidden), tuple(gates)

    def minorant(self, gates: Gates, masses: Tensor) -> tuple[Tensor, Tensor]:
        """Slope (n, d) and offset (n,) of the minorant of sum_k masses_k f_k that gates define; masses (K, n)."""
        multiplier = masses[:, :, None] * self.output_weight * gates[-1]
        offset = self._bias_term(-1, multiplier) + (masses * self.constant).sum(0)
        slope = masses.T @ self.output_input + self._input_term(-1, multiplier)
        for layer in range(len(gates) - 2, -1, -1):
            multiplier = torch.bmm(multiplier, self.weights[layer].transpose(1, 2)).mul_(gates[layer])
            offset = offset + self._bias_term(layer, multiplier)
            slope = slope + self._input_term(layer, multiplier)
        return slope, offset

    def _preactivation(self, layer: int, z: Tensor, hidden: Tensor | None) -> Tensor:
        input_weight, bias = self.inputs[layer], self.biases[layer]
        if hidden is not None:
            bias = torch.baddbmm(bias, hidden, self.weights[layer - 1])
        if input_weight is None:
            return bias
        spread = z.expand(input_weight.shape[0], *z.shape)
        return torch.baddbmm(bias, spread, input_weight.transpose(1, 2))

    def _output(self, z: Tensor, hidden: Tensor | None) -> Tensor:
        value = torch.bmm(hidden, self.output_weight.transpose(1, 2))[:, :, 0]  # type: ignore[arg-type]
        return value + self.constant + self.output_input @ z.T

    def _bias_term(self, layer: int, multiplier: Tensor) -> Tensor:
        return torch.bmm(multiplier, self.biases[layer].transpose(1, 2))[:, :, 0].sum(0)

    def _input_term(self, layer: int, multiplier: Tensor) -> Tensor:
        input_weight = self.inputs[layer]
        if input_weight is None:
            return multiplier.new_zeros(())
        return torch.bmm(multiplier, input_weight).sum(0)


def build_stacks(networks: Sequence[ReluNetwork], dtype: torch.dtype, device: torch.device) -> list[NetworkStack]:
    """Group networks by shape into stacks."""
    by_shape: dict[tuple[Any, ...], list[int]] = {}
    for column, network in enumerate(networks):
        widths = tuple(b.shape[0] for b in network.biases)
        paths = tuple(a is not None for a in network.inputs)
        by_shape.setdefault((widths, paths, network.negative_slope), []).append(column)
    normalized = [_normalize_units(network.to(dtype=torch.float64, device=device)) for network in networks]
    return [_stack(tuple(c), [normalized[i] for i in c]).to(dtype=dtype) for c in by_shape.values()]


def _stack(columns: tuple[int, ...], networks: Sequence[ReluNetwork]) -> NetworkStack:
    first = networks[0]
    zeros = torch.zeros_like(first.inputs[0][0])  # type: ignore[index]
    inputs = [
        None if first.inputs[layer] is None else torch.stack([n.inputs[layer] for n in networks])  # type: ignore[misc]
        for layer in range(first.depth)
    ]
    return NetworkStack(
        columns=columns,
        weights=tuple(torch.stack([n.weights[i].T for n in networks]) for i in range(first.depth - 1)),
        inputs=tuple(inputs),
        biases=tuple(torch.stack([n.biases[i][None] for n in networks]) for i in range(first.depth)),
        output_weight=torch.stack([n.output_weight[None] for n in networks]),
        output_input=torch.stack([zeros if n.output_input is None else n.output_input for n in networks]),
        constant=zeros.new_tensor([[n.constant] for n in networks]),
        slope=first.negative_slope,
    )


def _normalize_units(network: ReluNetwork) -> ReluNetwork:
    """The same function with each unit divided by how much it varies over a unit ball: relu(a u) = a relu(u)."""
    weights, inputs, biases = list(network.weights), list(network.inputs), list(network.biases)
    jacobian = torch.zeros_like(network.inputs[0])  # type: ignore[arg-type]
    scale = jacobian.new_ones(())
    for layer, a in enumerate(network.inputs):
        rows = jacobian if layer == 0 else network.weights[layer - 1] @ (0.5 * jacobian)
        jacobian = rows if a is None else rows + a
        if layer > 0:
            weights[layer - 1] = weights[layer - 1] * scale
        size = jacobian.norm(dim=1) * (2 / network.latent_dim**0.5)
        scale = torch.where(size > 1e-12 * size.max(), size, torch.ones_like(size))
        biases[layer] = biases[layer] / scale
        inputs[layer] = None if a is None else a / scale[:, None]
        if layer > 0:
            weights[layer - 1] = weights[layer - 1] / scale[:, None]
    return replace(
        network,
        weights=tuple(weights),
        inputs=tuple(inputs),
        biases=tuple(biases),
        output_weight=network.output_weight * scale,
    )
