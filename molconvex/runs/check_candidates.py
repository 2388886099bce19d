"""The candidates of a stored run against RDKit, against their programs, and from file to file."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, standardize, tanimoto
from molconvex.columns import DESIRABILITY, MEASURED, PREDICTED, ranked_key
from molconvex.design.lead_search import lead_rules
from molconvex.exceptions import CertificateError
from molconvex.objectives.clauses import clauses_met
from molconvex.objectives.goals import Goal, overall_desirability
from molconvex.runs.check_oracles import with_oracle_values
from molconvex.runs.stored_tables import StoredTables, differing

FILE, REJECTED = "candidates.csv", "rejected.csv"


def candidate_problems(tables: StoredTables) -> Iterator[str]:
    """What is wrong with candidates.csv, one text each."""
    candidates = tables.candidates
    yield from _count_problems(tables)
    if candidates.empty:
        return
    yield from _filter_problems(candidates, tables)
    measured = with_oracle_values(compute_properties(candidates["smiles"].tolist()), candidates["smiles"], tables)
    for name in PROPERTIES:
        yield from _differences(candidates, name, measured[name].to_numpy(), "RDKit measures")
    alerts = ["; ".join(find_alerts(parse(text))) for text in candidates["smiles"]]
    for i in np.flatnonzero(candidates["alerts"].to_numpy(dtype=str) != np.asarray(alerts)):
        yield f"{FILE}: alerts of {candidates['id'].iloc[i]} are {candidates['alerts'].iloc[i]!r}, not {alerts[i]!r}"
    yield from _differences(candidates, "alert_count", np.array([t.count(";") + bool(t) for t in alerts]), "found are")
    yield from _lead_problems(candidates, tables)
    yield from _rule_problems(candidates, tables)
    yield from _desirability_problems(candidates, measured, tables)
    yield from _requirement_problems(candidates, measured, tables)


def _differences(table: pd.DataFrame, column: str, found: np.ndarray, says: str, rel: float = 1e-9) -> Iterator[str]:
    for i in differing(table[column], found, rel):
        yield f"{FILE}: {column} of {table['id'].iloc[i]} is {table[column].iloc[i]!r}, {says} {float(found[i])!r}"


def _count_problems(tables: StoredTables) -> Iterator[str]:
    """Where molecules were added or removed: rows, counts and the funnel must agree."""
    candidates, rejected = tables.candidates, tables.rejected
    for file, table, name in ((FILE, candidates, "candidates"), (REJECTED, rejected, "rejected")):
        if len(table) != tables.count(name):
            yield f"{file}: has {len(table)} rows, run.json says {tables.count(name)}"
    steps = {step["name"]: int(step["count"]) for step in tables.record["funnel"]}
    if len(candidates) != steps.get("kept", 0):
        yield f"{FILE}: has {len(candidates)} rows, the funnel kept {steps.get('kept', 0)}"
    pairs = [(row.lead, row.smiles) for table in (candidates, rejected) for row in table.itertuples()]
    if len(set(pairs)) != len(pairs):
        yield f"{FILE}: a molecule stands twice, among candidates or rejected molecules of one lead"


def _filter_problems(candidates: pd.DataFrame, tables: StoredTables) -> Iterator[str]:
    """Candidates that the settings would have left out, or whose lead or program is none of the run's."""
    settings, usable = tables.settings, tables.usable_leads.set_index("lead")["smiles"]
    unknown = sorted(set(candidates["lead"]) - set(usable.index))
    if unknown:
        raise CertificateError(f"{FILE}: candidates of the leads {unknown}, which are none that could be used")
    wanted = [f"{lead}-{rank:04d}" for lead, rank in zip(candidates["lead"], candidates["rank"], strict=True)]
    programs = tables.programs.set_index("program")
    if not set(candidates["program"]) <= set(programs.index):
        raise CertificateError(f"{FILE}: a candidate comes from a program that is not in programs.csv")
    own = programs.loc[candidates["program"]]
    reasons = {
        "has another number than its lead and rank": candidates["id"].to_numpy() != np.asarray(wanted),
        "is the lead itself": candidates["smiles"].to_numpy() == usable.loc[candidates["lead"]].to_numpy(),
        f"is less similar to its lead than {settings.similarity:g}": ~(candidates["similarity"] >= settings.similarity),
        "has alerts, which the settings drop": (candidates["alert_count"] > 0) & (settings.alerts == "drop"),
        "comes from a program of another lead": own["lead"].to_numpy() != candidates["lead"].to_numpy(),
        f"is not among the top {settings.top}": candidates["rank"] > settings.top,
    }
    for text, bad in reasons.items():
        for i in np.flatnonzero(bad):
            yield f"{FILE}: {candidates['id'].iloc[i]} {text}"


