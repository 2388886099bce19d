"""How far from the lead, how hard to look, and what not to show."""

from typing import Any

import streamlit as st

from .. import forms
from ..state import FORM, OPTIONS, Key
from .carried import say_carried

NEARNESS = (
    (0.25, "distant relatives: the scaffold itself may change"),
    (0.5, "the same family: several changes, the core often kept"),
    (0.7, "close analogues: one or two groups changed"),
    (1.0, "near twins: expect few candidates"),
)
ALERTS = {"flag": "Show them", "drop": "Leave them out"}
PLAUSIBLE = {"reject": "Leave them out", "flag": "Mark them", "off": "Do not look"}
REGIONS = {"hull": "Hull of analogues", "ball": "Ball", "box": "Box", "ellipsoid": "Ellipsoid"}
BUDGETS = (50, 100, 200, 300, 500, 1000, 2000, 5000)


def search_options() -> dict[str, Any]:
    """Let the user set the search; keyword arguments of GenerateSettings."""
    with st.container(border=True, key="options_card"):
        st.subheader("4 · How far to go", anchor=False)
        left, right = st.columns(2, gap="medium")
        with left:
            _similarity()
        with right:
            _effort()
        with st.expander("More options", icon=":material/tune:", key="more_options"):
            _more()
        say_carried(FORM)
    values: dict[str, Any] = {key.value: st.session_state[key] for key in OPTIONS}
    # a segmented control can be clicked empty
    values["alerts"] = values["alerts"] or "flag"
    values["plausibility"] = values["plausibility"] or "reject"
    stages = [line.strip() for line in str(st.session_state[Key.STAGES]).splitlines() if line.strip()]
    texts = {key.value: str(st.session_state[key]).split() for key in (Key.KEEP, Key.AVOID)}
    return forms.held(FORM).carried | values | texts | {"stages": stages}


def _similarity() -> None:
    st.slider(
        "Least similarity to the lead",
        0.0,
        0.95,
        step=0.05,
        format="%.2f",
        key=Key.SIMILARITY,
        help="Tanimoto similarity of Morgan fingerprints (radius 2, 2,048 bits).",
    )
    value = st.session_state[Key.SIMILARITY]
    words = next(words for end, words in NEARNESS if value < end)
    st.caption(words[:1].upper() + words[1:] + ".")


def _effort() -> None:
    st.select_slider(
        "Effort",
        sorted({*BUDGETS, int(st.session_state[Key.BUDGET])}),
        key=Key.BUDGET,
        format_func=lambda number: f"{number:,} molecules",
        help="Molecules that are scored for each lead. More find better ones and take longer.",
    )
    st.caption("Scored for each lead, chosen among many more by what the surrogates predict.")


def _more() -> None:
    with st.container(horizontal=True, gap="medium"):  # wraps where a column would cut off the last choice
        st.segmented_control(
            "Candidates with structural alerts", list(ALERTS), key=Key.ALERTS, format_func=ALERTS.__getitem__
        )
        st.segmented_control(
            "What a chemist would not draw", list(PLAUSIBLE), key=Key.PLAUSIBILITY, format_func=PLAUSIBLE.__getitem__
        )
    st.text_input("Never with (SMARTS, blanks between them)", key=Key.AVOID, placeholder="[N+](=O)[O-] C(=O)Cl")
    st.text_input(
        "Always with (SMARTS or atom numbers, beside the atoms that are clicked)",
        key=Key.KEEP,
        placeholder="c1ccccc1 1-6,9",
    )
    fewest, most = st.columns(2)
    for column, words, key in ((fewest, "Fewest", Key.FEWEST_ATOMS), (most, "Most", Key.MOST_ATOMS)):
        column.number_input(f"{words} heavy atoms of a candidate", 1, value=None, step=1, key=key, placeholder="any")
    first, second, third = st.columns(3)
    first.number_input("Seed", 0, 2**31 - 1, step=1, key=Key.SEED, help="The same seed gives the same candidates.")
    second.number_input("Candidates to keep", 1, step=10, key=Key.TOP)
    third.selectbox("Region of the proof", list(REGIONS), key=Key.REGION, format_func=REGIONS.__getitem__)
    st.text_area(
        "Stages: a share of the effort with goals of its own, one a line",
        key=Key.STAGES,
        placeholder="0.3; logp:1..3; tpsa:<90",
        height=76,
        help="The first part of the search goes for these goals, the rest for the goals above.",
    )
    st.toggle("Prefer different candidates", key=Key.DIVERSE, help="Choose candidates far apart from each other.")
    st.toggle("Solve with cvxpy", key=Key.EXACT, help="An independent solver: slower, the same answer.")
