"""Write molecules with their properties as SDF, all or nothing."""

import math
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor

from molconvex.chem.molecule import parse
from molconvex.exceptions import ChemistryError, DataError
from molconvex.files import write_file_whole

if TYPE_CHECKING:
    from pandas import DataFrame


def write_sdf(
    path: str | Path, rows: "DataFrame", smiles_column: str = "smiles", name_column: str | None = None
) -> None:
    """One SDF record with 2D coordinates per row; every other column becomes a field, missing values are left out.

    The file appears complete or not at all.

    Args:
        path: The file; one that exists is replaced.
        rows: n molecules.
        smiles_column: Column of the structures; also kept as a field.
        name_column: Column for the record titles; "name" where None and there is one.

    Raises:
        DataError: If a column or the folder is missing, or the file cannot be written.
        ChemistryError: If a SMILES cannot be read; the text names its row, and nothing is written.
    """
    path = Path(path)
    title = name_column if name_column is not None else ("name" if "name" in rows.columns else None)
    for column in [smiles_column] + ([title] if title is not None else []):
        if column not in rows.columns:
            raise DataError(f"the table has no column {column!r}; present are {', '.join(map(repr, rows.columns))}")
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent} to write {path.name} in; create it first")
    with rdBase.BlockLogs():
        records = [
            _record(number, row, smiles_column, title) for number, row in enumerate(rows.to_dict("records"), start=1)
        ]
    write_file_whole(path, "".join(records))


def _record(number: int, row: dict[Hashable, object], smiles_column: str, title: str | None) -> str:
    try:
        mol = parse(row[smiles_column])  # type: ignore[arg-type]
    except ChemistryError as error:
        raise ChemistryError(f"row {number} of the table: {error}") from error
    rdDepictor.Compute2DCoords(mol)
    mol.SetProp("_Name", field_text(row[title]) if title is not None else "")
    fields = [
        f">  <{field_name(column)}>\n{field_text(value)}\n\n"
        for column, value in row.items()
        if column != title and field_text(value)
    ]
    return Chem.MolToMolBlock(mol) + "".join(fields) + "$$$$\n"


def field_name(column: Hashable) -> str:
    """What a column is called as a field of an SDF."""
    return field_text(column).translate(str.maketrans("<>", "()"))


def field_text(value: object) -> str:
    """A value on one line; "" where missing. Numbers keep every digit that they need to be read back."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    text = " ".join(str(value).split())
    return "" if text in ("<NA>", "NaT") else text.replace("$$$$", "$")
