"""Data-driven initialization: set a layer so that its units have the wanted statistics on a batch of real inputs."""

import math

import torch
from torch import Tensor, nn

from molconvex.exceptions import NetworkError
from molconvex.icnn.layers import ConvexLinear

_SPREAD_LIMIT = 4.0  # standard deviation of log weights beyond which a row is one input and little else
_BISECTIONS = 16
_PROBES = 64  # rows that estimate a correlation


@torch.no_grad()
def calibrate_plain_(layer: nn.Linear, inputs: Tensor, variance: float, generator: torch.Generator | None) -> None:
    """Random directions, scaled so that each unit has mean 0 and this variance over `inputs`.

    Args:
        layer: is set in place.
        variance: of each unit.
        generator: of the directions.
        inputs: (n, in_features).

    Raises:
        NetworkError: If a unit does not vary over the inputs.
    """
    direction = torch.randn(layer.weight.shape, generator=generator, dtype=torch.float64)
    layer.weight.copy_(direction / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None:
        layer.bias.zero_()
    means, variances = unit_statistics(layer(inputs))
    scale = (variance / variances).sqrt()
    layer.weight.mul_(scale[:, None])
    if layer.bias is not None:
        layer.bias.copy_(-scale * means)


@torch.no_grad()
def calibrate_convex_(
    layer: ConvexLinear, hidden: Tensor, variance: float, correlation: float, generator: torch.Generator | None
) -> None:
    """Log-normal weights: each unit gets mean 0 and this variance over `hidden`, units this mean correlation.

    Row k is exp(s x_k) with standard normal x_k, times the row's own scale; the common s <= 4 is found by bisection,
    since equal weights make units move in step and unequal ones set them apart. The correlation stays above its target
    where that would need a larger s, that is, rows of one weight and little else.

    Args:
        layer: is set in place.
        variance: of each unit.
        correlation: mean of units.
        generator: of the weights.
        hidden: activations of the layer below, (n, in_features).

    Raises:
        NetworkError: If a unit does not vary over the inputs.
    """
    rows = max(len(layer.raw_weight), _PROBES)
    normal = torch.randn((rows, layer.in_features), generator=generator, dtype=torch.float64)
    normal = normal.to(hidden.device)
    spread = _spread_for(correlation, hidden, normal[:_PROBES])
    weight = torch.exp(spread * normal[: len(layer.raw_weight)])
    means, variances = unit_statistics(nn.functional.linear(hidden, weight.to(hidden.dtype)))
    scale = (variance / variances.double()).sqrt()
    layer.set_weight_(weight * scale[:, None])
    layer.bias.copy_(-scale * means)


def _spread_for(correlation: float, hidden: Tensor, normal: Tensor) -> float:
    """The s at which units with weights exp(s x) have this mean correlation, or the limit if they have more."""
    low, high = 0.0, _SPREAD_LIMIT
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        outputs = nn.functional.linear(hidden, torch.exp(middle * normal).to(hidden.dtype))
        apart = mean_correlation(outputs) < correlation
        low, high = (low, middle) if apart else (middle, high)
    return low


def unit_statistics(outputs: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each unit over inputs: (n, k) to (k,), (k,).

    Raises:
        NetworkError: If a variance is zero or not finite.
    """
    flat = outputs.T
    variances = flat.var(1)
    if not (torch.isfinite(variances).all() and (variances > 0).all()):
        raise NetworkError(
            f"calibration needs inputs over which every unit varies; of {len(flat)} units "
            f"{int((~(variances > 0)).sum())} do not. Pass a few hundred different, finite latents"
        )
    return flat.mean(1), variances


def mean_correlation(outputs: Tensor) -> float:
    """Mean correlation of different units over inputs, (n, k); nan if fewer than two vary."""
    flat = outputs.T.double()
    flat = flat[flat.var(1) > 0]
    if (k := len(flat)) < 2:
        return math.nan
    standard = (flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True)
    return float((standard.sum(0).var() - k) / (k * (k - 1)))


@torch.no_grad()
def rescale_sum_(layer: ConvexLinear, passthrough: nn.Linear, hidden: Tensor, z: Tensor, variance: float) -> None:
    """Scale each unit of layer(hidden) + passthrough(z) to this variance over inputs, keeping its mean at 0.

    Both parts see the same z, so their variances do not just add.

    Raises:
        NetworkError: If a unit does not vary over the inputs.
    """
    total = layer(hidden) + passthrough(z)
    _, variances = unit_statistics(total)
    scale = (variance / variances).sqrt()
    layer.set_weight_(layer.weight * scale[:, None])
    passthrough.weight.mul_(scale[:, None])
    layer.bias.copy_(-unit_statistics(layer(hidden) - layer.bias + passthrough(z))[0])
