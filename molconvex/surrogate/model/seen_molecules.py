"""Which molecules a surrogate has seen, as short hashes: enough to notice them again, no way back to structures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import ChemistryError


@dataclass(frozen=True)
class SeenMolecules:
    """Molecules of a fit by hash; someone who has a structure can ask whether it took part, nothing else can be read.

    A molecule that took no part is taken for one that did with probability k / 2^32, k being the number of hashes.

    Attributes:
        trained: Hashes of the training and validation molecules, shape (k,), int32, ascending.
        tested: Hashes of the test molecules, shape (m,), int32, ascending.
    """

    trained: Tensor
    tested: Tensor

    @classmethod
    def of(cls, trained: Sequence[str], tested: Sequence[str]) -> "SeenMolecules":
        """Record SMILES of any form; equal standard structures count as one molecule."""
        return cls(*(torch.from_numpy(np.unique(hashes(part))) for part in (trained, tested)))

    def among_trained(self, smiles: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each molecule was trained on or used to stop the training, shape (n,)."""
        return np.isin(hashes(smiles), self.trained.numpy())

    def among_tested(self, smiles: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each molecule was in the test part, shape (n,)."""
        return np.isin(hashes(smiles), self.tested.numpy())


def hashes(smiles: Sequence[str]) -> NDArray[np.int32]:
    """First 32 bits of the SHA-256 of each molecule's standard SMILES, shape (n,)."""
    return np.array([_hash(text) for text in smiles], dtype=np.int32)


@lru_cache(maxsize=2**16)
def _hash(smiles: str) -> int:
    from molconvex.chem import standardize

    try:
        smiles = standardize(smiles).smiles
    except ChemistryError:
        smiles = smiles.strip()
    return int.from_bytes(hashlib.sha256(smiles.encode()).digest()[:4], "little", signed=True)
