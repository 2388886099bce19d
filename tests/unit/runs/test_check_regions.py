"""Regions of a record beside what the lead allows: each border from both sides."""

from dataclasses import replace

import numpy as np
import pytest
from proved_records import proved

from molconvex.optimize import CertificateRecord
from molconvex.runs.check_regions import region_problems

RADIUS, SPREAD = 2.0, 3.0


@pytest.fixture(scope="module")
def record() -> CertificateRecord:
    """Balls of radius RADIUS, the first around the lead, one around a point at the distance SPREAD from it."""
    made = proved()
    anchor = np.zeros_like(np.asarray(made.anchor, dtype=np.float64))
    anchor[1, 0] = SPREAD
    part = made.region[0]
    arrays = {"center": anchor.copy(), "radius": np.full(made.n, RADIUS)}
    return replace(made, anchor=anchor, region=(replace(part, arrays=arrays),))


def test_regions_as_far_as_the_lead_allows_are_none_too_far(record) -> None:
    assert record.region[0].kind == "ball"
    assert list(region_problems(record, "ball", RADIUS, SPREAD)) == []


def test_an_anchor_farther_than_the_spread_is_found(record) -> None:
    (problem,) = region_problems(record, "ball", RADIUS, SPREAD * 0.999)
    assert "an anchor lies 3 from the lead, more than its spread 2.997" in problem


def test_a_region_wider_than_the_radius_is_found(record) -> None:
    (problem,) = region_problems(record, "ball", RADIUS * 0.999, SPREAD)
    assert "a region reaches 2 from its anchor, more than the lead's radius 1.998" in problem


def test_a_ball_beside_its_anchor_is_found(record) -> None:
    part = record.region[0]
    center = part.arrays["center"] + np.eye(1, record.z.shape[1]) * 1e-3
    moved = replace(record, region=(replace(part, arrays=part.arrays | {"center": center}),))
    assert list(region_problems(moved, "ball", RADIUS + 1e-3, SPREAD)) == ["a ball is not the one around its anchor"]


def test_regions_of_another_kind_are_found(record) -> None:
    assert list(region_problems(record, "box", RADIUS, SPREAD)) == [
        "its regions are of kind ball, the settings say box"
    ]
