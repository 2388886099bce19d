"""All models on all splits: what a card says of convexity, as paired differences with intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.data.dataset import Dataset
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.evidence.metrics import metric_functions
from molconvex.surrogate.evidence.paired_difference import PairedDifference, over_molecules, over_splits
from molconvex.surrogate.evidence.refining import refined_values
from molconvex.surrogate.evidence.rivals import (
    forest_values,
    linear_values,
    mlp_trials,
    mlp_values,
    morgan_count_matrix,
    svm_values,
)
from molconvex.surrogate.fit.settings import RIVALS, FitSettings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.structure_features import structure_features
from molconvex.surrogate.model.target import Target

Array = NDArray[np.float64]
Fit = Callable[[Problem, Hooks], list[ConvexSurrogate]]


@dataclass(frozen=True)
class SplitOutcome:
    """What the models said of the test molecules of one split.

    Attributes:
        split: The split.
        truth: Per goal what should be predicted, NaN where nothing exact was measured.
        predicted: Per model and goal.
        distance: Of the test molecules to the training latents; 1 is usual.
    """

    split: Split
    truth: list[Array]
    predicted: dict[str, list[Array]]
    distance: Array


def compare_models(
    data: Dataset, splits: Sequence[Split], fit: Fit, settings: FitSettings, hooks: Hooks
) -> list[SplitOutcome]:
    """Train the convex ensemble and its rivals on every split.

    Args:
        data: The molecules; forests need their structures.
        splits: See `evidence_splits`.
        fit: Trains surrogates on a problem.
        settings: Members and training of the convex and the unconstrained networks.
        hooks: Progress and cancelling.
    """
    needed = "random_forest" in settings.rivals and data.smiles is not None
    fingerprints = morgan_count_matrix(data.smiles or []) if needed else None
    features = structure_features(data.smiles) if settings.refine and data.smiles is not None else None
    outcomes, trials = [], mlp_trials(settings.training)
    for number, split in enumerate(splits, start=1):
        problem, stage = Problem.of(data, split), hooks.then(f"split {number} of {len(splits)}")
        surrogates = fit(problem, stage)
        z = data.z[split.test]
        predicted = {"convex": [surrogate.predict(z).numpy() for surrogate in surrogates]}
        if features is not None:
            predicted["refined"] = refined_values(problem, features, predicted["convex"])
        if "mlp" in settings.rivals:
            predicted["mlp"], taken = mlp_values(problem, trials, settings.members, split.seed, stage)
            trials = [taken]  # by the first split, for all
        predicted |= _rival_values(problem, fingerprints, settings)
        predicted = {name: predicted[name] for name in ("convex", "refined", *RIVALS) if name in predicted}
        truth = [problem.test_truth(t) for t in range(len(data.targets))]
        outcomes.append(SplitOutcome(split, truth, predicted, surrogates[0].distance_to_training(z).numpy()))
    return outcomes


def _rival_values(
    problem: Problem, fingerprints: NDArray[np.uint8] | None, settings: FitSettings
) -> dict[str, list[Array]]:
    seed = problem.split.seed
    makers: dict[str, Callable[[], list[Array]]] = {
        "linear": lambda: linear_values(problem),
        "svm": lambda: svm_values(problem, seed),
    }
    if fingerprints is not None:
        makers["random_forest"] = lambda: forest_values(problem, fingerprints, seed)
    return {name: make() for name, make in makers.items() if name in settings.rivals}


def evidence_record(
    outcomes: Sequence[SplitOutcome], task: int, target: Target, notes: Sequence[str]
) -> dict[str, Any]:
    """The comparison of one goal as plain values for its card."""
    functions = metric_functions(target.kind)
    metric = "roc_auc" if target.kind == "classification" else "r2"
    record: dict[str, Any] = {"metric": metric, "methods": {}, "notes": list(notes)}
    for method in dict.fromkeys(outcome.split.method for outcome in outcomes):
        chosen = [outcome for outcome in outcomes if outcome.split.method == method]
        usable = [o for o in chosen if _is_usable(o.truth[task], target)]
        if len(usable) < len(chosen):
            record["notes"].append(
                f"{len(chosen) - len(usable)} of {len(chosen)} {method} splits have too few exact values or one class "
                "only among their test molecules"
            )
        if usable:
            record["methods"][method] = _method_record(usable, task, metric, functions)
    return record


def _method_record(
    outcomes: Sequence[SplitOutcome], task: int, metric: str, functions: dict[str, Callable[..., float]]
) -> dict[str, Any]:
    scores = {
        model: {
            name: [_score(function, o.truth[task], o.predicted[model][task]) for o in outcomes]
            for name, function in functions.items()
        }
        for model in outcomes[0].predicted
    }
    return {
        "tested": [int(np.isfinite(o.truth[task]).sum()) for o in outcomes],
        "seeds": [o.split.seed for o in outcomes],
        "scores": scores,
        "differences": {
            model: _difference(outcomes, task, model, scores, metric, functions).to_dict()
            for model in outcomes[0].predicted
            if model != "convex"
        },
    }


def _difference(
    outcomes: Sequence[SplitOutcome],
    task: int,
    model: str,
    scores: dict[str, dict[str, list[float]]],
    metric: str,
    functions: dict[str, Callable[..., float]],
) -> PairedDifference:
    """Model minus convex."""
    if len(outcomes) > 1:
        share = float(np.mean([len(o.split.test) / (len(o.split.train) + len(o.split.valid)) for o in outcomes]))
        return over_splits(np.subtract(scores[model][metric], scores["convex"][metric]), share)
    (only,) = outcomes
    truth = only.truth[task]
    return over_molecules(truth, only.predicted[model][task], only.predicted["convex"][task], functions[metric])


def _is_usable(truth: Array, target: Target) -> bool:
    present = truth[np.isfinite(truth)]
    return len(np.unique(present)) > 1 if target.kind == "classification" else len(present) > 1


def _score(function: Callable[..., float], truth: Array, predicted: Array) -> float:
    present = np.isfinite(truth)
    return function(truth[present], predicted[present])
