"""Assay values as they are written: "7.2", "> 10,000", "5,3", "n.d."; each read exactly or refused with its row."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import DataError

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nd", "n.d.", "n.d", "-", "--", "#n/a", "?", "missing"})
NEGATIVE_WORDS = frozenset({"0", "false", "no", "inactive", "negative", "neg", "-1"})
POSITIVE_WORDS = frozenset({"1", "true", "yes", "active", "positive", "pos"})

_COMPARISON = re.compile(r"^(>=|<=|=>|=<|>>|<<|>|<|≥|≤|=|~|≈)?\s*(.+)$")
_BOUND = {">": 1, ">>": 1, "≥": 1, "<": -1, "<<": -1, "≤": -1}
_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$", re.ASCII)
_DECIMAL_COMMA = re.compile(r"^[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?$", re.ASCII)
_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$", re.ASCII)
_POINTED_THOUSANDS = re.compile(r"^[+-]?\d{1,3}(\.\d{3})+,\d+$", re.ASCII)
_AMBIGUOUS = re.compile(r"^[+-]?[1-9]\d{0,2}[,.]\d{3}$", re.ASCII)


@dataclass(frozen=True)
class NumberColumn:
    """Values of one column.

    Attributes:
        value: Shape (n,), NaN where missing; for a censored cell the bound.
        censor: Shape (n,), int8: 1 where the truth is above the bound (">10000"), -1 where below, 0 where exact.
        notes: What was read in an unusual way, in words.
    """

    value: NDArray[np.float64]
    censor: NDArray[np.int8]
    notes: tuple[str, ...] = ()


def read_numbers(cells: Sequence[str], lines: Sequence[int], column: str, *, decimal_comma: bool) -> NumberColumn:
    """Numbers of a column of text.

    Args:
        cells: Text per row.
        lines: Line in the file per row, for messages.
        column: Name, for messages.
        decimal_comma: Whether "5,3" may mean 5.3, as in files that commas do not separate. "10,000" can then mean two
            things: the other cells of the column decide, and where they do not it is refused. Where False, commas
            separate thousands.

    Raises:
        DataError: If a cell is neither a number, a bound nor an accepted word for "missing", or can mean two numbers.
    """
    value, censor = np.full(len(cells), np.nan), np.zeros(len(cells), dtype=np.int8)
    usage = _comma_usage(cells, lines, column) if decimal_comma else "thousands"
    commas = 0
    for i, cell in enumerate(cells):
        if cell.lower() in MISSING:
            continue
        try:
            if decimal_comma:
                value[i], censor[i] = _parse_either(cell, usage)
            else:
                value[i], censor[i] = parse_value(cell)
        except _TwoReadingsError as readings:
            raise DataError(
                f"line {lines[i]}: {column!r} holds {cell!r}, which can mean {readings}; write it without a separator "
                "of thousands"
            ) from None
        except ValueError:
            raise DataError(
                f"line {lines[i]}: {column!r} holds {cell!r}, which is no number; leave the cell empty where there "
                "is no value, write bounds as '>10000' or '<0.1'"
            ) from None
        commas += "," in cell
    return NumberColumn(value, censor, _notes(column, value, censor, commas, usage != "thousands"))


class _TwoReadingsError(Exception):
    """A cell that can mean two numbers; the text names both."""


CommaUsage = Literal["decimal", "thousands", "both signs", "unknown"]


def _comma_usage(cells: Sequence[str], lines: Sequence[int], column: str) -> CommaUsage:
    """What commas of a column are, by the cells that can mean one thing only; "both signs": 5,3 beside 5.3.

    Raises:
        DataError: If some cells say so and others say otherwise.
    """
    decimal = thousands = pointed = None
    for line, cell in zip(lines, cells, strict=True):
        text = _number_text(cell)
        if _AMBIGUOUS.match(text):
            continue
        if _DECIMAL_COMMA.match(text) or _POINTED_THOUSANDS.match(text):
            decimal = decimal or (line, cell)
        elif _THOUSANDS.match(text):
            thousands = thousands or (line, cell)
        elif "." in text and _NUMBER.match(text):
            pointed = pointed or (line, cell)
    if decimal and thousands:
        raise DataError(
            f"{column!r} uses the comma in two ways: {decimal[1]!r} on line {decimal[0]}, {thousands[1]!r} on line "
            f"{thousands[0]}; write one way"
        )
    if decimal:
        return "both signs" if pointed else "decimal"
    return "thousands" if thousands or pointed else "unknown"


def _parse_either(cell: str, usage: CommaUsage) -> tuple[float, int]:
    """Number and bound where commas may be decimal signs."""
    text = _number_text(cell)
    clear = _DECIMAL_COMMA.match(text) or _POINTED_THOUSANDS.match(text)
    if not _AMBIGUOUS.match(text):
        return parse_value(cell, decimal_comma=bool(clear))
    if "," in text and usage in ("decimal", "thousands"):
        return parse_value(cell, decimal_comma=usage == "decimal")
    if "." in text and usage in ("thousands", "unknown"):
        return parse_value(cell)
    plain = text.replace(",", ".")
    raise _TwoReadingsError(f"{float(plain):g} or {float(plain.replace('.', '')):g}")


def _number_text(cell: str) -> str:
    match = _COMPARISON.match(cell.strip())
    return match.group(2).strip() if match else ""


def parse_value(cell: str, *, decimal_comma: bool = False) -> tuple[float, int]:
    """Number and kind of bound of one cell: "7" is (7.0, 0), ">10000" is (10000.0, 1), "<0.1" is (0.1, -1).

    Raises:
        ValueError: If the cell is no finite number.
    """
    match = _COMPARISON.match(cell.strip())
    if match is None:
        raise ValueError(cell)
    sign, text = match.group(1) or "", match.group(2).strip()
    if decimal_comma and _POINTED_THOUSANDS.match(text):
        text = text.replace(".", "").replace(",", ".")
    elif decimal_comma and _DECIMAL_COMMA.match(text):
        text = text.replace(",", ".")
    elif not decimal_comma and _THOUSANDS.match(text):
        text = text.replace(",", "")
    if not _NUMBER.match(text):
        raise ValueError(cell)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(cell)
    return number, _BOUND.get(sign.strip("=") or sign, 0)


def read_classes(cells: Sequence[str], lines: Sequence[int], column: str) -> NumberColumn:
    """Classes 0 and 1 of a column of text; also accepts yes/no, true/false, active/inactive, positive/negative.

    Raises:
        DataError: If a cell is none of these.
    """
    value = np.full(len(cells), np.nan)
    for i, cell in enumerate(cells):
        word = cell.lower()
        plain = word[:-2] if word.endswith(".0") else word
        if plain in NEGATIVE_WORDS:
            value[i] = 0.0
        elif plain in POSITIVE_WORDS:
            value[i] = 1.0
        elif word not in MISSING:
            raise DataError(
                f"line {lines[i]}: {column!r} holds {cell!r}; a class must be 0 or 1 (or yes/no, active/inactive); "
                "for numbers use the goal minimize, maximize or a window"
            )
    return NumberColumn(value, np.zeros(len(cells), dtype=np.int8))


def _notes(
    column: str, value: NDArray[np.float64], censor: NDArray[np.int8], commas: int, decimal: bool
) -> tuple[str, ...]:
    notes = []
    if commas:
        meaning = "decimal sign" if decimal else "thousands separator"
        notes.append(f"{column}: a comma was read as {meaning} in {commas} cells")
    if np.any(censor):
        sides = ((int(np.sum(censor > 0)), "lower", ">"), (int(np.sum(censor < 0)), "upper", "<"))
        said = [f"{number} {side} bound{'s' * (number > 1)} ({sign})" for number, side, sign in sides if number]
        notes.append(f"{column}: {' and '.join(said)} among the values")
    present = value[np.isfinite(value)]
    if present.size and present.min() > 0 and present.max() > 1e4 * present.min():
        orders = math.log10(present.max() / present.min())
        notes.append(f"{column} spans {orders:.1f} orders of magnitude; its logarithm (pIC50) would be learned better")
    return tuple(notes)
