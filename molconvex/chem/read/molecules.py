"""Read molecules from the files that chemists have: SMILES lists, tables and SDF, plain or gzipped."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from rdkit import Chem, rdBase

from molconvex.chem.read.molecule_tables import is_table, read_table
from molconvex.chem.read.text_files import InputMolecule, read_text
from molconvex.exceptions import DataError

LISTS = (".smi", ".smiles", ".txt")
TABLES = (".csv", ".tsv")
STRUCTURES = (".sdf", ".sd")
NAME_FIELDS = ("name", "title", "id", "compound_name", "compound_id", "chembl_id", "pubchem_substance_synonym")


def read_molecules(path: str | Path, smiles_column: str | None = None) -> list[InputMolecule]:
    """Molecules of a file, in its order. A broken line stops nothing: it comes back with its number and a problem.

    Args:
        path: .smi, .smiles or .txt (SMILES, then a tab or blank, then a name; lines that begin with # are comments),
            .csv or .tsv (header line; comma, semicolon or tab), or .sdf; each also with .gz.
        smiles_column: Header of the SMILES column of a table; found by itself where None.

    Raises:
        DataError: If the file is missing, empty, of another kind (such as Excel), or has no such column.
    """
    path = Path(path)
    text = read_text(path)
    molecules = _reader(path, text, smiles_column)(text)
    if not molecules:
        raise DataError(f"{path} holds no molecules")
    return molecules


def _reader(path: Path, text: str, smiles_column: str | None) -> Callable[[str], list[InputMolecule]]:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    kind = suffixes[-1] if suffixes else ""
    if kind in TABLES or (kind in LISTS and (smiles_column is not None or is_table(text))):
        return lambda text: read_table(text, str(path), smiles_column)
    if kind in STRUCTURES and smiles_column is not None:
        raise DataError(f"{path} is an SDF and holds structures; a SMILES column can be named for tables only")
    if kind in LISTS:
        return _read_list
    if kind in STRUCTURES:
        return _read_sdf
    known = ", ".join((*LISTS, *TABLES, *STRUCTURES))
    raise DataError(f"{path} ends in {kind!r}; the ending tells how to read it: {known}, each also with .gz")


def _read_list(text: str) -> list[InputMolecule]:
    molecules: list[InputMolecule] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split(maxsplit=1)
        if not words or words[0].startswith("#") or (not molecules and _is_heading(words[0])):
            continue
        molecules.append(InputMolecule(number, words[1].strip() if len(words) > 1 else "", words[0]))
    return molecules


def _is_heading(word: str) -> bool:
    return word.casefold().endswith("smiles")


def _read_sdf(text: str) -> list[InputMolecule]:
    molecules: list[InputMolecule] = []
    record: list[str] = []
    start = 1
    with rdBase.BlockLogs():
        for number, line in enumerate(text.split("\n"), start=1):
            if line.startswith("$$$$"):
                molecules.append(_from_record(record, start))
                record, start = [], number + 1
            else:
                record.append(line)
        if any(line.strip() for line in record):
            molecules.append(_from_record(record, start))
    return molecules


def _from_record(record: list[str], start: int) -> InputMolecule:
    name = (record[0].strip() if record else "") or _field_name(record)
    mol = _structure("\n".join(record))
    if mol is None:
        return InputMolecule(start, name, "", f"RDKit cannot read the SDF record that begins on line {start}")
    if mol.GetNumAtoms() == 0:
        return InputMolecule(start, name, "", f"the SDF record that begins on line {start} has no atoms")
    return InputMolecule(start, name, Chem.MolToSmiles(mol))


def _structure(block: str) -> Chem.Mol | None:
    try:
        return Chem.MolFromMolBlock(block)
    except (RuntimeError, ValueError):
        return None


def _field_name(record: list[str]) -> str:
    """The value of the first data field that sounds like a name: the line after "> <Name>"."""
    fields = {
        line[line.find("<") + 1 : line.rfind(">")].casefold(): value.strip()
        for line, value in pairwise(record)
        if line.startswith(">") and "<" in line
    }
    return next((fields[field] for field in NAME_FIELDS if fields.get(field)), "")
