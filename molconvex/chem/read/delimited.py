"""Tables of text as people save them: separator found or refused, rows read one by one, each broken one named."""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from molconvex.chem.read.column_names import column_position, structure_column, structure_columns
from molconvex.chem.read.text_files import TextFile, open_text
from molconvex.exceptions import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
SAMPLE_LINES = 200
SAMPLE_CHARACTERS = 1 << 20
MOST_ROWS = 5_000_000
LONGEST_CELL = 131_072
"""Python's csv module reads no longer one."""


class Row(NamedTuple):
    """One row: line of the file on which it begins, from 1; its stripped cells; what is broken in it, or ""."""

    line: int
    cells: list[str]
    problem: str


@dataclass(frozen=True)
class Table:
    """A delimited file whose header is known; the rows are read when asked for.

    Attributes:
        source: The file, for messages.
        separator: The character between cells.
        header: Column names, stripped.
        skipped: Rows above the header: Excel may write a first line "sep=;".
    """

    file: TextFile
    separator: str
    header: tuple[str, ...]
    skipped: int = 0

    @property
    def source(self) -> str:
        """The file, for messages."""
        return str(self.file.path)

    def rows(self) -> Iterator[Row]:
        """Rows below the header, blank ones left out; each with as many cells as the header, or with a problem.

        Raises:
            DataError: If a quotation mark is never closed, or there are too many rows.
        """
        width = len(self.header)
        for number, row in enumerate(islice(_rows(self.file, self.separator), self.skipped + 1, None)):
            if number == MOST_ROWS:
                raise DataError(f"{self.source} has more than {MOST_ROWS:,} rows; split it")
            yield row if row.problem else _fitted(row, width)


@dataclass(frozen=True)
class TextTable:
    """Columns of a file as text.

    Attributes:
        name: The file, for messages.
        header: All column names.
        columns: Stripped cells by column, for the columns that were asked for.
        structures: Name of the column with the structures.
        lines: Line of the file on which each row starts, from 1.
        separator: The character between cells.
    """

    name: str
    header: tuple[str, ...]
    columns: dict[str, list[str]]
    structures: str
    lines: list[int]
    separator: str


def read_text_table(path: str | Path, columns: Collection[str], smiles_column: str | None = None) -> TextTable:
    """Some columns of a .csv, .tsv or .txt file (also gzipped) with a header line, beside that of the structures.

    Raises:
        DataError: If the file or a column cannot be read, or a row has a wrong number of cells or quotation marks.
    """
    table = open_table(open_text(path), smiles_column)
    at = structure_column(table.header, table.source, smiles_column)
    wanted = {name: column_position(table.header, table.source, name) for name in dict.fromkeys(columns)}
    kept: dict[str, list[str]] = {name: [] for name in [*wanted, table.header[at]]}
    wanted[table.header[at]] = at
    lines = []
    for row in table.rows():
        if row.problem:
            raise DataError(f"{table.source}: {row.problem}")
        lines.append(row.line)
        for name, position in wanted.items():
            kept[name].append(row.cells[position])
    return TextTable(table.source, table.header, kept, table.header[at], lines, table.separator)


def read_header(path: str | Path) -> tuple[str, ...]:
    """Column names of a table.

    Raises:
        DataError: If it cannot be read.
    """
    return open_table(open_text(path)).header


def read_first_rows(path: str | Path, most: int) -> tuple[tuple[str, ...], list[list[str]]]:
    """Column names of a table and its first rows, to be shown; broken rows are left out.

    Raises:
        DataError: If it cannot be read, or two columns have one name.
    """
    table = open_table(open_text(path))
    if again := [name for name, number in Counter(table.header).items() if number > 1]:
        raise DataError(f"{table.source} has more than one column called {again[0]!r}; rename one of them")
    return table.header, [row.cells for row in islice(table.rows(), most) if not row.problem]


