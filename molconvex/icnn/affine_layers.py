"""A network as the list of its affine layers, each with what runs before it: how initialization and plots see it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError, LatentShapeError
from molconvex.icnn.activations import Activation, LeakyReLU
from molconvex.icnn.layers import ConvexLinear


@dataclass(frozen=True)
class Stage:
    """One affine layer: u = layer(before(u_below)) + passthrough(z).

    Attributes:
        layer: plain (first) or convex.
        before: from the pre-activation below (or the input z) to the layer's input.
        activation: the nonlinearity inside `before`, None for the first layer.
        passthrough: linear map of z, or None.
    """

    layer: nn.Linear | ConvexLinear
    before: Callable[[Tensor], Tensor]
    activation: Activation | None = None
    passthrough: nn.Linear | None = None

    def __call__(self, below: Tensor, z: Tensor) -> Tensor:
        """Pre-activation u of this stage."""
        u = self.layer(self.before(below))
        return u if self.passthrough is None else u + self.passthrough(z)

    @property
    def convex(self) -> bool:
        return isinstance(self.layer, ConvexLinear)


def stages_of(model: nn.Module) -> list[Stage]:
    """Stages of an ICNN (anything with a `stages` method) or of an nn.Sequential.

    Raises:
        ConfigError: If the model is neither, or has no affine layer.
    """
    if hasattr(model, "stages"):
        return model.stages()  # type: ignore[operator]
    if not isinstance(model, nn.Sequential):
        raise ConfigError(f"expected an ICNN, a DifferenceOfConvex or an nn.Sequential, got {type(model).__name__}")
    stages: list[Stage] = []
    between: list[nn.Module] = []
    for module in model:
        if isinstance(module, nn.Linear | ConvexLinear):
            stages.append(Stage(module, nn.Sequential(*between), _activation_among(between)))
            between = []
        else:
            between.append(module)
    if not stages:
        raise ConfigError("the nn.Sequential has no linear layer of its own; nest none inside another")
    return stages


def run_stages(stages: list[Stage], z: Tensor) -> Iterator[tuple[Stage, Tensor, Tensor]]:
    """Yield (stage, pre-activation below or z, z) in order; a stage runs only after the caller had its turn with it."""
    below = z
    for stage in stages:
        yield stage, below, z
        below = stage(below, z)


def check_batch(stages: list[Stage], z: Tensor) -> None:
    """Check that z is a batch of at least two finite inputs of the first layer.

    Raises:
        LatentShapeError: If it is not.
    """
    width = stages[0].layer.weight.shape[1]
    if z.ndim != 2 or z.shape[1] != width or len(z) < 2:
        raise LatentShapeError(
            f"statistics over inputs need a batch of shape (n, {width}), n >= 2; got {tuple(z.shape)}"
        )
    if not torch.isfinite(z).all():
        raise LatentShapeError("the batch holds NaN or infinity; drop the rows that could not be encoded")


@torch.no_grad()
def layer_outputs(model: nn.Module, z: Tensor) -> list[Tensor]:
    """Pre-activations u_1, ..., u_L and the output of a model at inference, each (n, k).

    Raises:
        LatentShapeError: If z does not fit the first layer or has fewer than two rows.
    """
    stages = stages_of(model)
    check_batch(stages, z)
    training = model.training
    model.eval()
    try:
        outputs, below = [], z
        for stage in stages:
            below = stage(below, z)
            outputs.append(below)
        return outputs
    finally:
        model.train(training)


def _activation_among(modules: list[nn.Module]) -> Activation | None:
    """The activation in a run of modules; torch's own ReLUs are understood, other nonlinearities are not."""
    found: Activation | None = None
    for module in modules:
        if isinstance(module, Activation):
            found = module
        elif isinstance(module, nn.ReLU):
            found = LeakyReLU()
        elif isinstance(module, nn.LeakyReLU):
            found = LeakyReLU(module.negative_slope)
    return found
