"""The one exchange format of a convex ReLU network: named arrays, torch's, NumPy's or what stands for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class NetworkArrays(Generic[A]):
    """What a network consists of, unchecked; `ReluNetwork` says what each array means.

    Attributes:
        weights: W_2..W_L.
        inputs: A_1..A_L; None for a layer that the latent does not enter.
        biases: b_1..b_L.
        output_weight: c.
        output_input: a, or None.
        constant: the output's offset.
        negative_slope: of the activation.
    """

    weights: tuple[A, ...]
    inputs: tuple[A | None, ...]
    biases: tuple[A, ...]
    output_weight: A
    output_input: A | None = None
    constant: float = 0.0
    negative_slope: float = 0.0

    @property
    def depth(self) -> int:
        """Number of hidden layers L."""
        return len(self.biases)

    def map(self, change: Callable[[A], B]) -> NetworkArrays[B]:
        """The same with every array changed; what is absent stays absent."""

        def optional(array: A | None) -> B | None:
            return None if array is None else change(array)

        return NetworkArrays(
            tuple(change(w) for w in self.weights),
            tuple(optional(a) for a in self.inputs),
            tuple(change(b) for b in self.biases),
            change(self.output_weight),
            optional(self.output_input),
            self.constant,
            self.negative_slope,
        )

    def named(self, prefix: str = "") -> dict[str, A]:
        """The arrays by name: weight/i, input/i, bias/i, output_weight, output_input."""
        arrays = {f"{prefix}weight/{i}": w for i, w in enumerate(self.weights)}
        arrays |= {f"{prefix}input/{i}": a for i, a in enumerate(self.inputs) if a is not None}
        arrays |= {f"{prefix}bias/{i}": b for i, b in enumerate(self.biases)}
        arrays[f"{prefix}output_weight"] = self.output_weight
        if self.output_input is not None:
            arrays[f"{prefix}output_input"] = self.output_input
        return arrays

    @classmethod
    def from_named(
        cls, arrays: Mapping[str, A], depth: int, constant: float, negative_slope: float, prefix: str = ""
    ) -> NetworkArrays[A]:
        """Inverse of `named`.

        Raises:
            KeyError: If an array is missing.
        """
        return NetworkArrays(
            tuple(arrays[f"{prefix}weight/{i}"] for i in range(depth - 1)),
            tuple(arrays.get(f"{prefix}input/{i}") for i in range(depth)),
            tuple(arrays[f"{prefix}bias/{i}"] for i in range(depth)),
            arrays[f"{prefix}output_weight"],
            arrays.get(f"{prefix}output_input"),
            constant,
            negative_slope,
        )
