"""Which side is convex: held-out molecules decide, the sign is right on both sides, and the card says it in words."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from molconvex.exceptions import ConfigError, SurrogateError
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Target,
    evaluate,
    fit_surrogate,
    fit_surrogates,
    make_dataset,
)
from molconvex.surrogate.evidence.card import card_markdown
from molconvex.surrogate.fit.choose_orientation import better_side

MINIMIZE = Target("logp", "", "minimize")


@pytest.fixture(scope="module")
def bendable(quick: FitSettings) -> FitSettings:
    """Settings that fit curvature."""
    training = replace(quick.training, hidden=(24, 24), batch_size=64, least_steps=300)
    return replace(quick, members=3, orientation="auto", training=training)


@pytest.mark.parametrize(("sense", "curvature"), [("minimize", 1.0), ("minimize", -1.0), ("maximize", 1.0)])
def test_the_side_that_fits_is_taken(
    make_problem: Callable, bendable: FitSettings, sense: str, curvature: float
) -> None:
    problem = make_problem(n=800, curvature=curvature)
    target = Target("logp", "", sense)  # type: ignore[arg-type]
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, target), bendable)
    bowl = (curvature > 0) == (sense == "minimize")
    assert surrogate.orientation == ("convex" if bowl else "concave")
    assert surrogate.card["metrics"]["r2"]["value"] > 0.97
    sign = 1.0 if sense == "minimize" else -1.0
    assert evaluate(sign * problem.value, surrogate.cost(problem.z).numpy())["spearman"].value > 0.95


@pytest.mark.parametrize("wanted", [0, 1])
def test_a_compact_class_is_the_convex_set(make_problem: Callable, bendable: FitSettings, wanted: int) -> None:
    rng = np.random.default_rng(0)
    z = torch.tensor(rng.normal(size=(1200, 6)), dtype=torch.float32)
    label = (z.square().sum(dim=1).numpy() < 5.0).astype(float)  # class 1 fills a ball
    settings = replace(bendable, training=replace(bendable.training, warm_start=False))
    surrogate = fit_surrogate(make_dataset(z, label, Target("active", "", "classify", wanted=wanted)), settings)
    assert surrogate.orientation == ("convex" if wanted == 1 else "concave")
    assert surrogate.card["metrics"]["roc_auc"]["value"] > 0.9
    assert surrogate.card["orientation"]["convex_set"] == "the molecules of class 1 of active"
    probability = surrogate.predict(z).numpy()
    assert probability[label == 1].mean() > probability[label == 0].mean()


def test_tasks_of_one_network_choose_each_for_itself(make_problem: Callable, bendable: FitSettings) -> None:
    problem = make_problem(n=800, curvature=1.0)
    values = np.stack([problem.value, -problem.value], axis=1)
    targets = [MINIMIZE, Target("other", "", "minimize")]
    first, second = fit_surrogates(make_dataset(problem.z, values, targets), bendable)
    assert (first.orientation, second.orientation) == ("convex", "concave")
    assert first.predict(problem.z).numpy() == pytest.approx(-second.predict(problem.z).numpy(), abs=1.0)


def test_an_orientation_that_the_data_refuse_is_said(make_problem: Callable, bendable: FitSettings) -> None:
    problem = make_problem(n=800, curvature=-1.0)
    data = make_dataset(problem.z, problem.value, MINIMIZE)
    settings = replace(bendable, orientation="convex", evidence=True, repeats=1, rivals=("linear",))
    surrogate = fit_surrogate(data, settings)
    assert surrogate.orientation == "convex"
    text = card_markdown(surrogate.card, surrogate.scaler)
    assert "The data speak for the other orientation, concave" in text
    assert "The molecules of low logp are taken as one convex set (convex, as asked)" in text


def test_windows_are_convex_or_refused(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=100)
    data = make_dataset(problem.z, problem.value, Target("logp", "", "window", 3.0, 6.0))
    assert fit_surrogate(data, quick).orientation == "convex"
    with pytest.raises(SurrogateError, match="to a window is convex"):
        fit_surrogate(data, replace(quick, orientation="concave"))
    with pytest.raises(ConfigError, match="orientation must be auto, convex or concave"):
        FitSettings(orientation="both")  # type: ignore[arg-type]


def test_a_concave_cost_is_refused_where_a_program_needs_a_convex_one(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=100)
    data = make_dataset(problem.z, problem.value, MINIMIZE)
    concave = fit_surrogate(data, replace(quick, orientation="concave"))
    assert concave.cost(problem.z).equal(-torch.stack([f(problem.z.double()) for f in concave.members]).mean(dim=0))
    with pytest.raises(SurrogateError, match="the cost of 'logp' is concave"):
        concave.convex_costs()
    convex = fit_surrogate(data, replace(quick, orientation="convex"))
    assert convex.convex_costs() == convex.members
    with pytest.raises(SurrogateError, match="can be convex, got the orientation 'concave'"):
        ConvexSurrogate(
            replace(convex.scaler, target=Target("logp", "", "window", 1.0, 2.0)), convex.members, orientation="concave"
        )


def test_concave_wins_only_beyond_the_noise_of_the_validation_parts() -> None:
    concave = np.array([1.0, 1.0, 1.0])
    assert better_side(np.array([1.2, 1.1, 1.3]), concave) == "concave"
    assert better_side(np.array([1.3, 0.9, 1.0]), concave) == "convex"  # gain 0.07, its error 0.12
    assert better_side(np.array([0.9, 0.9, 0.9]), concave) == "convex"
    assert better_side(np.array([1.011]), np.array([1.0])) == "concave"
    assert better_side(np.array([1.009]), np.array([1.0])) == "convex"
