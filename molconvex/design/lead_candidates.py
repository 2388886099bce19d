"""From the scored molecules of a search to ranked candidates, with what is proved about each at its own latent.

The columns, with units and meaning, are in `molconvex.columns`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from molconvex.assays.atom_contributions import AtomContributions, atom_contributions
from molconvex.chem import PROPERTIES, compute_properties, find_alerts, pick_diverse, tanimoto
from molconvex.chem.molecule import Molecule
from molconvex.columns import COST, DESIRABILITY, MEASURED, PREDICTED, PROVED, ranked_key
from molconvex.design.funnel import Funnel
from molconvex.design.leads import PreparedLead
from molconvex.design.settings import GenerateSettings
from molconvex.latent import LatentModel
from molconvex.objectives.clauses import Clause, clauses_met
from molconvex.objectives.goal_programs import least_bound_row
from molconvex.objectives.goal_scores import GoalScores, unmeasured
from molconvex.optimize.certificate.point_claims import PointClaims, point_claims
from molconvex.optimize.certificate.proved_parts import in_proved_parts
from molconvex.search import Archive, Member
from molconvex.search.design_region import DesignRegion
from molconvex.search.rounds import START
from molconvex.search.rules import implausible_beside
from molconvex.surrogate.model.uncertainty import refined_columns, uncertainty_columns

EXPLAINED = 12  # candidates whose predictions are traced to atoms, as many as a report shows as cards
POOL = 10  # a diverse choice is made among this many times as many candidates


@dataclass(frozen=True)
class Judging:
    """What candidates are judged by.

    Attributes:
        settings: As given.
        scores: Goals and requirements with their surrogates.
        known: Standard SMILES of known molecules, or None.
    """

    settings: GenerateSettings
    scores: GoalScores
    known: Collection[str] | None = None


def candidates_of(
    lead: PreparedLead, archive: Archive, judging: Judging, funnel: Funnel
) -> tuple[list[Member], pd.DataFrame, pd.DataFrame]:
    """The members that become candidates, best first; their table without claims; and rejected molecules.

    A molecule that was scored is rejected where a value is missing, a requirement is not met, or others are better.
    """
    members = [member for member in archive if member.ancestry.proposer != START]
    table = measured_table(members, lead, judging)
    met = clauses_met_by(table, members, judging.scores)
    table["reason"] = _reasons(table, members, met, judging)
    if judging.settings.where is not None:
        table["clauses"] = [" ".join(str(k + 1) for k in np.flatnonzero(row)) for row in met]
    funnel.add("measured", int(table["desirability"].notna().sum()), len(table))
    if judging.settings.limits or judging.settings.where is not None:
        known = table["desirability"].notna()
        funnel.add("required", int((known & (table["reason"] == "")).sum()), int(known.sum()))
    fine = table[table["reason"] == ""]
    chosen = _chosen(fine, judging)
    table.loc[fine.index.difference(chosen.index), "reason"] = f"not among the top {judging.settings.top}"
    funnel.add("kept", len(chosen), len(fine))
    left = table.drop(index=chosen.index)
    rejected = pd.DataFrame(
        {"lead": lead.number, **{name: left[name].to_numpy() for name in ("smiles", "reason", "similarity")}}
    )
    kept = [members[row] for row in chosen.index]
    return kept, _finished(_examined(chosen, kept, lead, judging.settings), lead), rejected


def with_claims(
    table: pd.DataFrame,
    members: Sequence[Member],
    lead: PreparedLead,
    region: DesignRegion,
    first: int,
    scores: GoalScores,
) -> pd.DataFrame:
    """The table with what the region's certificate proves about each candidate at its own latent.

    Args:
        table: Of n candidates.
        members: The same n.
        lead: Where the realised share is zero.
        region: Certified; clause by clause, the first program with the user's own mix of goals, or those of a front.
        first: Number of the first program in the run's table.
        scores: Goals and requirements of the programs.
    """
    assert lead.z is not None
    table = table.copy()
    table["program"] = first
    limits = [item.requirement.key for item in scores.required]
    names = ["inside_region", "region_distance", "value", "lower_bound", "gap_to_bound", "realised_share"]
    if not len(table):
        names += map(PROVED, limits)
        return table.assign(**{name: pd.Series(dtype="float64") for name in names})
    latents, record = torch.stack([member.z for member in members]).numpy(), region.record()
    claims: PointClaims = point_claims(record, latents, lead.z.numpy())
    chosen = claims.nearest_programs(region.program.weights.numpy(), region.scale)
    if region.scale is None:
        chosen = np.full_like(chosen, least_bound_row(claims.lower_bound, len(scores.alternatives)))
    every = np.arange(len(table))
    table["program"] = first + chosen
    table["inside_region"] = claims.inside
    table["region_distance"] = claims.distance
    table["value"] = claims.value[every, chosen]
    table["lower_bound"] = claims.lower_bound[chosen]
    table["gap_to_bound"] = claims.headroom[every, chosen]
    table["realised_share"] = claims.realised_share[every, chosen]
    held = in_proved_parts(record, latents, claims.inside)
    for column, key in enumerate(limits, start=held.shape[1] - len(limits)):
        table[PROVED(key)] = held[:, column]
    return table


def best_contributions(
    table: pd.DataFrame, scores: GoalScores, model: LatentModel
) -> dict[str, dict[str, AtomContributions]]:
    """Of the best candidates, by id and property, the atoms that predictions which nothing measures come from."""
    surrogates = unmeasured(scores.goals)
    if not surrogates:
        return {}
    best = table.head(EXPLAINED)
    return {
        str(identity): atom_contributions(surrogates, Molecule(smiles), model)
        for identity, smiles in zip(best["id"], best["smiles"], strict=True)
    }


def with_screened(rejected: pd.DataFrame, reasons: Mapping[str, str], lead: PreparedLead) -> pd.DataFrame:
    """Rejected molecules, those first that were scored, then those that a rule kept from being scored."""
    screened = pd.DataFrame(
        {"lead": lead.number, "smiles": list(reasons), "reason": list(reasons.values()), "similarity": np.nan}
    )
    parts = [table for table in (rejected, screened) if len(table)]
    return pd.concat(parts, ignore_index=True) if parts else rejected


def measured_table(members: Sequence[Member], lead: PreparedLead, judging: Judging) -> pd.DataFrame:
    """Scored molecules as in candidates.csv, one row each, without claims.

    What only candidates need, and takes long, is left empty: other properties, alerts, plausibility.
    """
    molecules = [member.molecule for member in members]
    table = pd.DataFrame({"smiles": [molecule.smiles for molecule in molecules]}, dtype=object)
    table["similarity"] = tanimoto(lead.molecule, molecules) if molecules else np.zeros(0)
    table = pd.concat([table, _wanted_properties(members, judging.scores)], axis=1)
    for name in judging.scores.asked_of_oracles:
        table[name] = [member.values.get(name, np.nan) for member in members]
    _add_predictions(table, members, judging.scores)
    table["gain"] = table["desirability"] - lead.desirability
    table["alerts"], table["alert_count"], table["plausibility"] = "", 0, ""
    known = judging.known
    table["novel"] = pd.array([pd.NA if known is None else m.smiles not in known for m in molecules], dtype="boolean")
    table["proposer"] = [member.ancestry.proposer for member in members]
    table["parents"] = [" ".join(member.ancestry.parents) for member in members]
    table["round"] = [member.ancestry.round for member in members]
    return table


def _wanted_properties(members: Sequence[Member], scores: GoalScores) -> pd.DataFrame:
    """A column for every property, filled where goals or requirements name it: as the search measured it, else now."""
    wanted = {item.goal.property for item in scores.goals} | {item.requirement.property for item in scores.required}
    names = [name for name in PROPERTIES if name in wanted]
    table = pd.DataFrame(np.nan, index=range(len(members)), columns=list(PROPERTIES))
    if all(name in member.values for member in members for name in names):
        for name in names:
            table[name] = [member.values[name] for member in members]
    elif names:
        table[names] = compute_properties([member.molecule for member in members], names)
    return table.astype("float64")


def _examined(
    chosen: pd.DataFrame, members: Sequence[Member], lead: PreparedLead, settings: GenerateSettings
) -> pd.DataFrame:
    """The candidates with every property, alerts and plausibility."""
    molecules = [member.molecule for member in members]
    alerts = [find_alerts(molecule) for molecule in molecules]
    measured = compute_properties(molecules).set_index(chosen.index)
    return chosen.assign(
        **{name: measured[name] for name in PROPERTIES},
        alerts=pd.Series(["; ".join(names) for names in alerts], index=chosen.index, dtype=object),
        alert_count=pd.Series([len(names) for names in alerts], index=chosen.index, dtype="int64"),
        plausibility=pd.Series(_plausibility(molecules, lead, settings), index=chosen.index, dtype=object),
    )


def _add_predictions(table: pd.DataFrame, members: Sequence[Member], scores: GoalScores) -> None:
    z = torch.stack([member.z for member in members]) if members else torch.zeros(0, 1)
    for item in scores.goals:
        name, surrogate = item.goal.property, item.surrogate
        predicted = surrogate.predict(z).numpy() if members else np.zeros(0)
        table[PREDICTED(name)] = predicted
        table[COST(name)] = surrogate.cost(z).numpy() if members else np.zeros(0)
        values = table[name].to_numpy(dtype=np.float64) if item.is_measurable else np.full(len(table), np.nan)
        table[MEASURED(name)] = item.as_predicted(values)
        if not item.is_measurable:
            for column, more in refined_columns(surrogate, z, [m.molecule for m in members]).items():
                table[str(column)] = more.to_numpy()
            values = table[PREDICTED(ranked_key(table, name))].to_numpy(dtype=np.float64)
        table[DESIRABILITY(name)] = item.desirability(values)
    for limit in scores.required:
        key, surrogate = limit.requirement.key, limit.surrogate
        predicted = surrogate.predict(z).numpy() if members else np.zeros(0)
        table[PREDICTED(key)] = predicted
        table[COST(key)] = surrogate.cost(z).numpy() if members else np.zeros(0)
        measurable = limit.part.is_measurable
        table[MEASURED(key)] = table[limit.requirement.property] if measurable else predicted
    for key, surrogate in unmeasured(scores.goals, scores.required).items():
        for column, beside in uncertainty_columns(surrogate, z, key).items():
            table[column] = beside.to_numpy()
    table["desirability"] = scores.overall(table)


def _plausibility(molecules: Sequence[Molecule], lead: PreparedLead, settings: GenerateSettings) -> list[str]:
    """What a chemist would object to, "" for nothing; nothing is looked at where it is off."""
    if settings.plausibility == "off":
        return [""] * len(molecules)
    reason = implausible_beside(lead.molecule)
    return [reason(molecule) for molecule in molecules]


def clauses_met_by(table: pd.DataFrame, members: Sequence[Member], scores: GoalScores) -> NDArray[np.bool_]:
    """Which of K clauses each of n scored molecules meets, (n, K), by what is measured where that is possible."""
    keys = [item.requirement.key for item in scores.required]
    values = {key: table[MEASURED(key)].to_numpy(dtype=np.float64) for key in keys}
    return clauses_met(scores.alternatives, values, [member.molecule for member in members])


def _reasons(table: pd.DataFrame, members: Sequence[Member], met: NDArray[np.bool_], judging: Judging) -> list[str]:
    reasons = []
    for row, member in enumerate(members):
        reason = ""
        if np.isnan(table["desirability"].iloc[row]):
            reason = member.reason or "a value is missing"
        elif not met[row].any():
            reason = _missed(table.iloc[row], member, judging.scores.alternatives)
        reasons.append(reason)
    return reasons


def _missed(row: pd.Series, member: Member, clauses: Sequence[Clause]) -> str:
    """Which limit of the only clause a molecule misses, or that it misses a limit of each."""
    if len(clauses) > 1:
        return f"it meets none of the {len(clauses)} clauses of the condition"
    for limit in clauses[0].requirements:
        number = float(row[MEASURED(limit.key)])
        if not bool(limit.is_met(number)):
            return f"{limit.describe()} required, got {number:.3g}"
    missed = next(limit for limit in clauses[0].structure if not limit.is_met(member.molecule))
    return f"{missed.describe()} wanted"


def _chosen(fine: pd.DataFrame, judging: Judging) -> pd.DataFrame:
    """The top ones, best first; where wanted, far apart from each other.

    Equal desirabilities are told apart by the predicted cost: beyond its range a property is no more desirable.
    """
    settings, scores = judging.settings, judging.scores
    costs = [
        weight * fine[COST(item.goal.property)]
        for weight, item in zip(scores.program_weights, scores.goals, strict=True)
    ]
    ranked = fine.assign(cost=sum(costs)).sort_values(
        ["desirability", "cost", "similarity", "smiles"], ascending=[False, True, False, True]
    )
    ranked = ranked.drop(columns="cost")
    if not settings.diverse or len(ranked) <= settings.top:
        return ranked.head(settings.top)
    pool = ranked.head(POOL * settings.top)
    rows = pick_diverse(pool["smiles"].tolist(), settings.top, settings.seed, first=[0])
    return pool.iloc[sorted(rows)]


def _finished(chosen: pd.DataFrame, lead: PreparedLead) -> pd.DataFrame:
    table = chosen.drop(columns="reason").reset_index(drop=True)
    rank = np.arange(1, len(table) + 1)
    table["lead"], table["rank"] = lead.number, rank
    table["id"] = [f"{lead.number}-{r:04d}" for r in rank]
    table["name"] = [f"{lead.name} #{r}" for r in rank]
    front = ["id", "lead", "rank", "name", "smiles", "desirability", "gain", "similarity", *PROPERTIES]
    return table[front + [name for name in table.columns if name not in front]]
