"""The bundled reference set: molecules of the model's own, with latents and measured properties."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.exceptions import WeightsError
from molconvex.files import data_path, read_manifest

LATENT_COLUMN = "z_float16"


@dataclass(frozen=True)
class ReferenceSet:
    """Molecules decoded by the latent model, none of which it was trained on.

    Attributes:
        smiles: n canonical SMILES.
        z: Their latents (n, d), float32 (stored as float16).
        table: One row a molecule: `smiles`, RDKit properties by name, and `alerts` (names joined by "; ").
        latent_fingerprint: The latent model that the latents belong to.
    """

    smiles: list[str]
    z: Tensor
    table: pd.DataFrame
    latent_fingerprint: str

    def __len__(self) -> int:
        return len(self.smiles)


def load_reference_set(folder: Path) -> ReferenceSet:
    """A reference set as scripts/build_reference.py writes it, after checking its SHA-256.

    Raises:
        WeightsError: If a file is missing, altered or damaged.
    """
    manifest = read_manifest(folder)
    try:
        table = pd.read_parquet(folder / "molecules.parquet")
        packed = table.pop(LATENT_COLUMN)
        latents = np.stack([np.frombuffer(row, dtype=np.float16) for row in packed])
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"cannot read the reference set in {folder}: {error}") from error
    return ReferenceSet(
        smiles=table["smiles"].tolist(),
        z=torch.from_numpy(latents.astype(np.float32)),
        table=table,
        latent_fingerprint=manifest["latent_fingerprint"],
    )


@lru_cache(maxsize=1)
def reference_set() -> ReferenceSet:
    """The bundled reference set, loaded once."""
    return load_reference_set(data_path("reference"))
