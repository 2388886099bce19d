"""Molecules from tables of text: separator, SMILES column and name column found, broken rows named by line."""

import csv
from collections.abc import Iterator
from io import StringIO

from molconvex.chem.read.text_files import InputMolecule
from molconvex.exceptions import DataError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
NAME_COLUMNS = (
    "name",
    "title",
    "id",
    "identifier",
    "compound",
    "compound_name",
    "compound_id",
    "molecule",
    "molecule_name",
    "molecule_id",
    "mol_id",
    "chembl_id",
    "cmpd_chemblid",
    "zinc_id",
    "cas",
)
Row = tuple[int, list[str], str]


def read_table(text: str, source: str, smiles_column: str | None = None) -> list[InputMolecule]:
    """Molecules of a table with a header line, separated by commas, semicolons or tabs.

    Args:
        text: The table.
        source: What messages call it.
        smiles_column: Header of the SMILES column, in any case; where None a column called SMILES, or the only one
            with "smiles" in its name.

    Raises:
        DataError: If the column is missing or ambiguous, there are no rows, or a quotation mark is never closed.
    """
    separator, skipped = _separator(text, smiles_column)
    rows = list(_rows(text, separator, source))[skipped:]
    if not rows:
        raise DataError(f"{source} holds separators and nothing else")
    _, header, problem = rows[0]
    if problem:
        raise DataError(f"{source}: {problem}; the first line must be a header")
    at = _smiles_index(header, smiles_column)
    if at is None:
        raise DataError(_missing_column(header, source, smiles_column, separator))
    name_at = _name_index(header, at)
    molecules = [_molecule(row, len(header), at, name_at) for row in rows[1:]]
    if not molecules:
        raise DataError(f"{source} has a header and no molecules below it")
    return molecules


def is_table(text: str) -> bool:
    """Whether the first line is a header with a SMILES column and commas or semicolons."""
    first = text.lstrip("\n").split("\n", 1)[0]
    return any(mark in first and _smiles_index(_cells(first, mark), None) is not None for mark in ",;")


def _separator(text: str, smiles_column: str | None) -> tuple[str, int]:
    """Separator, and the number of rows above the header: Excel may write a first line "sep=;"."""
    lines = text.lstrip("\n").split("\n", 2)
    if lines[0].lower() in [f"sep={separator}" for separator in SEPARATORS] and any(lines[1:]):
        return lines[0][-1], 1
    headers = {separator: _cells(lines[0], separator) for separator in SEPARATORS}
    wanted = (smiles_column or "smiles").strip().casefold()
    # the separator that sets the wanted column free, else the one that makes most columns, else the first
    best = max(headers, key=lambda s: (wanted in map(str.casefold, headers[s]), len(headers[s])))
    return best, 0


def _cells(line: str, separator: str) -> list[str]:
    return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]


def _smiles_index(header: list[str], smiles_column: str | None) -> int | None:
    folded = [cell.casefold() for cell in header]
    if smiles_column is not None:
        wanted = smiles_column.strip()
        matches = [i for i, cell in enumerate(header) if cell == wanted]
        matches = matches or [i for i, cell in enumerate(folded) if cell == wanted.casefold()]
    else:
        matches = [i for i, cell in enumerate(folded) if cell == "smiles"]
        matches = matches or [i for i, cell in enumerate(folded) if "smiles" in cell]
    return matches[0] if len(matches) == 1 else None


def _name_index(header: list[str], smiles_at: int) -> int | None:
    folded = [cell.casefold().replace(" ", "_").replace("-", "_") for cell in header]
    found = [folded.index(name) for name in NAME_COLUMNS if name in folded]
    return next((at for at in found if at != smiles_at), None)


def _missing_column(header: list[str], source: str, smiles_column: str | None, separator: str) -> str:
    present = f"present are {', '.join(map(repr, header))} (separated by {SEPARATORS[separator]})"
    wanted = (smiles_column or "smiles").casefold()
    several = [cell for cell in header if wanted in cell.casefold()]
    if len(several) > 1:
        return f"{source} has {len(several)} columns that may hold SMILES, {', '.join(several)}; name the one to use"
    if smiles_column is not None:
        return f"{source} has no column {smiles_column!r}; {present}"
    return (
        f"{source} has no column called SMILES; {present}; the first line must be a header, "
        f"and a SMILES column of another name must be named"
    )


def _rows(text: str, separator: str, source: str) -> Iterator[Row]:
    """(first line, cells, problem) of each row that is not blank."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    end = text.count("\n") + (not text.endswith("\n"))
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if reader.line_num >= end and reader.line_num > start:
                raise DataError(f"{source}: the quotation mark opened on line {start} is never closed") from error
            yield start, [], f"line {start} has misplaced quotation marks ({error})"
            continue
        if any(cell.strip() for cell in cells):
            yield start, [cell.strip() for cell in cells], ""


def _molecule(row: Row, width: int, at: int, name_at: int | None) -> InputMolecule:
    line, cells, problem = row
    if not problem and len(cells) != width:
        problem = f"line {line} has {len(cells)} field{'s' * (len(cells) != 1)}, the header has {width}"
    smiles = cells[at] if at < len(cells) else ""
    name = cells[name_at] if name_at is not None and name_at < len(cells) else ""
    return InputMolecule(line, name, smiles, problem)
