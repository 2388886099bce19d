"""Every trained surrogate is convex: on many segments, in float64, for every sense, aggregate and positivity."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from molconvex.surrogate import ConvexSurrogate, FitSettings, Target, TrainingSettings, fit_surrogate, make_dataset

TARGETS = [
    Target("value", "", "minimize"),
    Target("value", "", "maximize"),
    Target("value", "", "window", -0.5, 0.5),
    Target("value", "", "classify", wanted=0),
    Target("value", "", "classify", wanted=1),
]
VARIANTS = [
    TrainingSettings(),
    TrainingSettings(hidden=(32, 32), passthrough=False, warm_start=False, positivity="projection"),
    TrainingSettings(hidden=(32, 32, 32), positivity="exp", dropout=0.1),
    TrainingSettings(hidden=(32, 32), weight_decay=0.01, input_noise=0.0),
    TrainingSettings(positivity="squared", hidden=(32,)),
]


def violation(cost: object, a: Tensor, b: Tensor, share: Tensor) -> float:
    """Largest f(share a + (1 - share) b) - share f(a) - (1 - share) f(b), relative to the size of the values."""
    middle = share[:, None] * a + (1 - share[:, None]) * b
    left, right = cost(a), cost(b)  # type: ignore[operator]
    excess = cost(middle) - share * left - (1 - share) * right  # type: ignore[operator]
    return float((excess / (1 + left.abs() + right.abs())).max())


@pytest.fixture(scope="module")
def segments() -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(1)
    size = torch.logspace(-2, 2, 4000, dtype=torch.float64)[:, None]
    a, b = (size * torch.randn(4000, 6, generator=generator, dtype=torch.float64) for _ in range(2))
    return a, b, torch.rand(4000, generator=generator, dtype=torch.float64)


def trained(target: Target, training: TrainingSettings, orientation: str) -> ConvexSurrogate:
    """Of values that are convex in no direction, so that every constraint is felt."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 6))
    value = np.sin(2 * z[:, 0]) + z[:, 1] * z[:, 2]
    value = (value > 0).astype(float) if target.sense == "classify" else value
    small = replace(training, hidden=tuple(16 for _ in training.hidden), batch_size=64, most_steps=120)
    settings = FitSettings(members=3, training=small, orientation=orientation)  # type: ignore[arg-type]
    return fit_surrogate(make_dataset(torch.tensor(z, dtype=torch.float32), value, target), settings)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: f"{t.sense}{'' if t.wanted is None else t.wanted}")
@pytest.mark.parametrize("training", VARIANTS, ids=lambda s: f"{s.positivity}-{len(s.hidden)}")
def test_trained_costs_are_convex(
    target: Target, training: TrainingSettings, segments: tuple[Tensor, Tensor, Tensor]
) -> None:
    surrogate = trained(target, training, "convex")
    for aggregate in ("mean", "max", "cvar:0.4"):
        assert violation(surrogate.with_aggregate(aggregate).cost, *segments) <= 1e-12
    assert violation(lambda z: -surrogate.cost(z), *segments) > 1e-6


@pytest.mark.parametrize("target", [TARGETS[0], TARGETS[1], TARGETS[3]], ids=lambda t: t.sense)
@pytest.mark.parametrize("training", VARIANTS[:2], ids=lambda s: s.positivity)
def test_trained_costs_of_the_other_orientation_are_concave(
    target: Target, training: TrainingSettings, segments: tuple[Tensor, Tensor, Tensor]
) -> None:
    surrogate = trained(target, training, "concave")
    for member in range(3):
        assert violation(lambda z, m=member: -surrogate.member_costs(z)[m], *segments) <= 1e-12
    assert violation(lambda z: -surrogate.cost(z), *segments) <= 1e-12
    assert violation(surrogate.cost, *segments) > 1e-6
