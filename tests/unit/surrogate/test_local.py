"""Difference-of-convex surrogates fit what no convex one can, say that they are local, and yield convex majorants."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from molconvex.exceptions import SurrogateError
from molconvex.surrogate import (
    ConvexSurrogate,
    DifferenceSurrogate,
    FitSettings,
    Target,
    fit_difference_surrogates,
    fit_surrogate,
    load_convex_surrogate,
    load_surrogate,
    make_dataset,
    save_surrogate,
)


@pytest.fixture(scope="module")
def dome(make_problem: Callable, quick: FitSettings) -> tuple[DifferenceSurrogate, ConvexSurrogate, torch.Tensor]:
    problem = make_problem(n=800, curvature=-1.0)
    settings = replace(quick, training=replace(quick.training, hidden=(24, 24), batch_size=64, least_steps=800))
    target = Target("logp", "", "minimize")
    local = fit_difference_surrogates(make_dataset(problem.z, problem.value, target, latent_fingerprint="f"), settings)[
        0
    ]
    convex = fit_surrogate(make_dataset(problem.z, problem.value, target), replace(settings, members=1))
    return local, convex, problem.z


def test_fits_a_dome_that_no_convex_function_fits(dome: tuple) -> None:
    local, convex, _ = dome
    assert local.card["metrics"]["r2"]["value"] > convex.card["metrics"]["r2"]["value"] + 0.05
    assert "local" in local.card["kind"]


def test_majorants_touch_and_lie_above(dome: tuple) -> None:
    local, _, z = dome
    at = z[3]
    costs = local.member_costs(z)
    for cost, majorant in zip(costs, local.majorants(at), strict=True):
        above = majorant(z.double()) - cost
        assert float(above.min()) >= -1e-9
        assert float(above[3]) == pytest.approx(0.0, abs=1e-9)
        assert float(above.max()) > 1e-3


def test_window_costs_and_majorants_are_never_negative(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=300)
    local = fit_difference_surrogates(
        make_dataset(problem.z, problem.value, Target("logp", "", "window", 4.0, 6.0)), quick
    )[0]
    assert float(local.cost(problem.z).min()) == 0.0
    assert all(float(f(problem.z.double()).min()) >= 0.0 for f in local.majorants(problem.z[0]))


def test_saved_and_never_mistaken_for_a_convex_one(dome: tuple, tmp_path: Path) -> None:
    local, _, z = dome
    folder = save_surrogate(tmp_path / "local", local)
    assert torch.equal(load_surrogate(folder, "f").cost(z), local.cost(z))
    assert "local minimum without a certificate" in (folder / "card.md").read_text()
    with pytest.raises(SurrogateError, match="no certificate"):
        load_convex_surrogate(folder)
    assert np.isfinite(local.spread(z).numpy()).all()
