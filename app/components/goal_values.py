"""Where the value of a goal stands in the table of candidates, and how it is written."""

from collections.abc import Iterable

import pandas as pd

from molconvex.columns import own_prediction, ranked_key
from molconvex.objectives import Goal, PropertyChoice

from ..shared import choices


def property_of(name: str) -> PropertyChoice:
    """A property as people see it; a plain one where nothing is known of it."""
    known = choices()
    if name in known:
        return known[name]
    return PropertyChoice(name, name.replace("_", " "), "", "", 0.0, 1.0, 2, is_measured=False)


def value_column(name: str, table: "pd.DataFrame | pd.Series") -> str:
    """Column with the measured value, else with the prediction for the molecule itself."""
    return name if name in table else own_prediction(table, ranked_key(table, name))


def is_distance(goal: Goal, table: pd.DataFrame) -> bool:
    """Whether that column holds the distance to the window, because nothing measures the value."""
    return goal.property not in table and goal.kind in ("window", "target")


def title_with_unit(prop: PropertyChoice) -> str:
    """A heading or axis, as in "TPSA (Å²)"."""
    return f"{prop.label} ({prop.unit})" if prop.unit else prop.label


def describe_goals(goals: Iterable[Goal]) -> str:
    """All goals in words."""
    return ", ".join(goal.describe() for goal in goals)
