"""The division of a data set that the settings ask for."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import ConfigError, DataError, SurrogateError
from molconvex.surrogate.data.dataset import Dataset
from molconvex.surrogate.data.splits import Split, random_split, scaffold_split
from molconvex.surrogate.fit.settings import FitSettings


def divide(data: Dataset, settings: FitSettings) -> Split:
    """Training, validation and test rows of the data.

    Raises:
        ConfigError: If there is no such split.
        SurrogateError: If a scaffold split is asked for without structures.
        DataError: If a part would be empty.
    """
    split, fractions = settings.split, (settings.valid_fraction, settings.test_fraction)
    if isinstance(split, Split):
        return _restricted(split, data)
    if split == "random" or (split == "auto" and data.smiles is None):
        return random_split(len(data), fractions=fractions, seed=settings.seed)
    if split not in ("auto", "scaffold"):
        raise ConfigError(f"split must be scaffold, random, auto or a Split, got {split!r}")
    if data.smiles is None:
        raise SurrogateError("a scaffold split needs the structures: pass smiles=..., or split='random'")
    return scaffold_split(data.smiles, fractions=fractions, seed=settings.seed)


def _restricted(split: Split, data: Dataset) -> Split:
    """A split of all rows handed over as one of the rows kept, renumbered."""
    if len(split.group) != data.handed_over:
        raise DataError(f"the split is of {len(split.group)} rows, the values have {data.handed_over}")
    number = np.full(data.handed_over, -1)
    number[data.rows] = np.arange(len(data))

    def renumbered(part: NDArray[np.int64]) -> NDArray[np.int64]:
        return number[part][number[part] >= 0]

    return replace(
        split,
        train=renumbered(split.train),
        valid=renumbered(split.valid),
        test=renumbered(split.test),
        group=split.group[data.rows],
    )
