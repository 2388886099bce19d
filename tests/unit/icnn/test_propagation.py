import pytest
import torch
from torch import nn

from molconvex.exceptions import LatentShapeError
from molconvex.icnn import ICNN, draw_signal_propagation, signal_propagation


def test_statistics_are_over_what_they_say():
    net = nn.Sequential(nn.Linear(2, 2, bias=True), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0, 0.0], [2.0, 0.0]]))
        net[0].bias.copy_(torch.tensor([3.0, 5.0]))
    z = torch.tensor([[-1.0, 9.0], [1.0, 9.0]])
    first = signal_propagation(net, z).layers[0]
    assert first.mean == pytest.approx(4.0)
    assert first.variance == pytest.approx((2.0 + 8.0) / 2)
    assert first.unit_variance == pytest.approx(2.0)
    assert first.correlation == pytest.approx(1.0)


def test_layers_are_those_of_the_forward_pass():
    net = ICNN(4, (8, 8, 8), 2, passthrough=True)
    z = torch.randn(32, 4)
    net(z)
    signal = signal_propagation(net, z)
    assert net.training
    net.eval()
    for output, expected in zip(signal.outputs, net.preactivations(z), strict=True):
        torch.testing.assert_close(output, expected)
    assert len(signal.table().splitlines()) == 5


def test_figure_has_a_histogram_and_a_matrix_for_each_layer(tmp_path):
    z = torch.randn(64, 4)
    signals = {name: signal_propagation(ICNN(4, (8, 8), method=name), z) for name in ("naive", "principled")}
    figure = draw_signal_propagation(signals, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").stat().st_size > 5000
    drawn = [axis for axis in figure.axes if axis.has_data()]
    assert sum(bool(axis.images) for axis in drawn) >= 4
    assert sum(bool(axis.patches) for axis in drawn) >= 4


def test_a_single_point_has_no_variance():
    with pytest.raises(LatentShapeError, match="n >= 2"):
        signal_propagation(ICNN(4, (8,)), torch.zeros(1, 4))
