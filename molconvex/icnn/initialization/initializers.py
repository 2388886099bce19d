"""Initialization of a network's stages from theory alone: default, naive, principled, exact."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from molconvex.icnn.activations import LeakyReLU
from molconvex.icnn.affine_layers import Stage
from molconvex.icnn.initialization.common_mode import CommonMode
from molconvex.icnn.initialization.log_normal import lognormal_weights, matched_lognormal_weights
from molconvex.icnn.initialization.weight_moments import (
    WeightMoments,
    exact_moments,
    incoming_from_input,
    principled_moments,
)
from molconvex.icnn.layers import ConvexLinear


@dataclass(frozen=True)
class Targets:
    """What every layer is drawn for; see `initialize`."""

    variance: float
    correlation: float
    bias_noise: float
    passthrough_share: float
    generator: torch.Generator | None

    def passed(self, stage: Stage) -> float:
        """Variance that the stage's passthrough is to have."""
        if stage.passthrough is None:
            return 0.0
        return self.passthrough_share * (1.0 - self.correlation) * self.variance


def draw_default(stages: list[Stage], targets: Targets) -> None:
    """Uniform in +-1/sqrt(fan-in) for raw weights and biases."""
    for layer in _layers(stages):
        weight = layer.raw_weight if isinstance(layer, ConvexLinear) else layer.weight
        bound = weight[0].numel() ** -0.5
        weight.uniform_(-bound, bound, generator=targets.generator)
        if layer.bias is not None:
            layer.bias.uniform_(-bound, bound, generator=targets.generator)
        if isinstance(layer, ConvexLinear):
            layer.project_()


def draw_naive(stages: list[Stage], targets: Targets) -> None:
    """He-normal effective weights clamped at zero; LeCun-normal plain layers; no biases."""
    for layer in _layers(stages):
        if isinstance(layer, ConvexLinear):
            layer.set_weight_(_normal(layer.raw_weight, 2.0, targets.generator).clamp(min=0.0))
            layer.bias.zero_()
        else:
            _draw_plain(layer, targets.variance, targets.generator)


def draw_principled(stages: list[Stage], targets: Targets) -> None:
    """The published rule; every convex layer assumes the fixed point below it."""
    for stage in stages:
        layer = stage.layer
        if not isinstance(layer, ConvexLinear):
            _draw_plain(layer, targets.variance, targets.generator)
            continue
        moments = principled_moments(
            layer.in_features,
            activation=stage.activation or LeakyReLU(),
            variance=targets.variance,
            correlation=targets.correlation,
            bias_noise=targets.bias_noise,
            passed=targets.passed(stage),
        )
        _store(stage, layer, moments, lognormal_weights, targets)


def draw_exact(stages: list[Stage], targets: Targets) -> None:
    """Layer by layer: moments that arrive, then weights for them, then what they send on."""
    _draw_plain(stages[0].layer, targets.variance, targets.generator, equal_norms=True)
    input_dim, mode = stages[0].layer.weight[0].numel(), None
    for stage in stages[1:]:
        layer, activation = stage.layer, stage.activation or LeakyReLU()
        assert isinstance(layer, ConvexLinear)
        if mode is None:
            incoming = incoming_from_input(activation, targets.variance, input_dim)
        else:
            incoming = mode.incoming(activation)
        moments = exact_moments(
            layer.in_features,
            incoming,
            variance=targets.variance,
            correlation=targets.correlation,
            bias_noise=targets.bias_noise,
            passed=targets.passed(stage),
        )
        _store(stage, layer, moments, matched_lognormal_weights, targets)
        if mode is None:
            shared = moments.covariance(layer.in_features, incoming)
            mode = CommonMode.first(shared, targets.variance - shared, moments.bias_variance)
        else:
            mode = mode.next(activation, layer.in_features, moments, targets.variance, targets.passed(stage))


def _store(
    stage: Stage, layer: ConvexLinear, moments: WeightMoments, draw: Callable[..., Tensor], targets: Targets
) -> None:
    """Draw a convex layer's weights and biases from their moments, and its passthrough."""
    layer.set_weight_(draw(tuple(layer.raw_weight.shape), moments.mean, moments.variance, targets.generator))
    noise = torch.randn(layer.bias.shape, generator=targets.generator, dtype=torch.float64)
    layer.bias.copy_(moments.bias_mean + math.sqrt(moments.bias_variance) * noise)
    if stage.passthrough is not None:
        _draw_plain(stage.passthrough, targets.passed(stage), targets.generator)


def _draw_plain(
    layer: nn.Module, variance: float, generator: torch.Generator | None, equal_norms: bool = False
) -> None:
    """Units of this variance over weights and inputs (over inputs alone for equal norms), if inputs have E[z^2] = 1."""
    assert isinstance(layer, nn.Linear)
    weight = _normal(layer.weight, variance, generator)
    if equal_norms:
        weight = nn.functional.normalize(weight, dim=1) * math.sqrt(variance)
    layer.weight.copy_(weight)
    if layer.bias is not None:
        layer.bias.zero_()


def _normal(like: Tensor, gain: float, generator: torch.Generator | None) -> Tensor:
    """N(0, gain / fan_in) in float64, of that shape."""
    draw = torch.randn(like.shape, generator=generator, dtype=torch.float64)
    return draw * math.sqrt(gain / like[0].numel())


def _layers(stages: list[Stage]) -> list[nn.Linear | ConvexLinear]:
    layers: list[nn.Linear | ConvexLinear] = []
    for stage in stages:
        layers += [stage.layer] if stage.passthrough is None else [stage.layer, stage.passthrough]
    return layers
