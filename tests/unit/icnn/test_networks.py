import dataclasses

import pytest
import torch
from convexity_check import convexity_violation
from torch import nn

from molconvex.exceptions import ConfigError, LatentShapeError, NetworkError
from molconvex.icnn import ICNN, DifferenceOfConvex, initialize
from molconvex.icnn.activations import ACTIVATIONS
from molconvex.icnn.positivity import POSITIVITIES

DIM = 6
SHAPES = {
    "plain": {},
    "passthrough": {"passthrough": True},
    "dropout": {"passthrough": True, "dropout": 0.2, "input_dropout": 0.1},
}


def train(net: nn.Module, steps: int = 60) -> float:
    """Fit a function that is not convex, so that training pushes against the constraint."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(steps):
        z = torch.randn(64, DIM, generator=generator)
        target = torch.stack([torch.sin(2 * z[:, 0]), -z.square().sum(1)], 1)
        loss = nn.functional.mse_loss(net(z), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        net.project_()
    return loss.item()


@pytest.mark.parametrize("positivity", POSITIVITIES)
@pytest.mark.parametrize("shape", SHAPES)
def test_convex_before_and_after_training_and_its_negative_is_not(positivity, shape):
    torch.manual_seed(0)
    net = ICNN(DIM, (16, 16, 16), 2, positivity=positivity, **SHAPES[shape])
    for _ in range(2):
        frozen = net.double().eval()
        assert convexity_violation(frozen, (DIM,)) <= 1e-12
        assert convexity_violation(lambda z: -frozen(z), (DIM,)) > 1e-6  # noqa: B023
        net = net.float().train()
        train(net)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_convex_with_every_activation(activation):
    net = ICNN(DIM, (12, 12), 2, activation=activation, passthrough=True)
    train(net, 20)
    assert convexity_violation(net.double().eval(), (DIM,)) <= 1e-12


def test_a_negative_hidden_weight_is_seen_by_the_convexity_check():
    net = ICNN(DIM, (12, 12), 1, positivity="projection").double()
    with torch.no_grad():
        net.output.raw_weight.mul_(-1.0)
    assert convexity_violation(net, (DIM,)) > 1e-6


@pytest.mark.parametrize("positivity", POSITIVITIES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_export_is_the_module_at_inference(positivity, shape, slope):
    torch.manual_seed(1)
    net = ICNN(DIM, (16, 8), 2, positivity=positivity, negative_slope=slope, **SHAPES[shape])
    train(net, 20)
    z = 3 * torch.randn(50, DIM, dtype=torch.float64)
    exported = net.convex_networks()
    expected = net.double().eval()(z)
    torch.testing.assert_close(torch.stack([f(z) for f in exported], 1), expected, rtol=1e-11, atol=1e-11)


def test_export_is_double_detached_and_independent():
    net = ICNN(DIM, (8,), 2)
    first, second = net.convex_networks()
    for network in (first, second):
        for field in dataclasses.astuple(network):
            for tensor in field if isinstance(field, tuple) else (field,):
                if isinstance(tensor, torch.Tensor):
                    assert tensor.dtype == torch.float64
                    assert not tensor.requires_grad
    before = first.biases[0].clone()
    with torch.no_grad():
        net.first.bias.add_(1.0)
    assert torch.equal(first.biases[0], before)


def test_export_refuses_what_cannot_be_certified():
    with pytest.raises(NetworkError, match="activation='relu'"):
        ICNN(DIM, (8,), activation="softplus").convex_networks()
    net = ICNN(DIM, (8, 8), positivity="projection")
    with torch.no_grad():
        net.layers[0].raw_weight[0, 0] = -1.0
    with pytest.raises(NetworkError, match="project_"):
        net.convex_networks()
    net.project_()
    assert len(net.convex_networks()) == 1


def test_forward_does_not_change_parameters():
    net = ICNN(DIM, (8, 8), positivity="projection")
    with torch.no_grad():
        net.layers[0].raw_weight[0, 0] = -1.0
    net(torch.randn(4, DIM))
    assert net.layers[0].raw_weight[0, 0].item() == -1.0


def test_overfits_a_few_points_of_a_convex_function():
    torch.manual_seed(0)
    net, z = ICNN(2, (64, 64)), torch.randn(10, 2)
    initialize(net, "calibrated", latents=z)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(400):
        loss = nn.functional.mse_loss(net(z)[:, 0], z.square().sum(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 1e-3


def test_difference_of_convex_fits_what_is_not_convex():
    torch.manual_seed(0)
    both = train(DifferenceOfConvex(DIM, (32, 32), 2), 300)
    net = DifferenceOfConvex(DIM, (32, 32), 2, passthrough=True)
    z = torch.randn(5, DIM)
    torch.testing.assert_close(net(z), net.convex_part(z) - net.concave_part(z))
    assert both < 0.5 * train(ICNN(DIM, (32, 32), 2), 300)


def test_same_generator_same_network():
    nets = [ICNN(DIM, (8, 8), generator=torch.Generator().manual_seed(3)) for _ in range(2)]
    z = torch.randn(4, DIM)
    assert torch.equal(nets[0](z), nets[1](z))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": ()}, "at least one hidden"),
        ({"hidden": (8, 0)}, "at least 1"),
        ({"dropout": 1.0}, "dropout"),
        ({"positivity": "abs"}, "positivity"),
        ({"activation": "tanh"}, "activation"),
        ({"method": "magic"}, "method"),
    ],
)
def test_bad_settings_are_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        ICNN(DIM, **{"hidden": (8,), **arguments})


@pytest.mark.parametrize("shape", [(DIM,), (3, DIM + 1), (2, 3, DIM)])
def test_latents_of_the_wrong_shape_are_refused(shape):
    with pytest.raises(LatentShapeError, match=r"\(n, 6\)"):
        ICNN(DIM, (8,))(torch.zeros(shape))
