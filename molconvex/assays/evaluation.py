"""How well surrogates predict a table of measurements; molecules that they were trained on are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch

from molconvex.assays.potency import MOLAR, as_negative_log, potency_name
from molconvex.assays.training import readable_rows
from molconvex.chem.read.delimited import read_header
from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import ConvexSurrogate, Metric, encode_molecules, evaluate, merge_replicates, read_assays
from molconvex.surrogate.data.assay_tables import unit_in
from molconvex.surrogate.evidence.calibration import probability_calibration, spread_calibration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from molconvex.latent import LatentModel
    from molconvex.surrogate import AssayTable, Conflict, Target
    from molconvex.surrogate.store.manifest import Surrogate

TRAINED, TESTED, NEW, UNKNOWN = "trained on", "its own test part", "new", "unknown"
PARTS = ("new molecules", "inside the domain", "outside the domain", "trained on")
ALL = "all molecules"
"""Stands for the first of PARTS where it is not known what was trained on."""


@dataclass(frozen=True)
class Evaluation:
    """One surrogate on one column of measurements.

    Attributes:
        surrogate: What was evaluated.
        rows: One row per line of the table with a value: line, smiles, standard_smiles, property, measured, bound
            (1 truth above, -1 below, 0 exact), predicted, spread, distance (to the training latents, 1 is usual),
            part (trained on, its own test part, new, unknown) and reason, where it could not be predicted; where the
            surrogate refines its predictions also predicted_refined.
        molecules: One row per distinct molecule, replicates merged: smiles, truth (what the prediction is compared
            with), predicted, spread, distance, part, and predicted_refined as in `rows`.
        metrics: Per group of molecules (see PARTS) the metrics with bootstrap intervals; empty groups are absent.
        refined_metrics: The same of the refined prediction; empty where the surrogate has none.
        calibration: Of the spread or the probabilities on new molecules; None with fewer than two or no spread.
        bounds: Values of molecules not trained on that are bounds, and how many of those the predictions respect.
    """

    surrogate: Surrogate
    rows: pd.DataFrame
    molecules: pd.DataFrame
    metrics: Mapping[str, Mapping[str, Metric]]
    refined_metrics: Mapping[str, Mapping[str, Metric]]
    calibration: Mapping[str, Any] | None
    bounds: tuple[int, int]

    @property
    def target(self) -> Target:
        """The surrogate's goal."""
        return self.surrogate.target

    @property
    def shown_metrics(self) -> list[tuple[str, Mapping[str, Metric]]]:
        """The rows of a table: group and metrics, those of the refined prediction before those of the convex one."""
        if not self.refined_metrics:
            return list(self.metrics.items())
        pairs = (("refined", self.refined_metrics), ("convex", self.metrics))
        return [(f"{group}, {word}", of[group]) for group in self.metrics for word, of in pairs]

    def count(self, part: str) -> int:
        """Distinct molecules of a part: TRAINED, TESTED, NEW or UNKNOWN."""
        return int((self.molecules["part"] == part).sum())

    @property
    def outside(self) -> float:
        """Share of the molecules not trained on that lie outside the applicability domain; NaN where unknown."""
        distance = self.molecules.loc[self.molecules["part"] != TRAINED, "distance"].to_numpy(dtype=float)
        return float(np.mean(distance > 1)) if np.isfinite(distance).any() else float("nan")

    def to_dict(self) -> dict[str, Any]:
        """Everything but the rows as plain values for JSON, None where a figure does not exist."""
        return {
            "property": self.target.property,
            "goal": self.target.describe(),
            "unit": self.target.unit,
            "molecules": {part: self.count(part) for part in (NEW, TESTED, UNKNOWN, TRAINED)},
            "outside_domain": None if np.isnan(self.outside) else self.outside,
            "bounds": {"values": self.bounds[0], "respected": self.bounds[1]},
            "metrics": _plain_metrics(self.metrics),
            **({"refined_metrics": _plain_metrics(self.refined_metrics)} if self.refined_metrics else {}),
            "calibration": self.calibration,
        }


@dataclass(frozen=True)
class EvaluatedTable:
    """Evaluations of all columns asked for, and what the reader of the table should know (see `TrainedAssays`)."""

    evaluations: list[Evaluation]
    conflicts: list[Conflict]
    refused: dict[int, str]
    notes: tuple[str, ...]


