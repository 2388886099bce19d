"""Build the trainable networks: convex ones that may start at a linear model, and the unconstrained twin."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from molconvex.icnn import ICNN, DifferenceOfConvex
from molconvex.icnn.layers import ConvexLinear
from molconvex.surrogate.fit.linear import LinearModel
from molconvex.surrogate.fit.network_settings import TrainingSettings

CONVEX_SHARE_AT_START = 0.1
"""Size of the freely initialized part of a warm-started network at the start, as a share of its initialization."""


@dataclass(frozen=True)
class WarmStart:
    """Where a network starts.

    Attributes:
        linear: Linear model of the cost per task; of the property's own cost where the task is a window.
        windows: Per task the window's ends in those costs, None for an open end; None where the task is no window.
        tasks: Per task whether it starts there; the others start at random.
    """

    linear: LinearModel
    windows: Sequence[tuple[float | None, float | None] | None]
    tasks: Sequence[bool]


def build_convex(
    latent_dim: int,
    tasks: int,
    settings: TrainingSettings,
    generator: torch.Generator,
    start: WarmStart | None = None,
) -> ICNN:
    """An input-convex network with principled initialization, (n, d) to (n, tasks).

    Args:
        latent_dim: d.
        tasks: Number of outputs.
        settings: Shape and regularization.
        generator: Randomness of the initialization.
        start: Begin at a linear model, or at the distance of a linear model to a window, with the rest of the network
            small; None begins at random.
    """
    with torch.random.fork_rng(devices=[]):
        network = ICNN(
            latent_dim,
            settings.hidden,
            tasks,
            positivity=settings.positivity,
            passthrough=settings.passthrough,
            output_linear=settings.passthrough or start is not None,
            dropout=settings.dropout,
            input_dropout=settings.input_dropout,
            generator=generator,
        )
    if start is not None:
        _start_at(network, start)
    return network


def build_difference(
    latent_dim: int,
    tasks: int,
    settings: TrainingSettings,
    generator: torch.Generator,
    start: WarmStart | None = None,
) -> DifferenceOfConvex:
    """A difference of two convex networks, (n, d) to (n, tasks); a start is given to the convex part."""
    with torch.random.fork_rng(devices=[]):
        network = DifferenceOfConvex(
            latent_dim,
            settings.hidden,
            tasks,
            positivity=settings.positivity,
            passthrough=settings.passthrough,
            output_linear=settings.passthrough or start is not None,
            dropout=settings.dropout,
            input_dropout=settings.input_dropout,
            generator=generator,
        )
    if start is not None:
        _start_at(network.convex_part, start)
        zeros = LinearModel(torch.zeros_like(start.linear.weight), torch.zeros_like(start.linear.bias))
        _start_at(network.concave_part, WarmStart(zeros, [None] * tasks, [True] * tasks))
    return network


@torch.no_grad()
def _start_at(network: ICNN, start: WarmStart) -> None:
    output, linear = network.output, network.output_linear
    assert linear is not None
    weight = output.weight.clone()
    unit = 0
    for task, window in enumerate(start.windows):
        if not start.tasks[task]:
            continue
        weight[task] *= CONVEX_SHARE_AT_START
        output.bias[task] *= CONVEX_SHARE_AT_START
        slope, offset = start.linear.weight[:, task].to(weight), float(start.linear.bias[task])
        if window is None:
            linear.weight[task] = slope
            output.bias[task] = offset
            continue
        linear.weight[task] = 0.0
        for side, end in zip((-1.0, 1.0), window, strict=True):
            if end is not None and unit < min(network.hidden):
                _carry(network, unit, side * slope, side * (offset - end))
                weight[:, unit] = 0.0
                weight[task, unit] = 1.0
                unit += 1
    output.set_weight_(weight)


def _carry(network: ICNN, unit: int, slope: Tensor, offset: float) -> None:
    """Make this unit of every hidden layer slope^T z + offset (or, without passthrough, its positive part)."""
    network.first.weight[unit] = slope
    network.first.bias[unit] = offset
    for index, layer in enumerate(network.layers):
        assert isinstance(layer, ConvexLinear)
        weight = layer.weight
        weight[unit] *= CONVEX_SHARE_AT_START
        layer.bias[unit] *= CONVEX_SHARE_AT_START
        if network.passthroughs:
            network.passthroughs[index].weight[unit] = slope  # type: ignore[operator]
            layer.bias[unit] += offset
        else:
            weight[unit, unit] = 1.0
        layer.set_weight_(weight)


def build_unconstrained(
    latent_dim: int, tasks: int, settings: TrainingSettings, generator: torch.Generator
) -> nn.Sequential:
    """A plain ReLU network of the same widths, (n, d) to (n, tasks): what convexity is measured against."""
    widths = [latent_dim, *settings.hidden]
    layers: list[nn.Module] = [nn.Dropout(settings.input_dropout)] if settings.input_dropout else []
    for before, after in pairwise(widths):
        layers += [_he_linear(before, after, generator), nn.ReLU()]
        layers += [nn.Dropout(settings.dropout)] if settings.dropout else []
    return nn.Sequential(*layers, _he_linear(widths[-1], tasks, generator))


def _he_linear(before: int, after: int, generator: torch.Generator) -> nn.Linear:
    layer = nn.Linear(before, after, bias=True, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * (2.0 / before) ** 0.5)
        layer.bias.zero_()
    return layer
