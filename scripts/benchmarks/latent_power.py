"""What the latents know: properties and measured assays learned from them by scaffold split."""

from collections.abc import Sequence
from dataclasses import dataclass
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

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent.vae import SelfiesVAE
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Split,
    Target,
    encode_molecules,
    evaluate,
    fit_surrogates,
    merge_replicates,
    read_assays,
    scaffold_split,
)
from molconvex.surrogate.baselines import morgan_count_matrix

Row = tuple[str, str, float]
Array = NDArray[np.float64]

GOALS = {
    "qed": "maximize",
    "logp": "minimize",
    "sa_score": "minimize",
    "tpsa": "minimize",
    "molecular_weight": "minimize",
    "rings": "minimize",
}
SPLITS = 5


@dataclass(frozen=True)
class Assay:
    """A public table: its file, the column of values, and what they are."""

    name: str
    file: str
    column: str
    target: Target

    @property
    def metric(self) -> str:
        return "roc_auc" if self.target.kind == "classification" else "r2"


ASSAYS = (
    Assay(
        "esol",
        "esol.csv",
        "measured log solubility in mols per litre",
        Target("log_solubility", "log mol/L", "maximize"),
    ),
    Assay("lipophilicity", "lipophilicity.csv.gz", "exp", Target("logd", "", "minimize")),
    Assay("bbbp", "bbbp.csv", "p_np", Target("bbb_penetration", "", "classify", wanted=1)),
)


def property_rows(model: SelfiesVAE, smiles: Sequence[str]) -> list[Row]:
    """R2 of properties learned from z by a linear, a single convex and an unconstrained network, scaffold split."""
    encoding = model.try_encode(smiles)
    kept = [s for s, reason in zip(smiles, encoding.reasons, strict=True) if not reason]
    rows: list[Row] = []
    for name, sense in GOALS.items():
        surrogate = ConvexSurrogate.fit(
            encoding.z[encoding.mask],
            compute_properties(kept, [name])[name].to_numpy(),
            Target(name, PROPERTIES[name].unit, sense),
            latent_fingerprint=model.fingerprint,
            smiles=kept,
            settings=FitSettings(members=1, split="scaffold", baselines=True),
        )
        comparison = surrogate.card["price_of_convexity"]
        for kind, label in (("linear", "linear"), ("convex", "convex"), ("mlp", "MLP")):
            rows.append((f"R2 of {name} from z, {label}", f"{len(kept):,}, scaffold", comparison[kind]["r2"]["value"]))
        print(f"{name}: " + ", ".join(f"{r[0].split(', ')[1]} {r[2]:.3f}" for r in rows[-3:]), flush=True)
    return rows


def assay_rows(model: SelfiesVAE, folder: Path) -> list[Row]:
    """Mean score over five scaffold splits of each assay by models of z, and by a forest on Morgan counts."""
    rows: list[Row] = []
    scores: dict[str, list[float]] = {}
    for assay in ASSAYS:
        smiles, z, value = assay_data(model, assay, folder)
        table: dict[str, list[float]] = {}
        for seed in range(SPLITS):
            split = scaffold_split(smiles, seed=seed)
            for name, predicted in predictions(model, assay, smiles, z, value, split).items():
                metrics = evaluate(value[split.test], predicted, assay.target.kind, resamples=0)
                table.setdefault(name, []).append(metrics[assay.metric].value)
        for name, values in table.items():
            rows.append((f"{assay.name} {assay.metric}, {name}", f"{len(smiles):,}, {SPLITS} splits", np.mean(values)))
            scores.setdefault(name, []).append(float(np.mean(values)))
        print(f"{assay.name}: " + ", ".join(f"{k} {np.mean(v):.3f}" for k, v in table.items()), flush=True)
    return rows + [(f"mean of the assays, {name}", "", float(np.mean(v))) for name, v in scores.items()]


def assay_data(model: SelfiesVAE, assay: Assay, folder: Path) -> tuple[list[str], Tensor, Array]:
    """Distinct molecules that the model reads, their latents (n, d), and one value each."""
    table = read_assays(folder / assay.file, [assay.target], columns={assay.target.property: assay.column})
    names, kept = [], []
    for row, text in enumerate(table.smiles):
        try:
            names.append(standardize(text).smiles)
            kept.append(row)
        except ChemistryError:
            continue
    merged, _ = merge_replicates(table.rows(kept), [assay.target], names)
    encoded = encode_molecules(model, merged.smiles)
    merged, z = merged.rows(encoded.kept), encoded.z
    known = np.flatnonzero(np.isfinite(merged.value[:, 0]))  # not those whose replicates contradict each other
    return [merged.smiles[i] for i in known], z[known], merged.value[known, 0]


def predictions(
    model: SelfiesVAE, assay: Assay, smiles: list[str], z: Tensor, value: Array, split: Split
) -> dict[str, Array]:
    """Predicted values of the test molecules by each model, trained on the same others."""
    seen = np.concatenate([split.train, split.valid])
    classes = assay.target.kind == "classification"
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
    settings = FitSettings(members=3, split=split)
    convex = fit_surrogates(z, value[:, None], [assay.target], latent_fingerprint=model.fingerprint, settings=settings)
    found["ICNN on z"] = convex[0].predict(z[split.test]).numpy()
    return found


def scores_of(estimator: Any, features: Array, classes: bool) -> Array:
    """Values, or scores that order the classes."""
    if not classes:
        return estimator.predict(features)
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(features)
    return estimator.predict_proba(features)[:, 1]
