"""Regions: projections, support points, samples and coordinates against their definitions."""

import pytest
import torch

from molconvex.exceptions import LatentShapeError, RegionError
from molconvex.optimize import Ball, Box, Ellipsoid, HalfSpaces, Hull, Intersection, Region

N, DIM = 4, 5


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def regions() -> dict[str, Region]:
    middle, factor, vertices, normals = normal(N, DIM), normal(DIM, DIM, seed=1), normal(7, DIM, seed=2), normal(2, DIM)
    ball = Ball(middle, torch.linspace(0.5, 2, N).double())
    half_spaces = HalfSpaces(normals, middle @ normals.T + 0.2)
    return {
        "ball": ball,
        "box": Box(middle - 0.5, middle + normal(N, DIM, seed=3).abs()),
        "ellipsoid": Ellipsoid(middle, factor),
        "own ellipsoids": Ellipsoid(middle, normal(N, DIM, DIM, seed=4)),
        "flat ellipsoid": Ellipsoid(middle, factor[:, :2]),
        "hull": Hull(vertices).expand(N),
        "own hulls": Hull(normal(N, 6, DIM, seed=5)),
        "cut ball": Intersection(ball, half_spaces),
        "cut box": Intersection(ball, Box(middle - 0.4, middle + 0.6)),
    }


@pytest.mark.parametrize("name", list(regions()))
def test_samples_lie_in_the_region(name: str) -> None:
    region = regions()[name]
    samples = region.sample(50, torch.Generator().manual_seed(1))
    assert samples.shape == (50, N, DIM)
    assert all(region.contains(z, 1e-5).all() for z in samples)
    assert samples.std(0).min() > 1e-3
    assert not region.contains(region.center + 100).any()


@pytest.mark.parametrize("name", list(regions()))
def test_projection_is_the_nearest_point(name: str) -> None:
    region = regions()[name]
    z = region.center + 3 * normal(N, DIM, seed=6)
    nearest = region.project(z)
    assert region.contains(nearest, 1e-5).all()
    torch.testing.assert_close(region.project(nearest), nearest, atol=1e-5, rtol=1e-5)
    for x in region.sample(100, torch.Generator().manual_seed(2)):
        assert (((z - nearest) * (x - nearest)).sum(1) <= 1e-4).all()


@pytest.mark.parametrize("name", list(regions()))
def test_support_point_is_a_minimizer(name: str) -> None:
    region = regions()[name]
    q = normal(N, DIM, seed=7)
    lowest = region.support_point(q)
    assert region.contains(lowest, 1e-5).all()
    least = region.support_value(q)
    torch.testing.assert_close((q * lowest).sum(1), least, atol=1e-5, rtol=1e-5)
    for x in region.sample(200, torch.Generator().manual_seed(3)):
        assert ((q * x).sum(1) >= least - 1e-4).all()


@pytest.mark.parametrize("name", list(regions()))
def test_coordinates_are_affine_and_pull_is_their_adjoint(name: str) -> None:
    region = regions()[name].base
    y = region.from_latent(region.center + 0.1 * normal(N, DIM, seed=8))
    torch.testing.assert_close(region.to_latent(y), region.project(region.to_latent(y)), atol=1e-6, rtol=1e-6)
    q, step = normal(N, DIM, seed=9), normal(*y.shape, seed=10)
    moved = region.to_latent(y + step) - region.to_latent(y)
    torch.testing.assert_close((q * moved).sum(1), (region.pull(q) * step).sum(1))


@pytest.mark.parametrize("name", list(regions()))
def test_selecting_keeps_order(name: str) -> None:
    region = regions()[name]
    chosen = region.select(torch.tensor([2, 0]))
    q = normal(N, DIM, seed=11)
    torch.testing.assert_close(chosen.support_value(q[[2, 0]]), region.support_value(q)[[2, 0]], atol=1e-6, rtol=1e-6)
    assert region.to(torch.float32).center.dtype == torch.float32


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Ball(torch.zeros(2, 3), 0.0), "radius must be positive"),
        (lambda: Ball(torch.zeros(2, 3), -1.0), "radius must be positive"),
        (lambda: Ball(torch.zeros(3), 1.0), "one row per program"),
        (lambda: Ball(torch.full((1, 3), torch.nan), 1.0), "NaN"),
        (lambda: Ball(torch.zeros(1, 3), float("inf")), "bounded"),
        (lambda: Box(torch.ones(1, 3), torch.zeros(1, 3)), "low must not exceed high"),
        (lambda: Box(torch.zeros(1, 3), torch.full((1, 3), torch.inf)), "passthrough has no minimum"),
        (lambda: Ellipsoid(torch.zeros(1, 3), torch.zeros(3, 3)), "factor"),
        (lambda: Hull(torch.ones(3, 2)), "two different points"),
        (lambda: HalfSpaces(torch.zeros(1, 3), torch.zeros(1)), "normal"),
        (lambda: HalfSpaces(torch.ones(1, 3), torch.zeros(1)).center, "unbounded"),
        (lambda: Intersection(HalfSpaces(torch.ones(1, 3), torch.zeros(1))), "intersect them with a ball"),
        (lambda: Intersection(Hull(torch.eye(3)), Hull(torch.eye(3))), "only one hull"),
        (lambda: Intersection(Ball(torch.zeros(2, 3), 1.0), Ball(torch.zeros(3, 3), 1.0)), "one set or"),
        (lambda: Intersection(Ball(torch.zeros(2, 3), 1.0), Ball(torch.zeros(2, 4), 1.0)), "latent dimension"),
    ],
)
def test_bad_regions_are_refused(make, text: str) -> None:
    with pytest.raises(RegionError, match=text):
        make()


def test_linear_minimum_over_disjoint_parts_is_refused() -> None:
    region = Intersection(Ball(torch.zeros(1, 3), 1.0), Ball(torch.full((1, 3), 2.0), 1.0))
    with pytest.raises(RegionError, match="no point in common"):
        region.support_point(torch.ones(1, 3))


def test_points_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(LatentShapeError, match=r"\(2, 3\)"):
        Ball(torch.zeros(2, 3), 1.0).contains(torch.zeros(3))