def evaluate_assays(
    surrogates: Mapping[str, Surrogate],
    path: str | Path,
    model: LatentModel,
    *,
    columns: Mapping[str, str] | None = None,
    smiles_column: str | None = None,
    cache: Path | None = None,
) -> EvaluatedTable:
    """Compare surrogates with a table of measured values.

    Args:
        surrogates: By property, for this latent model.
        path: Table with a header, as for `train_assays`; also fewer than 20 rows.
        model: Encodes the molecules.
        columns: Column of each property to evaluate; by default every property that is the name of a column.
        smiles_column: Column with the structures; found by its name where None.
        cache: Folder that keeps latents.

    Raises:
        ConfigError: If a property is not among the surrogates, or no column is named as one.
        DataError: If the table cannot be read, or half or more of the structures, or there is nothing to compare.
        LatentShapeError: If a surrogate is for latents of another dimension.
    """
    columns = _columns(surrogates, path, columns or {})
    targets = [surrogates[name].target for name in columns]
    read = read_assays(path, targets, columns=columns, smiles_column=smiles_column, for_training=False)
    molar = _concentrations(targets, columns)
    table, names, refused = readable_rows(as_negative_log(read, molar))
    merged, conflicts = merge_replicates(table, targets, names)
    lines = [f"line {line[0]}" for line in merged.lines]
    encoded = encode_molecules(model, merged.smiles, cache=cache, names=lines)
    reasons = {merged.smiles[row]: reason for row, reason in encoded.failures.items()}
    refused |= {line[0]: reasons[name] for name, line in zip(names, table.lines, strict=True) if name in reasons}
    kept = merged.rows(encoded.kept)
    evaluations = [
        _evaluation(surrogates[target.property], t, encoded.z, kept, table, names, reasons)
        for t, target in enumerate(targets)
    ]
    if not any(evaluation.metrics for evaluation in evaluations):
        raise DataError(f"no molecule of {Path(path).name} has both a prediction and an exact value to compare")
    converted = [f"{columns[name]!r} is taken as {name}, -log10 of mol/L, from {unit}" for name, unit in molar.items()]
    return EvaluatedTable(evaluations, conflicts, refused, (*read.notes, *converted, *_notes(evaluations)))


def _columns(surrogates: Mapping[str, Surrogate], path: str | Path, columns: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in columns if name not in surrogates]
    if unknown:
        raise ConfigError(f"there is no surrogate of {unknown[0]!r} here, only of {', '.join(surrogates)}")
    if columns:
        return dict(columns)
    header = read_header(path)
    found = {name: name for name in surrogates if name in header}
    if not found:
        raise ConfigError(
            f"no column of {Path(path).name} is called {' or '.join(list(surrogates)[:3])}; its columns are "
            f"{', '.join(header)}. Name the one with the measured values: --target COLUMN, or --target PROPERTY=COLUMN"
        )
    return found


def _concentrations(targets: list[Target], columns: Mapping[str, str]) -> dict[str, str]:
    """Unit of each property that is the potency of a column of concentrations, as `train --potency` calls it.

    Raises:
        ConfigError: If such a column does not name its unit.
    """
    names = [target.property for target in targets if target.sense != "classify"]
    units = {name: unit_in(columns[name]) for name in names if name == potency_name(columns[name])}
    for name, unit in units.items():
        if unit.lower() not in MOLAR:
            column = columns[name]
            raise ConfigError(
                f"{name} is -log10 of mol/L, and the column {column!r} does not say in which unit it is: call it "
                f"{name} where it holds such logarithms, else name its unit, as in '{name[1:]} (nM)'"
            )
    return units


def _evaluation(
    surrogate: Surrogate,
    task: int,
    z: torch.Tensor,
    merged: AssayTable,
    table: AssayTable,
    names: list[str],
    reasons: Mapping[str, str],
) -> Evaluation:
    """Of one surrogate; `merged` holds the molecules of `z`, `table` the readable rows with standard SMILES `names`."""
    predicted = pd.DataFrame(
        {
            "smiles": merged.smiles,
            "predicted": surrogate.predict(z).numpy(),
            "spread": surrogate.spread(z).numpy(),
            "distance": np.nan if surrogate.domain is None else surrogate.distance_to_training(z).numpy(),
            "part": parts_of(surrogate, merged.smiles),
        }
    )
    has_refined = isinstance(surrogate, ConvexSurrogate) and surrogate.refinement is not None
    if has_refined:
        predicted.insert(2, "predicted_refined", surrogate.predict_refined(z, merged.smiles))
    value, censor = merged.value[:, task], merged.censor[:, task]
    molecules = predicted.assign(truth=_truth(surrogate.target, value, censor))[np.isfinite(value)]
    return Evaluation(
        surrogate,
        _rows(surrogate.target, task, table, names, predicted, reasons),
        molecules.reset_index(drop=True),
        _metrics(surrogate.target, molecules),
        _metrics(surrogate.target, molecules, "predicted_refined") if has_refined else {},
        _calibration(surrogate.target, molecules),
        _bounds(surrogate.target, value, np.where(predicted["part"] == TRAINED, 0, censor), predicted["predicted"]),
    )


