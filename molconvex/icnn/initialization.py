"""Initialization of whole networks, in effective weight space, for every positivity."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError
from molconvex.icnn.activations import LeakyReLU
from molconvex.icnn.calibration import calibrate_convex_, calibrate_plain_, rescale_sum_
from molconvex.icnn.layers import ConvexLayer, ConvexNorm
from molconvex.icnn.sampling import lognormal_weights, matched_lognormal_weights
from molconvex.icnn.stages import Stage, run_stages, stages_of
from molconvex.icnn.weight_moments import (
    WeightMoments,
    check_targets,
    exact_moments,
    incoming_from_gaussian,
    incoming_from_input,
    principled_moments,
)

METHODS = ("default", "naive", "principled", "exact", "calibrated")


@dataclass(frozen=True)
class _Targets:
    """What every layer is drawn for; see `initialize`."""

    variance: float
    correlation: float
    bias_noise: float
    passthrough_share: float
    generator: torch.Generator | None

    def shares(self, stage: Stage) -> tuple[float, float]:
        """Variance of the passthrough, and the fraction of unshared variance left to the convex weights."""
        if stage.passthrough is None:
            return 0.0, 1.0
        unshared = (1.0 - self.correlation) * self.variance
        return self.passthrough_share * unshared, 1.0 - self.passthrough_share


def initialize(
    model: nn.Module,
    method: str = "principled",
    *,
    generator: torch.Generator | None = None,
    latents: Tensor | None = None,
    variance: float = 1.0,
    correlation: float = 0.5,
    bias_noise: float = 0.0,
    passthrough_share: float = 0.5,
) -> None:
    """Initialize a convex network in place.

    * "default": what `torch.nn.Linear` would draw, written into the raw parameters. For comparison.
    * "naive": He-normal effective weights with the negative ones set to zero, zero biases. For comparison.
    * "principled": the published rule; variance over weights and inputs together, at the assumed fixed point.
    * "exact": layer by layer from the moments that arrive; variance over inputs, for inputs like N(0, I).
    * "calibrated": measured on a batch; variance over the inputs of that batch, for every unit.

    The first layer is LeCun-normal with zero bias (rows of equal norm for "exact", scaled by the batch for "calibrated").
    Of the variance (1 - correlation) * variance that units do not share, a passthrough gets `passthrough_share`; in "exact"
    and "calibrated" the convex part then has less to spread, so its weights are less heavy-tailed.

    Args:
        model: ICNN, DifferenceOfConvex (both parts), or nn.Sequential of one plain layer, then convex layers with
            activations, normalization, flattening and pooling. Only "calibrated" sees what pooling does.
        generator: source of every draw; the global one if None.
        latents: for "calibrated" only: (n, d), or images (n, c, h, w); a few hundred are enough.
        variance: target variance of pre-activations and outputs.
        correlation: target correlation of different units of a layer, strictly between 0 and 1.
        bias_noise: in [0, 1), variance of biases over the draw, in units of (1 - correlation) * variance.
        passthrough_share: in [0, 1].

    Raises:
        ConfigError: If the method is unknown, a number is out of range, latents are missing or the model is of no such kind.
        NetworkError: If a unit does not vary over the latents.

    Reference: Hoedt & Klambauer (2023), Principled weight initialisation for input-convex neural networks, NeurIPS.
    """
    check_targets(1, variance, correlation, bias_noise)
    if not 0.0 <= passthrough_share <= 1.0:
        raise ConfigError(f"passthrough_share must lie in [0, 1], got {passthrough_share}")
    if method not in METHODS:
        raise ConfigError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    targets = _Targets(variance, correlation, bias_noise, passthrough_share, generator)
    for part in (model.convex_part, model.concave_part) if hasattr(model, "concave_part") else (model,):
        _initialize_part(part, method, latents, targets)


@torch.no_grad()
def _initialize_part(model: nn.Module, method: str, latents: Tensor | None, targets: _Targets) -> None:
    stages = stages_of(model)
    if any(not stage.convex for stage in stages[1:]):
        raise ConfigError("only the first layer of a convex network may be a plain one; make the others convex layers")
    for module in model.modules():
        if isinstance(module, ConvexNorm):
            module.reset_()
    if method == "calibrated":
        return _calibrate(model, stages, latents, targets)
    draw = {"default": _draw_default, "naive": _draw_naive, "principled": _draw_principled, "exact": _draw_exact}[
        method
    ]
    for index, stage in enumerate(stages):
        draw(index, stage, stages[0], targets)
    return None


def _draw_default(index: int, stage: Stage, first: Stage, targets: _Targets) -> None:
    for layer in _layers(stage):
        weight = layer.raw_weight if isinstance(layer, ConvexLayer) else layer.weight
        bound = weight[0].numel() ** -0.5
        weight.uniform_(-bound, bound, generator=targets.generator)
        if layer.bias is not None:
            layer.bias.uniform_(-bound, bound, generator=targets.generator)
        if isinstance(layer, ConvexLayer):
            layer.project_()


def _draw_naive(index: int, stage: Stage, first: Stage, targets: _Targets) -> None:
    for layer in _layers(stage):
        if isinstance(layer, ConvexLayer):
            layer.set_weight_(_normal(layer, 2.0, targets.generator).clamp(min=0.0))
            layer.bias.zero_()
        else:
            _draw_plain(layer, targets.variance, targets.generator)


def _draw_principled(index: int, stage: Stage, first: Stage, targets: _Targets) -> None:
    layer = stage.layer
    if not isinstance(layer, ConvexLayer):
        return _draw_plain(layer, targets.variance, targets.generator)
    moments = principled_moments(
        layer.fan_in,
        activation=stage.activation or LeakyReLU(),
        variance=targets.variance,
        correlation=targets.correlation,
        bias_noise=targets.bias_noise,
    )
    return _store(stage, moments, lognormal_weights, targets)


def _draw_exact(index: int, stage: Stage, first: Stage, targets: _Targets) -> None:
    layer = stage.layer
    if not isinstance(layer, ConvexLayer):
        return _draw_plain(layer, targets.variance, targets.generator, equal_norms=True)
    activation = stage.activation or LeakyReLU()
    if index == 1:
        incoming = incoming_from_input(activation, targets.variance, first.layer.weight[0].numel())  # type: ignore[index]
    else:
        incoming = incoming_from_gaussian(activation, targets.variance, targets.correlation)
    moments = exact_moments(
        layer.fan_in,
        incoming,
        variance=targets.variance,
        correlation=targets.correlation,
        bias_noise=targets.bias_noise,
    )
    return _store(stage, moments, matched_lognormal_weights, targets)


def _store(stage: Stage, moments: WeightMoments, draw: Callable[..., Tensor], targets: _Targets) -> None:
    """Draw a convex layer's weights and biases from their moments, and its passthrough."""
    layer = stage.layer
    assert isinstance(layer, ConvexLayer)
    passed, left = targets.shares(stage)
    layer.set_weight_(draw(tuple(layer.raw_weight.shape), moments.mean, moments.variance * left, targets.generator))
    noise = torch.randn(layer.bias.shape, generator=targets.generator, dtype=torch.float64)
    layer.bias.copy_(moments.bias_mean + math.sqrt(moments.bias_variance) * noise)
    if stage.passthrough is not None:
        _draw_plain(stage.passthrough, passed, targets.generator)


