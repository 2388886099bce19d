"""From decoded molecules to ranked candidates: measured, compared with the lead, filtered with reasons, ranked.

Columns of the table of candidates:

    id, lead, rank              rank 1 is best, within its lead
    smiles, name                standard SMILES; name is the lead's name and the rank
    desirability, gain          overall, 0 to 1, on measured values; minus the lead's own
    similarity                  Tanimoto to the lead (Morgan radius 2, 2,048 bits)
    qed, logp, ...              measured by RDKit; NaN where that failed
    desirability_<property>     per goal
    predicted_<property>        by the surrogate at the proposal; for windows the distance to the window
    reencoded_<property>        by the surrogate at the molecule's own latent
    measured_<property>         the measured value in the quantity that the surrogate predicts
    cost_<property>             cost at the proposal, unitless
    ..._<property>_at_most      cost, predicted, reencoded and measured for a requirement; likewise _at_least
    alerts, alert_count         names joined by "; "
    novel                       not among the known molecules; <NA> where no list was given
    drift                       latent distance from the proposal to the molecule's own latent
    program, radius, weight_*   where it came from: the program whose proposal lies nearest to it
    anchor_distance             latent distance of that program's anchor from the lead
    value, lower_bound, gap, status    that program's certificate, which speaks of the surrogate, not of the molecule
    found_by, decodings, greedy programs that found it, decodings that gave it, whether a greedy one did
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, pick_diverse, tanimoto
from molconvex.design.decoding import Decoded, Decodings
from molconvex.design.funnel import Funnel
from molconvex.design.leads import PreparedLead
from molconvex.design.proposals import Proposals, reach
from molconvex.design.settings import GenerateSettings
from molconvex.latent import LatentModel
from molconvex.objectives.goal_scores import unmeasured
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import overall_desirability
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.surrogate.model.uncertainty import uncertainty_columns

POOL = 10  # a diverse choice is made among this many times as many candidates


@dataclass(frozen=True)
class Scoring:
    """What is needed to score the molecules of any lead."""

    settings: GenerateSettings
    surrogates: Sequence[GoalSurrogate]
    model: LatentModel
    known: Collection[str] | None = None
    required: Sequence[RequiredSurrogate] = ()

    @property
    def weights(self) -> list[float]:
        """Weights of the goals."""
        return [item.goal.weight for item in self.surrogates]


def score_lead(
    lead: PreparedLead,
    proposals: Proposals,
    decodings: Decodings,
    scoring: Scoring,
    funnel: Funnel,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates and rejected molecules of one lead; counts are added to the funnel."""
    molecules = list(decodings.molecules.values())
    readable = decodings.attempts - decodings.unreadable
    funnel.add("decoded", readable, decodings.attempts)
    funnel.add("unique", len(molecules), readable)
    table = pd.DataFrame({"smiles": [m.smiles for m in molecules]}, dtype=object)
    table["reason"] = np.where(table["smiles"] == lead.smiles, "the lead itself", "")
    table["similarity"] = tanimoto(lead.smiles, table["smiles"].tolist())
    _pass(table, "new", funnel)
    floor = scoring.settings.similarity
    _reject(table, table["similarity"] < floor, [f"similarity to the lead below {floor:g}"] * len(table))
    _pass(table, "similar", funnel)
    passed = table[table["reason"] == ""].drop(columns="reason")
    scored = _scored(passed, molecules, lead, proposals, scoring, progress)
    scored["reason"] = ""
    _filter_scored(scored, scoring, funnel)
    table.loc[scored.index, "reason"] = scored["reason"]
    chosen = _chosen(scored[scored["reason"] == ""].drop(columns="reason"), scoring.settings)
    left = scored.index[scored["reason"] == ""].difference(chosen.index)
    table.loc[left, "reason"] = f"not among the top {scoring.settings.top}"
    funnel.add("kept", len(chosen), len(chosen) + len(left))
    return _finished(chosen, lead), _rejected(table.drop(index=chosen.index), molecules, lead, proposals)


def _reject(table: pd.DataFrame, mask: pd.Series, reasons: Sequence[str]) -> None:
    mask = mask & (table["reason"] == "")
    table.loc[mask, "reason"] = pd.Series(list(reasons), index=table.index, dtype=object)[mask]


