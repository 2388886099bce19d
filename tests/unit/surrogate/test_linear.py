"""Linear fits against slow twins, with missing values and weights."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from molconvex.surrogate.fit.linear import STRENGTHS, _logistic_path, _ridge_path, fit_linear
from molconvex.surrogate.fit.train_network import Examples


def examples(logistic: bool, n: int = 300, seed: int = 0) -> Examples:
    """Two tasks, a third of the labels missing, uneven weights; the tasks need different slopes."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 5)) @ rng.normal(size=(5, 5))
    truth = z @ np.array([[1.0, 0, 0, 2, 0], [0, -1.0, 1, 0, 0]]).T + rng.normal(size=(n, 2))
    cost = (truth > 0).astype(float) if logistic else truth
    cost[rng.random((n, 2)) < 0.33] = np.nan
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (z, cost, np.zeros((n, 2)), rng.uniform(0.2, 2, n)))
    return Examples(*tensors, logistic=(logistic,) * 2)


def penalized_loss(w: np.ndarray, data: Examples, task: int, strength: float) -> float:
    y = data.cost[:, task].numpy().astype(float)
    kept = np.isfinite(y)
    share = data.weight.numpy()[kept] / data.weight.numpy()[kept].sum()
    score = data.z.numpy()[kept] @ w[:-1] + w[-1]
    each = np.logaddexp(0, score) - y[kept] * score if data.logistic[task] else 0.5 * (score - y[kept]) ** 2
    return float(share @ each + 0.5 * strength * w[:-1] @ w[:-1])


@pytest.mark.parametrize("logistic", [False, True])
def test_each_strength_agrees_with_a_general_optimizer(logistic: bool) -> None:
    data = examples(logistic)
    path = _logistic_path(data) if logistic else _ridge_path(data)
    for model, strength in zip(path, STRENGTHS, strict=True):
        for task in (0, 1):
            found = minimize(penalized_loss, np.zeros(6), args=(data, task, strength), method="BFGS", tol=1e-8)
            ours = np.append(model.weight[:, task].numpy(), float(model.bias[task]))
            assert penalized_loss(ours, data, task, strength) <= found.fun + 1e-4 * abs(found.fun)


@pytest.mark.parametrize("logistic", [False, True])
def test_strength_is_chosen_on_validation_rows(logistic: bool) -> None:
    train, valid = examples(logistic, n=300), examples(logistic, n=300, seed=0)
    chosen = fit_linear(train, valid)
    losses = [float(valid.loss(m(valid.z))) for m in (_logistic_path(train) if logistic else _ridge_path(train))]
    assert float(valid.loss(chosen(valid.z))) <= min(losses) + 1e-6


def test_a_task_without_values_stays_at_zero() -> None:
    data = examples(False)
    empty = Examples(data.z, torch.full_like(data.cost, float("nan")), data.bound, data.weight, data.logistic)
    assert not fit_linear(empty, empty).weight.any()


def test_tasks_of_both_kinds_are_fitted_as_if_alone() -> None:
    numbers, classes = examples(False), examples(True)
    cost = torch.stack([classes.cost[:, 0], numbers.cost[:, 1]], dim=1)
    mixed = Examples(numbers.z, cost, numbers.bound, numbers.weight, (True, False))
    found = fit_linear(mixed, mixed)
    for task, alone in enumerate((classes, numbers)):
        assert torch.allclose(found.weight[:, task], fit_linear(alone, alone).weight[:, task], atol=1e-3)
