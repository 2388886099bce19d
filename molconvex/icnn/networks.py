"""Input-convex networks, and differences of two of them."""

import copy
from collections.abc import Iterator, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from molconvex.exceptions import ConfigError, LatentShapeError, NetworkError
from molconvex.icnn.activations import Activation, LeakyReLU, make_activation
from molconvex.icnn.affine_layers import Stage
from molconvex.icnn.initialization.initialize import initialize
from molconvex.icnn.layers import ConvexLinear
from molconvex.icnn.positivity import Positivity
from molconvex.icnn.relu_network import ReluNetwork


class ICNN(nn.Module):
    """A network convex in its input, with `output_dim` outputs that share one body.

        u_1 = A_1 z + b_1
        u_l = W_l phi(u_{l-1}) + A_l z + b_l           W_l >= 0, A_l only with passthrough
        f(z) = C phi(u_L) + A z + b                    C >= 0, A only with output_linear

    Convex in `eval` mode, after `project_` if positivity is projection. Dropout scales activations by numbers >= 0, so
    a training pass with a fixed mask is convex as well.

    Args:
        input_dim: d.
        hidden: widths of the hidden layers, at least one.
        output_dim: number of outputs k.
        positivity: "softplus", "exp", "squared", or "projection" (then call `project_` after every optimizer step).
        passthrough: give every hidden layer its own linear view of z. Minimizing such a network needs a bounded region.
        output_linear: give the outputs a linear term in z; default as passthrough.
        activation: "relu", "softplus", "elu" or "squared_relu"; only "relu" can be certified.
        negative_slope: of "relu", in [0, 1).
        dropout, input_dropout: probabilities while training, on hidden activations and on z.
        method, generator: as in `initialize`. For "calibrated", which needs latents, call `initialize` afterwards.

    Raises:
        ConfigError: If a size, name or probability is out of range.

    Reference: Amos, Xu & Kolter (2017), ICML; Hoedt & Klambauer (2023), NeurIPS.
    """

    def __init__(  # noqa: PLR0913 - a network's arguments are its settings
        self,
        input_dim: int,
        hidden: Sequence[int] = (128, 128),
        output_dim: int = 1,
        *,
        positivity: str | Positivity = "softplus",
        passthrough: bool = False,
        output_linear: bool | None = None,
        activation: str | Activation = "relu",
        negative_slope: float = 0.0,
        dropout: float = 0.0,
        input_dropout: float = 0.0,
        method: str = "principled",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        _check_sizes(input_dim, hidden, output_dim, dropout, input_dropout)
        self.input_dim, self.hidden, self.output_dim = input_dim, tuple(hidden), output_dim
        output_linear = passthrough if output_linear is None else output_linear
        self.activation = make_activation(activation, negative_slope)
        self.dropout, self.input_dropout = nn.Dropout(dropout), nn.Dropout(input_dropout)
        self.first = nn.Linear(input_dim, self.hidden[0])
        pairs = list(zip(self.hidden[:-1], self.hidden[1:], strict=True))
        self.layers = nn.ModuleList([ConvexLinear(before, after, positivity) for before, after in pairs])
        skips = [nn.Linear(input_dim, width, bias=False) for width in self.hidden[1:]] if passthrough else []
        self.passthroughs = nn.ModuleList(skips)
        self.output = ConvexLinear(self.hidden[-1], output_dim, positivity)
        self.output_linear = nn.Linear(input_dim, output_dim, bias=False) if output_linear else None
        initialize(self, method, generator=generator)

    def preactivations(self, z: Tensor) -> Iterator[Tensor]:
        """u_1, ..., u_L of shapes (n, h_l), then the outputs (n, output_dim); z is (n, d)."""
        self._check(z)
        z = self.input_dropout(z)
        u = self.first(z)
        yield u
        for index, layer in enumerate(self.layers):
            u = layer(self.dropout(self.activation(u)))
            if self.passthroughs:
                u = u + self.passthroughs[index](z)
            yield u
        output = self.output(self.dropout(self.activation(u)))
        yield output if self.output_linear is None else output + self.output_linear(z)

    def forward(self, z: Tensor) -> Tensor:
        """Convex values, (n, d) to (n, output_dim).

        Raises:
            LatentShapeError: If z is not (n, input_dim).
        """
        *_, output = self.preactivations(z)
        return output

    def stages(self) -> list[Stage]:
        """The affine layers in order, without dropout; see `stages.Stage`."""
        layers = cast(list[ConvexLinear], list(self.layers))
        skips = cast(list[nn.Linear | None], list(self.passthroughs) or [None] * len(layers))
        body = [Stage(layer, self.activation, self.activation, skip) for layer, skip in zip(layers, skips, strict=True)]
        last = Stage(self.output, self.activation, self.activation, self.output_linear)
        return [Stage(self.first, nn.Identity()), *body, last]

    def project_(self) -> None:
        """Make weights nonnegative again; call after every optimizer step. A no-op unless positivity is projection."""
        for module in self.modules():
            if isinstance(module, ConvexLinear):
                module.project_()

    @torch.no_grad()
    def convex_networks(self) -> list[ReluNetwork]:
        """The outputs at inference (no dropout) as plain numbers: float64, on CPU, detached.

        Raises:
            NetworkError: If the activation is not (leaky) ReLU, a weight is negative, or a number is not finite.
        """
        if not isinstance(self.activation, LeakyReLU):
            raise NetworkError(
                f"only (leaky) ReLU networks have a certificate, this one uses {self.activation.name!r}; "
                "train it with activation='relu'"
            )
        if any((layer.weight < 0).any() for layer in (*self.layers, self.output)):
            raise NetworkError("a hidden weight is negative, so the network is not convex; call project_() first")
        exact = copy.deepcopy(self).to("cpu", torch.float64)
        arrays = [_arrays(stage) for stage in exact.stages()[:-1]]
        output, linear = exact.output.weight.detach(), exact.output_linear
        return [
            ReluNetwork(
                weights=tuple(weight for weight, _, _ in arrays[1:]),
                inputs=(arrays[0][0], *(skip for _, skip, _ in arrays[1:])),
                biases=tuple(bias for _, _, bias in arrays),
                output_weight=output[k],
                output_input=None if linear is None else linear.weight[k].detach(),
                constant=float(exact.output.bias[k]),
                negative_slope=self.activation.negative_slope,
            )
            for k in range(self.output_dim)
        ]

    def _check(self, z: Tensor) -> None:
        if z.ndim != 2 or z.shape[1] != self.input_dim:
            raise LatentShapeError(
                f"latents must have shape (n, {self.input_dim}), got {tuple(z.shape)}; a single point is z[None, :]"
            )


class DifferenceOfConvex(nn.Module):
    """f(z) = convex_part(z) - concave_part(z), (n, d) to (n, output_dim): not convex, so its minima are only local.

    Both parts are `ICNN`s (each convex) built with the same arguments, which are those of `ICNN`.
    """

    def __init__(
        self, input_dim: int, hidden: Sequence[int] = (128, 128), output_dim: int = 1, **settings: object
    ) -> None:
        super().__init__()
        self.convex_part = ICNN(input_dim, hidden, output_dim, **settings)  # type: ignore[arg-type]
        self.concave_part = ICNN(input_dim, hidden, output_dim, **settings)  # type: ignore[arg-type]

    def forward(self, z: Tensor) -> Tensor:
        return self.convex_part(z) - self.concave_part(z)

    def project_(self) -> None:
        """`ICNN.project_` of both parts."""
        self.convex_part.project_()
        self.concave_part.project_()


def _arrays(stage: Stage) -> tuple[Tensor, Tensor | None, Tensor]:
    """(weight, passthrough, bias) of a hidden layer."""
    weight, bias = stage.layer.weight.detach(), cast(Tensor, stage.layer.bias).detach()
    return weight, None if stage.passthrough is None else stage.passthrough.weight.detach(), bias


def _check_sizes(input_dim: int, hidden: Sequence[int], output_dim: int, *probabilities: float) -> None:
    if not hidden:
        raise ConfigError("an ICNN needs at least one hidden layer; pass hidden=(128, 128), for example")
    if min(input_dim, output_dim, *hidden) < 1:
        raise ConfigError(f"layer sizes must be at least 1, got {input_dim}, {tuple(hidden)}, {output_dim}")
    if not all(0.0 <= p < 1.0 for p in probabilities):
        raise ConfigError(f"dropout probabilities must lie in [0, 1), got {probabilities}")
