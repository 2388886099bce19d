"""Similarity against desirability, one point a candidate, structures on hover."""

import altair as alt
import pandas as pd
import streamlit as st

from .candidate_table import STRUCTURE
from .texts import picture

MOST = 300  # each drawing takes the server some milliseconds
SELECTION = "picked"
KINDS = ["No alert", "With alerts"]
COLORS, SHAPES = ["#1f958d", "#d98324"], ["circle", "triangle-up"]


def chart(table: pd.DataFrame, lead: pd.Series) -> list[int]:
    """Draw the chart; a click on a point selects the candidate, whose row is given."""
    figure = _points(table, lead) + _lead_line(lead)
    figure = figure.properties(height=460).configure_legend(orient="top", direction="horizontal", title=None)
    event = st.altair_chart(figure, key="chart", width="stretch", on_select="rerun", selection_mode=SELECTION)
    few = f" The first {MOST:,} of {len(table):,} are drawn." if len(table) > MOST else ""
    st.caption(
        f"Click a point to look at that candidate; what lies above the dashed line is better than the lead.{few}"
    )
    picked = event.selection.get(SELECTION) or []
    rows = table.index[table["rank"] == int(picked[0]["rank"])].tolist() if picked else []
    return rows or [0]


def _points(table: pd.DataFrame, lead: pd.Series) -> alt.Chart:
    best = table.head(MOST)
    points = pd.DataFrame(
        {
            "similarity": best["similarity"],
            "desirability": best["desirability"],
            "alerts": [KINDS[1] if number else KINDS[0] for number in best["alert_count"]],
            "rank": best["rank"],
            "title": [f"Candidate {rank}" for rank in best["rank"]],
            "image": [picture(smiles, *STRUCTURE, lead["smiles"]) for smiles in best["smiles"]],
        }
    )
    picked = alt.selection_point(name=SELECTION, fields=["rank"])
    return (
        alt.Chart(points)
        .mark_point(filled=True, size=90, cursor="pointer")
        .encode(
            x=alt.X(
                "similarity:Q",
                title="Similarity to the lead",
                scale=alt.Scale(zero=False, padding=20),
                axis=alt.Axis(tickCount=8, format=".2f"),
            ),
            y=alt.Y("desirability:Q", title="Desirability", scale=alt.Scale(zero=False, padding=20)),
            color=alt.Color("alerts:N", scale=alt.Scale(domain=KINDS, range=COLORS)),
            shape=alt.Shape("alerts:N", scale=alt.Scale(domain=KINDS, range=SHAPES)),
            opacity=alt.condition(picked, alt.value(0.9), alt.value(0.3)),
            tooltip=[
                alt.Tooltip("image:N"),
                alt.Tooltip("title:N", title="Molecule"),
                alt.Tooltip("similarity:Q", title="Similarity", format=".2f"),
                alt.Tooltip("desirability:Q", title="Desirability", format=".2f"),
            ],
        )
        .add_params(picked)
    )


def _lead_line(lead: pd.Series) -> alt.LayerChart:
    """The lead's own desirability: what lies above is better."""
    table = pd.DataFrame({"desirability": [lead["desirability"]], "text": ["lead"]})
    line = alt.Chart(table).mark_rule(strokeDash=[6, 4], color="#7d8f96").encode(y="desirability:Q")
    words = alt.Chart(table).mark_text(align="right", baseline="bottom", dy=-3, color="#7d8f96")
    return line + words.encode(y="desirability:Q", x=alt.value("width"), text="text:N")
