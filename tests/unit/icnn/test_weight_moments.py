import math

import pytest
import torch

from molconvex.exceptions import ConfigError
from molconvex.icnn import Incoming, LeakyReLU, exact_moments, principled_moments
from molconvex.icnn.initialization.log_normal import lognormal_weights, matched_lognormal_weights

# Printed by the published implementation (Hoedt & Klambauer 2023, convex-init at 30eca04), ReLU:
# fan-in, correlation, variance, bias noise, squared mean and variance of weights, mean and variance of biases.
REFERENCE = [
    (2, 0.1, 1.0, 0.0, 0.13637299771253938, 0.9, -0.29464851392946395, 0.0),
    (2, 0.1, 2.0, 0.5, 0.13637299771253938, 0.45, -0.4166959245321257, 0.9),
    (8, 0.5, 1.0, 0.0, 0.04601500185485571, 0.125, -0.6846203035999686, 0.0),
    (8, 0.5, 2.0, 0.5, 0.04601500185485571, 0.0625, -0.9681993184270614, 0.5),
    (64, 0.5, 1.0, 0.0, 0.0008225837002976816, 0.015625, -0.7322849180405643, 0.0),
    (64, 0.5, 2.0, 0.5, 0.0008225837002976816, 0.0078125, -1.0356072626142363, 0.5),
    (64, 0.9, 1.0, 0.0, 0.0007415153556535008, 0.0031249999999999993, -0.6952645949632087, 0.0),
    (64, 0.9, 2.0, 0.5, 0.0007415153556535008, 0.0015624999999999997, -0.9832526196348064, 0.09999999999999998),
    (4096, 0.1, 1.0, 0.0, 2.3037075173471398e-07, 0.000439453125, -0.7843026520277062, 0.0),
    (4096, 0.1, 2.0, 0.5, 2.3037075173471398e-07, 0.0002197265625, -1.1091714475027685, 0.9),
    (4096, 0.5, 1.0, 0.0, 2.0497956253766705e-07, 0.000244140625, -0.7398186833229731, 0.0),
    (4096, 0.5, 2.0, 0.5, 2.0497956253766705e-07, 0.0001220703125, -1.0462616156523543, 0.5),
]


@pytest.mark.parametrize("row", REFERENCE, ids=lambda row: f"n{row[0]}-rho{row[1]}-q{row[2]}-eta{row[3]}")
def test_principled_moments_are_those_of_the_published_implementation(row):
    fan_in, correlation, variance, noise, mean_squared, weight_variance, bias_mean, bias_variance = row
    moments = principled_moments(fan_in, variance=variance, correlation=correlation, bias_noise=noise)
    assert moments.mean**2 == pytest.approx(mean_squared, rel=1e-12)
    assert moments.variance == pytest.approx(weight_variance, rel=1e-12)
    assert moments.bias_mean == pytest.approx(bias_mean, rel=1e-12)
    assert moments.bias_variance == pytest.approx(bias_variance, rel=1e-12)
    assert moments.bias_mean < 0


def test_leaky_slope_enters_every_moment():
    plain, leaky = principled_moments(64), principled_moments(64, activation=LeakyReLU(0.2))
    for name in ("mean", "variance", "bias_mean"):
        assert getattr(plain, name) != pytest.approx(getattr(leaky, name), rel=0.02)


def test_exact_moments_solve_their_two_equations():
    incoming, n = Incoming(0.4, 0.34, 0.01), 100
    m = exact_moments(n, incoming, variance=2.0, correlation=0.6, passed=0.3, participation=1.0)
    covariance = m.mean**2 * (n * 0.34 + n * (n - 1) * 0.01)
    assert covariance == pytest.approx(0.6 * 2.0)
    assert covariance + n * m.variance * (0.34 - 0.01) + 0.3 == pytest.approx(2.0)
    assert m.bias_mean == pytest.approx(-n * m.mean * 0.4)


def test_participation_bounds_how_unequal_a_row_may_be_and_keeps_the_variance():
    incoming, n = Incoming(0.4, 0.5, 0.3), 100
    m = exact_moments(n, incoming, correlation=0.3, participation=4.0)
    assert n * m.mean**2 / (m.mean**2 + m.variance) == pytest.approx(4.0)
    assert m.covariance(n, incoming) > 0.3
    assert m.covariance(n, incoming) + n * m.variance * 0.2 == pytest.approx(1.0)


@pytest.mark.parametrize(
    "bad", [{"variance": 0.0}, {"correlation": 1.0}, {"correlation": 0.0}, {"bias_noise": 1.0}, {"variance": math.inf}]
)
def test_targets_out_of_range_are_refused(bad):
    with pytest.raises(ConfigError, match="got"):
        principled_moments(8, **bad)


def test_units_that_vary_in_step_are_refused():
    with pytest.raises(ConfigError, match="in step"):
        exact_moments(8, Incoming(0.4, 0.3, 0.3))


def test_lognormal_draw_has_its_moments():
    weight = lognormal_weights((4000, 100), 0.2, 0.01, torch.Generator().manual_seed(0))
    assert weight.mean().item() == pytest.approx(0.2, rel=0.01)
    assert weight.var().item() == pytest.approx(0.01, rel=0.03)


@pytest.mark.parametrize("width", [16, 1024])
def test_matched_rows_have_their_moments_each(width):
    mean, variance = 1.8 / width, 1.0 / width
    weight = matched_lognormal_weights((50, width), mean, variance, torch.Generator().manual_seed(1))
    assert (weight > 0).all()
    torch.testing.assert_close(weight.mean(1), torch.full((50,), mean, dtype=torch.float64), rtol=1e-10, atol=0.0)
    spread = weight.var(1, correction=0)
    torch.testing.assert_close(spread, torch.full((50,), variance, dtype=torch.float64), rtol=1e-6, atol=0.0)
