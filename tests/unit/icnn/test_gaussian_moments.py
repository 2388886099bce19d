import math

import numpy as np
import pytest
import torch

from molconvex.exceptions import ConfigError
from molconvex.icnn import LeakyReLU, gaussian_mean, gaussian_product, gaussian_second_moment, make_activation
from molconvex.icnn.activations import ACTIVATIONS

NAMES = list(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_activations_are_convex_and_non_decreasing(name):
    u = torch.linspace(-6, 6, 4001, dtype=torch.float64)
    slopes = make_activation(name)(u).diff()
    assert (slopes >= -1e-15).all()
    assert (slopes.diff() >= -1e-12).all()


def test_slope_outside_zero_to_one_is_refused():
    for slope in (-0.1, 1.0):
        with pytest.raises(ConfigError, match="negative_slope"):
            LeakyReLU(slope)
    with pytest.raises(ConfigError, match="belongs to"):
        make_activation("elu", 0.1)
    with pytest.raises(ConfigError, match="squared_relu"):
        make_activation("tanh")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("mean", "variance"), [(0.0, 1.0), (0.7, 2.0), (-1.5, 0.3), (0.2, 0.0)])
def test_moments_agree_with_a_plain_trapezoid(name, mean, variance):
    activation = make_activation(name)
    t = torch.linspace(-12, 12, 400_001, dtype=torch.float64)
    weight = torch.exp(-t.square() / 2) / math.sqrt(2 * math.pi)
    value = activation(mean + math.sqrt(variance) * t)
    assert gaussian_mean(activation, mean, variance) == pytest.approx(
        torch.trapezoid(weight * value, t).item(), abs=1e-8
    )
    second = torch.trapezoid(weight * value.square(), t).item()
    assert gaussian_second_moment(activation, mean, variance) == pytest.approx(second, rel=1e-8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("correlation", [-0.999, -0.4, 0.0, 0.5, 0.999])
@pytest.mark.parametrize(("means", "variances"), [((0.0, 0.0), (1.0, 1.0)), ((0.5, -1.0), (2.0, 0.4))])
def test_product_agrees_with_a_plain_double_sum(name, correlation, means, variances):
    activation = make_activation(name)
    t = torch.linspace(-9, 9, 1801, dtype=torch.float64)
    weight = torch.exp(-t.square() / 2)
    weight = weight / weight.sum()
    x = means[0] + math.sqrt(variances[0]) * t[:, None]
    y = means[1] + math.sqrt(variances[1]) * (correlation * t[:, None] + math.sqrt(1 - correlation**2) * t)
    plain = (weight[:, None] * weight * activation(x) * activation(y)).sum().item()
    assert gaussian_product(activation, correlation, means, variances) == pytest.approx(plain, abs=2e-5)


@pytest.mark.parametrize("slope", [0.0, 0.1])
@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.3, 0.99])
def test_closed_form_of_the_leaky_product_agrees_with_quadrature(slope, correlation):
    activation = LeakyReLU(slope)
    closed = gaussian_product(activation, correlation, variances=(1.3, 0.6))
    # a mean that is not exactly zero takes the quadrature
    assert gaussian_product(activation, correlation, (1e-13, 0.0), (1.3, 0.6)) == pytest.approx(closed, abs=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_product_at_correlation_one_is_the_second_moment(name):
    activation = make_activation(name)
    assert gaussian_product(activation, 1.0, (0.3, 0.3)) == pytest.approx(
        gaussian_second_moment(activation, 0.3), rel=1e-10
    )


def test_relu_values_known_by_hand():
    relu = LeakyReLU()
    assert gaussian_mean(relu) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-14)
    assert gaussian_second_moment(relu) == pytest.approx(0.5, rel=1e-14)
    assert gaussian_product(relu, 0.0) == pytest.approx(1 / (2 * np.pi), rel=1e-14)


def test_bad_arguments_are_refused():
    with pytest.raises(ConfigError, match="variance"):
        gaussian_mean(LeakyReLU(), 0.0, -1.0)
    with pytest.raises(ConfigError, match="correlation"):
        gaussian_product(LeakyReLU(), 1.1)
