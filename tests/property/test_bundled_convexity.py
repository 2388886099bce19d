"""Every bundled surrogate is convex, or concave where it says so: float64, many segments near and beyond latents."""

import json

import pytest
import torch
from torch import Tensor

from molconvex.files import data_path
from molconvex.latent import reference_set
from molconvex.surrogate import ConvexSurrogate, load_surrogates

SEGMENTS = 600
NAMES = [
    (folder.name, entry["scaler"]["target"]["property"])
    for folder in sorted(data_path("surrogates").iterdir())
    for entry in json.loads((folder / "manifest.json").read_text())["surrogates"]
]


@pytest.fixture(scope="module")
def segments() -> tuple[Tensor, Tensor, Tensor]:
    """Ends around the reference set's latents, from close by to ten times as far out, and where to look between."""
    generator = torch.Generator().manual_seed(0)
    z = reference_set().z.double()
    rows = torch.randint(len(z), (2, SEGMENTS), generator=generator)
    size = torch.logspace(-1, 1, SEGMENTS, dtype=torch.float64)[:, None]
    return size * z[rows[0]], size * z[rows[1]], torch.rand(SEGMENTS, generator=generator, dtype=torch.float64)


@pytest.fixture(scope="module")
def loaded() -> dict[str, dict[str, ConvexSurrogate]]:
    return {folder: load_surrogates(data_path("surrogates", folder)) for folder in {name for name, _ in NAMES}}


def excess(surrogate: ConvexSurrogate, segments: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """How far the cost between two points lies above their chord, relative to the size of the costs; of a concave one,
    how far below."""
    a, b, share = segments
    left, right = surrogate.cost(a), surrogate.cost(b)
    middle = surrogate.cost(share[:, None] * a + (1 - share[:, None]) * b)
    sign = -1.0 if surrogate.orientation == "concave" else 1.0
    return sign * (middle - share * left - (1 - share) * right) / (1 + left.abs() + right.abs())


@pytest.mark.parametrize(("folder", "name"), NAMES, ids=lambda value: value)
def test_bundled_costs_bend_as_they_say(
    folder: str, name: str, segments: tuple[Tensor, Tensor, Tensor], loaded: dict[str, dict[str, ConvexSurrogate]]
) -> None:
    surrogate = loaded[folder][name]
    concave = surrogate.orientation == "concave"  # the largest of concave costs is not concave
    for aggregate in ("mean",) if concave else ("mean", "max", "cvar:0.5"):
        assert excess(surrogate.with_aggregate(aggregate), segments).max() <= 1e-11
    assert excess(surrogate, segments).min() < -1e-6  # so the negative of the cost would not pass
