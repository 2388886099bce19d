"""Convex ReLU networks for tests of the optimizer: random ones, and ones whose minima are known."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork


def random_network(
    dim: int, widths: Sequence[int], seed: int, *, passthrough: bool = False, slope: float = 0.0
) -> ReluNetwork:
    """A random network with kinks all over the unit ball, costs of about unit size, float64."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    inputs: list[Tensor | None] = [normal(widths[0], dim) / dim**0.5]
    weights, biases = [], [0.2 * normal(widths[0])]
    for before, after in itertools.pairwise(widths):
        weight = normal(after, before).exp()
        weights.append(2 * weight / weight.sum(1, keepdim=True))
        inputs.append(0.5 * normal(after, dim) / dim**0.5 if passthrough else None)
        biases.append(0.3 * normal(after) - 0.4)
    output = normal(widths[-1]).exp()
    direct = normal(dim) / dim**0.5 if passthrough else None
    return ReluNetwork(
        tuple(weights), tuple(inputs), tuple(biases), 3 * output / output.sum(), direct, float(normal(1)), slope
    )


def l1_network(target: Tensor) -> ReluNetwork:
    """f(z) = sum_i |z_i - target_i|, with minimum 0 at the target (d,)."""
    eye = torch.eye(len(target), dtype=torch.float64)
    paths = torch.cat([eye, -eye])
    return ReluNetwork((), (paths,), (-paths @ target.double(),), torch.ones(2 * len(target), dtype=torch.float64))


def linear_network(direction: Tensor, constant: float = 0.0) -> ReluNetwork:
    """f(z) = direction^T z + constant, with one unit that counts nothing."""
    zero = torch.zeros(1, dtype=torch.float64)
    return ReluNetwork((), (torch.ones(1, len(direction)).double(),), (zero,), zero, direction.double(), constant)
