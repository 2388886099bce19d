"""comparison.csv against the settings, the other tables, RDKit and the rules of the search."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.chem.molecule import Molecule
from molconvex.design.comparison import SEARCH
from molconvex.design.lead_search import lead_rules
from molconvex.objectives.clauses import clauses_met
from molconvex.objectives.goals import overall_desirability
from molconvex.objectives.success import meets_every_goal
from molconvex.runs.check_report import CheckReport
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.search.rules import implausible_beside

FILE = "comparison.csv"


def comparison_problems(tables: StoredTables, report: CheckReport) -> Iterator[str]:
    """What is wrong with comparison.csv, one text each; the report says where the control has no molecule at all."""
    table = tables.read(FILE)
    arms = {SEARCH, tables.settings.control}
    if not set(table["arm"]) <= arms:
        wanted = f"{SEARCH} and {tables.settings.control}"
        yield f"{FILE}: its arms are {', '.join(sorted(set(table['arm'])))}, the settings ask for {wanted}"
    usable = tables.usable_leads
    foreign = sorted({str(lead) for lead in set(table["lead"]) - set(usable["lead"])})
    if foreign:
        yield f"{FILE}: it has molecules of the leads {', '.join(foreign)}, which are none that could be used"
    for _, lead in usable.iterrows():
        rows = table[table["lead"] == lead["lead"]].reset_index(drop=True)
        for arm, own in rows.groupby("arm"):
            if len(own) > tables.settings.budget:
                yield f"{FILE}: {arm} scored {len(own)} molecules of lead {lead['lead']}, the budget is smaller"
        if not (rows["arm"] == tables.settings.control).any():
            report.unverified.append(f"{FILE}: that the control found no molecule at all around lead {lead['lead']}")
        yield from _search_problems(rows, lead, tables)
        yield from _molecule_problems(rows, lead, tables)


def is_measured(tables: StoredTables) -> bool:
    """Whether RDKit measures every goal and limit, so that desirability and hits can be computed again."""
    names = [goal.property for goal in tables.goals] + [limit.property for limit in tables.limits]
    return all(name in PROPERTIES for name in names)


def _search_problems(rows: pd.DataFrame, lead: pd.Series, tables: StoredTables) -> Iterator[str]:
    """Whether the arm "search" is what candidates.csv and rejected.csv say was scored."""
    candidates, rejected = tables.candidates, tables.rejected
    scored = set(candidates.loc[candidates["lead"] == lead["lead"], "smiles"])
    left = rejected[(rejected["lead"] == lead["lead"]) & rejected["similarity"].notna()]
    if set(rows.loc[rows["arm"] == SEARCH, "smiles"]) != scored | set(left["smiles"]):
        yield f"{FILE}: the molecules of the search around lead {lead['lead']} are not those that it scored"


def _molecule_problems(rows: pd.DataFrame, lead: pd.Series, tables: StoredTables) -> Iterator[str]:
    molecules = [standardize(text) for text in rows["smiles"]]
    start = standardize(str(lead["smiles"]))
    for text, molecule in zip(rows["smiles"], molecules, strict=True):
        if text != molecule.smiles:
            yield f"{FILE}: {text} is {molecule.smiles}, standardized"
    if rows.assign(smiles=[molecule.smiles for molecule in molecules]).duplicated(["arm", "smiles"]).any():
        yield f"{FILE}: a molecule stands twice in one arm of lead {lead['lead']}"
    if not molecules:
        return
    for column, found in _judged(molecules, start, lead, tables).items():
        for i in differing(rows[column].astype(float), found):
            stored = rows[column].iloc[i]
            yield f"{FILE}: {column} of {rows['smiles'].iloc[i]} is {stored!r}, it is {found[i]!r}"
    rules = lead_rules(start, tables.settings).rules()
    for molecule in molecules:
        why = next((text for rule in rules if (text := rule.reason(molecule))), "")
        if why or molecule.smiles == start.smiles:
            yield f"{FILE}: {molecule.smiles}: {why or 'is the lead itself'}"


def _judged(molecules: list[Molecule], start: Molecule, lead: pd.Series, tables: StoredTables) -> dict[str, np.ndarray]:
    """What can be computed again: plausibility, and where RDKit measures everything, desirability and hits."""
    reason = implausible_beside(start)
    found = {"plausible": np.array([float(not reason(molecule)) for molecule in molecules])}
    if not is_measured(tables):
        return found
    measured = compute_properties(molecules)
    each = [goal.desirability(measured[goal.property], tables.value_ranges[goal.property]) for goal in tables.goals]
    found["desirability"] = overall_desirability(np.stack(each, axis=1), [goal.weight for goal in tables.goals])
    values = {item.key: measured[item.property].to_numpy() for item in tables.limits}
    met = clauses_met(tables.clauses, values, molecules).any(axis=1)
    hit = meets_every_goal(tables.goals, measured.assign(lead=lead["lead"]), pd.DataFrame([lead]))
    return found | {"hit": (np.asarray(hit) & met).astype(float)}