def open_table(file: TextFile, smiles_column: str | None = None) -> Table:
    """Find separator and header.

    The separator is the one that sets the column of the structures free; where that is true of several, the one with
    which all rows are as wide as the header.

    Raises:
        DataError: If two separators fit equally well (both readings are shown), or there is no header.
    """
    sample = _sample(file)
    first = next((line.strip().strip('"').casefold() for line in sample if line.strip()), "")
    named = next((separator for separator in SEPARATORS if first == f"sep={separator}".strip()), None)
    if named is not None or first == "sep=":  # a tab is stripped
        separator = named or "\t"
        return Table(file, separator, _header(file, separator, 1), 1)
    readings = [reading for separator in SEPARATORS if (reading := _reading(sample, separator)) is not None]
    separator = _best(readings, str(file.path), smiles_column)
    return Table(file, separator, _header(file, separator, 0))


class _Reading(NamedTuple):
    """How the first lines look with one separator."""

    separator: str
    header: tuple[str, ...]
    fits: bool

    def describe(self) -> str:
        return f"{SEPARATORS[self.separator]} (columns {', '.join(map(repr, self.header[:6]))})"


def _sample(file: TextFile) -> list[str]:
    lines, characters = [], 0
    for line in islice(file.lines(), SAMPLE_LINES):
        lines.append(line)
        characters += len(line)
        if characters > SAMPLE_CHARACTERS:
            break
    return lines


def _reading(sample: Sequence[str], separator: str) -> _Reading | None:
    """None where the header cannot be read so."""
    header: tuple[str, ...] = ()
    fits = True
    try:
        for cells in _reader(iter(sample), separator):
            if not any(cell.strip() for cell in cells):
                continue
            if not header:
                header = _trimmed(cells)
            else:
                fits = fits and not _fitted(Row(0, [cell.strip() for cell in cells], ""), len(header)).problem
    except csv.Error:
        pass  # a later row may have misplaced quotation marks, or the sample ends inside of some
    return _Reading(separator, header, fits) if header else None


def _best(readings: Sequence[_Reading], source: str, smiles_column: str | None) -> str:
    free = [r for r in readings if len(r.header) > 1 and structure_columns(r.header, smiles_column)]
    if not free and any(structure_columns(r.header, smiles_column) for r in readings):
        return ","  # a single column
    candidates = free or [r for r in readings if len(r.header) > 1]
    for chosen in (candidates, [r for r in candidates if r.fits]):
        if len(chosen) == 1:
            return chosen[0].separator
    if not candidates:
        return ","
    one, other = ([r for r in candidates if r.fits] or candidates)[:2]
    raise DataError(
        f"{source} can be read in two ways, separated by {one.describe()} or by {other.describe()}; put a line "
        f"sep={one.separator} (or sep={other.separator}) above the header, or save it with another separator"
    )


def _header(file: TextFile, separator: str, skipped: int) -> tuple[str, ...]:
    row = next(islice(_rows(file, separator), skipped, None), None)
    if row is None:
        raise DataError(f"{file.path} holds separators and nothing else")
    if row.problem:
        raise DataError(f"{file.path}: {row.problem}; the first line must be a header")
    return _trimmed(row.cells)


def _rows(file: TextFile, separator: str) -> Iterator[Row]:
    """Every row that is not blank."""
    reader = _reader(file.lines(), separator)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(start, [], _quotation_problem(str(error), start, reader.line_num, str(file.path)))
            continue
        if any(cells) and any(cell.strip() for cell in cells):
            yield Row(start, [cell.strip() for cell in cells], "")


def _reader(lines: Iterator[str], separator: str) -> Any:
    return csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)


def _quotation_problem(error: str, start: int, end: int, source: str) -> str:
    too_long = "field limit" in error or "field larger" in error
    if "unexpected end" in error or (too_long and end > start):
        raise DataError(f"{source}: the quotation mark opened on line {start} is never closed")
    if too_long:
        return f"line {start} has a field of more than {LONGEST_CELL:,} characters"
    where = f"line {start} has" if end == start else f"lines {start} to {end} have"
    return f"{where} misplaced quotation marks ({error})"


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    """Stripped cells without the empty ones that spreadsheets leave at the end."""
    kept = [cell.strip() for cell in cells]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _fitted(row: Row, width: int) -> Row:
    count = len(row.cells)
    if count == width:
        return row
    if count > width and not any(row.cells[width:]):
        return Row(row.line, row.cells[:width], "")
    fields = f"{count} field{'s' * (count != 1)}"
    return Row(row.line, row.cells, f"line {row.line} has {fields}, the header has {width}")
