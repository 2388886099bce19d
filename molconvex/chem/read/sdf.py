"""Molecules of SDF, record by record; a broken record stops nothing."""

from collections.abc import Iterator
from itertools import pairwise

from rdkit import Chem, rdBase

from molconvex.chem.read.input_molecules import InputMolecule
from molconvex.chem.read.text_files import TextFile
from molconvex.exceptions import DataError

NAME_FIELDS = ("name", "title", "id", "compound_name", "compound_id", "chembl_id", "pubchem_substance_synonym")
LONGEST_RECORD = 100_000
"""Lines."""


def sdf_molecules(file: TextFile) -> Iterator[InputMolecule]:
    """Molecules of an SDF, or with their problem.

    Raises:
        DataError: If a record never ends.
    """
    for start, record in _records(file):
        with rdBase.BlockLogs():
            molecule = _molecule(record, start)
        yield molecule


def _records(file: TextFile) -> Iterator[tuple[int, list[str]]]:
    record: list[str] = []
    start = 1
    for number, line in enumerate(file.lines(), start=1):
        if line.startswith("$$$$"):
            yield start, record
            record, start = [], number + 1
            continue
        record.append(line.rstrip("\n"))
        if len(record) > LONGEST_RECORD:
            raise DataError(
                f"{file.path}: the record that begins on line {start} has more than {LONGEST_RECORD:,} lines; "
                "each must end with a line $$$$"
            )
    if any(line.strip() for line in record):
        yield start, record


def _molecule(record: list[str], start: int) -> InputMolecule:
    name = (record[0].strip() if record else "") or _field_name(record)
    try:
        mol = Chem.MolFromMolBlock("\n".join(record))
    except (RuntimeError, ValueError):
        mol = None
    if mol is None:
        return InputMolecule(start, name, "", f"RDKit cannot read the SDF record that begins on line {start}")
    if mol.GetNumAtoms() == 0:
        return InputMolecule(start, name, "", f"the SDF record that begins on line {start} has no atoms")
    return InputMolecule(start, name, Chem.MolToSmiles(mol))


def _field_name(record: list[str]) -> str:
    """The value of the first data field that sounds like a name: the line after "> <Name>"."""
    fields = {
        line[line.find("<") + 1 : line.rfind(">")].casefold(): value.strip()
        for line, value in pairwise(record)
        if line.startswith(">") and "<" in line
    }
    return next((fields[field] for field in NAME_FIELDS if fields.get(field)), "")
