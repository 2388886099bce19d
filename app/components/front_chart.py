"""A front: every molecule over two goals, those that no other beats on top and joined, the lead beside them."""

from typing import Any

import altair as alt
import pandas as pd

from molconvex.objectives import Goal

from .candidate_table import STRUCTURE
from .goal_values import property_of, title_with_unit, value_column
from .texts import picture

PICKED = "picked"
MOST = 300
ON, BEATEN = "On the front", "Beaten by another"
COLORS = alt.Scale(domain=[ON, BEATEN], range=["#1f958d", "#9fb0b6"])
AMBER = "#d98324"


def front_chart(table: pd.DataFrame, leads: pd.DataFrame, goals: list[Goal]) -> Any:
    """The chart; a click on a point gives its `row` under the selection `PICKED`.

    Args:
        table: Molecules, with `row` and `non_dominated`.
        leads: Measured like them; where they lack a goal's column, no lead is drawn.
        goals: Two, the first across.
    """
    columns = [value_column(goal.property, table) for goal in goals[:2]]
    titles = [f"{title_with_unit(property_of(goal.property), table)}, to {goal.kind}" for goal in goals[:2]]
    points = _points(table, columns)
    axes = [
        axis(f"{column}:Q", title=title, scale=alt.Scale(zero=False, padding=15))
        for axis, column, title in zip((alt.X, alt.Y), columns, titles, strict=True)
    ]
    about = [alt.Tooltip("image:N"), alt.Tooltip("where:N", title="Molecule")]
    about += [alt.Tooltip(f"{c}:Q", title=t, format=".2f") for c, t in zip(columns, titles, strict=True)]
    chart = _front_line(points, axes) + _dots(points, axes, about)
    if set(columns) <= set(leads):
        chart += _lead(leads, axes, about)
    return chart.properties(height=440)


def _points(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """What is drawn, the front last so that nothing hides it."""
    is_best = table["non_dominated"].astype(str) == "True"
    shown = pd.concat([table[~is_best].head(MOST), table[is_best]])
    where = [ON if str(flag) == "True" else BEATEN for flag in shown["non_dominated"]]
    return shown[["row", *columns]].assign(image=[picture(text, *STRUCTURE) for text in shown["smiles"]], where=where)


def _dots(points: pd.DataFrame, axes: list[Any], about: list[alt.Tooltip]) -> alt.Chart:
    chosen = alt.selection_point(name=PICKED, fields=["row"])
    return (
        alt.Chart(points)
        .mark_circle(cursor="pointer")
        .encode(
            *axes,
            color=alt.Color("where:N", title=None, scale=COLORS, legend=alt.Legend(orient="top")),
            size=alt.condition(alt.datum.where == ON, alt.value(150), alt.value(60)),
            opacity=alt.condition(chosen, alt.value(0.95), alt.value(0.35)),
            tooltip=about,
        )
        .add_params(chosen)
    )


def _front_line(points: pd.DataFrame, axes: list[Any]) -> alt.Chart:
    best = points[points["where"] == ON]
    return alt.Chart(best).mark_line(color="#1f958d", opacity=0.6, strokeWidth=1.5).encode(*axes)


def _lead(leads: pd.DataFrame, axes: list[Any], about: list[alt.Tooltip]) -> alt.Chart:
    drawn = leads.assign(image=[picture(text, *STRUCTURE) for text in leads["smiles"]], where="Lead")
    mark = alt.Chart(drawn).mark_point(size=210, shape="diamond", filled=True, color=AMBER, stroke="white")
    return mark.encode(*axes, tooltip=about)
