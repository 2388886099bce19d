"""The design region: what its analogues span, and bounds that hold over it."""

import numpy as np
import pytest
import torch

from molconvex.exceptions import RegionError
from molconvex.search.design_region import goal_mixes, region_of

POINTS = torch.randn(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_mixes_begin_with_the_users_own_and_are_all_different() -> None:
    mixes = goal_mixes([1, 3], 8)
    np.testing.assert_allclose(mixes[:3], [[0.25, 0.75], [1, 0], [0, 1]])
    np.testing.assert_allclose(mixes.sum(1), 1)
    assert len(np.unique(mixes.numpy().round(9), axis=0)) == 8
    assert goal_mixes([2], 8).tolist() == [[1.0]]
    assert goal_mixes([1, 1, 1], 2).shape == (2, 3)


def test_a_hull_holds_every_analogue() -> None:
    region = region_of("hull", POINTS, 3)
    assert region.points.shape == (40, 5)


@pytest.mark.parametrize("kind", ["ball", "box", "ellipsoid"])
def test_the_others_hold_nine_tenths_and_not_all(kind) -> None:
    region = region_of(kind, POINTS, 1)
    inside = [bool(region.contains(z[None], 1e-9).all()) for z in POINTS]
    assert inside[0]
    assert 0.85 <= np.mean(inside) < 1.0


@pytest.mark.parametrize("kind", ["ball", "box", "ellipsoid"])
def test_a_radius_set_by_hand_is_kept(kind) -> None:
    region = region_of(kind, POINTS, 1, radius=0.5)
    reach = {
        "ball": lambda: float(region.radius[0]),
        "box": lambda: float((region.high - POINTS[0]).norm()),
        "ellipsoid": lambda: float(torch.linalg.matrix_norm(region.factor, 2)),
    }[kind]()
    assert reach == pytest.approx(0.5)


def test_a_lead_without_analogues_has_no_region() -> None:
    with pytest.raises(RegionError, match="no analogue of the lead was found"):
        region_of("hull", POINTS[:1].repeat(3, 1), 1)
