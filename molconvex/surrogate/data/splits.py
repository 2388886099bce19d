"""Division of molecules into training, validation and test parts: by scaffold, at random, by a column or by time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import DataError

Indices = NDArray[np.int64]

PART_NAMES = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "validation": "valid",
    "val": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, disjoint; `group` says which rows may not be torn apart.

    Attributes:
        train, valid, test: Row numbers, ascending.
        group: Group of every row, shape (n,): the scaffold's number, or the row's own number.
        method: "scaffold", "random", "column" or "time".
        seed: Seed that reproduces the division.
    """

    train: Indices
    valid: Indices
    test: Indices
    group: Indices = field(repr=False)
    method: str
    seed: int

    def resplit(self, seed: int) -> "Split":
        """The same test part with training and validation divided anew, for one member of an ensemble."""
        pool = np.sort(np.concatenate([self.train, self.valid]))
        valid, train = _take_groups(pool, self.group[pool], len(self.valid), np.random.default_rng(seed))
        return Split(train, valid, self.test, self.group, self.method, seed)

    def again(self, seed: int, fractions: tuple[float, float]) -> "Split":
        """Another division of the same groups, as `scaffold_split` or `random_split` makes it, without grouping anew.

        Raises:
            DataError: If a part would be empty.
        """
        return _grouped_split(self.group, fractions, self.method, seed)


def random_split(n: int, *, fractions: tuple[float, float] = (0.1, 0.1), seed: int = 0) -> Split:
    """Divide n rows at random.

    Args:
        n: Number of rows.
        fractions: Shares of validation and test.
        seed: Seed of the shuffling.

    Raises:
        DataError: If a part would be empty.
    """
    return _grouped_split(np.arange(n), fractions, "random", seed)


def scaffold_split(smiles: Sequence[str], *, fractions: tuple[float, float] = (0.1, 0.1), seed: int = 0) -> Split:
    """Divide molecules so that no Murcko scaffold is in two parts: closer to judging a new series than a random split.

    Scaffolds with more molecules than half of a part go to training, the others are shuffled. Molecules without a
    ring share the empty scaffold.

    Args:
        smiles: One SMILES per row.
        fractions: Shares of validation and test.
        seed: Seed of the shuffling.

    Raises:
        ChemistryError: If a SMILES cannot be read.
        DataError: If a part would be empty, for example because all molecules share one scaffold.

    Reference: Bemis and Murcko (1996), J. Med. Chem. 39, 2887.
    """
    from molconvex.chem import murcko_scaffold

    _, group = np.unique([murcko_scaffold(s) for s in smiles], return_inverse=True)
    return _grouped_split(group.astype(np.int64), fractions, "scaffold", seed)


def column_split(parts: Sequence[object], *, valid_fraction: float = 0.1, seed: int = 0) -> Split:
    """Divide as a column says: train, valid and test (or training, validation, testing).

    Args:
        parts: The column's value per row.
        valid_fraction: Share taken at random from training where the column names no validation rows.
        seed: Seed of that choice.

    Raises:
        DataError: If the column holds other words, or no training or test row.
    """
    named = [PART_NAMES.get(str(part).strip().lower(), "") for part in parts]
    unknown = sorted({str(part) for part, name in zip(parts, named, strict=True) if not name})
    if unknown:
        raise DataError(f"the split column must hold train, valid or test; it holds {', '.join(unknown[:5])!s}")
    train, valid, test = (np.flatnonzero(np.array(named) == name) for name in ("train", "valid", "test"))
    group = np.arange(len(named))
    if len(valid) == 0 and len(train) > 1:
        size = max(1, round(valid_fraction * len(train)))
        valid, train = _take_groups(train, group[train], size, np.random.default_rng(seed))
    return _checked(Split(train, valid, test, group, "column", seed))


def time_split(times: Sequence[float], *, fractions: tuple[float, float] = (0.1, 0.1)) -> Split:
    """Train on the oldest rows, validate on later ones, test on the latest; ties keep the order of the rows.

    Args:
        times: Anything that sorts, one per row: years, timestamps.
        fractions: Shares of validation and test.

    Raises:
        DataError: If a time is missing or a part would be empty.
    """
    stamp = np.asarray(times)
    missing = [i for i, value in enumerate(times) if value is None or value != value]
    if missing:
        raise DataError(f"row {missing[0] + 1} has no time ({len(missing)} in all); fill them in or drop the rows")
    order = np.argsort(stamp, kind="stable")
    n = len(order)
    n_valid, n_test = (math.ceil(f * n) for f in fractions)
    cut, last = n - n_valid - n_test, n - n_test
    train, valid, test = (np.sort(part) for part in (order[: max(cut, 0)], order[max(cut, 0) : last], order[last:]))
    return _checked(Split(train, valid, test, np.arange(n), "time", 0))


def _grouped_split(group: Indices, fractions: tuple[float, float], method: str, seed: int) -> Split:
    if min(fractions) < 0 or sum(fractions) >= 1:
        raise DataError(f"shares of validation and test must be >= 0 with a sum below 1, got {fractions}")
    rng = np.random.default_rng(seed)
    rows = np.arange(len(group))
    n_valid, n_test = (round(f * len(group)) for f in fractions)
    test, rest = _take_groups(rows, group, n_test, rng)
    valid, train = _take_groups(rest, group[rest], n_valid, rng)
    return _checked(Split(train, valid, test, group, method, seed))


def _take_groups(rows: Indices, group: Indices, size: int, rng: np.random.Generator) -> tuple[Indices, Indices]:
    """Draw whole groups, none larger than half of `size`, until about `size` rows are taken: (taken, left)."""
    names, count = np.unique(group, return_counts=True)
    small = names[count <= max(1, size // 2)]
    taken: list[int] = []
    total = 0
    sizes = dict(zip(names.tolist(), count.tolist(), strict=True))
    for name in rng.permutation(small).tolist():
        if total + sizes[name] > size:
            continue
        taken.append(name)
        total += sizes[name]
    chosen = np.isin(group, taken)
    return rows[chosen], rows[~chosen]


def _checked(split: Split) -> Split:
    sizes = {"training": len(split.train), "validation": len(split.valid), "test": len(split.test)}
    empty = [name for name, size in sizes.items() if size == 0]
    if empty:
        raise DataError(
            f"the {split.method} split leaves no molecule for {' and '.join(empty)} (sizes {sizes}); "
            "use another split, such as random, or more molecules"
        )
    return split
