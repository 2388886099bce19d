"""Whether a convex surrogate at a point near a lead ranks what the points decode to."""

from collections.abc import Sequence

import numpy as np
import torch
from neighbourhood_counts import random_directions
from scipy.stats import spearmanr

from molconvex.assays.public_tables import MEASURED
from molconvex.chem import PROPERTIES, compute_properties
from molconvex.latent.vae.model import TextVAE
from molconvex.surrogate import ConvexSurrogate, FitSettings, Target, fit_surrogate, make_dataset

Row = tuple[str, str, float]
EACH = 40


def fitted(model: TextVAE, training: Sequence[str], name: str) -> ConvexSurrogate:
    """A convex surrogate of one measured property, fitted to molecules by the model's latents."""
    encoding = model.try_encode(training)
    kept = [s for s, reason in zip(training, encoding.reasons, strict=True) if not reason]
    data = make_dataset(
        encoding.z[encoding.mask],
        compute_properties(kept, [name])[name].to_numpy(),
        Target(name, PROPERTIES[name].unit, MEASURED.get(name, "minimize")),
        latent_fingerprint=model.fingerprint,
        smiles=kept,
    )
    return fit_surrogate(data, FitSettings(members=1, orientation="convex", split="scaffold"))


def rank_rows(
    model: TextVAE, surrogates: dict[str, ConvexSurrogate], leads: Sequence[str], distance: float, seed: int
) -> list[Row]:
    """Median over leads of the rank correlation of prediction at z and value of the new molecule decoded from z."""
    generator = torch.Generator().manual_seed(seed)
    points = [z + distance * random_directions(EACH, len(z), generator) for z in model.encode(leads)]
    decoded = [model.decode(rows) for rows in points]
    result: list[Row] = []
    for name, surrogate in surrogates.items():
        found = [
            _correlation(surrogate, rows, texts, lead, name)
            for lead, rows, texts in zip(leads, points, decoded, strict=True)
        ]
        fine = [value for value in found if np.isfinite(value)]
        on = f"{len(fine)} leads x {EACH} random directions"
        result.append((f"rank correlation within a lead, {name}", on, float(np.median(fine)) if fine else np.nan))
    return result


def _correlation(surrogate: ConvexSurrogate, z: torch.Tensor, decoded: list[str], lead: str, name: str) -> float:
    """NaN where fewer than ten different new molecules came."""
    first = {text: i for i, text in reversed(list(enumerate(decoded))) if text and text != lead}
    if len(first) < 10:
        return float("nan")
    measured = compute_properties(list(first), [name])[name].to_numpy()
    predicted = surrogate.predict(z[list(first.values())]).numpy()
    return float(spearmanr(predicted, measured, nan_policy="omit").statistic)
