"""How far from the lead, how hard to look, and what not to show."""

from typing import Any

import streamlit as st

from molconvex.design import GenerateSettings

from ..state import OPTIONS, Key

NEARNESS = (
    (0.25, "distant relatives: the scaffold itself may change"),
    (0.5, "the same family: several changes, the core often kept"),
    (0.7, "close analogues: one or two groups changed"),
    (1.0, "near twins: expect few candidates"),
)
ALERTS = {"flag": "Show them", "drop": "Leave them out"}
PLAUSIBLE = {"reject": "Leave them out", "flag": "Mark them", "off": "Do not look"}
REGIONS = {"ball": "Ball", "box": "Box", "ellipsoid": "Ellipsoid", "hull": "Hull of analogues"}
BUDGETS = (50, 100, 200, 300, 500, 1000, 2000, 5000)
EFFORTS = (8, 25, 50, 100, 200, 500, 1000, 2000)


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
    values: dict[str, Any] = {key.value: st.session_state[key] for key in OPTIONS}
    # a segmented control can be clicked empty
    values["alerts"] = values["alerts"] or "flag"
    if Key.PLAUSIBILITY in OPTIONS:
        values["plausibility"] = values["plausibility"] or "reject"
    avoid = [part.strip() for part in str(st.session_state[Key.AVOID]).split(",") if part.strip()]
    return values | ({"avoid": avoid} if "avoid" in GenerateSettings.model_fields else {})


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
    if Key.BUDGET in OPTIONS:
        st.select_slider(
            "Effort",
            sorted({*BUDGETS, int(st.session_state[Key.BUDGET])}),
            key=Key.BUDGET,
            format_func=lambda number: f"{number:,} molecules",
            help="Molecules that are scored for each lead. More find better ones and take longer.",
        )
        st.caption("Scored for each lead, chosen among many more by what the surrogates predict.")
        return
    st.select_slider(
        "Effort",
        sorted({*EFFORTS, int(st.session_state[Key.PROGRAMS])}),
        key=Key.PROGRAMS,
        format_func=lambda number: f"{number:,} programs",
        help="Each convex program asks for the best point of one region at or near the lead, under one mix of your "
        "goals, and comes with a certificate. More programs find more molecules and take longer.",
    )
    attempts = st.session_state[Key.PROGRAMS] * (1 + st.session_state[Key.SAMPLES])
    st.caption(f"{attempts:,} attempts to decode a molecule.")


def _more() -> None:
    left, right = st.columns(2)
    with left:
        st.segmented_control("Candidates with structural alerts", list(ALERTS), key=Key.ALERTS, format_func=ALERTS.get)
    with right:
        if Key.PLAUSIBILITY in OPTIONS:
            st.segmented_control(
                "What a chemist would not draw", list(PLAUSIBLE), key=Key.PLAUSIBILITY, format_func=PLAUSIBLE.get
            )
    if "avoid" in GenerateSettings.model_fields:
        st.text_input("Never with (SMARTS, commas between them)", key=Key.AVOID, placeholder="[N+](=O)[O-], C(=O)Cl")
    first, second, third = st.columns(3)
    first.number_input("Seed", 0, 2**31 - 1, step=1, key=Key.SEED, help="The same seed gives the same candidates.")
    second.number_input("Candidates to keep", 1, 1000, step=10, key=Key.TOP)
    if Key.SAMPLES in OPTIONS:
        third.number_input("Samples per point", 0, 50, step=1, key=Key.SAMPLES, help="Random decodings of each point.")
    shapes = [name for name in REGIONS if name != "hull" or st.session_state[Key.REGION] == "hull" or _has_hull()]
    st.selectbox("Shape of the region", shapes, key=Key.REGION, format_func=REGIONS.__getitem__)
    st.toggle("Prefer different candidates", key=Key.DIVERSE, help="Choose candidates far apart from each other.")
    st.toggle("Solve with cvxpy", key=Key.EXACT, help="An independent solver: slower, the same answer.")


def _has_hull() -> bool:
    """Whether a hull spans analogues by itself; else it needs a file of known molecules."""
    return "analogues" in GenerateSettings.model_fields
