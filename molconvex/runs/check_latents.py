"""Latents of leads and molecules, encoded again, where the latent model of the run is at hand."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_latent_model
from molconvex.runs.certificates import load_certificates
from molconvex.runs.claims import load_latents
from molconvex.runs.stored_tables import StoredTables

SAME_LATENT = 1e-3
"""Of a latent's size: encodings in batches of another size, or on another processor, differ by about 1e-5."""


def model_of(record: Mapping[str, Any], latent_model: LatentModel | None = None) -> LatentModel | None:
    """The latent model that made a run: the one given, else the one that its settings name; None if neither is it."""
    fingerprint = record.get("latent", {}).get("fingerprint")
    if latent_model is not None and latent_model.fingerprint == fingerprint:
        return latent_model
    try:
        model = load_latent_model(record["settings"]["latent_model"])
    except (MolconvexError, KeyError, TypeError):
        return None
    return model if model.fingerprint == fingerprint else None


def lead_latent_problems(tables: StoredTables, model: LatentModel) -> Iterator[str]:
    """Where the first anchor of a lead's programs is not the lead's latent."""
    smiles = tables.usable_leads.set_index("lead")["smiles"]
    for lead in tables.leads_with_programs:
        anchor = load_certificates(tables.folder, lead).anchor[0]
        if _apart(anchor, encoded(model, [smiles[lead]])[0].numpy()):
            yield f"certificates/lead-{lead}: its programs are not posed at the latent of the lead"


def candidate_latent_problems(tables: StoredTables, model: LatentModel) -> Iterator[str]:
    """Where the latents that claims are made at are not those of the molecules."""
    for lead, rows in tables.candidates.groupby("lead"):
        number = int(str(lead))
        stored, again = load_latents(tables.folder, number)[1], encoded(model, rows["smiles"].tolist()).numpy()
        for identity, a, b in zip(rows["id"], stored, again, strict=True):
            if _apart(a, b):
                yield f"certificates/lead-{number}-latents: that of {identity} is not the molecule's"


def encoded(model: LatentModel, smiles: list[str]) -> Tensor:
    """Latents (n, d), float64; NaN where a molecule cannot be encoded."""
    return model.try_encode(smiles).z.to("cpu", torch.float64)


def _apart(a: np.ndarray, b: np.ndarray) -> bool:
    return not bool(np.linalg.norm(a - b) <= SAME_LATENT * max(1.0, float(np.linalg.norm(b))))
