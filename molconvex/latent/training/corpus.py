"""The pre-tokenised corpus: ragged arrays in one file; torch and NumPy only, so that it trains anywhere."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch import Tensor

from molconvex.exceptions import DataError
from molconvex.latent.vae.special_tokens import BOS, EOS, PAD

HELD_OUT_SHARE = 60


def smiles_hash(smiles: str) -> int:
    """First 64 bits of the SHA-256 of a standard SMILES."""
    return int.from_bytes(hashlib.sha256(smiles.encode()).digest()[:8], "big")


def held_out_by_hash(smiles: str) -> bool:
    """Whether a molecule belongs to the sixtieth that is never trained on; known from the standard SMILES alone."""
    return smiles_hash("held-out " + smiles) % HELD_OUT_SHARE == 0


@dataclass(frozen=True)
class Corpus:
    """Ragged arrays of n molecules.

    Attributes:
        tokens, token_offsets: uint16 (total,), int64 (n + 1,).
        bins, counts, bin_offsets: sparse Morgan counts.
        described, descriptors: rows that have descriptors, int64 (k,), and those, float32 (k, 49).
        smiles_hash: uint64 (n,).
    """

    tokens: np.ndarray
    token_offsets: np.ndarray
    bins: np.ndarray
    counts: np.ndarray
    bin_offsets: np.ndarray
    described: np.ndarray
    descriptors: np.ndarray
    smiles_hash: np.ndarray

    def __len__(self) -> int:
        return len(self.token_offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        """Tokens a molecule, without the special ones, (n,)."""
        return np.diff(self.token_offsets)

    @classmethod
    def load(cls, path: Path, prefix: str = "") -> "Corpus":
        """Training part, or the validation part with prefix "valid_".

        Raises:
            DataError: If the file is missing or not a corpus.
        """
        try:
            arrays = load_file(path)
            return cls(**{name: arrays[prefix + name] for name in cls.__dataclass_fields__})
        except (OSError, KeyError, SafetensorError) as error:
            raise DataError(f"{path} is not a corpus ({error}); make one with scripts/prepare_corpus.py") from error

    def descriptor_rows(self) -> np.ndarray:
        """Row of `descriptors` for each molecule, -1 where it has none, (n,)."""
        rows = np.full(len(self), -1, dtype=np.int64)
        rows[self.described] = np.arange(len(self.described))
        return rows

    def padded_tokens(self, rows: np.ndarray) -> Tensor:
        """Begin token, tokens, end token, padding: int64 (len(rows), longest + 2)."""
        lengths = self.lengths[rows]
        batch = np.full((len(rows), int(lengths.max()) + 2), PAD, dtype=np.int64)
        batch[:, 0] = BOS
        column = np.arange(batch.shape[1] - 2)
        inside = column < lengths[:, None]
        source = self.token_offsets[rows][:, None] + column
        batch[:, 1:-1][inside] = self.tokens[source[inside]]
        batch[np.arange(len(rows)), lengths + 1] = EOS
        return torch.from_numpy(batch)

    def log_counts(self, rows: np.ndarray, size: int) -> Tensor:
        """log(1 + Morgan counts), dense float32 (len(rows), size)."""
        dense = np.zeros((len(rows), size), dtype=np.float32)
        starts, stops = self.bin_offsets[rows], self.bin_offsets[rows + 1]
        row = np.repeat(np.arange(len(rows)), stops - starts)
        source = np.concatenate([np.arange(a, b) for a, b in zip(starts, stops, strict=True)])
        dense[row, self.bins[source].astype(np.int64)] = np.log1p(self.counts[source].astype(np.float32))
        return torch.from_numpy(dense)
