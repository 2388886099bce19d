"""Convex networks for benchmarks of the optimizer: random ones, and ones trained on a synthetic property."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork


def random_network(dim: int, widths: Sequence[int], seed: int) -> ReluNetwork:
    """Log-normal hidden weights, every unit with its kink in the middle of standard normal latents, plus a linear path.

    Harder than what training leaves: in a ball around a latent many units change sign. Float64, unit variance.
    """
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    z = normal(2000, dim)
    first = normal(widths[0], dim) / dim**0.5
    weights, biases = [], [0.3 * normal(widths[0])]
    hidden = torch.relu(z @ first.T + biases[0])
    for before, after in pairwise(widths):
        weight = (0.8 * normal(after, before)).exp()
        u = hidden @ weight.T
        weights.append(weight / u.std(0)[:, None])
        biases.append(-u.mean(0) / u.std(0) + 0.3 * normal(after))
        hidden = torch.relu(hidden @ weights[-1].T + biases[-1])
    output = (0.8 * normal(widths[-1])).exp()
    value = hidden @ output
    paths = (first, *(None for _ in weights))
    constant = float(-value.mean() / value.std())
    direct = 0.5 * normal(dim) / dim**0.5
    return ReluNetwork(tuple(weights), paths, tuple(biases), output / value.std(), direct, constant)


def trained_network(dim: int, widths: Sequence[int], seed: int, steps: int = 1500) -> ReluNetwork:
    """An input-convex network fitted to a noisy synthetic property of standard normal latents, to unit variance."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(20_000, dim, generator=generator)
    factors = z @ torch.randn(dim, 12, generator=generator) / dim**0.5
    curved = 0.3 * factors[:, :4].square().sum(1) + 0.5 * factors[:, 4:8].abs().sum(1)
    target = curved + 2 * factors[:, 8] + 1.5 * factors[:, 10] + (2 * factors[:, 9]).sin()
    target = target + 0.2 * torch.randn(len(z), generator=generator)
    target = (target - target.mean()) / target.std()
    return _fitted(random_network(dim, widths, seed), z, target, steps, generator)


def _fitted(network: ReluNetwork, z: Tensor, target: Tensor, steps: int, generator: torch.Generator) -> ReluNetwork:
    """Adam on the squared error, hidden weights projected to be nonnegative after each step."""

    def free(tensor: Tensor) -> Tensor:
        return tensor.float().requires_grad_()

    positive = [free(w) for w in (*network.weights, network.output_weight)]
    biases, first = [free(b) for b in network.biases], free(network.inputs[0])  # type: ignore[arg-type]
    direct, constant = free(torch.zeros(z.shape[1])), free(torch.zeros(1))
    optimizer = torch.optim.Adam([*positive, *biases, first, direct, constant], lr=1e-3)
    for _ in range(steps):
        batch = torch.randint(len(z), (256,), generator=generator)
        hidden = torch.relu(z[batch] @ first.T + biases[0])
        for weight, bias in zip(positive[:-1], biases[1:], strict=True):
            hidden = torch.relu(hidden @ weight.T + bias)
        error = hidden @ positive[-1] + z[batch] @ direct + constant - target[batch]
        optimizer.zero_grad()
        error.square().mean().backward()
        optimizer.step()
        with torch.no_grad():
            for weight in positive:
                weight.clamp_(min=0)
    weights = tuple(w.detach().double() for w in positive[:-1])
    paths = (first.detach().double(), *(None for _ in weights))
    fixed = tuple(b.detach().double() for b in biases)
    return ReluNetwork(
        weights, paths, fixed, positive[-1].detach().double(), direct.detach().double(), float(constant.detach())
    )
