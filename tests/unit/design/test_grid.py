"""Radii and weights of the programs of a lead."""

import pytest
import torch

from molconvex.design.proposals import SMALLEST_RADIUS, grid, simplex_points


@pytest.mark.parametrize("count", [1, 2, 7, 60, 200])
@pytest.mark.parametrize("weights", [[1.0], [1.0, 2.0], [1.0, 1.0, 5.0], [1.0] * 5])
def test_there_are_as_many_programs_as_asked_for(count: int, weights: list[float]) -> None:
    radii, mixes = grid(count, weights, 3.0)
    assert radii.shape == (count,)
    assert mixes.shape == (count, len(weights))
    assert (mixes >= 0).all()
    torch.testing.assert_close(mixes.sum(dim=1), torch.ones(count, dtype=torch.float64))
    assert float(radii.max()) == pytest.approx(3.0)
    assert float(radii.min()) >= SMALLEST_RADIUS * 3.0 - 1e-9


def test_the_users_weights_come_first_at_every_radius() -> None:
    radii, mixes = grid(16, [1.0, 3.0], 1.0)
    torch.testing.assert_close(mixes[:4], torch.tensor([[0.25, 0.75]] * 4, dtype=torch.float64))
    assert len(set(radii[:4].tolist())) == 4


def test_programs_differ() -> None:
    radii, mixes = grid(200, [1.0, 1.0, 1.0], 2.0)
    rows = torch.cat([radii[:, None], mixes], dim=1)
    assert len(torch.unique(rows, dim=0)) == 200


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_points_spread_over_the_simplex(dimension: int) -> None:
    points = simplex_points(65, dimension)
    assert (points >= 0).all()
    torch.testing.assert_close(points.mean(dim=0), torch.full((dimension,), 1 / dimension).double(), atol=0.03, rtol=0)
    assert float(points.max()) > 0.8