def _pass(table: pd.DataFrame, step: str, funnel: Funnel) -> None:
    """Count a step: those without a reason, of those that the step before let pass."""
    passed = int((table["reason"] == "").sum())
    before = table.attrs.get("passed", len(table))
    table.attrs["passed"] = passed
    funnel.add(step, passed, before)


def _filter_scored(scored: pd.DataFrame, scoring: Scoring, funnel: Funnel) -> None:
    if scoring.settings.alerts == "drop":
        _reject(scored, scored["alert_count"] > 0, [f"alerts: {names}" for names in scored["alerts"]])
        _pass(scored, "clean", funnel)
    names = [item.goal.property for item in scoring.surrogates]
    missing = [", ".join(n for n, bad in zip(names, row, strict=True) if bad) for row in _missing(scored, names)]
    _reject(scored, scored["desirability"].isna(), [f"no value for {text}" for text in missing])
    _pass(scored, "measured", funnel)
    for limit in scoring.required:
        value, asked = scored[f"measured_{limit.requirement.key}"], limit.requirement.describe()
        reasons = [f"{asked} required, got {number:.3g}" for number in value]
        _reject(scored, pd.Series(~limit.requirement.is_met(value), index=scored.index), reasons)
    if scoring.required:
        _pass(scored, "required", funnel)


