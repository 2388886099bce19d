"""A fitted surrogate: right way up, in the right unit, repeatable, and clear about what it refuses."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from molconvex.exceptions import CancelledError, DataError, LatentShapeError
from molconvex.surrogate import (
    FitSettings,
    Hooks,
    Progress,
    Target,
    evaluate,
    fit_surrogate,
    make_dataset,
)

MINIMIZE, MAXIMIZE = Target("logp", "", "minimize"), Target("logp", "", "maximize")


@pytest.mark.parametrize(("target", "sign"), [(MINIMIZE, 1.0), (MAXIMIZE, -1.0)])
def test_cost_falls_toward_what_is_wanted(
    make_problem: Callable, quick: FitSettings, target: Target, sign: float
) -> None:
    problem = make_problem(curvature=0.0)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, target), quick)
    assert evaluate(problem.value, surrogate.predict(problem.z).numpy())["r2"].value > 0.98
    assert evaluate(sign * problem.value, surrogate.cost(problem.z).numpy())["spearman"].value > 0.98


def test_convex_property_is_fitted_better_than_by_a_plane(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=1000, curvature=1.0)
    settings = replace(
        quick, members=1, training=replace(quick.training, hidden=(24, 24), batch_size=64, least_steps=700)
    )
    up = fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), settings)
    down = fit_surrogate(make_dataset(problem.z, problem.value, MAXIMIZE), settings)
    assert up.card["metrics"]["r2"]["value"] > 0.98
    assert down.card["metrics"]["r2"]["value"] < 0.97


def test_window_is_the_distance_to_it(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(curvature=0.0)
    low, high = np.quantile(problem.value, [0.4, 0.6])
    target = Target("logp", "", "window", float(low), float(high))
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, target), quick)
    predicted = surrogate.predict(problem.z).numpy()
    assert evaluate(target.distance(problem.value), predicted)["r2"].value > 0.95
    assert predicted.min() == 0.0
    assert float(surrogate.cost(problem.z).min()) == 0.0


def test_classes_are_separated_and_wanted_one_costs_less(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem()
    label = (problem.value > np.median(problem.value)).astype(float)
    for wanted in (0, 1):
        target = Target("active", "", "classify", wanted=wanted)
        surrogate = fit_surrogate(make_dataset(problem.z, label, target), quick)
        assert evaluate(label, surrogate.predict(problem.z).numpy(), "classification")["roc_auc"].value > 0.97
        cost = surrogate.cost(problem.z).numpy()
        assert cost[label == wanted].mean() < cost[label != wanted].mean()


def test_ten_molecules_are_learned_by_heart(quick: FitSettings) -> None:
    generator = torch.Generator().manual_seed(0)
    distinct = torch.randn(10, 16, generator=generator)
    z, value = distinct.repeat(3, 1), torch.randn(10, generator=generator).repeat(3).double().numpy()
    training = replace(quick.training, hidden=(64, 64), weight_decay=0.0, least_steps=400, patience=400)
    surrogate = fit_surrogate(make_dataset(z, value, MINIMIZE), FitSettings(members=1, training=training))
    assert np.abs(surrogate.predict(z).numpy() - value).max() < 0.02


def test_same_seed_gives_the_same_surrogate_and_another_seed_another(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=200)
    dropped = replace(quick, training=replace(quick.training, dropout=0.2))
    first, again, other = (
        fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), replace(dropped, seed=seed))
        for seed in (3, 3, 4)
    )
    assert torch.equal(first.cost(problem.z), again.cost(problem.z))
    assert first.card == again.card
    assert not torch.equal(first.cost(problem.z), other.cost(problem.z))


def test_training_leaves_global_randomness_alone(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=100)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), replace(quick, members=1))
    assert torch.equal(torch.rand(3), expected)


def test_prediction_is_the_mean_under_every_aggregate_and_pessimism_costs_more(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=200)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick)
    worst, tail = surrogate.with_aggregate("max"), surrogate.with_aggregate("cvar:0.75")
    z = problem.z[:20]
    assert torch.equal(worst.predict(z), surrogate.predict(z))
    assert (surrogate.cost(z) <= tail.cost(z)).all()
    assert (tail.cost(z) <= worst.cost(z)).all()
    assert (worst.cost(z) > surrogate.cost(z)).any()


def test_spread_is_missing_with_one_member(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=100)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick)
    assert (surrogate.spread(problem.z) > 0).all()
    assert torch.isnan(replace(surrogate, members=surrogate.members[:1]).spread(problem.z)).all()


def test_distance_to_training_grows_outside(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem()
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick)
    inside = surrogate.distance_to_training(problem.z)
    assert 0.85 < float((inside < 1).float().mean()) < 0.99
    assert (surrogate.distance_to_training(problem.z + 30.0) > 2).all()


def test_progress_and_cancelling(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=200)
    seen: list[Progress] = []
    fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick, Hooks(seen.append))
    assert {report.stage for report in seen} == {"member 1 of 2", "member 2 of 2"}
    assert all(report.done <= report.total for report in seen)
    with pytest.raises(CancelledError, match="stopped after"):
        fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick, Hooks(cancelled=lambda: True))


def test_bad_latents_are_named(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=100)
    surrogate = fit_surrogate(make_dataset(problem.z, problem.value, MINIMIZE), quick)
    with pytest.raises(LatentShapeError, match=r"z\[None, :\]"):
        surrogate.cost(problem.z[0])
    broken = problem.z.clone()
    broken[7, 2] = float("nan")
    with pytest.raises(LatentShapeError, match="row 7"):
        surrogate.predict(broken)
    with pytest.raises(LatentShapeError, match="row 7"):
        fit_surrogate(make_dataset(broken, problem.value, MINIMIZE), quick)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda v: v[:50], "must have shape"),
        (lambda v: np.full_like(v, 2.0), "no two different exact values"),
        (lambda v: np.where(np.arange(len(v)) < 19, v, np.nan), "19 values; at least 20"),
        (lambda v: np.where(np.arange(len(v)) == 3, np.inf, v), "row 3 of the values is infinite"),
    ],
)
def test_values_that_teach_nothing_are_refused(make_problem: Callable, spoil: Callable, part: str) -> None:
    problem = make_problem(n=100)
    with pytest.raises(DataError, match=part):
        fit_surrogate(make_dataset(problem.z, spoil(problem.value), MINIMIZE))


def test_smiles_need_a_latent_model() -> None:
    with pytest.raises(DataError, match="encode_dataset takes SMILES"):
        fit_surrogate(make_dataset(["CCO"] * 30, np.arange(30.0), MINIMIZE))
