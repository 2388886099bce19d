"""Reading a delimited text file as people save them: any separator, byte-order mark or decimal sign; never a guess."""

import csv
import difflib
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from molconvex.exceptions import DataError

SEPARATORS = (",", ";", "\t", "|")
SMILES_COLUMN_NAMES = ("smiles", "canonical_smiles", "isomeric_smiles", "structure", "smi", "mol", "molecule")
ZIP, OLD_OFFICE, GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"


@dataclass(frozen=True)
class TextTable:
    """Cells of a file as text.

    Attributes:
        name: File name for messages.
        header: Column names, stripped.
        rows: One list of stripped cells per row, as many as the header has.
        lines: Line of the file on which each row starts, from 1; the header is line 1.
        separator: The character between cells.
    """

    name: str
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    separator: str

    def column(self, name: str) -> list[str]:
        """Cells of one column.

        Raises:
            DataError: If there is no such column; the text lists those present and the closest names.
        """
        if name in self.header:
            position = self.header.index(name)
            return [row[position] for row in self.rows]
        close = difflib.get_close_matches(name, self.header, n=3, cutoff=0.6)
        hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise DataError(f"{self.name} has no column {name!r}; its columns are: {', '.join(self.header)}.{hint}")

    def smiles_column(self, wanted: str | None = None) -> str:
        """Name of the column with the structures: `wanted`, or the one with a usual name.

        Raises:
            DataError: If it is missing or several columns could be meant.
        """
        if wanted is not None:
            self.column(wanted)
            return wanted
        for usual in SMILES_COLUMN_NAMES:
            found = [name for name in self.header if name.lower() == usual]
            if len(found) == 1:
                return found[0]
        raise DataError(
            f"{self.name}: no column is called 'smiles'; its columns are: {', '.join(self.header)}. "
            "Name the one with the structures (--smiles-column)"
        )


def read_text_table(path: str | Path) -> TextTable:
    """Read a .csv, .tsv or .txt file (also gzipped) with one header line; empty lines are skipped.

    Raises:
        DataError: If the file is missing, empty, an Excel workbook, or has a row with a wrong number of cells.
    """
    path = Path(path)
    text = _decoded(_bytes_of(path), path.name)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise DataError(f"{path.name} is empty; a header line and one molecule per line are needed")
    separator = _separator(first)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows, lines, start = [], [], 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows.append([cell.strip() for cell in cells])
            lines.append(start)
        start = reader.line_num + 1
    header = _checked_header(rows[0], path.name)
    for row, line in zip(rows[1:], lines[1:], strict=True):
        _check_width(row, header, line, path.name)
    return TextTable(path.name, header, [row[: len(header)] for row in rows[1:]], lines[1:], separator)


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    if raw.startswith(GZIP):
        try:
            return gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise DataError(f"{path.name} is a damaged gzip file: {error}") from error
    return raw


def _decoded(raw: bytes, name: str) -> str:
    if raw.startswith((ZIP, OLD_OFFICE)):
        raise DataError(
            f"{name} is an Excel workbook, whatever its ending says; in Excel choose File > Save As > "
            "'CSV UTF-8 (comma delimited)' and use that file"
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise DataError(f"{name} is no text file (it has zero bytes); a CSV file is needed")
    return text


def _separator(header: str) -> str:
    outside_quotes = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside_quotes.count)


def _checked_header(cells: Sequence[str], name: str) -> list[str]:
    header = list(cells)
    while header and not header[-1]:
        header.pop()
    repeated = sorted({cell for cell in header if header.count(cell) > 1})
    if repeated:
        raise DataError(f"{name} has more than one column called {repeated[0]!r}; rename one of them")
    return header


def _check_width(row: list[str], header: list[str], line: int, name: str) -> None:
    while len(row) > len(header) and not row[-1]:
        row.pop()
    if len(row) != len(header):
        raise DataError(f"{name}: line {line} has {len(row)} fields, the header has {len(header)}")
