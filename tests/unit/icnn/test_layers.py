import pytest
import torch
from convexity_check import convexity_violation
from torch import nn

from molconvex.exceptions import ConfigError, NetworkError
from molconvex.icnn import ConvexConv2d, ConvexLinear, ConvexNorm, LeakyReLU, initialize
from molconvex.icnn.positivity import POSITIVITIES


@pytest.mark.parametrize("positivity", POSITIVITIES)
def test_set_weight_stores_effective_weights(positivity):
    weight = torch.rand(5, 3) + 0.01
    layer = ConvexLinear(3, 5, positivity)
    layer.set_weight_(weight)
    torch.testing.assert_close(layer.weight, weight)
    assert layer.fan_in == 3


def test_convolution_counts_its_window_as_fan_in_and_matches_torch():
    layer = ConvexConv2d(2, 4, 3, stride=2, padding=1)
    image = torch.randn(2, 2, 8, 8)
    assert layer.fan_in == 18
    torch.testing.assert_close(layer(image), nn.functional.conv2d(image, layer.weight, layer.bias, 2, 1))


def test_bad_sizes_and_weights_are_refused():
    with pytest.raises(ConfigError, match="at least 1"):
        ConvexLinear(0, 3)
    with pytest.raises(NetworkError, match=">= 0"):
        ConvexLinear(2, 2).set_weight_(-torch.ones(2, 2))


@pytest.mark.parametrize("shape", [(64, 6), (16, 6, 4, 4)])
def test_norm_standardizes_while_training_and_is_affine_and_increasing_at_inference(shape):
    norm = ConvexNorm(6, momentum=1.0)
    u = 3.0 * torch.randn(shape) + 5.0
    flat = norm(u).transpose(0, 1).flatten(1)
    torch.testing.assert_close(flat.mean(1), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(flat.std(1, correction=0), torch.ones(6), atol=1e-3, rtol=0)
    norm.eval()
    factor, _ = norm.affine()
    assert (factor > 0).all()
    torch.testing.assert_close(norm(u + 1.0) - norm(u), torch.ones_like(u) * factor.view(1, -1, *[1] * (u.ndim - 2)))
    torch.testing.assert_close(norm(u[:1]), norm(u)[:1])


def test_frozen_norm_keeps_its_statistics_while_training():
    norm = ConvexNorm(3)
    norm.freeze()
    before = norm.running_mean.clone()
    single = norm(torch.randn(8, 3)[:1])
    assert single.shape == (1, 3)
    assert torch.equal(norm.running_mean, before)


def test_a_convolutional_network_is_convex_with_trained_norms():
    torch.manual_seed(0)
    net = nn.Sequential(
        *(nn.Conv2d(1, 4, 3), ConvexNorm(4), LeakyReLU(), ConvexConv2d(4, 6, 3), LeakyReLU()),
        *(nn.AvgPool2d(2), nn.Flatten(), ConvexLinear(24, 3)),
    )
    images = torch.randn(64, 1, 8, 8)
    initialize(net, "calibrated", latents=images)
    net(images * 2.0 + 1.0)
    net = net.double().eval()
    assert convexity_violation(net, (1, 8, 8), segments=300) <= 1e-12
    assert convexity_violation(lambda z: -net(z), (1, 8, 8), segments=300) > 1e-3
