"""Convex, non-decreasing activations; their Gaussian moments are in `gaussian_moments`."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError


class Activation(nn.Module):
    """An elementwise convex, non-decreasing function with at most one kink, at zero."""

    name: ClassVar[str]


class LeakyReLU(Activation):
    """max(u, negative_slope * u); a slope of 0 is ReLU.

    Raises:
        ConfigError: If the slope is outside [0, 1): the function would not be convex and non-decreasing, or linear.
    """

    name = "relu"

    def __init__(self, negative_slope: float = 0.0) -> None:
        super().__init__()
        if not 0.0 <= negative_slope < 1.0:
            raise ConfigError(
                f"negative_slope must lie in [0, 1) to be convex and non-decreasing, got {negative_slope}"
            )
        self.negative_slope = negative_slope

    def forward(self, u: Tensor) -> Tensor:
        if self.negative_slope == 0.0:
            return nn.functional.relu(u)
        return nn.functional.leaky_relu(u, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class SoftplusActivation(Activation):
    """log(1 + exp(u)), smooth."""

    name = "softplus"

    def forward(self, u: Tensor) -> Tensor:
        return torch.logaddexp(u, u.new_zeros(()))


class ELU(Activation):
    """u for u >= 0 and exp(u) - 1 below; convex because its slope at zero from the left is not above 1."""

    name = "elu"

    def forward(self, u: Tensor) -> Tensor:
        return nn.functional.elu(u)


class SquaredReLU(Activation):
    """max(u, 0) squared; grows fast, so keep such networks shallow."""

    name = "squared_relu"

    def forward(self, u: Tensor) -> Tensor:
        return nn.functional.relu(u).square()


ACTIVATIONS: dict[str, type[Activation]] = {
    kind.name: kind for kind in (LeakyReLU, SoftplusActivation, ELU, SquaredReLU)
}


def make_activation(activation: str | Activation, negative_slope: float = 0.0) -> Activation:
    """The activation of that name ("relu" takes `negative_slope`), or the activation itself.

    Raises:
        ConfigError: If there is no activation of that name, or a slope is given to one that has none.
    """
    if isinstance(activation, Activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ConfigError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    if activation == LeakyReLU.name:
        return LeakyReLU(negative_slope)
    if negative_slope != 0.0:
        raise ConfigError(f"negative_slope belongs to activation 'relu'; {activation!r} has none, leave it at 0")
    return ACTIVATIONS[activation]()
