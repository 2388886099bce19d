"""Initialization of whole networks, in effective weight space, for every positivity."""

import math

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError
from molconvex.icnn.affine_layers import Stage, check_batch, run_stages, stages_of
from molconvex.icnn.initialization.calibration import calibrate_convex_, calibrate_plain_, rescale_sum_
from molconvex.icnn.initialization.initializers import Targets, draw_default, draw_exact, draw_naive, draw_principled
from molconvex.icnn.initialization.weight_moments import check_targets
from molconvex.icnn.layers import ConvexLinear

METHODS = ("default", "naive", "principled", "exact", "calibrated")
_DRAWS = {"default": draw_default, "naive": draw_naive, "principled": draw_principled, "exact": draw_exact}
_CORRELATIONS = {"calibrated": 0.2}  # low, since it only grows from layer to layer; 0.2 trained best at 3 and 7 layers


def initialize(
    model: nn.Module,
    method: str = "principled",
    *,
    generator: torch.Generator | None = None,
    latents: Tensor | None = None,
    variance: float = 1.0,
    correlation: float | None = None,
    bias_noise: float = 0.0,
    passthrough_share: float = 0.5,
) -> None:
    """Initialize a convex network in place.

    * "default": what `torch.nn.Linear` would draw, written into the raw parameters. For comparison.
    * "naive": He-normal effective weights with the negative ones set to zero, zero biases. For comparison.
    * "principled": the published rule; variance over weights and inputs together, at the assumed fixed point.
    * "exact": layer by layer from the moments that arrive; variance over inputs, for inputs like N(0, I).
    * "calibrated": measured on a batch; variance over the inputs of that batch, for every unit. Best on real data.

    The first layer is LeCun-normal with zero bias ("exact": rows of equal norm; "calibrated": scaled and centered by
    the batch). Of the variance that the units of a layer do not share, a passthrough gets `passthrough_share`.

    Args:
        model: ICNN, DifferenceOfConvex (both parts), or nn.Sequential of one plain layer, then convex layers with
            activations between them.
        method: the rule, by its name.
        generator: source of every draw (on the CPU); the global one if None.
        latents: for "calibrated" only: (n, d); a few hundred are enough.
        variance: target variance of pre-activations and outputs.
        correlation: target correlation of different units of a layer, strictly between 0 and 1; default 0.5, and 0.2
            for "calibrated". "exact" and "calibrated" exceed it where nonnegative weights cannot reach it.
        bias_noise: in [0, 1), variance of biases over the draw, in units of (1 - correlation) * variance.
        passthrough_share: in [0, 1].

    Raises:
        ConfigError: If the method is unknown, a number is out of range, latents are missing or the model is not of
            these kinds.
        LatentShapeError: If latents do not fit the model, are fewer than two or not finite.
        NetworkError: If a unit does not vary over the latents.

    Reference: Hoedt & Klambauer (2023), Principled weight initialisation for input-convex neural networks, NeurIPS.
    """
    if method not in METHODS:
        raise ConfigError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    correlation = _CORRELATIONS.get(method, 0.5) if correlation is None else correlation
    check_targets(1, variance, correlation, bias_noise)
    if not 0.0 <= passthrough_share <= 1.0:
        raise ConfigError(f"passthrough_share must lie in [0, 1], got {passthrough_share}")
    targets = Targets(variance, correlation, bias_noise, passthrough_share, generator)
    for part in _parts(model):
        _initialize_part(part, method, latents, targets)


def _parts(model: nn.Module) -> list[nn.Module]:
    parts = [getattr(model, name, None) for name in ("convex_part", "concave_part")]
    return [part for part in parts if isinstance(part, nn.Module)] or [model]


@torch.no_grad()
def _initialize_part(model: nn.Module, method: str, latents: Tensor | None, targets: Targets) -> None:
    stages = stages_of(model)
    if stages[0].convex or not all(stage.convex for stage in stages[1:]):
        raise ConfigError(
            "a convex network starts with one plain layer and continues with convex ones; this one does not"
        )
    if method == "calibrated":
        _calibrate(model, stages, latents, targets)
    else:
        _DRAWS[method](stages, targets)


def _calibrate(model: nn.Module, stages: list[Stage], latents: Tensor | None, targets: Targets) -> None:
    if latents is None:
        raise ConfigError("method 'calibrated' needs a batch of latents; pass latents=z[:1024], for example")
    check_batch(stages, latents)
    training = model.training
    model.eval()
    try:
        for stage, below, z in run_stages(stages, latents):
            _calibrate_stage(stage, below, z, targets)
    finally:
        model.train(training)


def _calibrate_stage(stage: Stage, below: Tensor, z: Tensor, targets: Targets) -> None:
    layer, hidden, q = stage.layer, stage.before(below), targets.variance
    if not isinstance(layer, ConvexLinear):
        return calibrate_plain_(layer, hidden, q, targets.generator)
    passed = targets.passed(stage)
    calibrate_convex_(layer, hidden, q - passed, targets.correlation * q / (q - passed), targets.generator)
    if stage.passthrough is not None and passed > 0.0:
        calibrate_plain_(stage.passthrough, z, passed, targets.generator)
        rescale_sum_(layer, stage.passthrough, hidden, z, q)
    elif stage.passthrough is not None:
        stage.passthrough.weight.zero_()
    noise = torch.randn(layer.bias.shape, generator=targets.generator).to(layer.bias)
    layer.bias.add_(noise * math.sqrt(targets.bias_noise * (1.0 - targets.correlation) * q))
    return None
