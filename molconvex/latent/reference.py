"""The bundled reference set: molecules of the model's own, with latents and measured properties."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.exceptions import ConfigError, WeightsError
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
        radii: Latent distance and mean Tanimoto similarity to the start at that distance, (k, 2), distance ascending.
    """

    smiles: list[str]
    z: Tensor
    table: pd.DataFrame
    latent_fingerprint: str
    radii: np.ndarray

    def __len__(self) -> int:
        return len(self.smiles)

    def radius_for_similarity(self, similarity: float) -> float:
        """Latent radius at which decodings keep on average this Tanimoto similarity to the start.

        Raises:
            ConfigError: If similarity is not strictly between 0 and 1.
        """
        if not 0.0 < similarity < 1.0:
            raise ConfigError(f"a Tanimoto similarity lies between 0 and 1, got {similarity}")
        distance, measured = self.radii.T
        falling = np.minimum.accumulate(measured)
        return float(np.interp(-similarity, -falling, distance))


def load_reference_set(folder: Path) -> ReferenceSet:
    """A reference set written by `save_reference_set`, after checking its SHA-256.

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
        radii=np.asarray(manifest["radii"], dtype=float),
    )


@lru_cache(maxsize=1)
def reference_set() -> ReferenceSet:
    """The bundled reference set, loaded once."""
    return load_reference_set(data_path("reference"))


def radius_for_similarity(similarity: float) -> float:
    """`ReferenceSet.radius_for_similarity` of the bundled set."""
    return reference_set().radius_for_similarity(similarity)