def _lead_problems(candidates: pd.DataFrame, tables: StoredTables) -> Iterator[str]:
    for _, lead in tables.usable_leads.iterrows():
        rows = candidates[candidates["lead"] == lead["lead"]]
        similarity = tanimoto(str(lead["smiles"]), rows["smiles"].tolist())
        gain = (rows["desirability"] - float(lead["desirability"])).to_numpy()
        yield from _differences(rows, "similarity", similarity, "Tanimoto to the lead is")
        yield from _differences(rows, "gain", gain, "it is")
        yield from _differences(rows, "rank", np.arange(1, len(rows) + 1), "its place is")
        if not _is_ranked(rows):
            yield f"{FILE}: candidates of lead {lead['lead']} are not ranked by desirability"


def _is_ranked(rows: pd.DataFrame) -> bool:
    """Whether the best stands first."""
    return bool((np.diff(rows["desirability"].to_numpy()) <= 0).all())


def _rule_problems(candidates: pd.DataFrame, tables: StoredTables) -> Iterator[str]:
    """Candidates that break a rule of the settings on structure or plausibility."""
    for _, lead in tables.usable_leads.iterrows():
        rules = lead_rules(standardize(str(lead["smiles"])), tables.settings).rules()
        rows = candidates[candidates["lead"] == lead["lead"]]
        for identity, text in zip(rows["id"], rows["smiles"], strict=True):
            molecule = standardize(text)
            for rule in rules:
                if why := rule.reason(molecule):
                    yield f"{FILE}: {identity}: {why}"


def _desirability_problems(candidates: pd.DataFrame, measured: pd.DataFrame, tables: StoredTables) -> Iterator[str]:
    each = []
    for goal in tables.goals:
        name = goal.property
        if name not in measured:
            predicted = candidates[PREDICTED(ranked_key(candidates, name))].to_numpy(dtype=float)
            each.append(predicted_desirability(goal, predicted, tables.value_ranges[name]))
            yield from _differences(candidates, DESIRABILITY(name), each[-1], "it is")
            continue
        value = measured[name].to_numpy()
        each.append(goal.desirability(value, tables.value_ranges[name]))
        yield from _differences(candidates, DESIRABILITY(name), each[-1], "it is")
        yield from _differences(candidates, MEASURED(name), _as_predicted(goal, value), "it is")
    overall = overall_desirability(np.stack(each, axis=1), [goal.weight for goal in tables.goals])
    yield from _differences(candidates, "desirability", overall, "it is")


def _requirement_problems(candidates: pd.DataFrame, measured: pd.DataFrame, tables: StoredTables) -> Iterator[str]:
    """Candidates that meet no clause of what is required, by what RDKit measures or else by their own prediction."""
    values = {}
    for item in tables.limits:
        column = MEASURED(item.key)
        if item.property in measured:
            yield from _differences(candidates, column, measured[item.property].to_numpy(), "measured is")
        else:
            yield from _differences(candidates, column, candidates[PREDICTED(item.key)].to_numpy(), "it is")
        values[item.key] = candidates[column].to_numpy(dtype=float)
    for item in tables.settings.require:
        for i in np.flatnonzero(~item.is_met(values[item.key])):
            yield f"{FILE}: {candidates['id'].iloc[i]} misses the requirement {item}"
    if tables.settings.where is None:
        return
    met = clauses_met(tables.clauses, values, [standardize(text) for text in candidates["smiles"]])
    found = [" ".join(str(k + 1) for k in np.flatnonzero(row)) for row in met]
    for row, numbers in enumerate(found):
        if not numbers or str(candidates["clauses"].iloc[row]) != numbers:
            stored = candidates["clauses"].iloc[row]
            yield f"{FILE}: {candidates['id'].iloc[row]} meets the clauses {numbers or 'none'}, not {stored}"


def predicted_desirability(goal: Goal, values: np.ndarray, value_range: tuple[float, float]) -> np.ndarray:
    """How well predictions meet a goal that nothing measures; those for a window are distances from it."""
    if goal.kind not in ("window", "target"):
        return goal.desirability(values, value_range)
    return goal.desirability_at_distance(values, value_range)


def _as_predicted(goal: Goal, value: np.ndarray) -> np.ndarray:
    return goal.distance(value) if goal.kind in ("window", "target") else value
