import pytest
import torch

from molconvex.exceptions import ConfigError, NetworkError
from molconvex.icnn import Softplus, make_positivity
from molconvex.icnn.positivity import POSITIVITIES

NAMES = list(POSITIVITIES)


@pytest.mark.parametrize("name", NAMES)
def test_right_inverse_is_a_section(name):
    weight = torch.logspace(-9, 3, 200, dtype=torch.float64)
    positivity = make_positivity(name)
    torch.testing.assert_close(positivity(positivity.right_inverse(weight)), weight, rtol=1e-9, atol=0.0)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "projection"])
def test_any_raw_value_gives_a_nonnegative_weight(name):
    raw = torch.linspace(-30.0, 8.0, 300)
    assert (make_positivity(name)(raw) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_zero_is_stored_as_something_finite_and_tiny(name):
    positivity = make_positivity(name)
    weight = positivity(positivity.right_inverse(torch.zeros(3)))
    assert torch.isfinite(weight).all()
    assert (weight <= 1e-11).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [-1e-9, float("nan"), float("inf")])
def test_right_inverse_refuses_what_no_convex_layer_may_hold(name, bad):
    with pytest.raises(NetworkError, match="finite and >= 0"):
        make_positivity(name).right_inverse(torch.tensor([1.0, bad]))


def test_projection_clamps_on_request_and_never_in_the_map():
    projection = make_positivity("projection")
    raw = torch.tensor([-1.0, 2.0])
    assert projection(raw).tolist() == [-1.0, 2.0]
    projection.project_(raw)
    assert raw.tolist() == [0.0, 2.0]


def test_sharpness_sets_where_softplus_bends():
    raw = torch.tensor([0.0], dtype=torch.float64)
    assert Softplus(1.0)(raw).item() == pytest.approx(torch.log(torch.tensor(2.0)).item())
    assert Softplus(100.0)(raw).item() == pytest.approx(torch.log(torch.tensor(2.0)).item() / 100)
    with pytest.raises(ConfigError, match="sharpness"):
        Softplus(0.0)


def test_unknown_name_lists_the_known_ones():
    with pytest.raises(ConfigError, match="softplus"):
        make_positivity("relu")
