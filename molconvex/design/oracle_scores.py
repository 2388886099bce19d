"""Goals that oracles measure, in a run: their first surrogates, what was learned of them, and what was called."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from molconvex.design.leads import PreparedLead
from molconvex.design.settings import GenerateSettings
from molconvex.latent import LatentModel
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import any_surrogates, check_bounded
from molconvex.objectives.oracle_goals import unlearned_goal, unlearned_requirement
from molconvex.objectives.required_surrogates import required_surrogates
from molconvex.oracles import Oracle
from molconvex.search import Archive
from molconvex.search.oracle_objective import OracleObjective

COLUMNS = ("oracle", "smiles", "value", "unit", "remembered", "attempts", "reason")


def goal_scores(settings: GenerateSettings, model: LatentModel, sources: Mapping[str, Any]) -> GoalScores:
    """Goals and requirements with their surrogates; those of oracles know nothing yet, unless one is given.

    Args:
        settings: As given.
        model: Latent model.
        sources: Options of `any_surrogates`.

    Raises:
        ConfigError, LatentMismatchError, WeightsError, CancelledError: As `any_surrogates`.
    """
    own = {*(sources.get("given") or {}), *settings.surrogates}
    units = {name: oracle.unit for name, oracle in settings.oracles.items() if name not in own}
    found = any_surrogates([goal for goal in settings.goals if goal.property not in units], model, **sources)
    check_bounded(found, settings.region)
    goals = iter(found)
    limits = [item for item in settings.limits if item.property not in units]
    required = iter(required_surrogates(limits, model, **sources))
    return GoalScores(
        [unlearned_goal(g, model, units[g.property]) if g.property in units else next(goals) for g in settings.goals],
        [
            unlearned_requirement(item, model, units[item.property]) if item.property in units else next(required)
            for item in settings.limits
        ],
        settings.clauses,
    )


def oracle_objective(
    settings: GenerateSettings, scores: GoalScores, model: LatentModel, cancelled: Callable[[], bool]
) -> OracleObjective | None:
    """The objective that all searches of the run share; None where no oracle is asked."""
    asked = {name: Oracle(name, given) for name, given in settings.oracles.items() if name in settings.properties}
    if not asked:
        return None
    return OracleObjective(scores, asked, model.fingerprint, settings.seed, settings.aggregate, cancelled)


def keep_lead_values(lead: PreparedLead, archive: Archive, names: Sequence[str]) -> None:
    """Note what oracles said of the lead, which is the first that a search scores."""
    values = next(iter(archive)).values if len(archive) else {}
    lead.properties |= {name: values.get(name, float("nan")) for name in names}


def oracle_table(objective: OracleObjective) -> pd.DataFrame:
    """Every molecule asked about, in the order of asking; columns as in `molconvex.columns.ORACLES`."""
    rows = [
        (name, item.smiles, item.value, oracle.settings.unit, item.cached, item.attempts, item.reason)
        for name, oracle in objective.oracles.items()
        for item in oracle.answers.values()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def oracle_notes(objective: OracleObjective) -> dict[str, Any]:
    """What run.json says of the oracles of a run."""
    return {name: oracle.record() for name, oracle in objective.oracles.items()}
