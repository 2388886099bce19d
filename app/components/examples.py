"""Known drugs to start from, and names for leads that are one of them."""

from functools import cache

from molconvex.chem import standardize
from molconvex.design import Lead
from molconvex.design.known_drugs import known_drugs

SHOWN = ("celecoxib", "imatinib", "fluoxetine", "loratadine")


@cache
def _names() -> dict[str, str]:
    return {standardize(smiles).smiles: name for name, smiles in known_drugs().items()}


def name_of(lead: Lead, standard: str) -> str:
    """The given name, else that of a known drug, else "your lead"."""
    return lead.name or _names().get(standard, "your lead")
