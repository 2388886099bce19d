"""The plain numbers of one convex (leaky) ReLU network: what surrogates hand to the optimiser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from molconvex.exceptions import NetworkError
from molconvex.icnn.network_arrays import NetworkArrays


@dataclass(frozen=True)
class ReluNetwork(NetworkArrays[Tensor]):
    """A scalar convex function f of a latent z of shape (d,), with hidden layers l = 1..L of widths h_l.

        u_1 = A_1 z + b_1
        u_l = W_l phi(u_{l-1}) + A_l z + b_l         W_l >= 0, A_l may be None for l > 1
        f(z) = c^T phi(u_L) + a^T z + constant       c >= 0, a may be None
        phi(u) = max(u, negative_slope * u)

    Attributes:
        weights: W_2..W_L, shapes (h_l, h_{l-1}), nonnegative; empty when L = 1.
        inputs: A_1..A_L, shapes (h_l, d); A_1 is never None.
        biases: b_1..b_L, shapes (h_l,).
        output_weight: c, shape (h_L,), nonnegative.
        output_input: a, shape (d,), or None.
        constant: the output's offset.
        negative_slope: in [0, 1); 0 is ReLU.
    """

    def __post_init__(self) -> None:
        first = self.inputs[0] if self.inputs else None
        if first is None:
            raise NetworkError("a convex network needs the input weights A_1 of its first layer; got none")
        if not len(self.inputs) == len(self.biases) == len(self.weights) + 1:
            raise NetworkError(
                f"{len(self.biases)} layers of biases need as many input weights and one fewer hidden weights, "
                f"got {len(self.inputs)} and {len(self.weights)}"
            )
        if not 0.0 <= self.negative_slope < 1.0:
            raise NetworkError(f"negative_slope must lie in [0, 1), got {self.negative_slope}")
        for name, tensor in self.named().items():
            if not torch.isfinite(tensor).all():
                raise NetworkError(f"array {name!r} of the network holds NaN or infinity; train the surrogate again")
        for name, tensor in [(f"W_{i + 2}", w) for i, w in enumerate(self.weights)] + [("c", self.output_weight)]:
            if (tensor < 0).any():
                raise NetworkError(f"{name} has negative entries (least {float(tensor.min()):.3g}): not convex")

    @classmethod
    def of(cls, arrays: NetworkArrays[Any]) -> ReluNetwork:
        """The network of these numbers, NumPy's or torch's, checked, in float64.

        Raises:
            NetworkError: If it is not convex or not finite.
        """
        return cls(**vars(arrays.map(lambda array: torch.as_tensor(array, dtype=torch.float64))))

    @property
    def latent_dim(self) -> int:
        assert self.inputs[0] is not None
        return self.inputs[0].shape[1]

    def __call__(self, z: Tensor) -> Tensor:
        """Value f(z): (n, d) to (n,)."""
        hidden = self._phi(z @ self.inputs[0].T + self.biases[0])  # type: ignore[union-attr]
        for weight, input_weight, bias in zip(self.weights, self.inputs[1:], self.biases[1:], strict=True):
            pre = hidden @ weight.T + bias
            if input_weight is not None:
                pre = pre + z @ input_weight.T
            hidden = self._phi(pre)
        value = hidden @ self.output_weight + self.constant
        return value if self.output_input is None else value + z @ self.output_input

    def _phi(self, u: Tensor) -> Tensor:
        return torch.nn.functional.leaky_relu(u, self.negative_slope)

    def to(self, *args: object, **kwargs: object) -> ReluNetwork:
        """The same network on another dtype or device, as `Tensor.to`."""
        return ReluNetwork(**vars(self.map(lambda t: t.to(*args, **kwargs))))  # type: ignore[call-overload]

    @classmethod
    def affine(cls, slope: Tensor, constant: float = 0.0) -> ReluNetwork:
        """slope^T z + constant, slope of shape (d,); its one unit counts nothing."""
        zero = slope.new_zeros(1)
        return cls((), (slope.new_zeros(1, len(slope)),), (zero,), zero, slope, constant)

    def scaled(self, factor: float, shift: float = 0.0) -> ReluNetwork:
        """factor * f + shift; factor >= 0 keeps convexity.

        Raises:
            NetworkError: If factor is negative.
        """
        if factor < 0:
            raise NetworkError(f"a convex function times {factor} is not convex; the factor must be >= 0")
        return replace(
            self,
            output_weight=self.output_weight * factor,
            output_input=None if self.output_input is None else self.output_input * factor,
            constant=self.constant * factor + shift,
        )

    def composed_with_affine(self, scale: Tensor, shift: Tensor) -> ReluNetwork:
        """z -> f(scale * z + shift) with elementwise scale and shift of shape (d,): folds input standardisation in."""
        inputs = tuple(None if a is None else a * scale for a in self.inputs)
        biases = tuple(b if a is None else b + a @ shift for a, b in zip(self.inputs, self.biases, strict=True))
        a = self.output_input
        return replace(
            self,
            inputs=inputs,
            biases=biases,
            output_input=None if a is None else a * scale,
            constant=self.constant if a is None else self.constant + float(a @ shift),
        )
