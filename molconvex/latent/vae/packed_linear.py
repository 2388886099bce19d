"""Linear layers by oneDNN, their weights put in its order once: on AMD processors twice as fast as torch's own.

Torch calls oneDNN itself only in programs that it compiles; the two calls here are those that it compiles to.
"""

from functools import cache

import torch
from torch import Tensor, nn

Packed = tuple[tuple[int, int], Tensor]


class PackedLinears:
    """Applies linear layers without bias, and keeps their weights in oneDNN's order until they change."""

    def __init__(self) -> None:
        self._packed: dict[nn.Linear, Packed] = {}

    def __call__(self, layer: nn.Linear, x: Tensor) -> Tensor:
        """What the layer makes of x (n, k) on the CPU, without gradients. Each new n costs about a millisecond."""
        if x.dtype != torch.float32 or torch.is_autocast_enabled("cpu") or not can_pack():
            return layer(x)
        return torch.ops.mkldnn._linear_pointwise(x, self._weight(layer), None, "none", [], "")

    def _weight(self, layer: nn.Linear) -> Tensor:
        state = layer.weight._version, layer.weight.data_ptr()
        known = self._packed.get(layer)
        if known is None or known[0] != state:
            known = self._packed[layer] = state, torch.ops.mkldnn._reorder_linear_weight(layer.weight.detach())
        return known[1]


@cache
def can_pack() -> bool:
    """Whether this torch has what is needed; its builds for some processors do not."""
    try:
        weight = torch.ops.mkldnn._reorder_linear_weight(torch.ones(1, 1))
        torch.ops.mkldnn._linear_pointwise(torch.ones(1, 1), weight, None, "none", [], "")
    except (AttributeError, NotImplementedError, RuntimeError):
        return False
    return True