def _missing(scored: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    return scored[[f"desirability_{name}" for name in names]].isna().to_numpy()


def _scored(
    passed: pd.DataFrame,
    molecules: Sequence[Decoded],
    lead: PreparedLead,
    proposals: Proposals,
    scoring: Scoring,
    progress: Callable[[int, int], None] | None,
) -> pd.DataFrame:
    """The molecules with everything measured and predicted; index as given, which is the row in `molecules`."""
    smiles = passed["smiles"].tolist()
    own = [molecules[row] for row in passed.index]
    encoding = scoring.model.try_encode(smiles)
    source, drift = _nearest_programs(own, encoding.z.double(), proposals.solution.z.double())
    parts = [
        passed,
        compute_properties(smiles).set_index(passed.index),
        _provenance(own, source, drift, proposals, scoring).set_index(passed.index),
    ]
    table = pd.concat(parts, axis=1)
    alerts = []
    for done, text in enumerate(smiles, start=1):
        alerts.append(find_alerts(parse(text)))
        if progress is not None and (done % 50 == 0 or done == len(smiles)):
            progress(done, len(smiles))
    table["alerts"] = ["; ".join(names) for names in alerts]
    table["alert_count"] = [len(names) for names in alerts]
    known = scoring.known
    table["novel"] = pd.array([pd.NA if known is None else text not in known for text in smiles], dtype="boolean")
    _add_predictions(table, encoding.z, source, proposals, scoring)
    table["gain"] = table["desirability"] - lead.desirability
    return table


def _nearest_programs(own: Sequence[Decoded], z: Tensor, proposed: Tensor) -> tuple[list[int], list[float]]:
    """Per molecule, the program among those that found it whose proposal is nearest, and that distance.

    Where the molecule cannot be encoded: the program that gave it most often, and NaN.
    """
    source, drift = [], []
    for molecule, point in zip(own, z, strict=True):
        programs = list(molecule.programs)
        distance = (proposed[programs] - point).norm(dim=1)
        if torch.isfinite(distance).all():
            best = int(distance.argmin())
            source.append(programs[best])
            drift.append(float(distance[best]))
        else:
            source.append(max(programs, key=lambda p: molecule.programs[p]))
            drift.append(float("nan"))
    return source, drift


def _provenance(
    own: Sequence[Decoded], source: list[int], drift: list[float], proposals: Proposals, scoring: Scoring
) -> pd.DataFrame:
    program, solution = proposals.program, proposals.solution
    columns: dict[str, object] = {
        "drift": drift,
        "program": [proposals.first + row for row in source],
        "anchor_distance": (program.anchors[source] - program.anchors[0]).norm(dim=1).numpy(),
        "radius": reach(program.region, program.anchors)[source].numpy(),
        "value": solution.value[source].numpy(),
        "lower_bound": solution.lower_bound[source].numpy(),
        "gap": solution.gap[source].numpy(),
        "status": [solution.status[row].name.lower() for row in source],
        "found_by": [len(m.programs) for m in own],
        "decodings": [m.decodings for m in own],
        "greedy": [m.greedy for m in own],
    }
    for column, item in enumerate(scoring.surrogates):
        columns[f"weight_{item.goal.property}"] = program.weights[source, column].numpy()
        columns[f"cost_{item.goal.property}"] = solution.costs[source, column].numpy()
    for column, limit in enumerate(scoring.required, start=len(scoring.surrogates)):
        columns[f"cost_{limit.requirement.key}"] = solution.costs[source, column].numpy()
    return pd.DataFrame(columns)


def _add_predictions(table: pd.DataFrame, z: Tensor, source: list[int], proposals: Proposals, scoring: Scoring) -> None:
    encoded = torch.isfinite(z).all(dim=1)
    for item in scoring.surrogates:
        name, surrogate = item.goal.property, item.surrogate
        table[f"predicted_{name}"] = surrogate.predict(proposals.solution.z[source]).numpy()
        again = np.full(len(table), np.nan)
        again[encoded.numpy()] = surrogate.predict(z[encoded]).numpy()
        table[f"reencoded_{name}"] = again
        measured = table[name].to_numpy() if item.is_measurable else np.full(len(table), np.nan)
        table[f"measured_{name}"] = item.as_predicted(measured)
        table[f"desirability_{name}"] = item.desirability(measured if item.is_measurable else again)
    for limit in scoring.required:
        key, surrogate = limit.requirement.key, limit.surrogate
        table[f"predicted_{key}"] = surrogate.predict(proposals.solution.z[source]).numpy()
        again = np.full(len(table), np.nan)
        again[encoded.numpy()] = surrogate.predict(z[encoded]).numpy()
        table[f"reencoded_{key}"] = again
        # what no one can measure is judged by the prediction for the molecule itself
        table[f"measured_{key}"] = table[limit.requirement.property] if limit.part.is_measurable else again
    for key, surrogate in unmeasured(scoring.surrogates, scoring.required).items():
        for column, values in uncertainty_columns(surrogate, z, key).items():
            table[column] = values.to_numpy()
    each = table[[f"desirability_{item.goal.property}" for item in scoring.surrogates]].to_numpy(dtype=np.float64)
    table["desirability"] = overall_desirability(each, scoring.weights)


def _chosen(scored: pd.DataFrame, settings: GenerateSettings) -> pd.DataFrame:
    """The top ones, best first; where wanted, far apart from each other."""
    ranked = scored.sort_values(["desirability", "similarity", "smiles"], ascending=[False, False, True])
    if not settings.diverse or len(ranked) <= settings.top:
        return ranked.head(settings.top)
    pool = ranked.head(POOL * settings.top)
    rows = pick_diverse(pool["smiles"].tolist(), settings.top, settings.seed, first=[0])
    return pool.iloc[sorted(rows)]


def _finished(chosen: pd.DataFrame, lead: PreparedLead) -> pd.DataFrame:
    table = chosen.reset_index(drop=True)
    rank = np.arange(1, len(table) + 1)
    table["lead"], table["rank"] = lead.number, rank
    table["id"] = [f"{lead.number}-{r:04d}" for r in rank]
    table["name"] = [f"{lead.name} #{r}" for r in rank]
    front = ["id", "lead", "rank", "name", "smiles", "desirability", "gain", "similarity", *PROPERTIES]
    return table[front + [name for name in table.columns if name not in front]]


def _rejected(
    table: pd.DataFrame, molecules: Sequence[Decoded], lead: PreparedLead, proposals: Proposals
) -> pd.DataFrame:
    own = [molecules[row] for row in table.index]
    return pd.DataFrame(
        {
            "lead": lead.number,
            "smiles": table["smiles"].to_numpy(),
            "reason": table["reason"].to_numpy(),
            "similarity": table["similarity"].to_numpy(),
            "found_by": [len(m.programs) for m in own],
            "decodings": [m.decodings for m in own],
        }
    )
