"""What the latents know: properties and measured assays learned from them by scaffold split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from torch import Tensor

from molconvex.assays.public_tables import MEASURED, TABLES
from molconvex.assays.training import encode_assays
from molconvex.chem import PROPERTIES, compute_properties
from molconvex.latent.vae.model import TextVAE
from molconvex.surrogate import (
    FitSettings,
    Split,
    Target,
    evaluate,
    fit_surrogate,
    make_dataset,
    scaffold_split,
)
from molconvex.surrogate.evidence.rivals import morgan_count_matrix
from molconvex.surrogate.model.target import Sense

Row = tuple[str, str, float]
Array = NDArray[np.float64]

GOALS: dict[str, Sense] = {**MEASURED, "rings": "minimize"}
ASSAYS = tuple(table for table in TABLES if table.name in ("esol", "lipophilicity", "bbbp"))
METRICS = {"regression": "r2", "classification": "roc_auc"}
SPLITS = 5


def property_rows(model: TextVAE, smiles: Sequence[str]) -> list[Row]:
    """R2 of properties learned from z by a linear, a single convex and an unconstrained network, scaffold split."""
    encoding = model.try_encode(smiles)
    kept = [s for s, reason in zip(smiles, encoding.reasons, strict=True) if not reason]
    rows: list[Row] = []
    for name, sense in GOALS.items():
        data = make_dataset(
            encoding.z[encoding.mask],
            compute_properties(kept, [name])[name].to_numpy(),
            Target(name, PROPERTIES[name].unit, sense),
            latent_fingerprint=model.fingerprint,
            smiles=kept,
        )
        surrogate = fit_surrogate(data, FitSettings(members=1, split="scaffold", evidence=True, repeats=1))
        comparison = surrogate.card["evidence"]["methods"]["scaffold"]["scores"]
        for kind, label in (("linear", "linear"), ("convex", "convex"), ("mlp", "MLP")):
            rows.append((f"R2 of {name} from z, {label}", f"{len(kept):,}, scaffold", comparison[kind]["r2"][0]))
        print(f"{name}: " + ", ".join(f"{r[0].split(', ')[1]} {r[2]:.3f}" for r in rows[-3:]), flush=True)
    return rows


def assay_rows(model: TextVAE, folder: Path) -> list[Row]:
    """Mean score over five scaffold splits of each assay by models of z, and by a forest on Morgan counts."""
    rows: list[Row] = []
    means: dict[str, list[float]] = {}
    for assay in ASSAYS:
        (target,) = assay.columns
        data = encode_assays(folder / assay.file, [target], model, assay.assay_columns())
        known = np.flatnonzero(np.isfinite(data.table.value[:, 0]))  # not those whose replicates contradict each other
        smiles, z, value = [data.table.smiles[i] for i in known], data.z[known], data.table.value[known, 0]
        metric = METRICS[target.kind]
        scores: dict[str, list[float]] = {}
        for seed in range(SPLITS):
            split = scaffold_split(smiles, seed=seed)
            for name, predicted in predictions(model, target, smiles, z, value, split).items():
                found = evaluate(value[split.test], predicted, target.kind, resamples=0)[metric].value
                scores.setdefault(name, []).append(found)
        for name, values in scores.items():
            mean = float(np.mean(values))
            rows.append((f"{assay.name} {metric}, {name}", f"{len(smiles):,}, {SPLITS} splits", mean))
            means.setdefault(name, []).append(mean)
        print(f"{assay.name}: " + ", ".join(f"{k} {np.mean(v):.3f}" for k, v in scores.items()), flush=True)
    return rows + [(f"mean of the assays, {name}", "", float(np.mean(v))) for name, v in means.items()]


def predictions(
    model: TextVAE, target: Target, smiles: list[str], z: Tensor, value: Array, split: Split
) -> dict[str, Array]:
    """Predicted values of the test molecules by each model, trained on the same others."""
    seen = np.concatenate([split.train, split.valid])
    classes = target.kind == "classification"
    latents, counts = z.numpy(), morgan_count_matrix(smiles)
    logistic = GridSearchCV(LogisticRegression(max_iter=2000), {"C": np.logspace(-3, 1, 5)}, scoring="roc_auc")
    linear = logistic if classes else RidgeCV(np.logspace(0, 4, 17))
    kernel = SVC(C=2.0) if classes else SVR(C=2.0)
    forest = (RandomForestClassifier if classes else RandomForestRegressor)(500, max_features="sqrt", random_state=0)
    found = {}
    for name, estimator, features in (
        ("linear on z", make_pipeline(StandardScaler(), linear), latents),
        ("SVM on z", make_pipeline(StandardScaler(), kernel), latents),
        ("random forest on Morgan counts", forest, counts),
    ):
        estimator.fit(features[seen], value[seen])
        found[name] = scores_of(estimator, features[split.test], classes)
    data = make_dataset(z, value, target, latent_fingerprint=model.fingerprint)
    found["ICNN on z"] = fit_surrogate(data, FitSettings(members=3, split=split)).predict(z[split.test]).numpy()
    return found


def scores_of(estimator: Any, features: np.ndarray, classes: bool) -> Array:
    """Values, or scores that order the classes."""
    if not classes:
        return estimator.predict(features)
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(features)
    return estimator.predict_proba(features)[:, 1]
