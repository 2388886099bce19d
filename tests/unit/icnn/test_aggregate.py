"""CVaR is the linear program of its definition; names are checked."""

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from molconvex.exceptions import ConfigError
from molconvex.icnn.aggregate import Aggregate


@pytest.mark.parametrize("level", [0.05, 0.25, 0.4, 0.5, 0.99, 1.0])
def test_cvar_is_the_worst_weighting_allowed(level: float) -> None:
    costs = torch.randn(5, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    ours = Aggregate.parse(f"cvar:{level}")(costs)
    for column, value in zip(costs.T.numpy(), ours, strict=True):
        worst = linprog(-column, A_eq=np.ones((1, 5)), b_eq=[1.0], bounds=(0, 1 / (level * 5)))
        assert float(value) == pytest.approx(-worst.fun, rel=1e-9)


def test_limits_are_mean_and_maximum() -> None:
    costs = torch.randn(4, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert torch.allclose(Aggregate.parse("cvar:1")(costs), costs.mean(0))
    assert torch.allclose(Aggregate.parse("cvar:0.25")(costs), costs.max(0).values)
    assert Aggregate.parse("cvar:0.3").cap(3) == 1.0 == Aggregate.parse("max").cap(3)
    assert Aggregate.parse("cvar:0.3").cap(5) < 1.0
    assert torch.equal(Aggregate.parse("max")(costs), costs.max(0).values)


@pytest.mark.parametrize("text", ["median", "cvar", "cvar:0", "cvar:1.5", "cvar:x", "mean:0.3", ""])
def test_unknown_names_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="'mean', 'max' or 'cvar:LEVEL'"):
        Aggregate.parse(text)
