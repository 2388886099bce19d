"""Well-known drugs by name, as leads to start from."""

from functools import cache

from molconvex.design.settings import read_leads
from molconvex.exceptions import MolconvexError
from molconvex.files import data_path


@cache
def known_drugs() -> dict[str, str]:
    """SMILES by name; empty where the file is missing, for nothing depends on it."""
    try:
        return {lead.name: lead.smiles for lead in read_leads(data_path("examples", "drugs.csv"))}
    except MolconvexError:
        return {}


@cache
def drugs_by_small_name() -> dict[str, str]:
    """SMILES by name in small letters, as people type it."""
    return {name.lower(): smiles for name, smiles in known_drugs().items()}
