"""Where the programs of a lead are posed, and how far from it."""

import numpy as np
import pytest
import torch

from molconvex.design.plan import SMALLEST_RADIUS, Calibration, make_plan, simplex_points

LEAD = torch.arange(6, dtype=torch.float64)


def plan(count: int, weights: list[float], radius: float = 3.0, spread: float = 2.0, seed: int = 0):
    return make_plan(LEAD, count, weights, radius, spread, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("count", [1, 2, 7, 60])
@pytest.mark.parametrize("weights", [[1.0], [1.0, 2.0], [1.0, 1.0, 5.0], [1.0] * 5])
def test_there_are_as_many_programs_as_asked_for(count: int, weights: list[float]) -> None:
    made = plan(count, weights)
    assert made.anchors.shape == (count, 6)
    assert made.weights.shape == (count, len(weights))
    assert (made.weights >= 0).all()
    torch.testing.assert_close(made.weights.sum(dim=1), torch.ones(count, dtype=torch.float64))
    assert float(made.radii.max()) == 3.0
    assert float(made.radii.min()) >= SMALLEST_RADIUS * 3.0


def test_the_first_program_is_the_users_own_at_the_lead() -> None:
    made = plan(20, [1.0, 3.0])
    assert torch.equal(made.anchors[0], LEAD)
    assert float(made.radii[0]) == 3.0
    torch.testing.assert_close(made.weights[0], torch.tensor([0.25, 0.75], dtype=torch.float64))


def test_anchors_fill_the_spread_and_never_leave_it() -> None:
    distance = (plan(200, [1.0]).anchors - LEAD).norm(dim=1)
    assert float(distance.max()) <= 2.0 + 1e-9
    assert float(distance.max()) > 1.8
    assert int((distance == 0).sum()) == 20
    assert torch.equal(plan(5, [1.0], spread=0.0).anchors, LEAD.expand(5, -1))


def test_programs_differ_and_repeat_for_a_seed() -> None:
    made, same, other = plan(200, [1.0] * 3), plan(200, [1.0] * 3), plan(200, [1.0] * 3, seed=1)
    rows = torch.cat([made.anchors, made.radii[:, None], made.weights], dim=1)
    assert len(torch.unique(rows, dim=0)) == 200
    assert torch.equal(made.anchors, same.anchors)
    assert not torch.equal(made.anchors, other.anchors)


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_points_spread_over_the_simplex(dimension: int) -> None:
    cube = torch.quasirandom.SobolEngine(dimension - 1).draw(65, dtype=torch.float64)[1:]
    points = simplex_points(cube)
    assert (points >= 0).all()
    torch.testing.assert_close(points.mean(dim=0), torch.full((dimension,), 1 / dimension).double(), atol=0.03, rtol=0)
    assert float(points.max()) > 0.8


class Ring:
    """Decodes to the lead within 1 of it, to a relative within 2, to something else beyond."""

    latent_dim = 6

    def decode(self, z, **_: object) -> list[str]:
        distance = (z.double() - LEAD).norm(dim=1)
        return ["CCOc1ccccc1" if d < 1 else "CCOc1ccc(C)cc1" if d < 2 else "" for d in distance]


def ring(similarity: float) -> Calibration:
    return Calibration(LEAD, "CCOc1ccccc1", similarity, Ring(), seed=0)


def test_the_spread_ends_where_decodings_are_as_similar_as_asked_for() -> None:
    norm = float(LEAD.norm())
    assert 0.1 * norm <= ring(0.9).spread() <= 0.2 * norm
    assert 1.0 < ring(0.3).spread() < 0.3 * norm
    assert ring(0.05).spread() > ring(0.3).spread() > ring(0.9).spread()


def test_the_radius_ends_where_optima_are_as_similar_as_asked_for() -> None:
    def straight(anchors: torch.Tensor, radii: torch.Tensor) -> torch.Tensor:
        return anchors + radii[:, None] * torch.eye(6, dtype=torch.float64)[0]

    def fast(anchors: torch.Tensor, radii: torch.Tensor) -> torch.Tensor:
        return straight(anchors, 2 * radii)

    norm = float(LEAD.norm())
    assert 0.1 * norm <= ring(0.9).radius(0.0, straight) <= 0.15 * norm
    assert ring(0.3).radius(2.0, fast) < ring(0.3).radius(2.0, straight)
    assert ring(0.9).radius(2.0, straight) < ring(0.05).radius(2.0, straight)


def test_unreadable_decodings_count_as_not_similar() -> None:
    class Dumb(Ring):
        def decode(self, z, **_: object) -> list[str]:
            return [""] * len(z)

    shortest = Calibration(LEAD, "CCO", 0.4, Dumb(), 0).spread()
    assert np.isclose(shortest, 0.1 * float(LEAD.norm()))
