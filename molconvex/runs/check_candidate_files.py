"""candidates.parquet and candidates.sdf against candidates.csv."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from molconvex.chem import read_molecules, standardize
from molconvex.chem.write import field_name, field_text
from molconvex.runs.stored_tables import StoredTables, differing

FILE, PARQUET, SDF = "candidates.csv", "candidates.parquet", "candidates.sdf"
TITLE = "name"
HEAD = re.compile(r">[^<]*<(.+)>")  # as readers of the format know it: whatever else stands in the line is a comment


def file_problems(tables: StoredTables) -> Iterator[str]:
    """Where candidates.parquet or candidates.sdf differ from candidates.csv."""
    candidates = tables.candidates
    parquet = pd.read_parquet(tables.folder / PARQUET)
    if list(parquet.columns) != list(candidates.columns) or len(parquet) != len(candidates):
        yield f"{PARQUET}: other columns or rows than {FILE}"
        return
    for column in candidates.columns:
        if not _same(candidates[column], parquet[column]):
            yield f"{PARQUET}: column {column} differs from {FILE}"
    if len(candidates):
        yield from _sdf_problems(tables.folder / SDF, candidates)


def _same(a: pd.Series, b: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(a) or pd.api.types.is_float_dtype(b):
        return not len(differing(pd.to_numeric(a), pd.to_numeric(b), 0.0))
    return a.fillna("").astype(str).tolist() == b.astype(object).where(b.notna(), "").astype(str).tolist()


def _sdf_problems(path: Path, candidates: pd.DataFrame) -> Iterator[str]:
    molecules = read_molecules(path)
    blocks = path.read_text(encoding="utf-8").split("$$$$\n")[:-1]
    if not len(molecules) == len(blocks) == len(candidates):
        yield f"{SDF}: has {len(molecules)} records, {FILE} has {len(candidates)}"
        return
    for row, molecule, block in zip(candidates.to_dict("records"), molecules, blocks, strict=True):
        if molecule.problem or standardize(molecule.smiles).smiles != row["smiles"]:
            yield f"{SDF}: the structure of {row['id']} is not the one in {FILE}"
        title, _, rest = block.partition("\n")
        if title != field_text(row.get(TITLE)):
            yield f"{SDF}: {row['id']} is titled {title!r}, {FILE} says {row.get(TITLE)!r}"
        fields = _fields(rest)
        named = [name for name, _ in fields]
        for name in sorted({name for name in named if named.count(name) > 1}):
            yield f"{SDF}: {name} of {row['id']} stands twice"
        yield from _field_problems(dict(fields), {str(column): value for column, value in row.items()})


def _field_problems(fields: dict[str, str], row: dict[str, object]) -> Iterator[str]:
    """Where the fields of a record are not the cells of its row that are not empty."""
    cells = {field_name(column): value for column, value in row.items() if column != TITLE and field_text(value)}
    for name in sorted(cells.keys() - fields.keys()):
        yield f"{SDF}: {name} of {row['id']} is missing, {FILE} says {cells[name]!r}"
    for name, text in fields.items():
        stored = cells.get(name, "")
        if field_text(stored) != text and not (_is_number(text) and float(text) == stored):
            yield f"{SDF}: {name} of {row['id']} is {text!r}, {FILE} says {stored!r}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _fields(record: str) -> list[tuple[str, str]]:
    """Names and whole values of the data fields of a record, in order; text that stands in no field has the name ""."""
    found = []
    for part in re.split(r"\n{2,}", record.partition("M  END\n")[2].strip("\n")):
        head, _, value = part.partition("\n")
        named = HEAD.match(head)
        found.append((named[1], value) if named else ("", part))
    return found
