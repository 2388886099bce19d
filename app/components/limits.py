"""How far from the lead, what to do with alerts, how hard to look."""

from typing import Any

import streamlit as st

from ..state import EFFORTS, OPTIONS, Key

NEARNESS = (
    (0.25, "distant relatives: the scaffold itself may change"),
    (0.5, "the same family: several changes, the core often kept"),
    (0.7, "close analogues: one or two groups changed"),
    (1.0, "near twins: expect few candidates"),
)
ALERTS = {"flag": "Show them", "drop": "Leave them out"}


def limits() -> dict[str, Any]:
    """Let the user set the limits; keyword arguments of GenerateSettings."""
    with st.container(border=True, key="limits_card"):
        st.subheader("3 · How far to go", anchor=False)
        left, right = st.columns(2, gap="medium")
        with left:
            _similarity()
        with right:
            _effort()
        _alerts()
        with st.expander("More options", icon=":material/tune:", key="more_options"):
            _more()
    values = {key.value: st.session_state[key] for key in OPTIONS}
    # a segmented control can be clicked empty
    values["alerts"] = values["alerts"] or "flag"
    return values


def _similarity() -> None:
    st.slider(
        "Least similarity to the lead",
        0.0,
        0.95,
        step=0.05,
        format="%.2f",
        key=Key.SIMILARITY,
        help="Tanimoto similarity of Morgan fingerprints (radius 2, 2,048 bits). It also sets how large the region "
        "around the lead is in which the programs look.",
    )
    value = st.session_state[Key.SIMILARITY]
    words = next(words for end, words in NEARNESS if value < end)
    st.caption(words[:1].upper() + words[1:] + ".")


def _alerts() -> None:
    st.segmented_control(
        "Candidates with structural alerts",
        list(ALERTS),
        key=Key.ALERTS,
        format_func=ALERTS.__getitem__,
        help="PAINS, BRENK and NIH patterns of reactive, unstable or promiscuous groups. Each is named. An alert is a "
        "reason to look, not a verdict.",
    )


def _effort() -> None:
    programs = st.select_slider(
        "Effort",
        EFFORTS,
        key=Key.PROGRAMS,
        format_func=lambda number: f"{number:,} programs",
        help="Each convex program asks for the best point of one ball at or near the lead, under one mix of your "
        "goals, and comes with a certificate. More programs find more molecules and take longer.",
    )
    attempts = programs * (1 + st.session_state[Key.SAMPLES])
    st.caption(f"{attempts:,} attempts to decode a molecule.")


def _more() -> None:
    first, second, third = st.columns(3)
    first.number_input("Seed", 0, 2**31 - 1, step=1, key=Key.SEED, help="The same seed gives the same candidates.")
    second.number_input("Candidates to keep", 1, 200, step=10, key=Key.TOP)
    third.number_input(
        "Samples per program", 0, 50, step=1, key=Key.SAMPLES, help="Random decodings beside the most likely one."
    )
    st.toggle(
        "Prefer different candidates", key=Key.DIVERSE, help="Choose candidates far apart from each other (MaxMin)."
    )
    st.toggle(
        "Solve with cvxpy",
        key=Key.EXACT,
        help="An independent solver of the same programs: slower, the same answer. For a check now and then.",
    )
