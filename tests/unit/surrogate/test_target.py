"""Sign and unit live in one object and are exact both ways."""

import numpy as np
import pytest
import torch

from molconvex.exceptions import DataError
from molconvex.surrogate import Target, TargetScaler

VALUES = np.array([-3.2, 0.0, 0.1, 1.0, 7.25, 1e3])
SCALERS = [
    TargetScaler(Target("logp", "", "minimize"), 1.7, 0.3),
    TargetScaler(Target("pIC50", "", "maximize"), 6.1, 1.9),
]


@pytest.mark.parametrize("scaler", SCALERS, ids=lambda s: s.target.sense)
def test_cost_and_value_are_inverse(scaler: TargetScaler) -> None:
    assert scaler.value_of(scaler.cost_of(VALUES)) == pytest.approx(VALUES, rel=1e-13, abs=1e-13)
    assert scaler.cost_of(scaler.value_of(VALUES)) == pytest.approx(VALUES, rel=1e-13, abs=1e-13)


def test_cost_rises_with_what_is_not_wanted() -> None:
    low, high = SCALERS
    assert low.cost_of(2.0) > low.cost_of(1.0)
    assert high.cost_of(2.0) < high.cost_of(1.0)


def test_window_value_is_the_distance_and_never_negative() -> None:
    scaler = TargetScaler(Target("tpsa", "Å²", "window", 60, 90), 0.0, 20.0)
    assert scaler.cost_of(10.0) == 0.5
    assert scaler.value_of(0.5) == 10.0
    assert scaler.value_of(np.array([-0.2, 0.0, 1.0])).tolist() == [0.0, 0.0, 20.0]


@pytest.mark.parametrize(("low", "high", "expected"), [(1, 3, [1, 0, 0, 0, 2]), (None, 2, [0, 0, 0, 1, 3])])
def test_distance_to_window(low: float | None, high: float, expected: list[float]) -> None:
    distance = Target("logp", "", "window", low, high).distance(np.array([0.0, 1.0, 2.0, 3.0, 5.0]))
    assert distance.tolist() == expected


@pytest.mark.parametrize("wanted", [0, 1])
def test_class_cost_is_the_log_odds_of_the_unwanted_class(wanted: int) -> None:
    scaler = TargetScaler(Target("toxic", "", "classify", wanted=wanted))
    p = np.array([0.01, 0.3, 0.5, 0.9])
    unwanted = p if wanted == 0 else 1 - p
    assert scaler.cost_of(p) == pytest.approx(np.log(unwanted / (1 - unwanted)))
    assert scaler.value_of(scaler.cost_of(p)) == pytest.approx(p)
    assert np.isfinite(scaler.cost_of(np.array([0.0, 1.0]))).all()


def test_tensors_floats_and_arrays_agree() -> None:
    for scaler in [*SCALERS, TargetScaler(Target("toxic", "", "classify", wanted=1))]:
        p = np.array([0.2, 0.7])
        assert scaler.cost_of(torch.tensor(p)).numpy() == pytest.approx(scaler.cost_of(p))
        assert scaler.cost_of(0.2) == pytest.approx(scaler.cost_of(p)[0])
        assert scaler.value_of(torch.tensor(p)).numpy() == pytest.approx(scaler.value_of(p))
        assert isinstance(scaler.value_of(0.2), float)


def test_scaler_survives_a_manifest() -> None:
    for scaler in SCALERS:
        assert TargetScaler.from_dict(scaler.to_dict()) == scaler


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("logp", "", "lower"), "must be one of minimize"),
        (("logp", "", "window"), "low, high or both"),
        (("logp", "", "window", 3.0, 1.0), "low 3.0 is above high 1.0"),
        (("logp", "", "window", float("nan"), 1.0), "finite"),
        (("logp", "", "minimize", 1.0), "belong to the sense 'window'"),
        (("toxic", "", "classify"), "wanted=0"),
        (("logp", "", "minimize", None, None, 1), "belongs to the sense 'classify'"),
    ],
)
def test_impossible_goals_are_refused(arguments: tuple, part: str) -> None:
    with pytest.raises(DataError, match=part):
        Target(*arguments)


def test_equal_values_cannot_be_scaled() -> None:
    with pytest.raises(DataError, match="no two different values"):
        TargetScaler.fitted(Target("logp", "", "minimize"), np.array([2.0, 2.0, np.nan]))
