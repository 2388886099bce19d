"""What stands beside a prediction in every table: interval or class set, distance to the training latents, domain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from molconvex.columns import CLASSES, DISTANCE, DOMAIN, HIGH, LOW, PREDICTED, refined
from molconvex.surrogate.model.conformal import level_index
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate

if TYPE_CHECKING:
    from torch import Tensor

    from molconvex.chem import Molecule
    from molconvex.surrogate.model.cost_model import CostModel

LEVEL = 0.9
"""Share of new molecules whose value the intervals of tables hold, where nothing else is asked for."""
INSIDE, OUTSIDE = "inside", "outside"


def uncertainty_columns(
    surrogate: CostModel, z: Tensor, key: str | None = None, *, level: float = LEVEL
) -> pd.DataFrame:
    """Columns low_K and high_K (of classes classes_K instead), distance_K and domain_K at latents (n, d), n rows.

    Missing where a latent is not finite, where no errors of held-out molecules are known, and the last two where the
    surrogate does not know its training latents.

    Args:
        surrogate: Of the predictions.
        z: Shape (n, d).
        key: K, the ending of the columns; by default the property's name.
        level: 0.5, 0.8, 0.9 or 0.95.

    Raises:
        ConfigError: If intervals are not kept at this level.
        LatentShapeError: If z has another shape.
    """
    level_index(level)
    key = surrogate.target.property if key is None else key
    known = torch.isfinite(z).all(dim=1) if z.ndim == 2 else torch.ones(len(z), dtype=torch.bool)
    found = _at(surrogate, z[known], key, level) if bool(known.any()) else _none(surrogate, key)
    found.index = pd.Index(known.nonzero()[:, 0].tolist())
    table = found.reindex(range(len(z)))
    words = [name for name in (CLASSES(key), DOMAIN(key)) if name in table]
    table[words] = table[words].astype(object).fillna("")
    return table


def refined_columns(
    surrogate: CostModel, z: Tensor, structures: Sequence[str | Molecule], *, level: float = LEVEL
) -> pd.DataFrame:
    """The refined prediction of n molecules with its own interval or classes, n rows; no columns without a refinement.

    Args:
        surrogate: Of the predictions.
        z: Own latents (n, d).
        structures: The molecules.
        level: As in `uncertainty_columns`.

    Raises:
        ConfigError, LatentShapeError: As `uncertainty_columns`.
        ChemistryError: If a structure cannot be read.
    """
    level_index(level)
    if not isinstance(surrogate, ConvexSurrogate) or surrogate.refinement is None:
        return pd.DataFrame(index=range(len(z)))
    refinement = surrogate.refinement
    key, target = refined(surrogate.target.property), surrogate.target
    z = z if len(z) else torch.zeros(0, surrogate.latent_dim)
    value = surrogate.predict_refined(z, structures)
    columns: dict[str, object] = {PREDICTED(key): value}
    if refinement.conformal is not None and target.kind == "classification":
        columns[CLASSES(key)] = refinement.conformal.class_sets(value, level)
    elif refinement.conformal is not None:
        half = refinement.conformal.half_width(surrogate.distance_to_training(z).numpy(), level)
        columns[LOW(key)] = np.maximum(value - half, 0.0) if target.sense == "window" else value - half
        columns[HIGH(key)] = value + half
    return pd.DataFrame(columns)


def _at(surrogate: CostModel, z: Tensor, key: str, level: float) -> pd.DataFrame:
    columns: dict[str, object] = {}
    if surrogate.target.kind == "classification":
        columns[CLASSES(key)] = surrogate.class_sets(z, level)
    else:
        low, high = surrogate.interval(z, level)
        columns |= {LOW(key): low.numpy(), HIGH(key): high.numpy()}
    if surrogate.domain is not None:
        distance = surrogate.distance_to_training(z).double().numpy()
        columns |= {DISTANCE(key): distance, DOMAIN(key): np.where(distance <= 1, INSIDE, OUTSIDE)}
    return pd.DataFrame(columns)


def _none(surrogate: CostModel, key: str) -> pd.DataFrame:
    numbers = [] if surrogate.target.kind == "classification" else [LOW(key), HIGH(key)]
    words = [CLASSES(key)] if surrogate.target.kind == "classification" else []
    if surrogate.domain is not None:
        numbers, words = [*numbers, DISTANCE(key)], [*words, DOMAIN(key)]
    return pd.DataFrame({name: np.zeros(0) for name in numbers} | {name: np.zeros(0, dtype=object) for name in words})
