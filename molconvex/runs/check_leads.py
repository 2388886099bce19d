"""leads.csv against the settings and RDKit."""

from collections.abc import Iterator

import numpy as np

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.exceptions import ChemistryError
from molconvex.objectives.goals import overall_desirability
from molconvex.runs.stored_tables import StoredTables, differing

FILE = "leads.csv"


def lead_problems(tables: StoredTables) -> Iterator[str]:
    """Where leads are not those of the settings, standardized and measured."""
    leads, given = tables.leads, tables.settings.leads
    if leads["lead"].tolist() != list(range(1, len(given) + 1)):
        yield f"{FILE}: its leads are numbered {leads['lead'].tolist()}, the settings have {len(given)}"
        return
    for row, wanted in zip(leads.itertuples(), given, strict=True):
        if row.given != wanted.smiles:
            yield f"{FILE}: lead {row.lead} is given as {row.given!r}, the settings say {wanted.smiles!r}"
        elif row.smiles and _standard(wanted.smiles) != row.smiles:
            yield f"{FILE}: lead {row.lead} is {row.smiles!r}, standardized it is {_standard(wanted.smiles)!r}"
        elif not row.smiles and not row.reason:
            yield f"{FILE}: lead {row.lead} has neither a structure nor a reason"
    yield from _measure_problems(tables)


def _measure_problems(tables: StoredTables) -> Iterator[str]:
    usable = tables.usable_leads
    measured = compute_properties(usable["smiles"].tolist())
    for name in PROPERTIES:
        for i in differing(usable[name], measured[name]):
            number = usable["lead"].iloc[i]
            yield f"{FILE}: {name} of lead {number} is {usable[name].iloc[i]!r}, not {measured[name].iloc[i]!r}"
    if usable.empty or not all(goal.property in PROPERTIES for goal in tables.goals):
        return
    each = [goal.desirability(measured[goal.property]) for goal in tables.goals]
    overall = overall_desirability(np.stack(each, axis=1), [goal.weight for goal in tables.goals])
    for i in differing(usable["desirability"], overall):
        number, stored = usable["lead"].iloc[i], usable["desirability"].iloc[i]
        if not (np.isnan(stored) and tables.record["status"] == "partial"):  # stopped before it was computed
            yield f"{FILE}: desirability of lead {number} is {stored!r}, it is {float(overall[i])!r}"


def _standard(smiles: str) -> str:
    try:
        return standardize(smiles).smiles
    except ChemistryError:
        return ""
