"""Maps from stored raw parameters to nonnegative weights, each with a right inverse.

Networks are initialized in *effective* (nonnegative) space and stored through `right_inverse`, so that the weights that
act are the weights that were meant, whatever the map.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from molconvex.exceptions import ConfigError, NetworkError

SMALLEST = 1e-12
"""Stands for a weight of exactly zero where a map reaches zero only in the limit, or has no gradient there."""


class Positivity(ABC):
    """Elementwise map of raw reals to nonnegative weights; `self(self.right_inverse(w)) == w` for w > 0.

    A weight of zero is stored as `SMALLEST` where the map cannot reach it or could not leave it again.
    """

    name: ClassVar[str]

    @abstractmethod
    def __call__(self, raw: Tensor) -> Tensor:
        """Effective weights of raw ones, any shape."""

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Raw parameters whose effective weights are `weight`, any shape.

        Raises:
            NetworkError: If a weight is negative, NaN or infinite.
        """
        if not torch.isfinite(weight).all() or (weight < 0).any():
            raise NetworkError(
                f"weights of a convex layer must be finite and >= 0, got a range of {float(weight.min()):.3g} to "
                f"{float(weight.max()):.3g}; take absolute values or clamp before storing them"
            )
        return self._inverse(weight)

    def project_(self, raw: Tensor) -> None:  # noqa: B027  most maps need none
        """Bring raw parameters back into the map's domain, in place; a no-op for every map but projection."""

    @abstractmethod
    def _inverse(self, weight: Tensor) -> Tensor: ...

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Projection(Positivity):
    """The identity; `project_` clamps at zero after each optimizer step, never during a forward pass."""

    name = "projection"

    def __call__(self, raw: Tensor) -> Tensor:
        return raw

    def _inverse(self, weight: Tensor) -> Tensor:
        return weight.clone()

    @torch.no_grad()
    def project_(self, raw: Tensor) -> None:
        raw.clamp_(min=0.0)


class Softplus(Positivity):
    """log(1 + exp(s raw)) / s with sharpness s.

    Weights of a layer with fan-in n are of order 1 / n. At sharpness 1 they all lie where softplus is an exponential,
    and an optimizer step changes them by a tiny fraction; at the default, steps in `raw` act almost as steps in it.

    Raises:
        ConfigError: If the sharpness is not positive.
    """

    name = "softplus"

    def __init__(self, sharpness: float = 100.0) -> None:
        if not sharpness > 0.0:
            raise ConfigError(f"the sharpness of softplus must be positive, got {sharpness}")
        self.sharpness = sharpness

    def __call__(self, raw: Tensor) -> Tensor:
        return torch.logaddexp(self.sharpness * raw, raw.new_zeros(())) / self.sharpness

    def _inverse(self, weight: Tensor) -> Tensor:
        scaled = self.sharpness * weight.clamp(min=SMALLEST)
        return (scaled + torch.log(-torch.expm1(-scaled))) / self.sharpness

    def __repr__(self) -> str:
        return f"Softplus(sharpness={self.sharpness:g})"


class Exp(Positivity):
    """exp(raw)."""

    name = "exp"

    def __call__(self, raw: Tensor) -> Tensor:
        return raw.exp()

    def _inverse(self, weight: Tensor) -> Tensor:
        return weight.clamp(min=SMALLEST).log()


class Squared(Positivity):
    """raw squared; the right inverse takes the positive root."""

    name = "squared"

    def __call__(self, raw: Tensor) -> Tensor:
        return raw.square()

    def _inverse(self, weight: Tensor) -> Tensor:
        return weight.clamp(min=SMALLEST).sqrt()


POSITIVITIES: dict[str, type[Positivity]] = {kind.name: kind for kind in (Projection, Softplus, Exp, Squared)}


def make_positivity(positivity: str | Positivity) -> Positivity:
    """The map of that name, or the map itself.

    Raises:
        ConfigError: If there is no map of that name.
    """
    if isinstance(positivity, Positivity):
        return positivity
    if positivity not in POSITIVITIES:
        raise ConfigError(f"positivity must be one of {', '.join(POSITIVITIES)}, got {positivity!r}")
    return POSITIVITIES[positivity]()
