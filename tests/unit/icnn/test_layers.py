import pytest
import torch

from molconvex.exceptions import ConfigError, NetworkError
from molconvex.icnn import ConvexLinear
from molconvex.icnn.positivity import POSITIVITIES


@pytest.mark.parametrize("positivity", POSITIVITIES)
def test_set_weight_stores_effective_weights(positivity):
    weight = torch.rand(5, 3) + 0.01
    layer = ConvexLinear(3, 5, positivity)
    layer.set_weight_(weight)
    torch.testing.assert_close(layer.weight, weight)
    hidden = torch.rand(4, 3)
    torch.testing.assert_close(layer(hidden), hidden @ layer.weight.T + layer.bias)


def test_bad_sizes_and_weights_are_refused():
    with pytest.raises(ConfigError, match="at least 1"):
        ConvexLinear(0, 3)
    with pytest.raises(NetworkError, match=">= 0"):
        ConvexLinear(2, 2).set_weight_(-torch.ones(2, 2))
