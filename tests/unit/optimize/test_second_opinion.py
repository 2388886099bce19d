"""SciPy agrees with known minima, with itself across methods, and with certified bounds."""

import pytest
import torch
from random_networks import random_network

from molconvex.exceptions import ProgramError
from molconvex.icnn import ICNN
from molconvex.optimize import (
    Ball,
    Box,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    Region,
    minimize_with_scipy,
    solve,
)

DIM, N = 4, 3
MIDDLE = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
TARGET = 3 * torch.ones(DIM, dtype=torch.float64)


def distance(z: torch.Tensor) -> torch.Tensor:
    return (z - TARGET).square().sum(1)


def matrix(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


NORMAL = matrix(1, DIM, seed=1)
REGIONS: dict[str, Region] = {
    "box": Box(MIDDLE - 0.4, MIDDLE + 0.5),
    "ball": Ball(MIDDLE, 0.8),
    "ellipsoid": Ellipsoid(MIDDLE, 0.5 * matrix(DIM, DIM, seed=2)),
    "flat ellipsoid": Ellipsoid(MIDDLE, 0.5 * matrix(DIM, 2, seed=3)),
    "hull": Hull(matrix(7, DIM, seed=4)).expand(N),
    "cut ball": Intersection(Ball(MIDDLE, 0.8), HalfSpaces(NORMAL, MIDDLE @ NORMAL.T + 0.1)),
}


@pytest.mark.parametrize("name", list(REGIONS))
def test_nearest_points_are_projections(name: str) -> None:
    region = REGIONS[name]
    found = minimize_with_scipy(distance, region)
    assert found.success.all(), found.messages
    assert found.method == ("L-BFGS-B" if name == "box" else "SLSQP")
    nearest = region.project(TARGET.expand(N, -1).clone())
    torch.testing.assert_close(found.value, distance(nearest), atol=1e-5, rtol=1e-5)
    assert (region.violation(found.z) <= 1e-6).all()


@pytest.mark.parametrize("activation", ["softplus", "squared_relu", "elu"])
def test_both_methods_agree_on_smooth_networks(activation: str) -> None:
    network = ICNN(DIM, (12, 8), activation=activation, generator=torch.Generator().manual_seed(0)).double().eval()
    box = Box(MIDDLE - 1, MIDDLE + 1)
    by_bounds = minimize_with_scipy(network, box)
    by_programming = minimize_with_scipy(network, Intersection(box, Ball(MIDDLE, 100.0)), start=MIDDLE + 0.5)
    assert (by_bounds.method, by_programming.method) == ("L-BFGS-B", "SLSQP")
    torch.testing.assert_close(by_bounds.value, by_programming.value, atol=1e-5, rtol=1e-5)
    for z in box.sample(100, torch.Generator().manual_seed(1)):
        assert (network(z)[:, 0] >= by_bounds.value - 1e-6).all()


def test_smoothed_relu_network_is_certified_from_both_sides() -> None:
    network, sharp = random_network(DIM, (12,), 0), 200.0
    ball = Ball(MIDDLE, 1.0)

    def smooth(z: torch.Tensor) -> torch.Tensor:  # above the network by at most |c|_1 log(2) / sharp
        u = torch.nn.functional.softplus(z @ network.inputs[0].T + network.biases[0], beta=sharp, threshold=1e6)
        return u @ network.output_weight + network.constant

    certified = solve(Program([network], torch.ones(1), ball), gap_tol=1e-6)
    opinion = minimize_with_scipy(smooth, ball, start=certified.z)
    slack = float(network.output_weight.sum()) * 0.6931472 / sharp
    assert (opinion.value >= certified.lower_bound - 1e-9).all()
    assert (opinion.value <= certified.value + slack + 1e-6).all()


@pytest.mark.parametrize(
    ("cost", "start", "text"),
    [
        (distance, MIDDLE[:2], "start"),
        (lambda z: z, None, "one finite number"),
        (lambda z: distance(z) * torch.nan, None, "one finite number"),
    ],
)
def test_bad_input_is_refused(cost, start, text: str) -> None:
    with pytest.raises(ProgramError, match=text):
        minimize_with_scipy(cost, REGIONS["ball"], start=start)
