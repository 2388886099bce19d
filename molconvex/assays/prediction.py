"""What surrogates predict for molecules: value, interval, applicability domain, and whether they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from molconvex.assays.evaluation import parts_of
from molconvex.chem import standardize
from molconvex.columns import CLASSES, DISTANCE, DOMAIN, HIGH, LOW, PART, PREDICTED
from molconvex.exceptions import ChemistryError, LatentShapeError
from molconvex.surrogate import encode_molecules

if TYPE_CHECKING:
    from pathlib import Path

    from molconvex.latent import LatentModel
    from molconvex.surrogate import Surrogate

INSIDE, OUTSIDE = "inside", "outside"


def predict_molecules(
    surrogates: Mapping[str, Surrogate],
    smiles: Sequence[str],
    model: LatentModel,
    *,
    level: float = 0.9,
    cache: Path | None = None,
) -> pd.DataFrame:
    """Predictions at the molecules' own latents, one row per molecule, in order.

    Args:
        surrogates: By property, for this latent model.
        smiles: Structures in any form.
        model: Encodes them.
        level: Share of new molecules whose value an interval should hold: 0.5, 0.8, 0.9 or 0.95.
        cache: Folder that keeps latents.

    Returns:
        Columns smiles (standardized, empty where a molecule cannot be read), reason, and per property P:
        predicted_P, low_P and high_P (numbers) or classes_P (classes), distance_P, domain_P and part_P. Values are
        missing where there is a reason.

    Raises:
        ConfigError: If intervals are not kept at this level.
        DataError: If half or more of the molecules cannot be read.
        LatentShapeError: If a surrogate reads latents of another dimension.
    """
    for name, surrogate in surrogates.items():
        if surrogate.latent_dim != model.latent_dim:
            raise LatentShapeError(
                f"the surrogate of {name!r} reads latents of {surrogate.latent_dim} dimensions, the model has "
                f"{model.latent_dim}; it was made for another latent model"
            )
    standard, reasons = _standard(smiles)
    unique = list(dict.fromkeys(text for text in standard if text)) or list(smiles)
    encoded = encode_molecules(model, unique, cache=cache)
    failed = {unique[row]: reason for row, reason in encoded.failures.items()}
    table = pd.DataFrame({"smiles": standard, "reason": reasons})
    table["reason"] = [reason or failed.get(text, "") for text, reason in zip(standard, reasons, strict=True)]
    known = [unique[i] for i in encoded.kept]
    for surrogate in surrogates.values():
        columns = _columns(surrogate, encoded.z, known, level).set_index(pd.Index(known))
        table = table.join(columns, on="smiles")
    return table


def _standard(smiles: Sequence[str]) -> tuple[list[str], list[str]]:
    """Standard SMILES and reasons, one of both empty."""
    standard, reasons = [], []
    for text in smiles:
        try:
            standard.append(standardize(text).smiles)
            reasons.append("")
        except ChemistryError as error:
            standard.append("")
            reasons.append(str(error))
    return standard, reasons


def _columns(surrogate: Surrogate, z: torch.Tensor, smiles: list[str], level: float) -> pd.DataFrame:
    """What one surrogate says of molecules that could be encoded."""
    name = surrogate.target.property
    columns: dict[str, object] = {PREDICTED(name): surrogate.predict(z).numpy()}
    if surrogate.target.kind == "classification":
        columns[CLASSES(name)] = surrogate.class_sets(z, level)
    else:
        low, high = surrogate.interval(z, level)
        columns |= {LOW(name): low.numpy(), HIGH(name): high.numpy()}
    if surrogate.domain is not None:
        distance = surrogate.distance_to_training(z).numpy()
        columns |= {DISTANCE(name): distance, DOMAIN(name): np.where(distance <= 1, INSIDE, OUTSIDE)}
    columns[PART(name)] = parts_of(surrogate, smiles)
    return pd.DataFrame(columns)
