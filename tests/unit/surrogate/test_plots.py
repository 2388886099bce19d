"""The figure of a card is drawn for every sense, the same each time, from the card alone."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molconvex.exceptions import SurrogateError
from molconvex.surrogate import (
    FitSettings,
    Target,
    card_svg,
    fit_surrogate,
    load_convex_surrogate,
    make_dataset,
    save_surrogate,
)


@pytest.mark.parametrize(
    "target",
    [
        Target("logp", "", "maximize"),
        Target("tpsa", "Å²", "window", 4.0, 6.0),
        Target("active", "", "classify", wanted=1),
    ],
    ids=lambda t: t.sense,
)
def test_card_figure(make_problem: Callable, quick: FitSettings, target: Target, tmp_path: Path) -> None:
    problem = make_problem(n=300)
    value = (problem.value > np.median(problem.value)).astype(float) if target.sense == "classify" else problem.value
    surrogate = fit_surrogate(make_dataset(problem.z, value, target), quick)
    svg = card_svg(surrogate)
    assert svg == card_svg(load_convex_surrogate(save_surrogate(tmp_path / "s", surrogate)))
    for words in ("Learning curve", "Calibration", "300 molecules"):
        assert f"<!-- {words}" in svg or words in svg


def test_without_test_predictions_there_is_nothing_to_draw(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=100)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", "minimize")), quick)
    with pytest.raises(SurrogateError, match="keeps no test predictions"):
        card_svg(replace(surrogate, card={}))
