"""Series of analogues in the corpus, and batches in which analogues stand together."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from molconvex.exceptions import DataError


@dataclass(frozen=True)
class Series:
    """Molecules that share a core or a scaffold; a molecule may be in several series.

    Attributes:
        members: Rows of the corpus, series after series, (total,).
        offsets: Where each series begins in `members`, (k + 1,).
        entries, entry_offsets: For each molecule the series that it is in: (total,), (n + 1,).
    """

    members: np.ndarray
    offsets: np.ndarray
    entries: np.ndarray
    entry_offsets: np.ndarray

    @classmethod
    def of(cls, members: np.ndarray, offsets: np.ndarray, molecules: int) -> "Series":
        """Series of a corpus of n molecules.

        Raises:
            DataError: If a member is no row of the corpus.
        """
        if len(members) and not 0 <= members.min() <= members.max() < molecules:
            raise DataError(
                f"the series name row {members.max()} of a corpus of {molecules:,} molecules; prepare both anew"
            )
        sizes = np.diff(offsets)
        order = np.argsort(members, kind="stable")
        entries = np.repeat(np.arange(len(sizes)), sizes)[order]
        entry_offsets = np.concatenate([[0], np.cumsum(np.bincount(members, minlength=molecules))])
        return cls(members, offsets, entries, entry_offsets)

    @classmethod
    def load(cls, path: Path, molecules: int) -> "Series":
        """Raises: DataError: If the file is missing, no file of series, or belongs to another corpus."""
        try:
            arrays = load_file(path)
            return cls.of(arrays["members"].astype(np.int64), arrays["offsets"], molecules)
        except (OSError, KeyError, SafetensorError) as error:
            raise DataError(f"{path} holds no series ({error}); make them with scripts/prepare_corpus.py") from error

    def group(self, row: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """A molecule and up to size - 1 others of one of its series, chosen at random; alone if it has no series."""
        mine = self.entries[self.entry_offsets[row] : self.entry_offsets[row + 1]]
        if not len(mine):
            return np.array([row])
        chosen = mine[rng.integers(len(mine))]
        others = self.members[self.offsets[chosen] : self.offsets[chosen + 1]]
        if len(others) > 4 * size:
            others = others[rng.integers(len(others), size=size)]
        others = np.unique(others[others != row])
        return np.concatenate([[row], rng.permutation(others)[: size - 1]])


def analogue_batches(
    lengths: np.ndarray, series: Series, size: int, group: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Endless batches of about `size` rows of similar length; half of the rows alone, half in groups of analogues."""
    while True:
        order = rng.permutation(len(lengths))
        for start in range(0, len(order), 50 * size):
            seeds = order[start : start + 50 * size]
            units = [
                series.group(row, group, rng) if grouped else np.array([row])
                for row, grouped in zip(seeds, rng.random(len(seeds)) < 1 / (group + 1), strict=True)
            ]
            units.sort(key=lambda unit: int(lengths[unit].max()))
            pieces = _pieces(units, size)
            for i in rng.permutation(len(pieces)):
                yield pieces[i]


def _pieces(units: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Consecutive units joined until a batch is full; a last one of less than half the size joins the one before."""
    ends = np.cumsum([len(unit) for unit in units])
    batch = (ends - 1) // size
    limits = [int(ends[np.searchsorted(batch, b, side="right") - 1]) for b in range(int(batch[-1]))]
    if limits and ends[-1] - limits[-1] < size / 2:
        limits.pop()
    return [np.unique(piece) for piece in np.split(np.concatenate(units), limits)]
