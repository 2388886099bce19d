"""Which known molecules are changed next: the best, and where a search stands still the best of every scaffold."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.search.archive import Member

ELITES = 30  # scored molecules among which parents are drawn, and as many of the pool
PRESSURE = 8.0  # a parent's chance falls to 1 / e over this many ranks
WIDE_ELITES = 40  # molecules among which parents are drawn where a search stands still
WIDE_PRESSURE = 16.0
A_SCAFFOLD = 2  # molecules of one scaffold before those of another have their turn


def draw_by_rank(
    known: Sequence[Member], value: NDArray[np.float64], count: int, generator: torch.Generator, pressure: float
) -> list[Member]:
    """Parents, drawn with replacement.

    Args:
        known: n molecules.
        value: Of each, (n,).
        count: How many are drawn.
        generator: Of the draw.
        pressure: A molecule's chance falls to 1 / e over this many ranks of value.
    """
    order = np.argsort(-value, kind="stable")
    chance = torch.exp(-torch.arange(len(order), dtype=torch.float64) / pressure)
    drawn = torch.multinomial(chance, count, replacement=True, generator=generator)
    return [known[order[i]] for i in drawn.tolist()]


def spread_over_scaffolds(known: Sequence[Member], value: NDArray[np.float64], most: int = WIDE_ELITES) -> list[int]:
    """Rows of good molecules of many scaffolds: the best few of every scaffold, then the next few, and so on.

    Args:
        known: n molecules.
        value: Of each, (n,).
        most: So many rows at most.
    """
    ahead: Counter[str] = Counter()
    places = []
    for place, row in enumerate(np.argsort(-value, kind="stable").tolist()):
        scaffold = known[row].scaffold
        places.append((ahead[scaffold] // A_SCAFFOLD, place, row))
        ahead[scaffold] += 1
    return [row for _, _, row in sorted(places)[:most]]
