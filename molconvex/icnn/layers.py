"""Layers that keep a function convex: nonnegative linear and convolutional maps, and a normalization."""

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError
from molconvex.icnn.positivity import Positivity, make_positivity


class ConvexLayer(nn.Module):
    """Base of layers with nonnegative effective weights and an unconstrained bias.

    Attributes:
        raw_weight: what is stored and trained; shape (out, ...).
        weight: what acts, `positivity(raw_weight)`, same shape.
        bias: shape (out,).
        fan_in: number of incoming units that one output unit sums over.
    """

    def __init__(self, weight_shape: tuple[int, ...], positivity: str | Positivity) -> None:
        super().__init__()
        if min(weight_shape) < 1:
            raise ConfigError(f"layer sizes must be at least 1, got a weight of shape {weight_shape}")
        self.positivity = make_positivity(positivity)
        self.raw_weight = nn.Parameter(torch.empty(weight_shape))
        self.bias = nn.Parameter(torch.zeros(weight_shape[0]))
        self.set_weight_(torch.full(weight_shape, 1.0 / self.fan_in))

    def forward(self, hidden: Tensor) -> Tensor:
        return self.map_with(hidden, self.weight, self.bias)

    def map_with(self, hidden: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        """The layer's map with other effective weights, of any number of units."""
        raise NotImplementedError

    @property
    def weight(self) -> Tensor:
        return self.positivity(self.raw_weight)

    @property
    def fan_in(self) -> int:
        return self.raw_weight[0].numel()

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


class ConvexLinear(ConvexLayer):
    """h -> W h + b with W >= 0: (n, in_features) to (n, out_features). Starts as the mean of its inputs.

    Raises:
        ConfigError: If a size is below 1 or positivity has no such name.
    """

    def __init__(self, in_features: int, out_features: int, positivity: str | Positivity = "softplus") -> None:
        self.in_features, self.out_features = in_features, out_features
        super().__init__((out_features, in_features), positivity)

    def map_with(self, hidden: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return nn.functional.linear(hidden, weight, bias)

    def extra_repr(self) -> str:
        return f"{self.in_features}, {self.out_features}, {self.positivity!r}"


class ConvexConv2d(ConvexLayer):
    """2-D cross-correlation with a nonnegative kernel: (n, in_channels, h, w) to (n, out_channels, h', w').

    Raises:
        ConfigError: If a size is below 1 or positivity has no such name.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        *,
        stride: int = 1,
        padding: int = 0,
        positivity: str | Positivity = "softplus",
    ) -> None:
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding
        super().__init__((out_channels, in_channels, kernel_size, kernel_size), positivity)

    def map_with(self, hidden: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        return nn.functional.conv2d(hidden, weight, bias, self.stride, self.padding)

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, {self.kernel_size}, {self.positivity!r}"


class ConvexNorm(nn.Module):
    """Normalize each feature by running statistics, with a nonnegative scale: affine and non-decreasing at inference.

    While training (and not frozen) the batch's own mean and variance over inputs (and positions) normalize, and update
    the running ones. Those couple the points of a batch, so only the frozen or `eval` layer is convex in its input.

    Shapes: (n, features) or (n, features, h, w), unchanged.
    """

    running_mean: Tensor
    running_variance: Tensor

    def __init__(
        self, features: int, *, positivity: str | Positivity = "softplus", momentum: float = 0.1, eps: float = 1e-5
    ) -> None:
        super().__init__()
        self.positivity = make_positivity(positivity)
        self.momentum, self.eps, self.frozen = momentum, eps, False
        self.raw_scale = nn.Parameter(torch.empty(features))
        self.shift = nn.Parameter(torch.empty(features))
        self.register_buffer("running_mean", torch.empty(features))
        self.register_buffer("running_variance", torch.empty(features))
        self.reset_()

    @torch.no_grad()
    def reset_(self) -> None:
        """Become the identity (but for eps): scale 1, shift 0, running mean 0 and variance 1."""
        self.raw_scale.copy_(self.positivity.right_inverse(torch.ones_like(self.raw_scale)))
        self.shift.zero_()
        self.running_mean.zero_()
        self.running_variance.fill_(1.0)

    def freeze(self, frozen: bool = True) -> None:
        """Use (and keep) the running statistics even while training."""
        self.frozen = frozen

    def project_(self) -> None:
        """Clamp the raw scale after an optimizer step if positivity is projection; otherwise a no-op."""
        self.positivity.project_(self.raw_scale)

    def affine(self) -> tuple[Tensor, Tensor]:
        """Factor (>= 0) and offset of the map at inference, each of shape (features,)."""
        factor = self.positivity(self.raw_scale) / (self.running_variance + self.eps).sqrt()
        return factor, self.shift - factor * self.running_mean

    def forward(self, u: Tensor) -> Tensor:
        if self.training and not self.frozen:
            self._update(u.detach())
            scale = self.positivity(self.raw_scale)
            return nn.functional.batch_norm(u, None, None, scale, self.shift, training=True, eps=self.eps)
        factor, offset = self.affine()
        view = (1, -1) + (1,) * (u.ndim - 2)
        return u * factor.view(view) + offset.view(view)

    @torch.no_grad()
    def _update(self, u: Tensor) -> None:
        over = [axis for axis in range(u.ndim) if axis != 1]
        self.running_mean.lerp_(u.mean(over), self.momentum)
        self.running_variance.lerp_(u.var(over), self.momentum)
