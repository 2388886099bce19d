"""Values that are probably not what they seem: another unit, a slip of the pen, a goal that points the wrong way."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.target import Target

FAR = 10.0
"""Spreads (of the middle half) beyond the quartiles from which a value is called far away."""
GAP = 0.7
"""Orders of magnitude without a value that part two groups."""
SMALLEST_GROUP = 0.2
"""Share of the values; fewer are single values far away."""
FEWEST = 20
PLAUSIBLE_NEGATIVE_LOGARITHM = (-2.0, 16.0)

_NEGATIVE_LOGARITHM = re.compile(r"^p(IC|EC|XC|AC|GI|MIC|K[id]|chembl)", re.IGNORECASE)
_WEAK_WHEN_HIGH = re.compile(r"^(IC|EC|XC|AC|GI)_?\d\d|^K[id]\b|^K_?[id](?![a-z])|^MIC(?![a-z])", re.IGNORECASE)


def value_warnings(value: NDArray[np.float64], lines: Sequence[int], target: Target, column: str) -> list[str]:
    """What looks wrong in the values of one column, in words that name rows of the file.

    Args:
        value: Shape (n,), NaN where missing.
        lines: Line of the file per value.
        target: What is wanted of them.
        column: What the file calls them.
    """
    present = np.isfinite(value)
    numbers, where = value[present], np.asarray(lines)[present]
    if target.sense == "classify" or not numbers.size:
        return []
    if set(np.unique(numbers)) == {0.0, 1.0}:
        return [f"{column} holds only 0 and 1 (first on {_rows(where)}); for classes use the goal class:1 or class:0"]
    found = [
        *_goal_direction(target, column),
        *_no_negative_logarithm(numbers, where, column),
        *_two_groups(numbers, where, column),
    ]
    return found or _far_away(numbers, where, column)


def _goal_direction(target: Target, column: str) -> list[str]:
    if target.sense == "maximize" and _WEAK_WHEN_HIGH.match(column.strip()):
        return [f"{column} is to be maximized, but a high {column} means a weak compound; right only for an off-target"]
    return []


def _no_negative_logarithm(numbers: NDArray[np.float64], lines: NDArray[np.int64], column: str) -> list[str]:
    low, high = PLAUSIBLE_NEGATIVE_LOGARITHM
    outside = (numbers < low) | (numbers > high)
    if not _NEGATIVE_LOGARITHM.match(column.strip()) or not outside.any():
        return []
    return [
        f"{column} is a negative logarithm, but {_rows(lines[outside])} hold values such as {numbers[outside][0]:g}; "
        "are they concentrations (nM)?"
    ]


def _two_groups(numbers: NDArray[np.float64], lines: NDArray[np.int64], column: str) -> list[str]:
    """Positive numbers with a gap of a factor of five or more between two groups, as of two units."""
    if numbers.size < FEWEST or numbers.min() <= 0:
        return []
    order = np.argsort(numbers, kind="stable")
    steps = np.diff(np.log10(numbers[order]))
    smallest = max(2, int(np.ceil(SMALLEST_GROUP * numbers.size)))
    inner = steps[smallest - 1 : numbers.size - smallest]
    if not inner.size or inner.max() < GAP:
        return []
    cut = int(inner.argmax()) + smallest
    below, above = np.sort(order[:cut]), np.sort(order[cut:])
    return [
        f"{column} falls into two groups, {_range(numbers[below])} ({_rows(lines[below])}) and "
        f"{_range(numbers[above])} ({_rows(lines[above])}); are all in one unit?"
    ]


def _far_away(numbers: NDArray[np.float64], lines: NDArray[np.int64], column: str) -> list[str]:
    """Few values far from all others; those of positive columns that span orders of magnitude by their logarithms."""
    if numbers.size < FEWEST:
        return []
    scale = np.log10(numbers) if numbers.min() > 0 else numbers
    low, high = np.quantile(scale, [0.25, 0.75])
    spread = high - low
    far = (scale < low - FAR * spread) | (scale > high + FAR * spread)
    if spread == 0 or not far.any() or far.mean() > SMALLEST_GROUP:
        return []
    values = ", ".join(f"{number:g}" for number in numbers[far][:3])
    return [
        f"{column}: {_rows(lines[far])} hold {values}, far from all others ({_range(numbers[~far])}); check the unit, "
        "or leave such rows out"
    ]


def _range(numbers: NDArray[np.float64]) -> str:
    return f"{numbers.min():g} to {numbers.max():g}"


def _rows(lines: NDArray[np.int64], most: int = 5) -> str:
    shown = ", ".join(map(str, lines[:most].tolist()))
    more = len(lines) - most
    return f"line{'s' * (len(lines) != 1)} {shown}" + (f" and {more} more" if more > 0 else "")
