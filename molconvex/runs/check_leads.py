"""leads.csv against the settings, RDKit, and the networks of the certificates."""

from collections.abc import Iterator

import numpy as np
import torch

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.columns import ranked_key
from molconvex.exceptions import ChemistryError
from molconvex.objectives.goals import overall_desirability
from molconvex.runs.certificates import load_certificates
from molconvex.runs.check_candidates import predicted_desirability
from molconvex.runs.check_networks import surrogates_at_hand
from molconvex.runs.check_oracles import with_oracle_values
from molconvex.runs.check_programs import predictions_at
from molconvex.runs.check_report import CheckReport
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.surrogate.model.structure_features import structure_features

FILE = "leads.csv"
CLOSE = 1e-7  # relative; predictions are summed in another order than they were made


def lead_problems(tables: StoredTables, report: CheckReport) -> Iterator[str]:
    """Where leads are not those of the settings, standardized, measured and judged; the report gets what stays open."""
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
    yield from _desirability_problems(tables, report)


def _measure_problems(tables: StoredTables) -> Iterator[str]:
    usable = tables.usable_leads
    measured = compute_properties(usable["smiles"].tolist())
    for name in PROPERTIES:
        for i in differing(usable[name], measured[name]):
            number = usable["lead"].iloc[i]
            yield f"{FILE}: {name} of lead {number} is {usable[name].iloc[i]!r}, not {measured[name].iloc[i]!r}"


def _desirability_problems(tables: StoredTables, report: CheckReport) -> Iterator[str]:
    usable = tables.usable_leads
    if usable.empty or (tables.record["status"] == "partial" and usable["desirability"].isna().all()):
        return
    measured = with_oracle_values(compute_properties(usable["smiles"].tolist()), usable["smiles"], tables)
    each = [
        goal.desirability(measured[goal.property], tables.value_ranges[goal.property])
        if goal.property in measured
        else predicted_desirability(goal, _predicted(column, tables), tables.value_ranges[goal.property])
        for column, goal in enumerate(tables.goals)
    ]
    overall = overall_desirability(np.stack(each, axis=1), [goal.weight for goal in tables.goals])
    predicted = any(goal.property not in measured for goal in tables.goals)
    for i in differing(usable["desirability"], overall, CLOSE):
        number, stored = usable["lead"].iloc[i], float(usable["desirability"].iloc[i])
        if np.isnan(stored) and tables.record["status"] == "partial":  # stopped before it was computed
            continue
        if predicted and number not in tables.leads_with_programs:
            report.unverified.append(f"{FILE}: desirability of lead {number}, which has no certificates")
        elif np.isnan(overall[i]):
            report.unverified.append(
                f"{FILE}: desirability of lead {number}: what refines its prediction is not at hand"
            )
        else:
            yield f"{FILE}: desirability of lead {number} is {stored!r}, it is {float(overall[i])!r}"


def _predicted(column: int, tables: StoredTables) -> np.ndarray:
    """Predictions of a goal at the latents of the usable leads (n,), where their programs are anchored; else NaN."""
    values = np.full(len(tables.usable_leads), np.nan)
    for row, lead in enumerate(tables.usable_leads["lead"]):
        if lead in tables.leads_with_programs:
            record = load_certificates(tables.folder, int(lead))
            z = torch.from_numpy(np.asarray(record.anchor[:1], dtype=np.float64))
            values[row] = predictions_at(z, record, tables)[1][column][0]
    return refined_as_candidates(values, tables.usable_leads["smiles"].tolist(), column, tables)


def refined_as_candidates(values: np.ndarray, smiles: list[str], column: int, tables: StoredTables) -> np.ndarray:
    """The predictions (n,), refined where the candidates' are; NaN where the surrogate that does so is not at hand."""
    entry, name = tables.entries[column], tables.goals[column].property
    if ranked_key(tables.candidates, name) == name:
        return values
    at_hand = surrogates_at_hand(name, entry["origin"], tables.settings.surrogates, tables.fingerprint)
    found = [surrogate.refinement for surrogate in at_hand if surrogate.scaler.to_dict() == entry["scaler"]]
    if not found or found[0] is None:
        return np.full(len(values), np.nan)
    return found[0].refined(values, structure_features(smiles))


def _standard(smiles: str) -> str:
    try:
        return standardize(smiles).smiles
    except ChemistryError:
        return ""
