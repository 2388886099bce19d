"""Known drugs to start from, and names for leads that are one of them."""

from functools import cache

from molconvex.chem import standardize
from molconvex.design import Lead, read_leads
from molconvex.exceptions import MolconvexError
from molconvex.files import data_path

SHOWN = ("celecoxib", "imatinib", "fluoxetine", "loratadine")


@cache
def drugs() -> dict[str, str]:
    """SMILES by name; empty where the file is missing, for nothing depends on it."""
    try:
        return {lead.name: lead.smiles for lead in read_leads(data_path("examples", "drugs.csv"))}
    except MolconvexError:
        return {}


@cache
def by_small_name() -> dict[str, str]:
    """SMILES by name in small letters, as people type it."""
    return {name.lower(): smiles for name, smiles in drugs().items()}


@cache
def _names() -> dict[str, str]:
    return {standardize(smiles).smiles: name for name, smiles in drugs().items()}


def name_of(lead: Lead, standard: str) -> str:
    """The given name, else that of a known drug, else "your lead"."""
    return lead.name or _names().get(standard, "your lead")
