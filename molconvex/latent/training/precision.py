"""Whether bf16 is faster than float32 here: five times with matrix instructions for it, a fifth without."""

import time
from contextlib import nullcontext
from functools import lru_cache

import torch


def mixed_precision(device: str) -> torch.autocast | nullcontext[None]:
    """Autocast to bf16 where that is faster on this device type ("cpu", "cuda"), else nothing."""
    if fast_dtype(device) == torch.float32:
        return nullcontext()
    return torch.autocast(device, dtype=torch.bfloat16)


@lru_cache
def fast_dtype(device: str) -> torch.dtype:
    """bf16 or float32, whichever multiplies matrices faster; measured once a process on a CPU."""
    if device != "cpu":
        return torch.bfloat16
    return min((torch.float32, torch.bfloat16), key=_seconds)


def _seconds(dtype: torch.dtype) -> float:
    a, b = torch.ones(512, 256, dtype=dtype), torch.ones(256, 512, dtype=dtype)
    a @ b
    trials = []
    for _ in range(5):
        begin = time.perf_counter()
        a @ b
        trials.append(time.perf_counter() - begin)
    return min(trials)
