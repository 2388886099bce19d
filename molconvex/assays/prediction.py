"""What surrogates predict for molecules: value, interval, applicability domain, and whether they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.assays.evaluation import parts_of
from molconvex.chem import standardize, tanimoto
from molconvex.columns import CLOSENESS, CLOSEST, PART, PREDICTED
from molconvex.exceptions import ChemistryError, DataError, LatentShapeError
from molconvex.surrogate import encode_molecules
from molconvex.surrogate.model.uncertainty import LEVEL, refined_columns, uncertainty_columns

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from molconvex.chem.molecule import Molecule
    from molconvex.latent import LatentModel
    from molconvex.surrogate import Surrogate


def predict_molecules(
    surrogates: Mapping[str, Surrogate],
    smiles: Sequence[str],
    model: LatentModel,
    *,
    level: float = LEVEL,
    cache: Path | None = None,
    training: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Predictions at the molecules' own latents, one row per molecule, in order.

    Args:
        surrogates: By property, for this latent model.
        smiles: Structures in any form.
        model: Encodes them.
        level: Share of new molecules whose value an interval should hold: 0.5, 0.8, 0.9 or 0.95.
        cache: Folder that keeps latents.
        training: Molecules among which those are looked for that a surrogate was trained on: surrogates keep no
            structures, but know again what they have seen.

    Returns:
        Columns smiles (standardized, empty where a molecule cannot be read), reason, and per property P:
        predicted_P, low_P and high_P (numbers) or classes_P (classes), distance_P, domain_P and part_P; where the
        surrogate refines its predictions by structure also predicted_refined_P, the better one, with low_refined_P and
        high_refined_P or classes_refined_P; with `training` the most similar molecule trained on, closest_P, and its
        similarity closeness_P. Values are missing where there is a reason.

    Raises:
        ConfigError: If intervals are not kept at this level.
        DataError: If half or more of the molecules cannot be read, or no surrogate was trained on any of `training`.
        LatentShapeError: If a surrogate reads latents of another dimension.
    """
    for name, surrogate in surrogates.items():
        if surrogate.latent_dim != model.latent_dim:
            raise LatentShapeError(
                f"the surrogate of {name!r} reads latents of {surrogate.latent_dim} dimensions, the model has "
                f"{model.latent_dim}; it was made for another latent model"
            )
    known_training = None if training is None else _read_training(surrogates, training)
    standard, reasons = _standard(smiles)
    unique = list(dict.fromkeys(text for text in standard if text)) or list(smiles)
    encoded = encode_molecules(model, unique, cache=cache)
    failed = {unique[row]: reason for row, reason in encoded.failures.items()}
    table = pd.DataFrame({"smiles": standard, "reason": reasons})
    table["reason"] = [reason or failed.get(text, "") for text, reason in zip(standard, reasons, strict=True)]
    known = [unique[i] for i in encoded.kept]
    for surrogate in surrogates.values():
        columns = prediction_columns(surrogate, encoded.z, known, level=level, training=known_training)
        columns = columns.set_index(pd.Index(known))
        table = table.join(columns, on="smiles")
    return table


def _read_training(surrogates: Mapping[str, Surrogate], training: Sequence[str]) -> list[Molecule]:
    """The molecules that can be read.

    Raises:
        DataError: If none of them is one that a surrogate was trained on.
    """
    found = []
    for text in training:
        try:
            found.append(standardize(text))
        except ChemistryError:
            continue
    if not any(_trained_on(surrogate, found) for surrogate in surrogates.values()):
        raise DataError(
            f"of the {len(training)} molecules given as training molecules, no surrogate was trained on any; name the "
            "table that it was trained on"
        )
    return found


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


def prediction_columns(
    surrogate: Surrogate,
    z: torch.Tensor,
    smiles: list[str],
    *,
    level: float = LEVEL,
    training: Sequence[Molecule] | None = None,
) -> pd.DataFrame:
    """What one surrogate says of n encoded molecules: the columns that `predict_molecules` gives for it, n rows.

    Args:
        surrogate: For the latent model of `z`.
        z: Own latents (n, d), finite.
        smiles: The molecules, standardized.
        level: As in `predict_molecules`.
        training: The molecules that it was trained on, or more.

    Raises:
        ConfigError, LatentShapeError: As `predict_molecules`.
    """
    name = surrogate.target.property
    parts = [pd.DataFrame({PREDICTED(name): surrogate.predict(z).numpy()})]
    parts.append(uncertainty_columns(surrogate, z, level=level))
    parts.append(refined_columns(surrogate, z, smiles, level=level))
    table = pd.concat(parts, axis=1)
    table[PART(name)] = parts_of(surrogate, smiles)
    if training is not None:
        table[CLOSEST(name)], table[CLOSENESS(name)] = _closest(smiles, _trained_on(surrogate, training))
    return table


def _trained_on(surrogate: Surrogate, training: Sequence[Molecule]) -> list[Molecule]:
    """Those that the surrogate was trained on; all where it did not record that."""
    if surrogate.seen is None:
        return list(training)
    used = surrogate.seen.among_trained([molecule.smiles for molecule in training])
    return [molecule for molecule, was in zip(training, used, strict=True) if was]


def _closest(smiles: Sequence[str], library: Sequence[Molecule]) -> tuple[list[str], list[float]]:
    """The most similar molecule of the library for each, and the similarity; "" and NaN where the library is empty."""
    if not library:
        return [""] * len(smiles), [float("nan")] * len(smiles)
    each = [tanimoto(text, library) for text in smiles]
    return [library[int(row.argmax())].smiles for row in each], [float(row.max()) for row in each]
