"""Conformal intervals from the errors of repeated splits, and their coverage on molecules not used for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.evidence.comparison import SplitOutcome
from molconvex.surrogate.model.conformal import LEVELS, Conformal, calibrated
from molconvex.surrogate.model.target import Target

Array = NDArray[np.float64]


def conformal_evidence(
    outcomes: Sequence[SplitOutcome], task: int, target: Target, model: str = "convex"
) -> tuple[Conformal | None, dict[str, Any] | None]:
    """The intervals of one goal, and what is known of their coverage.

    The errors are those of the splits like the one trained on: by scaffold, where structures are known. Coverage is
    measured split by split, with intervals from the molecules of the other splits that are not tested in this one.
    """
    chosen = [outcome for outcome in outcomes if outcome.split.method == outcomes[0].split.method]
    rows = np.concatenate([outcome.split.test for outcome in chosen])
    of_split = np.repeat(np.arange(len(chosen)), [len(outcome.split.test) for outcome in chosen])
    truth = np.concatenate([outcome.truth[task] for outcome in chosen])
    predicted = np.concatenate([outcome.predicted[model][task] for outcome in chosen])
    distance = np.concatenate([outcome.distance for outcome in chosen])
    found = calibrated(target.kind, truth, predicted, distance)
    if found is None:
        return None, None
    covered: dict[str, list[NDArray[np.bool_]]] = {}
    for k in range(len(chosen)):
        tested = of_split == k
        others = ~tested & ~np.isin(rows, rows[tested])
        apart = calibrated(target.kind, truth[others], predicted[others], distance[others])
        if apart is not None:
            for name, hits in _covered(apart, target, truth[tested], predicted[tested], distance[tested]).items():
                covered.setdefault(name, []).append(hits)
    record = {"levels": list(LEVELS), "molecules": dict(found.molecules or {}), "method": chosen[0].split.method}
    pooled = {name: np.concatenate(hits) for name, hits in covered.items()}
    record["coverage"] = {
        name: {"share": hits.mean(axis=0).tolist(), "tested": len(hits)} for name, hits in pooled.items() if len(hits)
    }
    return found, record


def _covered(
    intervals: Conformal, target: Target, truth: Array, predicted: Array, distance: Array
) -> dict[str, NDArray[np.bool_]]:
    """Whether each interval holds the truth, (n, levels), by group of molecules."""
    kept = np.isfinite(truth)
    truth, predicted, distance = truth[kept], predicted[kept], distance[kept]
    if target.kind == "classification":
        sets = [intervals.class_sets(predicted, level) for level in LEVELS]
        hits = np.array([[str(int(y)) in words for y, words in zip(truth, row, strict=True)] for row in sets]).T
        groups = {"class 0": truth == 0, "class 1": truth == 1}
    else:
        widths = np.stack([intervals.half_width(distance, level) for level in LEVELS], axis=1)
        hits = np.abs(truth - predicted)[:, None] <= widths
        groups = {"inside the domain": distance <= 1, "outside the domain": distance > 1}
    hits = hits.reshape(len(truth), len(LEVELS))
    return {"all": hits} | {name: hits[mask] for name, mask in groups.items()}
