"""Tox21 as the challenge divided it, as latents and labels: read, standardized, replicates merged, encoded once."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel
from molconvex.surrogate import Target, encode_molecules, merge_replicates, read_assays
from molconvex.surrogate.training import Examples

ASSAYS = (
    "NR.AR",
    "NR.AR.LBD",
    "NR.AhR",
    "NR.Aromatase",
    "NR.ER",
    "NR.ER.LBD",
    "NR.PPAR.gamma",
    "SR.ARE",
    "SR.ATAD5",
    "SR.HSE",
    "SR.MMP",
    "SR.p53",
)
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
    targets = [Target(name, "", "classify", wanted=0) for name in ASSAYS]
    table = read_assays(path, targets, smiles_column="smiles", extra_columns=[SPLIT_COLUMN])
    names = [_standard(text) for text in table.smiles]
    is_test = [part.startswith("test") for part in table.extra[SPLIT_COLUMN]]
    tested = {name for name, test in zip(names, is_test, strict=True) if test}
    rows = [i for i, name in enumerate(names) if name and (is_test[i] or name not in tested)]
    table, _ = merge_replicates(table.rows(rows), targets, [names[i] for i in rows])
    encoded = encode_molecules(model, table.smiles, cache=cache)
    table = table.rows(encoded.kept)
    test = torch.tensor([part.startswith("test") for part in table.extra[SPLIT_COLUMN]])
    mean, scale = encoded.z[~test].mean(0), encoded.z[~test].std(0).clamp_min(1e-6)
    examples = _examples((encoded.z - mean) / scale, table.value)
    seen, tested_rows = (examples.rows(torch.nonzero(part)[:, 0]) for part in (~test, test))
    return Tox21(seen, seen, seen, tested_rows.z, table.value[test.numpy()]).divided(0)


def _standard(smiles: str) -> str:
    """Standard SMILES, "" where the structure cannot be read."""
    try:
        return standardize(smiles).smiles
    except ChemistryError:
        return ""


def _examples(z: Tensor, labels: NDArray[np.float64]) -> Examples:
    cost = torch.tensor(labels, dtype=torch.float32)
    return Examples(z, cost, torch.zeros(cost.shape, dtype=torch.int8), torch.ones(len(z)), logistic=True)
