"""Where the value of a goal stands in the table of candidates, and how it is written."""

from collections.abc import Iterable
from math import nan

import pandas as pd

from molconvex.columns import own_prediction, ranked_key
from molconvex.objectives import Goal, PropertyChoice
from molconvex.runs import ReadRun

from ..shared import choices
from .goal_curve import predicted_of

FAR = "Far from the training molecules: its error may be larger"


def property_of(name: str) -> PropertyChoice:
    """A property as people see it; a plain one where nothing is known of it."""
    known = choices()
    if name in known:
        return known[name]
    return PropertyChoice(name, name.replace("_", " "), "", "", 0.0, 1.0, 2, is_measured=False)


def value_column(name: str, table: "pd.DataFrame | pd.Series") -> str:
    """Column with the measured value, else with the prediction for the molecule itself."""
    return name if name in table else own_prediction(table, ranked_key(table, name))


def is_distance(goal: Goal, table: "pd.DataFrame | pd.Series") -> bool:
    """Whether that column holds the distance to the window, because nothing measures the value."""
    return goal.property not in table and goal.kind in ("window", "target")


def lead_value(run: ReadRun, goal: Goal, table: "pd.DataFrame | pd.Series", lead: pd.Series) -> float:
    """What `value_column` holds, of the lead: measured, else predicted by the run's surrogate; NaN where unknown."""
    name = goal.property
    column = value_column(name, table)
    if column in lead:
        return float(lead[column])
    if name in table or is_distance(goal, table):
        return nan
    found = predicted_of(property_of(name), str(lead["smiles"]), run.settings.surrogates.get(name))
    return nan if found is None else found


def prediction_word(name: str, table: "pd.DataFrame | pd.Series") -> str:
    """What kind of prediction `value_column` holds: "predicted" or "refined"; "" where it is measured."""
    if name in table:
        return ""
    return "predicted" if ranked_key(table, name) == name else "refined"


def title_with_word(prop: PropertyChoice, table: "pd.DataFrame | pd.Series") -> str:
    """A label that says what is no measured value, as in "logD, refined"."""
    word = prediction_word(prop.name, table)
    return f"{prop.label}, {word}" if word else prop.label


def title_with_unit(prop: PropertyChoice, table: pd.DataFrame) -> str:
    """A heading or axis of the values of a table, as in "TPSA (Å²)" or "logD, refined"."""
    title = title_with_word(prop, table)
    return f"{title} ({prop.unit})" if prop.unit else title


def describe_goals(goals: Iterable[Goal]) -> str:
    """All goals in words."""
    return ", ".join(goal.describe() for goal in goals)


def describe_size(fewest: int | None, most: int | None) -> str:
    """How many heavy atoms are allowed, as in "20 to 30 heavy atoms"; "" where nothing was asked for."""
    if fewest is None and most is None:
        return ""
    if fewest is None or most is None:
        return f"at least {fewest} heavy atoms" if most is None else f"at most {most} heavy atoms"
    return f"{fewest} heavy atoms" if fewest == most else f"{fewest} to {most} heavy atoms"
