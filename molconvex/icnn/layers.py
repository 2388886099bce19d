"""The layer that keeps a function convex: a linear map with weights that are never negative."""

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError
from molconvex.icnn.positivity import Positivity, make_positivity


class ConvexLinear(nn.Module):
    """h -> W h + b with W >= 0: (n, in_features) to (n, out_features). Starts as the mean of its inputs.

    Attributes:
        raw_weight: what is stored and trained; shape (out_features, in_features).
        weight: what acts, `positivity(raw_weight)`, same shape.
        bias: shape (out_features,), unconstrained.

    Raises:
        ConfigError: If a size is below 1 or positivity has no such name.
    """

    def __init__(self, in_features: int, out_features: int, positivity: str | Positivity = "softplus") -> None:
        super().__init__()
        if min(in_features, out_features) < 1:
            raise ConfigError(f"layer sizes must be at least 1, got {in_features} and {out_features}")
        self.in_features, self.out_features = in_features, out_features
        self.positivity = make_positivity(positivity)
        self.raw_weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.zeros(out_features))
        self.set_weight_(torch.full((out_features, in_features), 1.0 / in_features))

    def forward(self, hidden: Tensor) -> Tensor:
        return nn.functional.linear(hidden, self.weight, self.bias)

    @property
    def weight(self) -> Tensor:
        return self.positivity(self.raw_weight)

    @torch.no_grad()
    def set_weight_(self, weight: Tensor) -> None:
        """Store effective weights, through the right inverse taken in float64.

        Raises:
            NetworkError: If a weight is negative, NaN or infinite.
        """
        self.raw_weight.copy_(self.positivity.right_inverse(weight.double()))

    def project_(self) -> None:
        """Clamp raw weights after an optimizer step if positivity is projection; otherwise a no-op."""
        self.positivity.project_(self.raw_weight)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, {self.positivity!r}"
