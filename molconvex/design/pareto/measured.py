"""Measured molecules as cost vectors: which are dominated by none, and which dominate their lead."""

from collections.abc import Container, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from molconvex.chem import PROPERTIES
from molconvex.columns import MEASURED, PREDICTED, ranked_key
from molconvex.objectives.goals import Goal
from molconvex.optimize import non_dominated
from molconvex.surrogate import TargetScaler

Floats = NDArray[np.float64]


def value_column(goal: Goal, columns: Container[str]) -> str:
    """Which of the candidates' columns holds the goal's value: measured where RDKit can, else predicted and refined.

    For windows it is the distance to the window.
    """
    name = goal.property
    return MEASURED(name) if name in PROPERTIES else PREDICTED(ranked_key(columns, name))


def shown_value(row: pd.Series, goal: Goal) -> float:
    """The property itself as a chemist reads it: measured, also for a window, else as predicted on the molecule."""
    return float(row[goal.property if goal.property in PROPERTIES else value_column(goal, row)])


def measured_costs(candidates: pd.DataFrame, goals: Sequence[Goal], scalers: Mapping[str, TargetScaler]) -> Floats:
    """Costs of the measured values, (n, G), in the surrogates' cost units; NaN where a value is missing."""
    values = [candidates[value_column(goal, candidates)].to_numpy(dtype=np.float64) for goal in goals]
    return np.stack([scalers[goal.property].cost_of(own) for goal, own in zip(goals, values, strict=True)], axis=1)


def lead_costs(lead: Mapping[str, float], goals: Sequence[Goal], scalers: Mapping[str, TargetScaler]) -> Floats:
    """Costs of a lead's values, (G,)."""
    return np.array([float(scalers[goal.property].cost_of(float(lead[goal.property]))) for goal in goals])


def marked(candidates: pd.DataFrame, costs: Floats, leads: Mapping[int, Floats]) -> pd.DataFrame:
    """Candidates with the columns `non_dominated`, among those of the same lead, and `dominates_lead`.

    Args:
        candidates: n rows.
        costs: Of their values, (n, G).
        leads: Costs of each lead, (G,), by its number.
    """
    table = candidates.copy()
    kept, better = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    for number, own in leads.items():
        rows = np.flatnonzero(table["lead"].to_numpy() == number)
        kept[rows] = non_dominated(costs[rows], deduplicate=False)
        better[rows] = (costs[rows] <= own).all(axis=1) & (costs[rows] < own).any(axis=1)
    table["non_dominated"], table["dominates_lead"] = kept, better
    return table
