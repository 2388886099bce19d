"""Assay tables: molecules with measured values, missing and censored ones included, from a user's file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molconvex.chem.read.delimited import TextTable, read_text_table
from molconvex.chem.read.input_molecules import split_smiles
from molconvex.chem.read.measured_values import NumberColumn, read_classes, read_numbers
from molconvex.exceptions import DataError
from molconvex.surrogate.data.value_warnings import value_warnings
from molconvex.surrogate.model.target import Target

FEWEST_MOLECULES = 20

_UNIT = re.compile(r"[\(\[]\s*([^\)\]]+?)\s*[\)\]]\s*$")


@dataclass(frozen=True)
class AssayTable:
    """Molecules and their measured values.

    Attributes:
        smiles: One structure per row, as given.
        properties: Names of the T properties.
        value: Shape (n, T), NaN where missing; the bound where censored.
        censor: Shape (n, T), int8: 1 truth is above the bound, -1 below, 0 exact.
        lines: Line of the file per row; several after replicates were merged.
        extra: Further columns as text, such as one that names the split.
        notes: What the reader should know, in words.
    """

    smiles: list[str]
    properties: list[str]
    value: NDArray[np.float64]
    censor: NDArray[np.int8]
    lines: list[tuple[int, ...]]
    extra: Mapping[str, list[str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.smiles)

    def rows(self, kept: Sequence[int] | NDArray[np.int64]) -> "AssayTable":
        """The table with the rows numbered in `kept`, in that order."""
        chosen = [int(i) for i in kept]
        return AssayTable(
            [self.smiles[i] for i in chosen],
            self.properties,
            self.value[chosen],
            self.censor[chosen],
            [self.lines[i] for i in chosen],
            {name: [cells[i] for i in chosen] for name, cells in self.extra.items()},
            self.notes,
        )


def read_assays(
    path: str | Path,
    targets: Sequence[Target],
    *,
    columns: Mapping[str, str] | None = None,
    smiles_column: str | None = None,
    extra_columns: Sequence[str] = (),
    for_training: bool = True,
) -> AssayTable:
    """Read assay values from a delimited text file with a header.

    Args:
        path: .csv, .tsv or .txt, also gzipped; the separator, a byte-order mark and decimal commas are recognized.
        targets: One goal per column.
        columns: Column of a property where it is not called as the property: {"logd": "exp"}.
        smiles_column: Column with the structures; by default the one called smiles or similar.
        extra_columns: Columns to carry along as text.
        for_training: Refuse values from which nothing can be learned; evaluation needs no more than one value.

    Raises:
        DataError: If a column is missing, a cell is no number (line and value are named), no row has a structure and a
            value; for training also if a property has fewer than 20 values, all equal ones or one class only.
    """
    names = [(columns or {}).get(t.property, t.property) for t in targets]
    table = read_text_table(path, [*names, *extra_columns], smiles_column)
    smiles = [split_smiles(cell)[0] for cell in table.columns[table.structures]]
    read = [_read_column(table, name, target) for name, target in zip(names, targets, strict=True)]
    value = np.stack([column.value for column in read], axis=1)
    labelled = np.isfinite(value).any(axis=1) & np.array([bool(s) for s in smiles], dtype=bool)
    notes = [note for column in read for note in column.notes]
    for name, target, column in zip(names, targets, read, strict=True):
        notes += value_warnings(column.value, table.lines, target, name)
    if not labelled.all():
        notes.append(f"{int(np.sum(~labelled))} of {len(smiles)} rows have no structure or no value and were left out")
    whole = AssayTable(
        smiles,
        [t.property for t in targets],
        value,
        np.stack([column.censor for column in read], axis=1),
        [(line,) for line in table.lines],
        {name: table.columns[name] for name in extra_columns},
        tuple(notes),
    )
    kept = whole.rows(np.flatnonzero(labelled))
    if not len(kept):
        raise DataError(f"{table.name} has no row with both a structure and a value; nothing can be compared")
    if for_training:
        check_labels(kept.value, kept.censor, targets)
    return kept


def _read_column(table: TextTable, name: str, target: Target) -> NumberColumn:
    cells = table.columns[name]
    if target.sense == "classify":
        return read_classes(cells, table.lines, name)
    return read_numbers(cells, table.lines, name, decimal_comma=table.separator != ",")


def check_labels(value: NDArray[np.float64], censor: NDArray[np.int8], targets: Sequence[Target]) -> None:
    """Refuse values, shape (n, T), from which a property cannot be learned.

    Raises:
        DataError: If a property has fewer than 20 values, all equal ones or one class only.
    """
    for t, target in enumerate(targets):
        column, exact = value[:, t], censor[:, t] == 0
        present = column[np.isfinite(column)]
        if present.size < FEWEST_MOLECULES:
            raise DataError(
                f"{target.property!r} has {present.size} values; at least {FEWEST_MOLECULES} are needed, and some "
                "hundreds for a useful model. Add measurements, or use a bundled surrogate"
            )
        if target.sense == "classify":
            _check_classes(present, target)
        elif np.unique(column[np.isfinite(column) & exact]).size < 2:
            raise DataError(
                f"{target.property!r} has no two different exact values ({present.size} values, "
                f"{int(np.sum(~exact & np.isfinite(column)))} of them bounds): there is nothing to learn"
            )
        elif target.sense == "window" and np.ptp(target.distance(present)) == 0:
            raise DataError(
                f"every molecule has the same distance to '{target.describe()}' (values from {present.min():g} to "
                f"{present.max():g}): there is nothing to learn; choose a narrower window"
            )


def _check_classes(present: NDArray[np.float64], target: Target) -> None:
    other = present[(present != 0) & (present != 1)]
    if other.size:
        raise DataError(f"{target.property!r} must hold classes 0 and 1; it holds {other[0]:g}")
    if np.unique(present).size < 2:
        raise DataError(
            f"{target.property!r} has one class only ({present.size} times {present[0]:g}); both are needed"
        )


def unit_in(column: str) -> str:
    """Unit written in a column's name, "IC50 (nM)" or "IC50 [nM]"; "" where there is none."""
    match = _UNIT.search(column)
    return match.group(1) if match else ""