def _truth(target: Target, value: NDArray[np.float64], censor: NDArray[np.int8]) -> NDArray[np.float64]:
    """What predictions are compared with: exact values, or their distance to the window; NaN for bounds."""
    exact = np.where(censor == 0, value, np.nan)
    return target.distance(exact) if target.sense == "window" else exact


def parts_of(surrogate: Surrogate, smiles: list[str]) -> NDArray[np.object_]:
    """Whether each molecule was trained on, tested with, is new, or none of that is known; shape (n,)."""
    if surrogate.seen is None:
        return np.full(len(smiles), UNKNOWN, dtype=object)
    tested = np.where(surrogate.seen.among_tested(smiles), TESTED, NEW)
    return np.where(surrogate.seen.among_trained(smiles), TRAINED, tested).astype(object)


def _rows(
    target: Target, task: int, table: AssayTable, names: list[str], predicted: pd.DataFrame, reasons: Mapping[str, str]
) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "line": [line[0] for line in table.lines],
            "smiles": table.smiles,
            "standard_smiles": names,
            "property": target.property,
            "measured": table.value[:, task],
            "bound": table.censor[:, task],
        }
    )
    columns = predicted.rename(columns={"smiles": "standard_smiles"})
    rows = rows[rows["measured"].notna()].merge(columns, on="standard_smiles", how="left")
    return rows.assign(part=rows["part"].fillna(""), reason=[reasons.get(name, "") for name in rows["standard_smiles"]])


def _metrics(target: Target, molecules: pd.DataFrame, column: str = "predicted") -> dict[str, dict[str, Metric]]:
    exact = molecules[molecules["truth"].notna()]
    trained, near = exact["part"] == TRAINED, exact["distance"] <= 1
    names = PARTS if (exact["part"] != UNKNOWN).any() else (ALL, *PARTS[1:])
    chosen = (~trained, ~trained & near, ~trained & (exact["distance"] > 1), trained)
    return {
        name: evaluate(exact.loc[mask, "truth"].to_numpy(), exact.loc[mask, column].to_numpy(), target.kind)
        for name, mask in zip(names, chosen, strict=True)
        if mask.any()
    }


def _calibration(target: Target, molecules: pd.DataFrame) -> dict[str, Any] | None:
    new = molecules[molecules["truth"].notna() & (molecules["part"] != TRAINED)]
    truth, predicted, spread = (new[name].to_numpy() for name in ("truth", "predicted", "spread"))
    if len(new) < 2:
        return None
    if target.kind == "classification":
        return probability_calibration(truth, predicted)
    return spread_calibration(truth, predicted, spread) if np.isfinite(spread).all() else None


def _bounds(
    target: Target, value: NDArray[np.float64], censor: NDArray[np.int8], predicted: pd.Series
) -> tuple[int, int]:
    """Bounds, and those that the predictions respect; windows predict a distance, which no bound speaks of."""
    bound = (censor != 0) & np.isfinite(value)
    if target.sense == "window":
        return int(bound.sum()), 0
    return int(bound.sum()), int(np.sum(bound & (censor * (predicted.to_numpy() - value) >= 0)))


def _notes(evaluations: list[Evaluation]) -> list[str]:
    if all(evaluation.surrogate.seen is None for evaluation in evaluations):
        return [
            "the surrogate does not record which molecules it was trained on: those among these rows cannot be told, "
            "and the metrics may be too good; surrogates trained now record them"
        ]
    return [
        f"{evaluation.target.property}: {evaluation.count(TRAINED)} of {len(evaluation.molecules)} molecules were "
        "trained on; they are left out of the metrics and shown apart"
        for evaluation in evaluations
        if evaluation.count(TRAINED)
    ]


def _plain_metrics(found: Mapping[str, Mapping[str, Metric]]) -> dict[str, Any]:
    return {
        group: {name: {k: _plain(v) for k, v in asdict(metric).items()} for name, metric in metrics.items()}
        for group, metrics in found.items()
    }


def _plain(value: float) -> float | int | None:
    return value if np.isfinite(value) else None
