"""Evaluation of a fitted surrogate on its test molecules, and the record that becomes its card."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from molconvex.surrogate.metrics import Metric, evaluate
from molconvex.surrogate.model import ConvexSurrogate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from molconvex.surrogate.dataset import Dataset
    from molconvex.surrogate.settings import FitSettings
    from molconvex.surrogate.training import History


def evaluate_surrogate(
    surrogate: ConvexSurrogate, data: Dataset, task: int, settings: FitSettings, histories: Sequence[History]
) -> ConvexSurrogate:
    """The surrogate with its card filled and its spread scaled to the error on the test molecules."""
    truth, predicted, rows = held_out_predictions(surrogate, data, task)
    surrogate = replace(surrogate, spread_scale=_spread_scale(surrogate, data, truth, predicted, rows))
    metrics = evaluate(truth, predicted, surrogate.target.kind, seed=settings.seed) if len(rows) else {}
    card = {
        "property": surrogate.target.property,
        "goal": surrogate.target.describe(),
        "data": _data_record(data, task),
        "split": {
            "method": data.split.method,
            "seed": data.split.seed,
            **{part: len(getattr(data.split, part)) for part in ("train", "valid", "test")},
        },
        "latents": {"fingerprint": surrogate.latent_fingerprint, "dim": surrogate.latent_dim},
        "network": settings.training.to_dict(),
        "ensemble": {"members": len(surrogate.members), "aggregate": surrogate.aggregate, "seed": settings.seed},
        "training": [
            {"best_step": h.best_step, "validation_loss": h.best_loss, "steps": h.steps[-1]} for h in histories
        ],
        "learning_curve": histories[0].to_dict(),
        "metrics": metrics_record(metrics),
        "versions": versions(),
    }
    return replace(surrogate, card=card)


def held_out_predictions(
    surrogate: ConvexSurrogate, data: Dataset, task: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Truth and prediction, in the property's unit, of the test molecules with an exact value, and their rows.

    For a window both are distances to it; for classes the truth is 0 or 1 and the prediction P(class 1).
    """
    value, exact = data.value[:, task], data.censor[:, task] == 0
    rows = data.split.test[(np.isfinite(value) & exact)[data.split.test]]
    truth = value[rows]
    if surrogate.target.sense == "window":
        truth = surrogate.target.distance(truth)
    return truth, surrogate.predict(data.z[rows]).numpy(), rows


def metrics_record(metrics: dict[str, Metric]) -> dict[str, dict[str, float | int | None]]:
    """Metrics as plain values for JSON, None where a figure does not exist."""
    return {
        name: {key: (value if np.isfinite(value) else None) for key, value in asdict(metric).items()}
        for name, metric in metrics.items()
    }


def _spread_scale(
    surrogate: ConvexSurrogate,
    data: Dataset,
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> float:
    if len(surrogate.members) == 1 or surrogate.target.sense == "classify" or len(rows) < 2:
        return 1.0
    spread = surrogate.spread(data.z[rows]).numpy()
    size = float(np.mean(spread**2))
    return float(np.sqrt(np.mean((truth - predicted) ** 2) / size)) if size > 0 else 1.0


def _data_record(data: Dataset, task: int) -> dict[str, Any]:
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
