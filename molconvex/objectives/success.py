"""Which molecules meet what was asked for."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from molconvex.chem import PROPERTIES
from molconvex.columns import own_prediction, ranked_key
from molconvex.objectives.goals import Goal


def meets_every_goal(goals: Sequence[Goal], candidates: pd.DataFrame, leads: pd.DataFrame) -> NDArray[np.bool_]:
    """Candidates that meet every goal: inside each window, at each target, better than the lead where there is no end.

    A target is met where the value rounds to it at the digits in which the property is written. What no one can measure
    is judged by the prediction for the molecule itself; a missing value meets nothing.

    Args:
        goals: G goals.
        candidates: n rows, as in `Run.candidates`.
        leads: As in `Run.leads`. Where it lacks what is predicted for a lead, better overall counts as better.

    Returns:
        Shape (n,).
    """
    own_lead = leads.set_index("lead").reindex(candidates["lead"])
    met = np.ones(len(candidates), dtype=bool)
    for goal in goals:
        met &= _meets(goal, candidates, own_lead)
    return met


def _meets(goal: Goal, candidates: pd.DataFrame, own_lead: pd.DataFrame) -> NDArray[np.bool_]:
    name, prop = goal.property, PROPERTIES.get(goal.property)
    is_measured = name in candidates  # by RDKit or an oracle
    column = name if is_measured else own_prediction(candidates, ranked_key(candidates, name))
    if goal.kind in ("window", "target"):
        slack = 0.5 * 10.0**-prop.decimals if prop is not None and goal.kind == "target" else 0.0
        away = goal.distance(candidates[name]) if is_measured else candidates[column].to_numpy(float)
        return np.asarray(away <= slack)
    if column not in own_lead:
        return np.asarray(candidates["gain"] > 0)
    lead, value = own_lead[column].to_numpy(float), candidates[column].to_numpy(float)
    if goal.shape is not None and not goal.is_certifiable:
        lead, value = goal.shape(lead), goal.shape(value)
    return np.asarray(value > lead if goal.kind == "maximize" else value < lead)
