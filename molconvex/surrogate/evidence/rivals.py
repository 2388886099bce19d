"""Other models of the same molecules: what convexity costs (linear, MLP, SVM on latents), and what the latents cost."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks, TrainingSettings, fit_network
from molconvex.surrogate.fit.trainable_networks import build_unconstrained
from molconvex.surrogate.model.target import Target

Array = NDArray[np.float64]

FOREST_TREES = 100
MOST_FOR_FOREST = 10_000
MOST_FOR_SVM = 4_000
"""Molecules that these learn from at most, drawn at random; both slow down faster than the data grow."""

PENALTIES = (0.5, 2.0, 8.0)
"""C of support vector machines, tried on the validation part."""

REGULARIZATIONS: tuple[dict[str, Any], ...] = (
    {"dropout": 0.2, "weight_decay": 0.1},
    {"dropout": 0.0, "weight_decay": 1.0},
)
"""Tried on unconstrained networks."""


def linear_values(problem: Problem) -> list[Array]:
    """Test predictions, per goal, of ridge or logistic regression; of a window the distance of the predicted property.

    Args:
        problem: Of the convex orientation.
    """
    level = problem.linear(problem.split).linear(problem.examples.z[problem.split.test]).double().numpy()
    values = []
    for t, scaler in enumerate(problem.scalers):
        if scaler.target.sense == "window":
            values.append(scaler.target.distance(level[:, t] * scaler.scale))
        else:
            values.append(scaler.value_of(level[:, t]))
    return values


def mlp_values(
    problem: Problem, training: Sequence[TrainingSettings], members: int, seed: int, hooks: Hooks
) -> tuple[list[Array], TrainingSettings]:
    """Test predictions, per goal, of as many unconstrained networks of the same widths, each with its validation part.

    Returns:
        The predictions, and which of the settings made them: those of the first network better on validation data.
    """
    first = [_mlp(problem, trial, 0, seed, hooks) for trial in training]
    trial, (_, cost) = min(zip(training, first, strict=True), key=lambda fitted: fitted[1][0])
    costs = [cost] + [_mlp(problem, trial, k, seed, hooks)[1] for k in range(1, members)]
    mean = torch.stack(costs).mean(dim=0)
    return [scaler.value_of(mean[:, t].numpy()) for t, scaler in enumerate(problem.scalers)], trial


def mlp_trials(training: TrainingSettings) -> list[TrainingSettings]:
    """The ways in which unconstrained networks are regularized, to choose from."""
    return [replace(training, learning_rate=2e-3, **change) for change in REGULARIZATIONS]


def _mlp(problem: Problem, training: TrainingSettings, member: int, seed: int, hooks: Hooks) -> tuple[float, Tensor]:
    """Validation loss and costs of the test molecules, (n, T), of one unconstrained network."""
    split = problem.split if member == 0 else problem.split.resplit(seed + member)
    train, valid = problem.parts(split)
    z = problem.examples.z[problem.split.test]
    generator = torch.Generator().manual_seed(1000003 * seed + member)
    network = build_unconstrained(z.shape[1], len(problem.scalers), training, generator)
    stage = hooks.then(f"unconstrained network {member + 1}")
    history = fit_network(network, train, valid, training, generator=generator, hooks=stage)
    with torch.no_grad():
        return history.best_loss, network(z).double()


def svm_values(problem: Problem, seed: int) -> list[Array]:
    """Test predictions, per goal, of a support vector machine on latents, its penalty chosen on validation molecules.

    Of classes a score that rises with class 1, no probability.
    """
    z = problem.examples.z.numpy()
    split, rng = problem.split, np.random.default_rng(seed)
    values = []
    for t, target in enumerate(problem.data.targets):
        y = _exact(problem, t)
        train, valid = ([i for i in part if np.isfinite(y[i])] for part in (split.train, split.valid))
        train = list(rng.permutation(train)[:MOST_FOR_SVM])
        machines = [_svm(target, penalty).fit(z[train], y[train]) for penalty in PENALTIES]
        scores = [_agreement(target, y[valid], _scores(machine, z[valid])) for machine in machines]
        values.append(_as_goal(target, _scores(machines[int(np.argmax(scores))], z[split.test])))
    return values


def _svm(target: Target, penalty: float) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    if target.kind == "classification":
        return SVC(C=penalty, class_weight="balanced")
    from sklearn.compose import TransformedTargetRegressor

    return TransformedTargetRegressor(make_pipeline(SVR(C=penalty)), transformer=StandardScaler())


def _scores(machine: Any, z: Array) -> Array:
    return machine.decision_function(z) if hasattr(machine, "decision_function") else machine.predict(z)


def _agreement(target: Target, truth: Array, score: Array) -> float:
    """Larger is better; 0 where nothing was measured."""
    from molconvex.surrogate.evidence.metrics import roc_auc

    if len(truth) == 0:
        return 0.0
    if target.kind == "classification":
        return float(np.nan_to_num(roc_auc(truth, score)))
    return -float(np.mean((truth - score) ** 2))


def forest_values(
    problem: Problem, fingerprints: NDArray[np.uint8], seed: int, *, trees: int = FOREST_TREES
) -> list[Array]:
    """Test predictions, per goal, of random forests on Morgan counts.

    Args:
        problem: Values and split.
        fingerprints: Of all molecules; see `morgan_count_matrix`.
        seed: Of the forests, and of the choice of molecules where there are many.
        trees: Of each forest.
    """
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    split = problem.split
    seen = np.random.default_rng(seed).permutation(np.concatenate([split.train, split.valid]))
    settings: dict[str, Any] = {"n_estimators": trees, "random_state": seed, "max_features": "sqrt", "n_jobs": 1}
    values = []
    for t, target in enumerate(problem.data.targets):
        y = _exact(problem, t)
        rows = seen[np.isfinite(y[seen])][:MOST_FOR_FOREST]
        if target.kind == "classification":
            forest = RandomForestClassifier(**settings).fit(fingerprints[rows], y[rows])
            values.append(forest.predict_proba(fingerprints[split.test])[:, -1])
        else:
            forest = RandomForestRegressor(**settings).fit(fingerprints[rows], y[rows])
            values.append(_as_goal(target, forest.predict(fingerprints[split.test])))
    return values


def morgan_count_matrix(smiles: list[str]) -> NDArray[np.uint8]:
    """Folded Morgan counts (radius 2), one row per molecule."""
    from molconvex.chem import parse
    from molconvex.chem.descriptors import MORGAN_COUNT_BITS, morgan_counts

    matrix = np.zeros((len(smiles), MORGAN_COUNT_BITS), dtype=np.uint8)
    for row, text in zip(matrix, smiles, strict=True):
        bins, counts = morgan_counts(parse(text))
        row[bins] = counts
    return matrix


def _exact(problem: Problem, task: int) -> Array:
    """Values of one goal; NaN where nothing exact was measured."""
    data = problem.data
    return np.where(data.censor[:, task] == 0, data.value[:, task], np.nan)


def _as_goal(target: Target, value: Array) -> Array:
    return target.distance(value) if target.sense == "window" else value
