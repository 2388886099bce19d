"""The price of convexity: what other models reach on the same latents, or on fingerprints, with the same split."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import MissingExtraError, SurrogateError
from molconvex.surrogate.evidence.metrics import Metric, evaluate
from molconvex.surrogate.fit.network_settings import TrainingSettings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks, fit_network
from molconvex.surrogate.fit.trainable_networks import build_unconstrained
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate

Array = NDArray[np.float64]
Comparison = dict[str, dict[str, Metric]]

FOREST_TREES = 300
REGULARIZATIONS: tuple[dict[str, Any], ...] = (
    {"dropout": 0.2, "weight_decay": 0.1},
    {"dropout": 0.0, "weight_decay": 1.0},
)
"""Tried on unconstrained networks."""


def price_of_convexity(
    problem: Problem,
    surrogates: list[ConvexSurrogate],
    settings: TrainingSettings,
    *,
    forest: bool = False,
    seed: int = 0,
    hooks: Hooks | None = None,
) -> list[Comparison]:
    """Test metrics of the surrogate and of its rivals, per goal, on the test part of the problem's split.

    Args:
        problem: Data as trained on.
        surrogates: One per goal.
        settings: Widths for the unconstrained twin.
        forest: Also train a random forest on Morgan counts: what the latent space costs, not convexity.
        seed: Of the rivals and of the bootstrap.
        hooks: Progress and cancelling.

    Raises:
        MissingExtraError: If a forest is asked for and scikit-learn is not installed.
        SurrogateError: If a forest is asked for and the structures are unknown.
        CancelledError: If the hooks say so.
    """
    hooks = hooks or Hooks()
    test = problem.split.test
    z = problem.examples.z[test]
    members = len(surrogates[0].members)
    mlp = _mlp_values(problem, z, settings, members, seed, hooks)
    rivals: dict[str, list[Array]] = {
        "convex": [surrogate.predict(problem.data.z[test]).numpy() for surrogate in surrogates],
        "convex_single": [
            replace(surrogate, members=surrogate.members[:1]).predict(problem.data.z[test]).numpy()
            for surrogate in surrogates
        ],
        "linear": _linear_values(problem, z),
        "mlp": mlp[members],
        "mlp_single": mlp[1],
    }
    if forest:
        rivals["random_forest"] = forest_values(problem, seed)
    return [
        {name: _metrics(problem, t, predicted[t], seed) for name, predicted in rivals.items()}
        for t in range(len(surrogates))
    ]


def _metrics(problem: Problem, task: int, predicted: Array, seed: int) -> dict[str, Metric]:
    truth = problem.test_truth(task)
    if not np.isfinite(truth).any():
        return {}
    return evaluate(truth, predicted, problem.data.targets[task].kind, seed=seed)


def _linear_values(problem: Problem, z: Tensor) -> list[Array]:
    """Ridge or logistic regression; for a window, the distance of the predicted property to it."""
    level = problem.linear(problem.split).linear(z).double().numpy()
    values = []
    for t, scaler in enumerate(problem.scalers):
        if scaler.target.sense == "window":
            values.append(scaler.target.distance(level[:, t] * scaler.scale))
        else:
            values.append(scaler.value_of(level[:, t]))
    return values


def _mlp_values(
    problem: Problem, z: Tensor, settings: TrainingSettings, members: int, seed: int, hooks: Hooks
) -> dict[int, list[Array]]:
    """Predictions of 1 and of `members` unconstrained networks of the same widths, each with its own validation part.

    Regularized in two ways, the first network that is better on validation data decides for all.
    """
    trials = [replace(settings, learning_rate=2e-3, **change) for change in REGULARIZATIONS]
    first = [_mlp(problem, z, trial, 0, seed, hooks) for trial in trials]
    trial, (_, cost) = min(zip(trials, first, strict=True), key=lambda fitted: fitted[1][0])
    costs = [cost] + [_mlp(problem, z, trial, k, seed, hooks)[1] for k in range(1, members)]
    return {
        size: [
            scaler.value_of(torch.stack(costs[:size]).mean(dim=0)[:, t].numpy())
            for t, scaler in enumerate(problem.scalers)
        ]
        for size in (1, members)
    }


def _mlp(
    problem: Problem, z: Tensor, settings: TrainingSettings, member: int, seed: int, hooks: Hooks
) -> tuple[float, Tensor]:
    """Validation loss and costs at z, (n, T), of one unconstrained network."""
    split = problem.split if member == 0 else problem.split.resplit(seed + member)
    train, valid = problem.parts(split)
    generator = torch.Generator().manual_seed(1000003 * seed + member)
    network = build_unconstrained(z.shape[1], len(problem.scalers), settings, generator)
    stage = hooks.then(f"unconstrained network {member + 1}")
    history = fit_network(network, train, valid, settings, generator=generator, hooks=stage)
    with torch.no_grad():
        return history.best_loss, network(z).double()


def forest_values(
    problem: Problem, seed: int, *, trees: int = FOREST_TREES, most_molecules: int | None = None
) -> list[Array]:
    """Test predictions of random forests on Morgan counts, one forest per goal.

    Args:
        problem: With structures.
        seed: Of the forests, and of the choice of molecules.
        trees: Of each forest.
        most_molecules: Train on a random choice of so many; None takes all.

    Raises:
        MissingExtraError: If scikit-learn is not installed.
        SurrogateError: If the structures are unknown.
    """
    data = problem.data
    if data.smiles is None:
        raise SurrogateError("a random forest on fingerprints needs the structures: pass smiles=...")
    fit = _forest(trees)
    seen = np.random.default_rng(seed).permutation(np.concatenate([problem.split.train, problem.split.valid]))
    features = morgan_count_matrix(data.smiles)
    values = []
    for t, target in enumerate(data.targets):
        rows = seen[np.isfinite(data.value[seen, t])][:most_molecules]
        predicted = fit(features[rows], data.value[rows, t], features[problem.split.test], target.kind, seed)
        values.append(target.distance(predicted) if target.sense == "window" else predicted)
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


def _forest(trees: int) -> Callable[..., Array]:
    try:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
    except ImportError:
        raise MissingExtraError(
            "the random forest of the comparison needs scikit-learn; install it with: pip install 'molconvex[evaluate]'"
        ) from None

    def fit(features: Array, value: Array, test: Array, kind: str, seed: int) -> Array:
        common = {"n_estimators": trees, "random_state": seed, "max_features": "sqrt", "n_jobs": 1}
        if kind == "regression":
            return RandomForestRegressor(**common).fit(features, value).predict(test)
        return RandomForestClassifier(**common).fit(features, value).predict_proba(test)[:, 1]

    return fit
