import pytest
import torch
from torch import nn

from molconvex.exceptions import ConfigError, LatentShapeError, NetworkError
from molconvex.icnn import (
    ICNN,
    DifferenceOfConvex,
    initialize,
    make_activation,
    principled_moments,
    signal_propagation,
)
from molconvex.icnn.activations import ACTIVATIONS
from molconvex.icnn.positivity import POSITIVITIES


def latents(n: int = 1024, d: int = 24) -> torch.Tensor:
    """Correlated, off-center latents, as real ones are."""
    generator = torch.Generator().manual_seed(5)
    mix = torch.randn(d, d, generator=generator) * torch.logspace(0, -1, d)
    return torch.randn(n, d, generator=generator) @ mix + 0.5


@pytest.mark.parametrize("positivity", POSITIVITIES)
def test_principled_weights_have_the_rules_moments_whatever_the_positivity(positivity):
    net = ICNN(8, (300, 300), positivity=positivity)
    initialize(net, "principled", generator=torch.Generator().manual_seed(0))
    layer, rule = net.layers[0], principled_moments(300)
    weight = layer.weight.detach().double()
    assert weight.mean().item() == pytest.approx(rule.mean, rel=0.05)
    assert weight.log().mean().item() == pytest.approx(
        torch.tensor(rule.mean**2 / (rule.mean**2 + rule.variance) ** 0.5).log().item(), rel=0.01
    )
    torch.testing.assert_close(layer.bias, torch.full_like(layer.bias, rule.bias_mean))
    assert net.first.weight.var().item() == pytest.approx(1 / 8, rel=0.1)
    assert net.first.bias.abs().max() == 0


def test_every_positivity_starts_from_the_same_function():
    nets = [ICNN(8, (20, 20), positivity=name) for name in POSITIVITIES]
    z = torch.randn(30, 8)
    for net in nets:
        initialize(net, "calibrated", latents=latents(256, 8), generator=torch.Generator().manual_seed(2))
    for net in nets[1:]:
        torch.testing.assert_close(net(z), nets[0](z), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("passthrough", [False, True])
def test_calibration_is_exact_on_its_batch_for_every_activation(activation, passthrough):
    torch.manual_seed(0)
    z = latents()
    net = ICNN(z.shape[1], (48,) * 3, 2, activation=make_activation(activation), passthrough=passthrough).double()
    initialize(net, "calibrated", latents=z.double(), variance=2.0)
    for output in signal_propagation(net, z.double()).outputs:
        torch.testing.assert_close(output.var(0), torch.full_like(output[0], 2.0), rtol=1e-6, atol=0)
        torch.testing.assert_close(output.mean(0), torch.zeros_like(output[0]), rtol=0, atol=1e-6)


def test_calibration_reaches_the_correlation_where_it_can():
    torch.manual_seed(0)
    z = torch.randn(4096, 64)
    for correlation in (0.3, 0.6):
        net = ICNN(64, (128, 128))
        initialize(net, "calibrated", latents=z, correlation=correlation)
        assert signal_propagation(net, z).layers[1].correlation == pytest.approx(correlation, abs=0.02)


def test_passthrough_share_is_the_share_of_unshared_variance():
    torch.manual_seed(0)
    z = torch.randn(2048, 64)
    for method in ("principled", "exact", "calibrated"):
        net = ICNN(64, (128, 128), passthrough=True)
        initialize(net, method, latents=z, correlation=0.5, passthrough_share=0.4)
        assert net.passthroughs[0](z).var(0).mean().item() == pytest.approx(0.2, rel=0.15)
        initialize(net, method, latents=z, passthrough_share=0.0)
        assert net.passthroughs[0].weight.abs().max() == 0


def test_bias_noise_spreads_biases():
    z, net = torch.randn(256, 16), ICNN(16, (400, 400))
    for method in ("principled", "exact"):
        initialize(net, method, bias_noise=0.5, correlation=0.5, variance=2.0)
        assert net.layers[0].bias.var().item() == pytest.approx(0.5, rel=0.35), method
    initialize(net, "calibrated", latents=z, bias_noise=0.5, correlation=0.5, variance=2.0)
    assert signal_propagation(net, z).layers[1].unit_variance == pytest.approx(0.5, rel=0.35)


def test_difference_of_convex_gets_two_different_parts():
    net = DifferenceOfConvex(8, (16, 16))
    initialize(net, "calibrated", latents=latents(256, 8))
    assert not torch.equal(net.convex_part.first.weight, net.concave_part.first.weight)


def test_calibration_leaves_the_mode_of_the_network_alone():
    net = ICNN(8, (16, 16), dropout=0.5)
    initialize(net, "calibrated", latents=latents(64, 8))
    assert net.training


def test_bad_arguments_are_refused():
    net = ICNN(8, (16, 16))
    with pytest.raises(ConfigError, match="batch of latents"):
        initialize(net, "calibrated")
    with pytest.raises(LatentShapeError, match=r"\(n, 8\)"):
        initialize(net, "calibrated", latents=torch.zeros(5, 7))
    with pytest.raises(LatentShapeError, match="NaN"):
        initialize(net, "calibrated", latents=torch.full((5, 8), torch.nan))
    with pytest.raises(NetworkError, match="do not"):
        initialize(net, "calibrated", latents=torch.ones(64, 8))
    with pytest.raises(ConfigError, match="passthrough_share"):
        initialize(net, passthrough_share=2.0)
    with pytest.raises(ConfigError, match="one plain layer and"):
        initialize(nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1)))
    with pytest.raises(ConfigError, match=r"nn\.Sequential"):
        initialize(nn.Linear(3, 3))
