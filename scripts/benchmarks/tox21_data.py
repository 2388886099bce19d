"""Tox21 as the challenge divided it, as latents and labels: read, standardized, replicates merged, encoded once."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.assays.public_tables import TABLES, TOX21
from molconvex.assays.training import encode_assays
from molconvex.latent import LatentModel
from molconvex.surrogate.fit.train_network import Examples

ASSAYS = tuple(TOX21)
TABLE = next(table for table in TABLES if table.name == "tox21")
SPLIT_COLUMN = "set"
VALID_FRACTION = 0.1


@dataclass(frozen=True)
class Tox21:
    """Standardized latents and labels.

    Attributes:
        seen: Examples of the challenge's training and validation parts; the cost is 1 for toxic.
        train, valid: `seen`, divided at random: the challenge's own validation part is small and of another kind.
        test_z: Latents of the test part, (n, d).
        test_labels: Its classes, (n, 12), NaN where not measured.
    """

    seen: Examples
    train: Examples
    valid: Examples
    test_z: Tensor
    test_labels: NDArray[np.float64]

    def divided(self, seed: int) -> "Tox21":
        """The same with training and validation divided anew."""
        order = torch.randperm(len(self.seen), generator=torch.Generator().manual_seed(seed))
        size = round(VALID_FRACTION * len(self.seen))
        return replace(self, train=self.seen.rows(order[size:]), valid=self.seen.rows(order[:size]))

    def __str__(self) -> str:
        return (
            f"{len(self.seen):,} molecules to train and validate on, {len(self.test_z):,} to test on, "
            f"{self.test_z.shape[1]} latent dimensions"
        )


def load_tox21(path: Path, model: LatentModel, cache: Path | None) -> Tox21:
    """Read the table, encode what has not been encoded before, divide by the column `set`.

    Molecules that the test part holds too do not train. Latents are standardized over what is not tested.

    Args:
        path: The challenge's table: columns `smiles`, `set` and the twelve assays.
        model: Encodes the molecules.
        cache: Folder that keeps latents under a hash of model and molecules, or None.

    Raises:
        DataError: If the table lacks a column, holds other labels than 0 and 1, or cannot be encoded.
    """
    data = encode_assays(
        path,
        list(TABLE.columns),
        model,
        TABLE.assay_columns(),
        cache=cache,
    )
    parts = data.table.extra[SPLIT_COLUMN]
    test = torch.tensor([part.strip().lower().startswith("test") for part in parts])
    mean, scale = data.z[~test].mean(0), data.z[~test].std(0).clamp_min(1e-6)
    examples = _examples((data.z - mean) / scale, data.table.value)
    seen, tested_rows = (examples.rows(torch.nonzero(part)[:, 0]) for part in (~test, test))
    return Tox21(seen, seen, seen, tested_rows.z, data.table.value[test.numpy()]).divided(0)


def _examples(z: Tensor, labels: NDArray[np.float64]) -> Examples:
    cost = torch.tensor(labels, dtype=torch.float32)
    bound = torch.zeros(cost.shape, dtype=torch.int8)
    return Examples(z, cost, bound, torch.ones(len(z)), logistic=(True,) * cost.shape[1])
