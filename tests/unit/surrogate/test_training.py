"""The training loop: masked and weighted losses, one-sided bounds, early stopping."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import (
    FitSettings,
    Target,
    TrainingSettings,
    fit_surrogate,
    fit_surrogates,
    make_dataset,
)
from molconvex.surrogate.fit.divide import divide
from molconvex.surrogate.fit.standardized_data import Problem as FitProblem
from molconvex.surrogate.fit.train_network import Examples, Hooks, _Trainer, fit_network
from molconvex.surrogate.fit.trainable_networks import build_convex

NAN = float("nan")
LOGP = Target("logp", "", "minimize")


def make(cost: list, bound: list | None = None, weight: list | None = None, classes: int = 0) -> Examples:
    """Examples whose first tasks are classes."""
    costs = torch.tensor(cost)
    bounds = torch.zeros_like(costs) if bound is None else torch.tensor(bound)
    weights = torch.ones(len(costs)) if weight is None else torch.tensor(weight)
    logistic = tuple(t < classes for t in range(costs.shape[1]))
    return Examples(torch.zeros(len(costs), 1), costs, bounds, weights, logistic)


def test_loss_counts_only_what_was_measured_by_weight() -> None:
    examples = make([[1.0, NAN], [2.0, 5.0], [NAN, NAN]], weight=[1.0, 3.0, 100.0])
    predicted = torch.zeros(3, 2)
    assert float(examples.loss(predicted)) == pytest.approx((1 * 1 + 3 * 4 + 3 * 25) / (1 + 3 + 3))


def test_missing_labels_have_no_gradient() -> None:
    predicted = torch.ones(2, 2, requires_grad=True)
    make([[0.0, NAN], [NAN, 0.0]]).loss(predicted).backward()
    assert (predicted.grad != 0).tolist() == [[True, False], [False, True]]


def test_a_bound_costs_only_where_it_is_broken() -> None:
    above, below = make([[1.0]], bound=[[1.0]]), make([[1.0]], bound=[[-1.0]])
    assert [float(above.loss(torch.tensor([[x]]))) for x in (0.0, 1.0, 9.0)] == [1.0, 0.0, 0.0]
    assert [float(below.loss(torch.tensor([[x]]))) for x in (0.0, 1.0, 3.0)] == [0.0, 0.0, 4.0]


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_censored_values_push_one_way_only(make_problem: Callable, quick: FitSettings, sense: str) -> None:
    """Values above a detection limit are read as '>limit'; taking the limit for the truth flattens the top."""
    problem = make_problem(n=800, curvature=0.0)
    limit = float(np.quantile(problem.value, 0.6))
    value = np.minimum(problem.value, limit)
    censor = (problem.value > limit).astype(int)
    settings = replace(quick, members=1, training=replace(quick.training, epochs=60))
    target = Target("logp", "", sense)
    honest = fit_surrogate(make_dataset(problem.z, value, target, censor=censor), settings)
    naive = fit_surrogate(make_dataset(problem.z, value, target), settings)
    top = censor == 1
    error = [float(np.mean(problem.value[top] - s.predict(problem.z[top]).numpy())) for s in (honest, naive)]
    assert abs(error[0]) < 0.5 * abs(error[1])


def test_windows_use_bounds_only_where_they_decide() -> None:
    from molconvex.surrogate.data.costs import training_costs
    from molconvex.surrogate.model.target import TargetScaler

    scaler = TargetScaler(Target("logp", "", "window", 1.0, 3.0), 0.0, 2.0)
    value, censor = np.array([2.0, 5.0, 5.0, 2.0, 0.0, 0.0]), np.array([0, 0, 1, 1, -1, 1], dtype=np.int8)
    cost, bound = training_costs(scaler, value, censor)
    assert cost == pytest.approx(np.array([0.0, 1.0, 1.0, NAN, 0.5, NAN]), nan_ok=True)
    assert bound[[0, 1, 2, 4]].tolist() == [-1, 0, 1, 1]


def test_heavier_rows_win(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=400)
    z, value = problem.z.repeat(2, 1), np.concatenate([problem.value, problem.value + 10.0])
    weight = np.repeat([1.0, 99.0], 400)
    surrogate = fit_surrogate(make_dataset(z, value, LOGP, sample_weight=weight), replace(quick, members=1))
    offset = surrogate.predict(problem.z).numpy() - problem.value
    assert np.median(offset) == pytest.approx(9.9, abs=0.3)


def test_tasks_with_missing_labels_share_a_network(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=600, curvature=0.1)
    values = np.stack([problem.value, -2 * problem.value], axis=1)
    values[np.random.default_rng(0).random(values.shape) < 0.5] = NAN
    targets = [LOGP, Target("tpsa", "Å²", "maximize")]
    first, second = fit_surrogates(make_dataset(problem.z, values, targets), quick)
    assert (first.card["metrics"]["r2"]["value"], second.card["metrics"]["r2"]["value"]) > (0.95, 0.95)
    assert torch.equal(first.members[0].weights[0], second.members[0].weights[0])
    assert first.card["data"]["molecules"] == np.isfinite(values[:, 0]).sum()


def test_the_loss_of_mixed_tasks_is_that_of_each_kind() -> None:
    examples = make([[1.0, 3.0], [0.0, NAN]], bound=[[0.0, 1.0], [0.0, 0.0]], classes=1)
    predicted = torch.tensor([[0.3, 1.0], [-0.2, 0.0]])
    cross_entropy = np.log1p(np.exp(-0.3)) + np.log1p(np.exp(-0.2))
    assert float(examples.loss(predicted)) == pytest.approx((cross_entropy + (3.0 - 1.0) ** 2) / 3)
    turned = examples.signed(torch.tensor([-1.0, -1.0]))
    assert turned.cost[:, 0].tolist() == [0.0, 1.0]
    assert float(turned.loss(-predicted)) == pytest.approx(float(examples.loss(predicted)))


def test_classes_and_numbers_share_a_network(make_problem: Callable, quick: FitSettings) -> None:
    problem = make_problem(n=600, curvature=0.1)
    values = np.stack([problem.value, problem.value > 5], axis=1)
    targets = [LOGP, Target("toxic", "", "classify", wanted=0)]
    number, label = fit_surrogates(make_dataset(problem.z, values, targets), replace(quick, evidence=True, repeats=2))
    assert torch.equal(number.members[0].weights[0], label.members[0].weights[0])
    assert number.card["metrics"]["r2"]["value"] > 0.95
    assert label.card["metrics"]["roc_auc"]["value"] > 0.95
    metrics = [surrogate.card["evidence"]["metric"] for surrogate in (number, label)]
    assert metrics == ["r2", "roc_auc"]
    probability = label.predict(problem.z).numpy()
    assert probability.min() >= 0
    assert probability.max() <= 1
    assert number.conformal is not None
    assert number.conformal.inside is not None
    assert label.conformal is not None
    assert label.conformal.class_0 is not None


def test_of_mixed_tasks_numbers_alone_begin_at_a_linear_model(make_problem: Callable) -> None:
    data = make_problem(n=200)
    values = np.stack([data.value > 5, data.value], axis=1)
    dataset = make_dataset(data.z, values, [Target("toxic", "", "classify", wanted=0), LOGP])
    split = divide(dataset, FitSettings(split="random"))
    problem = FitProblem.of(dataset, split)
    start = problem.start(split, TrainingSettings())
    assert start is not None
    assert list(start.tasks) == [False, True]
    settings = TrainingSettings(hidden=(16, 16))
    begun, free = (build_convex(8, 2, settings, torch.Generator().manual_seed(0), one) for one in (start, None))
    assert torch.allclose(begun.output.weight[0], free.output.weight[0], rtol=1e-4)
    assert torch.allclose(begun.output.weight[1], 0.1 * free.output.weight[1], rtol=1e-4)
    assert torch.allclose(begun.output_linear.weight[1].double(), start.linear.weight[:, 1], atol=1e-5)
    assert torch.equal(begun.output_linear.weight[0], free.output_linear.weight[0])


@pytest.mark.parametrize("positivity", ["softplus", "exp", "squared", "projection"])
def test_decay_shrinks_effective_weights_under_every_positivity(positivity: str) -> None:
    """A raw weight decayed toward zero would, under softplus, pull the weight toward log 2."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(64, 4, generator=generator)
    silent = Examples(z, torch.full((64, 1), NAN), torch.zeros(64, 1), torch.ones(64), (False,))
    settings = TrainingSettings(hidden=(8, 8), positivity=positivity, weight_decay=1.0, learning_rate=0.01)
    network = build_convex(4, 1, settings, generator)
    before = [layer.weight.clone() for layer in (*network.layers, network.output)]
    trainer = _Trainer(network, settings)
    for _ in range(20):
        trainer.step(silent, 0.01)
    for old, layer in zip(before, (*network.layers, network.output), strict=True):
        assert torch.allclose(layer.weight, old * 0.99**20, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(("sense", "linear"), [("minimize", True), ("classify", False)])
def test_numbers_begin_at_a_linear_model_and_classes_at_random(
    make_problem: Callable, sense: str, linear: bool
) -> None:
    data = make_problem(n=80)
    value = data.value if sense == "minimize" else (data.value > 5).astype(float)
    target = Target("p", "", sense, wanted=None if sense == "minimize" else 1)  # type: ignore[arg-type]
    dataset = make_dataset(data.z, value, target)
    split = divide(dataset, FitSettings(split="random"))
    problem = FitProblem.of(dataset, split)
    assert (problem.start(split, TrainingSettings()) is not None) == linear
    assert problem.start(split, TrainingSettings(warm_start=True)) is not None
    assert problem.start(split, TrainingSettings(warm_start=False)) is None


def test_training_keeps_the_best_weights_and_stops_early() -> None:
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(60, 20, generator=generator)
    noise = torch.randn(60, 1, generator=generator)
    train = Examples(z[:40], noise[:40], torch.zeros(40, 1), torch.ones(40), (False,))
    valid = Examples(z[40:], noise[40:], torch.zeros(20, 1), torch.ones(20), (False,))
    settings = TrainingSettings(hidden=(64,), least_steps=2000, patience=5, weight_decay=0.0)
    network, told = build_convex(20, 1, settings, generator), []
    history = fit_network(network, train, valid, settings, generator=generator, hooks=Hooks(told.append))
    assert history.steps[-1] < 2000
    assert [(at.done, at.total) for at in told[-2:]] == [(history.steps[-2], 2000), (history.steps[-1],) * 2]
    assert history.best_loss == min(history.valid_loss)
    with torch.no_grad():
        assert float(valid.loss(network(valid.z))) == pytest.approx(history.best_loss)
    assert not network.training


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"hidden": ()}, "at least one width"),
        ({"dropout": 1.0}, r"\[0, 1\)"),
        ({"learning_rate": 0.0}, "learning_rate must be above 0"),
        ({"weight_decay": -1.0}, "weight_decay"),
    ],
)
def test_impossible_settings_are_refused(change: dict, part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        TrainingSettings(**change)


def test_weights_must_be_usable(make_problem: Callable) -> None:
    problem = make_problem(n=50)
    for weight in (np.full(50, NAN), np.full(50, -1.0), np.zeros(50)):
        with pytest.raises(DataError, match="sample weights"):
            fit_surrogate(make_dataset(problem.z, problem.value, LOGP, sample_weight=weight))


@pytest.mark.parametrize("classes", [0, 1])
def test_plain_examples_have_the_same_loss_and_others_are_not_plain(classes: int) -> None:
    cost = [[1.0], [0.0], [1.0]]
    plain, predicted = make(cost, classes=classes), torch.tensor([[0.3], [0.8], [-0.5]])
    assert plain.marked().is_plain
    assert float(plain.marked().loss(predicted)) == pytest.approx(float(plain.loss(predicted)), rel=1e-6)
    assert plain.marked().rows(torch.tensor([2])).is_plain
    others = [
        make([[1.0], [NAN], [1.0]], classes=classes),
        make(cost, weight=[1.0, 2.0, 1.0], classes=classes),
        make(cost, bound=[[0.0], [-1.0], [0.0]], classes=classes),
    ]
    assert not any(examples.marked().is_plain for examples in others)


def test_intervals_of_the_card_are_left_out_on_request_and_change_nothing_else(
    make_problem: Callable, quick: FitSettings
) -> None:
    problem = make_problem(n=200)
    data = make_dataset(problem.z, problem.value, LOGP)
    whole, without = (fit_surrogate(data, replace(quick, resamples=n)) for n in (50, 0))
    for name, metric in whole.card["metrics"].items():
        assert metric["low"] < metric["value"] < metric["high"]
        assert without.card["metrics"][name] == metric | {"low": None, "high": None}
    with pytest.raises(ConfigError, match="resamples"):
        replace(quick, resamples=-1)
