"""What molconvex asks of a latent model; plug in your own encoder by fulfilling this protocol."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.exceptions import LatentShapeError


@dataclass(frozen=True)
class Encoding:
    """Latents of molecules, some of which may have failed.

    Attributes:
        z: (n, d) float32; NaN in the rows that failed.
        reasons: n texts; "" where the molecule was encoded.
    """

    z: Tensor
    reasons: list[str]

    @property
    def mask(self) -> Tensor:
        """True where the molecule was encoded, (n,) bool."""
        return torch.tensor([not r for r in self.reasons], dtype=torch.bool)


@runtime_checkable
class LatentModel(Protocol):
    """Maps molecules to points and points to molecules.

    Attributes:
        latent_dim: Dimension d of the latents.
        fingerprint: Hex digest of the weights; surrogates and runs remember it and refuse another model's latents.
    """

    latent_dim: int
    fingerprint: str

    def encode(self, smiles: Sequence[str | Molecule]) -> Tensor:
        """Latents (n, d) float32; raises a ChemistryError that names the row where a molecule cannot be encoded."""
        ...

    def try_encode(self, smiles: Sequence[str | Molecule]) -> Encoding:
        """As `encode`, with NaN rows and reasons instead of an error."""
        ...

    def decode(self, z: Tensor, *, temperature: float = 0.0, generator: torch.Generator | None = None) -> list[str]:
        """A canonical SMILES for each latent (n, d), "" where none came; repeat rows of z for several samples."""
        ...


def check_latents(z: Tensor | np.ndarray, latent_dim: int) -> Tensor:
    """Latents as float32 (n, d) on the CPU.

    Raises:
        LatentShapeError: If the shape is wrong, or a value is NaN or infinite (the first such row is named).
    """
    if isinstance(z, np.ndarray) and z.dtype != object:
        z = torch.from_numpy(np.ascontiguousarray(z))
    if not isinstance(z, Tensor):
        raise LatentShapeError(f"latents must be a torch tensor or NumPy array of numbers, got {type(z).__name__}")
    if z.ndim != 2 or z.shape[1] != latent_dim:
        raise LatentShapeError(
            f"latents must have shape (n, {latent_dim}), got {tuple(z.shape)}; for a single point pass z[None, :]"
        )
    z = z.detach().to("cpu", torch.float32)
    finite = torch.isfinite(z).all(dim=1)
    if not finite.all():
        raise LatentShapeError(f"row {int((~finite).nonzero()[0])} of the latents holds NaN or infinity")
    return z
