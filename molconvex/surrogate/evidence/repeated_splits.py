"""The splits that a card's evidence rests on: the one trained on, and more of its kind and at random."""

from dataclasses import dataclass

from molconvex.exceptions import DataError
from molconvex.surrogate.data.dataset import Dataset
from molconvex.surrogate.data.splits import Split, random_split, scaffold_split

LARGE = 5_000
"""Molecules from which one split tells as much as several of a smaller table."""


@dataclass(frozen=True)
class EvidenceSplits:
    """Splits, the one trained on first, and in words why there are fewer than asked for."""

    splits: list[Split]
    notes: list[str]


def evidence_splits(data: Dataset, main: Split, repeats: int | None, fractions: tuple[float, float]) -> EvidenceSplits:
    """Splits by scaffold and at random, as many of each as asked for, where the data allow them.

    A split that was given, by a column or by time, stands alone: no other one says what it says.

    Args:
        data: The molecules.
        main: The split trained on.
        repeats: Of each kind; None takes 5, and 2 of more than 5,000 molecules.
        fractions: Shares of validation and test molecules.
    """
    if main.method not in ("scaffold", "random"):
        return EvidenceSplits([main], [f"the {main.method} split was given: there are no repeats"])
    count = repeats or (5 if len(data) <= LARGE else 2)
    splits, notes = [main], []
    for method in ("scaffold", "random"):
        if method == "scaffold" and data.smiles is None:
            notes.append("no scaffold splits: the structures are not known")
            continue
        for seed in range(main.seed, main.seed + count):
            if (method, seed) == (main.method, main.seed):
                continue
            try:
                if method == main.method:
                    splits.append(main.again(seed, fractions))
                elif method == "scaffold":
                    splits.append(scaffold_split(data.smiles or [], fractions=fractions, seed=seed))
                else:
                    splits.append(random_split(len(data), fractions=fractions, seed=seed))
            except DataError as error:
                notes.append(f"{method} split with seed {seed} left out: {error}")
    return EvidenceSplits(splits, notes)
