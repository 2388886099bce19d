"""Muon, in the precision that the machine multiplies fastest; torch's own always uses bf16, slow on many CPUs."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from molconvex.latent.training.precision import fast_dtype

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made nearly orthogonal; for matrices inside a network.

    Args:
        params: Matrices, each of two dimensions.
        lr: Learning rate on the scale of AdamW's: updates have a root mean square of about 0.2.
        momentum: Of the gradient, with Nesterov's correction.
        weight_decay: Decoupled, per step and unit of learning rate.

    Reference: Jordan et al. (2024), Muon; Liu et al. (2025), arXiv:2502.16982 (the scale of the learning rate).
    """

    def __init__(
        self, params: Iterable[Tensor], lr: float, *, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One update of every matrix that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                mean = state.setdefault("momentum_buffer", torch.zeros_like(parameter))
                mean.lerp_(parameter.grad, 1.0 - group["momentum"])
                update = orthogonalized(parameter.grad.lerp(mean, group["momentum"]))
                parameter.mul_(1.0 - group["lr"] * group["weight_decay"])
                parameter.add_(update, alpha=-0.2 * group["lr"] * max(parameter.shape) ** 0.5)


def orthogonalized(matrix: Tensor) -> Tensor:
    """About U V^T of the singular value decomposition U S V^T, by five Newton-Schulz iterations; (m, n) to (m, n)."""
    a, b, c = COEFFICIENTS
    tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.mT if tall else matrix).to(fast_dtype(matrix.device.type))
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if tall else x).to(matrix.dtype)
