"""Small problems with known answers, and small networks that train in a fraction of a second."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.surrogate import FitSettings, TrainingSettings

DIM = 8


@dataclass(frozen=True)
class Problem:
    """Latents and a property of them."""

    z: Tensor
    value: NDArray[np.float64]


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    """Correlated latents with a property that is linear plus a bowl of the given curvature, plus noise."""

    def make(n: int = 600, curvature: float = 0.3, noise: float = 0.05, seed: int = 0) -> Problem:
        rng = np.random.default_rng(seed)
        mix = np.linalg.qr(rng.normal(size=(DIM, DIM)))[0] * rng.uniform(0.3, 2.0, DIM)
        z = rng.normal(size=(n, DIM)) @ mix + rng.normal(size=DIM)
        slope, bowl = rng.normal(size=DIM), rng.normal(size=(DIM, DIM)) / DIM
        value = 5.0 + z @ slope + curvature * np.sum((z @ bowl) ** 2, axis=1) + noise * rng.normal(size=n)
        return Problem(torch.tensor(z, dtype=torch.float32), value)

    return make


QUICK = TrainingSettings(
    hidden=(16, 16),
    warm_start=True,
    dropout=0.0,
    input_noise=0.0,
    learning_rate=5e-3,
    weight_decay=0.01,
    batch_size=128,
    epochs=10,
    least_steps=100,
)


@pytest.fixture(scope="session")
def quick() -> FitSettings:
    """Two small convex members and few steps."""
    return FitSettings(members=2, orientation="convex", training=QUICK)
