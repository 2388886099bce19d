"""Similarity against desirability, one point a candidate, structures on hover."""

import altair as alt
import pandas as pd
import streamlit as st

from molconvex.design import Run

from ..state import Key
from .candidate_table import STRUCTURE
from .texts import picture

MOST = 500
SELECTION = "picked"
KINDS = ["No alert", "With alerts", "Lead"]


def chart(run: Run, lead: pd.Series) -> None:
    """Draw the chart; a click on a point selects the candidate."""
    figure = _figure(_points(run, lead), run.settings.similarity)
    st.altair_chart(figure, key=Key.CHART, width="stretch", on_select=_take_point, selection_mode=SELECTION)


def _take_point() -> None:
    picked = st.session_state[Key.CHART].selection.get(SELECTION) or []
    ranks = [point["rank"] for point in picked if point.get("rank")]
    if ranks:
        st.session_state[Key.SELECTED] = int(ranks[0]) - 1


def _points(run: Run, lead: pd.Series) -> pd.DataFrame:
    best = run.candidates.head(MOST)
    candidates = pd.DataFrame(
        {
            "similarity": best["similarity"],
            "desirability": best["desirability"],
            "kind": [KINDS[1] if number else KINDS[0] for number in best["alert_count"]],
            "rank": best["rank"],
            "title": [f"Candidate {rank}" for rank in best["rank"]],
            "image": [picture(smiles, *STRUCTURE, lead["smiles"]) for smiles in best["smiles"]],
        }
    )
    start = {
        "similarity": 1.0,
        "desirability": lead["desirability"],
        "kind": KINDS[2],
        "rank": 0,
        "title": lead["name"],
        "image": picture(lead["smiles"], *STRUCTURE),
    }
    return pd.concat([candidates, pd.DataFrame([start])], ignore_index=True)


def _figure(points: pd.DataFrame, floor: float) -> alt.Chart:
    picked = alt.selection_point(name=SELECTION, fields=["rank"])
    return (
        alt.Chart(points, height=340)
        .mark_point(filled=True, size=90, opacity=0.85)
        .encode(
            x=alt.X(
                "similarity:Q", title="Similarity to the lead", scale=alt.Scale(domain=[max(0.0, floor - 0.05), 1.02])
            ),
            y=alt.Y("desirability:Q", title="Desirability (measured)", scale=alt.Scale(zero=False, padding=16)),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=KINDS, range=["#0f6e6a", "#d98324", "#1d2a30"]),
                legend=alt.Legend(orient="top-left", direction="horizontal"),
            ),
            shape=alt.Shape(
                "kind:N", title=None, scale=alt.Scale(domain=KINDS, range=["circle", "triangle-up", "diamond"])
            ),
            opacity=alt.condition(picked, alt.value(0.9), alt.value(0.35)),
            tooltip=[
                alt.Tooltip("image:N"),
                alt.Tooltip("title:N", title="Molecule"),
                alt.Tooltip("similarity:Q", title="Similarity", format=".2f"),
                alt.Tooltip("desirability:Q", title="Desirability", format=".2f"),
            ],
        )
        .add_params(picked)
    )
