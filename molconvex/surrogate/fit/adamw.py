"""AdamW in a page. `torch.optim` imports torch's compiler on first use, longer than a small surrogate trains."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class AdamW:
    """Adam with decoupled weight decay.

    Args:
        decayed: Parameters to train that shrink by learning rate times weight decay at each step.
        kept: Parameters to train that do not.
        weight_decay: Per step and unit of learning rate.
        betas: Decay of the running mean and of the running square.
        eps: Added to the root of the running square.

    Reference: Loshchilov and Hutter (2019), ICLR.
    """

    def __init__(
        self,
        decayed: Iterable[nn.Parameter],
        kept: Iterable[nn.Parameter] = (),
        *,
        weight_decay: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        self.decayed: list[Tensor] = list(decayed)
        self.parameters: list[Tensor] = [*self.decayed, *kept]
        self.weight_decay, self.betas, self.eps = weight_decay, betas, eps
        self.steps = 0
        self._mean = [torch.zeros_like(p) for p in self.parameters]
        self._square = [torch.zeros_like(p) for p in self.parameters]

    def zero_grad(self) -> None:
        """Forget gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """One update from the gradients at hand; a parameter without one counts as zero gradient."""
        self.steps += 1
        first, second = self.betas
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.parameters]
        torch._foreach_lerp_(self._mean, gradients, 1 - first)
        torch._foreach_mul_(self._square, second)
        torch._foreach_addcmul_(self._square, gradients, gradients, 1 - second)
        scale: list[Tensor] = list(torch._foreach_sqrt(self._square))
        torch._foreach_div_(scale, (1 - second**self.steps) ** 0.5)
        torch._foreach_add_(scale, self.eps)
        if self.decayed and self.weight_decay:
            torch._foreach_mul_(self.decayed, 1 - learning_rate * self.weight_decay)
        torch._foreach_addcdiv_(self.parameters, self._mean, scale, -learning_rate / (1 - first**self.steps))

    @torch.no_grad()
    def clip_gradients(self, largest_norm: float) -> None:
        """Scale all gradients down together so that their norm is at most `largest_norm`."""
        gradients = [p.grad for p in self.parameters if p.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(list(torch._foreach_norm(gradients))))
        torch._foreach_mul_(gradients, float((largest_norm / (norm + 1e-6)).clamp(max=1.0)))
