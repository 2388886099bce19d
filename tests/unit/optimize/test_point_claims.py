"""Claims about single points: membership in the region, headroom and realised share, on both sides of every border."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from random_networks import l1_network, linear_network, random_network

from molconvex.exceptions import CertificateError
from molconvex.optimize import (
    AffineTerms,
    Ball,
    Box,
    CostTerm,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    make_record,
    solve,
)
from molconvex.optimize.certificate.hull_membership import hull_size, mixture_distance, nearest_mixtures
from molconvex.optimize.certificate.point_claims import (
    PointClaims,
    check_point_claims,
    enlarged_lower_bound,
    point_claims,
)

DIM = 4
RANDOM = np.random.default_rng(0)
CORNERS = RANDOM.normal(size=(12, DIM))
LEAD = CORNERS.mean(axis=0)
CROSS = torch.cat([torch.eye(DIM), -torch.eye(DIM)]).double()  # its hull is {|z|_1 <= 1}
NETWORKS = [random_network(DIM, (8, 6), seed) for seed in range(3)]
MIXES = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], dtype=torch.float64)
TERMS = [CostTerm((0, 1), "max"), CostTerm((2,))]


def record_of(program: Program):
    return make_record(program, solve(program, gap_tol=1e-6))


@pytest.fixture(scope="module")
def hull():
    return record_of(Program(NETWORKS, MIXES, Hull(torch.from_numpy(CORNERS)), TERMS))


@pytest.fixture(scope="module")
def distance_in_cross():
    """Cost: l1 distance from a corner, minimal there, over the hull of the unit vectors and their opposites."""
    return record_of(Program([l1_network(CROSS[0])], torch.ones(1, 1).double(), Hull(CROSS)))


def mixed(count: int) -> np.ndarray:
    return RANDOM.dirichlet(np.full(len(CORNERS), 0.3), size=count) @ CORNERS


def test_no_mixture_is_better_than_the_headroom_says(hull) -> None:
    u, probes = mixed(20), mixed(500)
    claims = point_claims(hull, u, LEAD)
    assert claims.inside.all()
    best = point_claims(hull, probes, LEAD).value.min(axis=0)
    assert (claims.value - claims.headroom <= best).all()
    assert (claims.headroom >= 0).all()


def test_value_bound_and_share_are_those_of_the_program(hull) -> None:
    claims = point_claims(hull, hull.z, LEAD)
    np.testing.assert_allclose(np.diag(claims.value), hull.value, rtol=1e-12)
    assert (claims.lower_bound <= hull.lower_bound + 1e-9).all()
    assert (np.diag(claims.realised_share) > 1 - 1e-4).all()
    assert (np.diag(claims.realised_share) <= 1).all()


def test_share_is_zero_for_the_lead_and_half_on_half_the_way(distance_in_cross) -> None:
    lead = -CROSS[0].numpy()
    half = point_claims(distance_in_cross, np.stack([lead, 0 * lead, -lead]), lead)
    np.testing.assert_allclose(half.realised_share[:, 0], [0, 0.5, 1], atol=1e-5)
    np.testing.assert_allclose(half.headroom[:, 0], [2, 1, 0], atol=1e-5)


def test_share_is_missing_where_the_lead_is_the_optimum(distance_in_cross) -> None:
    exact = replace(distance_in_cross, lower_bound=distance_in_cross.lower_bound - 1e-3)
    best = CROSS[0].numpy()
    assert point_claims(exact, best[None], best).headroom[0, 0] < 1e-5
    zero = record_of(Program([linear_network(torch.zeros(DIM))], torch.ones(1, 1).double(), Hull(CROSS)))
    assert np.isnan(point_claims(zero, best[None], best).realised_share).all()
    hardly = record_of(Program([linear_network(1e-11 * CROSS[0])], torch.ones(1, 1).double(), Hull(CROSS)))
    assert np.isnan(point_claims(hardly, -best[None], best).realised_share).all()
    near = record_of(Program([linear_network(1e-6 * CROSS[0])], torch.ones(1, 1).double(), Hull(CROSS)))
    assert point_claims(near, -best[None], best).realised_share[0, 0] == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("beyond", "inside"), [(9e-6, True), (1.1e-5, False), (0.1, False)])
def test_a_point_is_inside_up_to_the_tolerance(distance_in_cross, beyond: float, inside: bool) -> None:
    size = hull_size(CROSS.numpy())
    u = (1 + beyond * size) * CROSS[:1].numpy()
    claims = point_claims(distance_in_cross, u, CROSS[1].numpy())
    assert claims.inside.tolist() == [inside]
    assert claims.distance[0] == pytest.approx(beyond * size, rel=1e-3)
    assert np.isnan(claims.headroom).all() != inside
    assert np.isnan(claims.realised_share).all() != inside
    assert np.isfinite(claims.value).all()


def test_distance_from_a_hull_is_the_true_one() -> None:
    for _ in range(20):
        u = 2 * RANDOM.normal(size=(1, DIM))
        found = mixture_distance(CORNERS, u, nearest_mixtures(CORNERS, u))[0]
        normal = u[0] - nearest_mixtures(CORNERS, u)[0] @ CORNERS
        if found > 1e-6:  # the hyperplane through the nearest point separates, which proves the distance
            assert ((CORNERS @ normal).max() - u[0] @ normal) / found == pytest.approx(-found, abs=1e-6)


def test_a_corner_is_its_own_mixture() -> None:
    weights = nearest_mixtures(CORNERS, CORNERS)
    np.testing.assert_array_equal(weights, np.eye(len(CORNERS)))


def test_stored_mixtures_are_enough_and_must_be_mixtures(hull) -> None:
    weights = RANDOM.dirichlet(np.ones(len(CORNERS)), size=3)
    assert point_claims(hull, weights @ CORNERS, LEAD, mixtures=weights).inside.all()
    assert not point_claims(hull, weights @ CORNERS + 0.01, LEAD, mixtures=weights).inside.any()
    for wrong in (weights * 1.001, weights - 0.1, weights[:2]):
        with pytest.raises(CertificateError, match="mixing weights"):
            point_claims(hull, weights @ CORNERS, LEAD, mixtures=wrong)
    barely = weights * (1 + 5e-10)
    assert point_claims(hull, weights @ CORNERS, LEAD, mixtures=barely).inside.all()
    below = weights.copy()
    below[0, 1] += below[0, 0] + 1e-12
    below[0, 0] = -1e-12
    with pytest.raises(CertificateError, match="negative"):
        mixture_distance(CORNERS, weights @ CORNERS, below)


REGIONS = {
    "ball": (Ball(torch.zeros(3, DIM), 1.0), 1.0),
    "box": (Box(-torch.ones(3, DIM), torch.ones(3, DIM)), 1.0),
    "ellipsoid": (Ellipsoid(torch.zeros(3, DIM), torch.eye(DIM)), 1.0),
}


@pytest.mark.parametrize("name", list(REGIONS))
def test_other_regions_have_an_inside_too(name: str) -> None:
    region, reach = REGIONS[name]
    record = record_of(Program(NETWORKS, MIXES, region, TERMS))
    u = np.zeros((2, DIM))
    u[:, 0] = 0.999 * reach, 1.01 * reach
    assert point_claims(record, u, np.zeros(DIM)).inside.tolist() == [True, False]
    with pytest.raises(CertificateError, match="belong to a hull"):
        point_claims(record, u, np.zeros(DIM), mixtures=np.ones((2, 1)))


def test_claims_need_one_region(hull) -> None:
    moved = record_of(Program(NETWORKS, MIXES, Ball(torch.eye(3, DIM), 1.0), TERMS))
    with pytest.raises(CertificateError, match="different regions"):
        point_claims(moved, mixed(1), LEAD)
    cut = Intersection(Ball(torch.zeros(3, DIM), 1.0), HalfSpaces(torch.ones(1, DIM), torch.ones(3, 1)))
    for claim in (lambda r: point_claims(r, mixed(1), LEAD), lambda r: enlarged_lower_bound(r, np.zeros(1))):
        with pytest.raises(CertificateError, match="single part"):
            claim(record_of(Program(NETWORKS, MIXES, cut, TERMS)))


def test_bounds_come_from_the_multipliers_not_from_the_claim(hull) -> None:
    with pytest.raises(CertificateError, match="do not prove the claimed bound"):
        point_claims(replace(hull, lower_bound=hull.lower_bound + 1e-4), mixed(1), LEAD)
    modest = replace(hull, lower_bound=hull.lower_bound - 1.0)
    np.testing.assert_allclose(point_claims(modest, mixed(1), LEAD).lower_bound, hull.lower_bound, rtol=1e-9, atol=1e-9)


def test_an_infeasible_program_claims_nothing() -> None:
    limits = torch.tensor([[-100.0, torch.inf], [torch.inf, torch.inf], [torch.inf, torch.inf]]).double()
    record = record_of(Program(NETWORKS, MIXES, Hull(torch.from_numpy(CORNERS)), TERMS, thresholds=limits))
    assert record.status[0] == "INFEASIBLE"
    claims = point_claims(record, mixed(2), LEAD)
    assert np.isnan(claims.lower_bound).tolist() == [True, False, False]
    assert np.isnan(claims.headroom).all(axis=0).tolist() == [True, False, False]
    assert (claims.excess[:, 0] > 0).all()
    assert (claims.excess[:, 1:] == 0).all()


def test_affine_terms_and_penalties_count() -> None:
    affine_terms = AffineTerms(
        torch.from_numpy(RANDOM.normal(size=(3, 3, DIM))), torch.from_numpy(RANDOM.normal(size=(3, 3)))
    )
    program = Program(
        NETWORKS, MIXES, Hull(torch.from_numpy(CORNERS)), TERMS, affine_terms=affine_terms, distance_weight=0.5
    )
    u = mixed(5)
    found = point_claims(record_of(program), u, LEAD).value
    for row, point in enumerate(u):
        expected = program.value(torch.from_numpy(point).expand(3, -1))
        np.testing.assert_allclose(found[row], expected, rtol=1e-9)


def test_the_enlarged_bound_holds_beyond_the_region(hull) -> None:
    far = mixed(200) + 0.3 * RANDOM.normal(size=(200, DIM))
    claims = point_claims(hull, far, LEAD)
    bounds = enlarged_lower_bound(hull, claims.distance)
    assert (~claims.inside).any()
    assert (bounds <= claims.value).all()
    np.testing.assert_array_equal(enlarged_lower_bound(hull, np.zeros(1))[0], claims.lower_bound)
    # a linear cost falls by exactly distance * slope, so that nothing better can be claimed
    line = record_of(Program([linear_network(3 * CROSS[0])], torch.ones(1, 1).double(), Hull(CROSS)))
    assert enlarged_lower_bound(line, np.array([0.5]))[0, 0] == pytest.approx(-4.5, abs=1e-6)
    with pytest.raises(CertificateError, match="not negative"):
        enlarged_lower_bound(hull, np.array([-1e-9]))


CHANGES = {
    "value": lambda c: replace(c, value=c.value - 1e-6),
    "headroom": lambda c: replace(c, headroom=c.headroom - 1e-6),
    "realised share": lambda c: replace(c, realised_share=c.realised_share + 1e-6),
    "lies in the region": lambda c: replace(c, inside=~c.inside),
    "distance": lambda c: replace(c, distance=c.distance + 1e-3),
    "excess": lambda c: replace(c, excess=c.excess + 1e-6),
    "lower bound": lambda c: replace(c, lower_bound=c.lower_bound + 1e-6),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_an_edited_claim_is_found(hull, name: str) -> None:
    u = np.concatenate([mixed(2), 5 * mixed(1)])
    claims = point_claims(hull, u, LEAD)
    assert check_point_claims(hull, u, LEAD, claims) == ("", "", "")
    problems = check_point_claims(hull, u, LEAD, CHANGES[name](claims))
    assert name in problems[0]
    nearly: PointClaims = replace(claims, value=claims.value * (1 + 1e-9), headroom=claims.headroom * (1 - 1e-9))
    assert check_point_claims(hull, u, LEAD, nearly) == ("", "", "")


def test_a_claim_for_a_point_outside_is_found(hull) -> None:
    u = 5 * CORNERS[:1]
    claims = point_claims(hull, u, LEAD)
    assert not claims.inside.any()
    forged = replace(claims, headroom=claims.value - claims.lower_bound)
    assert "headroom" in check_point_claims(hull, u, LEAD, forged)[0]


@pytest.mark.parametrize("u", [np.zeros(DIM), np.zeros((1, DIM + 1)), np.full((1, DIM), np.nan)])
def test_points_of_another_shape_are_refused(hull, u: np.ndarray) -> None:
    with pytest.raises(CertificateError, match="points must be finite"):
        point_claims(hull, u, LEAD)
