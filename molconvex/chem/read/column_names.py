"""Which column of a table holds the structures, which the names: the same answer for every reader."""

from collections.abc import Sequence

from molconvex.exceptions import DataError, did_you_mean

STRUCTURE_COLUMNS = ("smiles", "canonical_smiles", "isomeric_smiles")
OTHER_STRUCTURE_COLUMNS = ("structure", "smi", "mol", "molecule")
"""Taken where no name has "smiles" in it."""
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


def structure_columns(header: Sequence[str], wanted: str | None = None) -> list[int]:
    """Positions of the columns that may hold the structures: one where it is clear, several where it is not.

    Args:
        header: Column names.
        wanted: What the user calls it, in any case; None to go by the usual names.
    """
    if wanted is not None:
        exact = [at for at, name in enumerate(header) if name == wanted.strip()]
        return exact or [at for at, name in enumerate(header) if name.casefold() == wanted.strip().casefold()]
    plain = [_plain(name) for name in header]
    for usual in STRUCTURE_COLUMNS:
        if found := [at for at, name in enumerate(plain) if name == usual]:
            return found
    if found := [at for at, name in enumerate(plain) if "smiles" in name]:
        return found
    for usual in OTHER_STRUCTURE_COLUMNS:
        if found := [at for at, name in enumerate(plain) if name == usual]:
            return found
    return []


def structure_column(header: Sequence[str], source: str, wanted: str | None = None) -> int:
    """Position of the column with the structures.

    Raises:
        DataError: If it is missing or several columns could be meant.
    """
    found = structure_columns(header, wanted)
    if len(found) == 1:
        return found[0]
    if not found and wanted is not None:
        raise DataError(missing_column(header, source, wanted))
    present = f"its columns are {', '.join(map(repr, header))}"
    if not found:
        raise DataError(
            f"{source}: no column is called SMILES; {present}. The first line must be a header; a SMILES column of "
            "another name must be named (--smiles-column)"
        )
    names = [header[at] for at in found]
    if len(set(names)) == 1:
        raise DataError(f"{source} has more than one column called {names[0]!r}; rename one of them")
    raise DataError(
        f"{source} has {len(found)} columns that may hold SMILES, {', '.join(names)}; name the one to use "
        "(--smiles-column)"
    )


def column_position(header: Sequence[str], source: str, name: str) -> int:
    """Position of a column by its exact name.

    Raises:
        DataError: If there is none of that name, or more than one.
    """
    found = [at for at, cell in enumerate(header) if cell == name]
    if not found:
        raise DataError(missing_column(header, source, name))
    if len(found) > 1:
        raise DataError(f"{source} has more than one column called {name!r}; rename one of them")
    return found[0]


def name_column(header: Sequence[str], structures_at: int) -> int | None:
    """Position of the column with the names of molecules, None where no name is a usual one."""
    plain = [_plain(name) for name in header]
    found = [plain.index(name) for name in NAME_COLUMNS if name in plain]
    return next((at for at in found if at != structures_at), None)


def missing_column(header: Sequence[str], source: str, name: str) -> str:
    """What to say where a column is missing: those present and the closest names."""
    return f"{source} has no column {name!r}; its columns are: {', '.join(header)}.{did_you_mean(name, header)}"


def _plain(name: str) -> str:
    return name.strip().casefold().replace(" ", "_").replace("-", "_")