def _calibrate(model: nn.Module, stages: list[Stage], latents: Tensor | None, targets: _Targets) -> None:
    if latents is None or latents.ndim < 2 or len(latents) < 2 or not torch.isfinite(latents).all():
        came = "none" if latents is None else f"shape {tuple(latents.shape)}"
        raise ConfigError(
            f"method 'calibrated' needs a batch of at least two finite latents, got {came}; pass latents=z[:512]"
        )
    training = model.training
    model.eval()
    for stage, below, z in run_stages(stages, latents):
        _calibrate_stage(stage, below, z, targets)
    model.train(training)


def _calibrate_stage(stage: Stage, below: Tensor, z: Tensor, targets: _Targets) -> None:
    layer, hidden, q = stage.layer, stage.before(below), targets.variance
    if not isinstance(layer, ConvexLayer):
        return calibrate_plain_(layer, hidden, q, targets.generator)
    passed, _ = targets.shares(stage)
    calibrate_convex_(layer, hidden, q - passed, targets.correlation * q / (q - passed), targets.generator)
    if stage.passthrough is not None and passed > 0.0:
        calibrate_plain_(stage.passthrough, z, passed, targets.generator)
        rescale_sum_(layer, stage.passthrough, hidden, z, q)
    elif stage.passthrough is not None:
        stage.passthrough.weight.zero_()
    noise = torch.randn(layer.bias.shape, generator=targets.generator).to(layer.bias)
    layer.bias.add_(noise * math.sqrt(targets.bias_noise * (1.0 - targets.correlation) * q))
    return None


def _draw_plain(
    layer: nn.Linear | nn.Conv2d, variance: float, generator: torch.Generator | None, *, equal_norms: bool = False
) -> None:
    """Variance over weights and inputs (over inputs for equal norms) of each unit, for inputs of unit second moment."""
    weight = _normal(layer, variance, generator)
    if equal_norms:
        weight = nn.functional.normalize(weight.flatten(1), dim=1).view_as(weight) * math.sqrt(variance)
    layer.weight.copy_(weight)
    if layer.bias is not None:
        layer.bias.zero_()


def _normal(layer: nn.Module, gain: float, generator: torch.Generator | None) -> Tensor:
    """N(0, gain / fan_in) in float64, shaped as the layer's weight."""
    weight = layer.raw_weight if isinstance(layer, ConvexLayer) else layer.weight
    draw = torch.randn(weight.shape, generator=generator, dtype=torch.float64)  # type: ignore[union-attr, arg-type]
    return draw * math.sqrt(gain / weight[0].numel())  # type: ignore[index, union-attr, operator]


def _layers(stage: Stage) -> list[nn.Linear | nn.Conv2d | ConvexLayer]:
    return [stage.layer] if stage.passthrough is None else [stage.layer, stage.passthrough]
