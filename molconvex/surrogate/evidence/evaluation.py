"""Evaluation of a fitted cost on its test molecules, and the record that becomes its card."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch

from molconvex.surrogate.evidence.calibration import probability_calibration, spread_calibration, spread_factor
from molconvex.surrogate.evidence.metrics import Metric, evaluate
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import DifferenceSurrogate

if TYPE_CHECKING:
    from molconvex.surrogate.fit.settings import FitSettings
    from molconvex.surrogate.fit.settings_search import Trial
    from molconvex.surrogate.fit.standardized_data import Problem
    from molconvex.surrogate.fit.train_network import History

Fitted = TypeVar("Fitted", ConvexSurrogate, DifferenceSurrogate)

MOST_POINTS = 400


def with_card(
    surrogate: Fitted,
    problem: Problem,
    task: int,
    settings: FitSettings,
    histories: Sequence[History],
    trials: Sequence[Trial] = (),
) -> Fitted:
    """The surrogate with its spread scaled to the error on the test molecules and its card filled."""
    truth = problem.test_truth(task)
    exact = np.isfinite(truth)
    truth, z = truth[exact], problem.data.z[problem.split.test[exact]]
    card: dict[str, Any] = {
        "property": surrogate.target.property,
        "goal": surrogate.target.describe(),
        "kind": surrogate.orientation if isinstance(surrogate, ConvexSurrogate) else "difference of convex, local",
        "data": _data_record(problem, task),
        "split": _split_record(problem),
        "latents": {"fingerprint": surrogate.latent_fingerprint, "dim": surrogate.latent_dim},
        "network": settings.training.to_dict(),
        "ensemble": {"members": settings.members, "aggregate": surrogate.aggregate, "seed": settings.seed},
        "training": [_training_record(history) for history in histories],
        "learning_curve": histories[0].to_dict(),
        "search": [trial.to_dict() for trial in trials],
        "versions": versions(),
    }
    if truth.size:
        surrogate, measured = _measured(surrogate, truth, z, settings)
        card |= measured
    return replace(surrogate, card=card)


def _measured(
    surrogate: Fitted, truth: np.ndarray, z: torch.Tensor, settings: FitSettings
) -> tuple[Fitted, dict[str, Any]]:
    predicted = surrogate.predict(z).numpy()
    metrics = evaluate(truth, predicted, surrogate.target.kind, resamples=settings.resamples, seed=settings.seed)
    record: dict[str, Any] = {"metrics": metrics_record(metrics)}
    points = {"truth": truth, "predicted": predicted}
    if surrogate.target.kind == "classification":
        record["calibration"] = probability_calibration(truth, predicted)
    elif settings.members > 1:
        factor = spread_factor(truth, predicted, surrogate.spread(z).numpy())
        surrogate = replace(surrogate, spread_scale=factor)
        points["spread"] = surrogate.spread(z).numpy()
        record["calibration"] = spread_calibration(truth, predicted, points["spread"])
    record["test_points"] = {name: [float(f"{x:.5g}") for x in column[:MOST_POINTS]] for name, column in points.items()}
    return surrogate, record


def metrics_record(metrics: dict[str, Metric]) -> dict[str, dict[str, float | int | None]]:
    """Metrics as plain values for JSON, None where a figure does not exist."""
    return {
        name: {key: (value if np.isfinite(value) else None) for key, value in asdict(metric).items()}
        for name, metric in metrics.items()
    }


def _training_record(history: History) -> dict[str, Any]:
    return {"best_step": history.best_step, "validation_loss": history.best_loss, "steps": history.steps[-1]}


def _split_record(problem: Problem) -> dict[str, Any]:
    split = problem.split
    sizes = {part: len(getattr(split, part)) for part in ("train", "valid", "test")}
    return {"method": split.method, "seed": split.seed, **sizes}


def _data_record(problem: Problem, task: int) -> dict[str, Any]:
    data = problem.data
    value, censor = data.value[:, task], data.censor[:, task]
    measured = value[np.isfinite(value)]
    record: dict[str, Any] = {
        "molecules": int(measured.size),
        "bounds": int(np.sum(np.isfinite(value) & (censor != 0))),
        "sha256": data.sha256(),
    }
    if data.targets[task].sense == "classify":
        return record | {"class_1": int(np.sum(measured == 1)), "class_0": int(np.sum(measured == 0))}
    low, median, high = np.quantile(measured, [0.05, 0.5, 0.95])
    return record | {"quantile_05": float(low), "median": float(median), "quantile_95": float(high)}


def versions() -> dict[str, str]:
    """Versions of what took part."""
    try:
        own = version("molconvex")
    except PackageNotFoundError:
        own = "unknown"
    return {"molconvex": own, "torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version()}
