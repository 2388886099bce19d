"""A small but real latent model: principal components of descriptors, decoded to the nearest molecule of a library."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.exceptions import ChemistryError, LatentShapeError
from molconvex.latent.model import Encoding
from molconvex.latent.reference import ReferenceSet

CORES = [
    "{a}c1ccc({b})cc1",
    "{a}c1cccc({b})c1",
    "{a}C1CCN({b})CC1",
    "{a}c1ccc({b})nc1",
    "{a}c1cc({b})no1",
    "{a}C(=O)NCC{b}",
    "{a}c1cnn({b})c1",
]
LEFT = ["C", "CC", "CC(C)", "CO", "CN(C)", "OC(=O)", "NC(=O)", "CS(=O)(=O)"]
RIGHT = ["C", "CCO", "CC(N)=O", "C(=O)N9CCOCC9", "Cc9ccccc9", "C9CC9", "CCN(C)C", "C(C)(C)C"]

LATENT_DIM = 6


def library() -> list[str]:
    """A few hundred drug-like molecules by joining fragments."""
    texts = [core.format(a=a, b=b) for core in CORES for a in LEFT for b in RIGHT]
    return sorted({standardize(text).smiles for text in texts})


_known: dict[str, np.ndarray] = {}


def properties_of(smiles: Sequence[str]) -> pd.DataFrame:
    """As `compute_properties`, asked once for each molecule: one test after another wants the same ones."""
    new = sorted(set(smiles) - _known.keys())
    _known.update(zip(new, compute_properties(new).to_numpy(), strict=True))
    return pd.DataFrame([_known[text] for text in smiles], columns=list(PROPERTIES), dtype="float64")


class ToyLatentModel:
    """Encode: whitened principal components of the descriptors. Decode: nearest molecule, or by chance a near one."""

    latent_dim = LATENT_DIM

    def __init__(self, smiles: Sequence[str]) -> None:
        self.smiles = list(smiles)
        table = properties_of(self.smiles)[self._columns()].to_numpy()
        self._mean, self._scale = table.mean(axis=0), table.std(axis=0) + 1e-9
        _, singular, axes = np.linalg.svd((table - self._mean) / self._scale, full_matrices=False)
        self._axes = axes[:LATENT_DIM].T / singular[:LATENT_DIM] * len(self.smiles) ** 0.5
        self._points = self._latents(table)
        self.fingerprint = hashlib.sha256(self._points.numpy().tobytes()).hexdigest()

    @staticmethod
    def _columns() -> list[str]:
        return [name for name in PROPERTIES if name != "formal_charge"]

    def _latents(self, table: np.ndarray) -> Tensor:
        return torch.from_numpy((table - self._mean) / self._scale @ self._axes).float()

    def encode(self, smiles: Sequence[str]) -> Tensor:
        encoding = self.try_encode(smiles)
        for row, reason in enumerate(encoding.reasons):
            if reason:
                raise ChemistryError(f"row {row}: {reason}")
        return encoding.z

    def try_encode(self, smiles: Sequence[str]) -> Encoding:
        reasons, standard = [], []
        for text in smiles:
            try:
                standard.append(standardize(text).smiles)
                reasons.append("")
            except ChemistryError as error:
                standard.append("C")
                reasons.append(str(error))
        z = self._latents(properties_of(standard)[self._columns()].to_numpy())
        z[torch.tensor([bool(r) for r in reasons], dtype=torch.bool)] = torch.nan
        return Encoding(z, reasons)

    def decode(self, z: Tensor, *, temperature: float = 0.0, generator: torch.Generator | None = None) -> list[str]:
        if z.ndim != 2 or z.shape[1] != LATENT_DIM or not torch.isfinite(z).all():
            raise LatentShapeError(f"latents must be finite and have shape (n, {LATENT_DIM}), got {tuple(z.shape)}")
        distance = torch.cdist(z, self._points)
        if temperature == 0:
            rows = distance.argmin(dim=1)
        else:
            rows = torch.multinomial(torch.softmax(-distance / temperature, dim=1), 1, generator=generator)[:, 0]
        return [self.smiles[row] for row in rows.tolist()]


def toy_reference(model: ToyLatentModel) -> ReferenceSet:
    """The library itself with its measured properties."""
    z = model.encode(model.smiles)
    table = properties_of(model.smiles)
    table.insert(0, "smiles", model.smiles)
    return ReferenceSet(model.smiles, z, table, model.fingerprint)
