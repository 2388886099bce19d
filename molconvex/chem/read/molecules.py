"""Read molecules from the files that chemists have: SMILES lists, tables and SDF, plain or gzipped."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from molconvex.chem.read.column_names import name_column, structure_column, structure_columns
from molconvex.chem.read.delimited import MOST_ROWS, SEPARATORS, Table, open_table
from molconvex.chem.read.input_molecules import InputMolecule, split_smiles
from molconvex.chem.read.sdf import sdf_molecules
from molconvex.chem.read.text_files import TextFile, open_text
from molconvex.exceptions import DataError
from molconvex.tables import unguarded

LISTS = (".smi", ".smiles", ".txt")
TABLES = (".csv", ".tsv")
STRUCTURES = (".sdf", ".sd")
HOPELESS = 10_000
"""Rows that are all broken at the beginning of a file, after which the rest is not looked at."""


def read_molecules(path: str | Path, smiles_column: str | None = None) -> list[InputMolecule]:
    """Molecules of a file, in its order. A broken line stops nothing: it comes back with its number and a problem.

    Args:
        path: .smi, .smiles or .txt (SMILES, then a tab or blank, then a name; lines that begin with # are comments),
            .csv or .tsv (header line; comma, semicolon, tab or pipe), or .sdf; each also with .gz.
        smiles_column: Header of the SMILES column of a table; found by itself where None.

    Raises:
        DataError: If the file is missing, empty, damaged, too large, of another kind (such as Excel), has no such
            column, or can be read in two ways.
    """
    file = open_text(path)
    molecules: list[InputMolecule] = []
    readable = False
    for molecule in _molecules(file, smiles_column):
        readable = readable or not molecule.problem
        molecules.append(molecule)
        if not readable and len(molecules) == HOPELESS:
            raise DataError(f"{path}: none of the first {HOPELESS:,} molecules can be read ({molecules[0].problem})")
        if len(molecules) > MOST_ROWS:
            raise DataError(f"{path} has more than {MOST_ROWS:,} molecules; split it")
    if not molecules:
        raise DataError(f"{path} holds no molecules")
    return molecules


def _molecules(file: TextFile, smiles_column: str | None) -> Iterator[InputMolecule]:
    suffixes = [suffix.lower() for suffix in file.path.suffixes if suffix.lower() != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    if kind in TABLES or (kind in LISTS and (smiles_column is not None or _is_table(file))):
        return _table_molecules(open_table(file, smiles_column), smiles_column)
    if kind in STRUCTURES and smiles_column is not None:
        raise DataError(f"{file.path} is an SDF and holds structures; a SMILES column can be named for tables only")
    if kind in LISTS:
        return _list_molecules(file)
    if kind in STRUCTURES:
        return sdf_molecules(file)
    known = ", ".join((*LISTS, *TABLES, *STRUCTURES))
    raise DataError(f"{file.path} ends in {kind!r}; the ending tells how to read it: {known}, each also with .gz")


def _is_table(file: TextFile) -> bool:
    """Whether a list is a table in truth: a header line with separators and a SMILES column among others.

    A tab with SMILES and one more column is a list too, whose second column is the name whatever it is called.
    """
    first = next((line for line in islice(file.lines(), 100) if line.strip()), "").strip("\n")
    if first.strip(' "').casefold().startswith("sep="):
        return True
    for separator in SEPARATORS:
        cells = first.split(separator)
        at = structure_columns([cell.strip(' "') for cell in cells])
        if at and (len(cells) > 2 or (len(cells) == 2 and (separator != "\t" or at != [0]))):
            return True
    return False


def _list_molecules(file: TextFile) -> Iterator[InputMolecule]:
    heading = True
    for number, line in enumerate(file.lines(), start=1):
        if not (text := line.strip()) or text.startswith("#"):
            continue
        smiles, name = split_smiles(text)
        if heading and structure_columns([smiles]):
            heading = False
            continue
        heading = False
        yield InputMolecule(number, name, smiles)


def _table_molecules(table: Table, smiles_column: str | None) -> Iterator[InputMolecule]:
    at = structure_column(table.header, table.source, smiles_column)
    name_at = name_column(table.header, at)
    rows = table.rows()
    for row in rows:
        smiles, name = split_smiles(unguarded(row.cells[at])) if at < len(row.cells) else ("", "")
        if name_at is not None and name_at < len(row.cells):
            name = unguarded(row.cells[name_at]) or name
        yield InputMolecule(row.line, name, smiles, row.problem)
