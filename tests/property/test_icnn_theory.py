"""Theory of initialization against simulation, at widths 64, 256 and 1,024."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from molconvex.icnn import ICNN, LeakyReLU, exact_moments, initialize, principled_moments, signal_propagation
from molconvex.icnn.initialization.log_normal import lognormal_weights, matched_lognormal_weights
from molconvex.icnn.initialization.weight_moments import incoming_from_gaussian

WIDTHS = (64, 256, 1024)
DEPTH = 8


def gaussian_units(n: int, width: int, variance: float, correlation: float, seed: int) -> torch.Tensor:
    """Centered Gaussian pre-activations of that variance and correlation, (n, width)."""
    generator = torch.Generator().manual_seed(seed)
    shared, own = (torch.randn(n, k, generator=generator, dtype=torch.float64) for k in (1, width))
    return variance**0.5 * (correlation**0.5 * shared + (1 - correlation) ** 0.5 * own)


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=4, deadline=None)
@given(
    variance=st.floats(0.3, 3.0),
    correlation=st.floats(0.2, 0.8),
    slope=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 2**20),
)
def test_published_rule_holds_at_its_fixed_point_over_weights_and_inputs(width, variance, correlation, slope, seed):
    activation = LeakyReLU(slope)
    rule = principled_moments(width, activation=activation, variance=variance, correlation=correlation)
    hidden = activation(gaussian_units(2000, width, variance, correlation, seed))
    # fresh weights for every input, so that both are averaged over; a pair of units for the correlation
    generator = torch.Generator().manual_seed(seed + 1)
    normal = torch.randn(2, *hidden.shape, generator=generator, dtype=torch.float64)
    weight = rule.mean + rule.variance**0.5 * normal
    u = (weight * hidden).sum(-1) + rule.bias_mean
    assert u.mean().item() == pytest.approx(0.0, abs=0.12 * variance**0.5)
    assert u.var(1).mean().item() == pytest.approx(variance, rel=0.2)
    assert torch.corrcoef(u)[0, 1].item() == pytest.approx(correlation, abs=0.12)


@pytest.mark.parametrize("width", WIDTHS)
@settings(max_examples=3, deadline=None)
@given(correlation=st.floats(0.2, 0.9), target=st.floats(0.5, 0.9), seed=st.integers(0, 2**20))
def test_exact_rule_holds_over_inputs_for_fixed_weights(width, correlation, target, seed):
    relu = LeakyReLU()
    incoming = incoming_from_gaussian(relu, 1.5, correlation)
    moments = exact_moments(width, incoming, variance=0.8, correlation=target)
    hidden = relu(gaussian_units(4000, width, 1.5, correlation, seed))
    generator = torch.Generator().manual_seed(seed)
    weight = matched_lognormal_weights((100, width), moments.mean, moments.variance, generator)
    u = hidden @ weight.T + moments.bias_mean
    assert u.var(0).mean().item() == pytest.approx(0.8, rel=0.1)
    assert u.var(0).min().item() > 0.6
    assert u.mean().item() == pytest.approx(0.0, abs=0.1)
    expected = moments.covariance(width, incoming) / 0.8
    assert signal_correlation(u) == pytest.approx(expected, abs=0.05)


def signal_correlation(u: torch.Tensor) -> float:
    matrix = torch.corrcoef(u.T)
    k = len(matrix)
    return float((matrix.sum() - k) / (k * (k - 1)))


@pytest.mark.parametrize("width", WIDTHS)
def test_independent_lognormal_rows_miss_what_matched_rows_keep(width):
    """Why rows are matched: most rows of independent draws have far less than their share of the sum of squares."""
    rule = principled_moments(width)
    shape, expected = (200, width), width * (rule.mean**2 + rule.variance)
    independent = lognormal_weights(shape, rule.mean, rule.variance, torch.Generator().manual_seed(0)).square().sum(1)
    matched = (
        matched_lognormal_weights(shape, rule.mean, rule.variance, torch.Generator().manual_seed(0)).square().sum(1)
    )
    assert independent.median() < 0.6 * expected
    assert matched.min() == pytest.approx(expected, rel=1e-6)


def variances(width: int, method: str, depth: int = DEPTH) -> list[float]:
    """Variance over fresh inputs in each hidden layer of a deep network."""
    generator = torch.Generator().manual_seed(0)
    batch, fresh = (torch.randn(512, 64, generator=generator) for _ in range(2))
    model = ICNN(64, (width,) * depth, generator=generator)
    initialize(model, method, generator=generator, latents=batch)
    return [layer.variance for layer in signal_propagation(model, fresh).layers[:-1]]


@pytest.mark.parametrize("width", WIDTHS)
def test_depth_eight_keeps_the_variance_only_where_it_is_calibrated(width):
    calibrated = variances(width, "calibrated")
    assert min(calibrated) > 0.5
    assert max(calibrated) < 2.0
    published, naive = variances(width, "principled"), variances(width, "naive")
    assert min(published) < 0.1 or max(published) > 10.0
    assert max(naive) > 1e4


@pytest.mark.parametrize("width", WIDTHS)
def test_theory_alone_stays_near_its_target_through_depth(width):
    by_layer = variances(width, "exact", depth=4 if width == 1024 else DEPTH)  # its draw takes long at that width
    assert min(by_layer) > 0.5
    assert max(by_layer) < 2.5
