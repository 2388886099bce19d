"""How far from the lead, what must hold, what to do with alerts, how hard to look."""

import re
from typing import Any

import streamlit as st

from molconvex.chem import PROPERTIES
from molconvex.exceptions import ConfigError
from molconvex.objectives import Requirement, check_known, check_requirements

from ..state import EFFORTS, OPTIONS, Key
from .texts import sentence

NEARNESS = (
    (0.25, "distant relatives: the scaffold itself may change"),
    (0.5, "the same family: several changes, the core often kept"),
    (0.7, "close analogues: one or two groups changed"),
    (1.0, "near twins: expect few candidates"),
)
ALERTS = {"flag": "Show them", "drop": "Leave them out"}
REGIONS = {"ball": "Ball", "box": "Box", "ellipsoid": "Ellipsoid"}  # a hull needs a file of known molecules


def limits() -> dict[str, Any] | None:
    """Let the user set the limits; keyword arguments of GenerateSettings, or None where one cannot be used."""
    with st.container(border=True, key="limits_card"):
        st.subheader("3 · How far to go", anchor=False)
        left, right = st.columns(2, gap="medium")
        with left:
            _similarity()
            required = _required()
        with right:
            _effort()
            _alerts()
        with st.expander("More options", icon=":material/tune:", key="more_options"):
            _more()
    if required is None:
        return None
    values: dict[str, Any] = {key.value: st.session_state[key] for key in OPTIONS}
    # a segmented control can be clicked empty
    values["alerts"] = values["alerts"] or "flag"
    return values | {"require": required}


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


def _required() -> list[Requirement] | None:
    """Hard limits as text, in words beneath it; None with a complaint where they cannot be read."""
    text = st.text_input(
        "What must hold (optional)",
        key=Key.REQUIRE,
        placeholder="logp:<4, molecular_weight:<450",
        help="Hard limits on predictions, with commas between them. No program proposes a point beyond one; where a "
        "region holds no such point, that is proved. Candidates meet them when measured, too.",
    )
    try:
        required = [Requirement.parse(part) for part in re.split("[,;]", str(text)) if part.strip()]
        check_requirements(required)
        check_known([item.property for item in required], PROPERTIES)
    except ConfigError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    if required:
        st.caption(f"Every point and every candidate: {', '.join(item.describe() for item in required)}.")
    return required


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
        help="Each convex program asks for the best point of one region at or near the lead, under one mix of your "
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
    st.selectbox(
        "Region of a program",
        list(REGIONS),
        key=Key.REGION,
        format_func=REGIONS.__getitem__,
        help="Where around its anchor a program looks: in a ball, in a box inside it, or in an ellipsoid as wide as "
        "the latent model is unsure of the lead.",
    )
    st.toggle(
        "Prefer different candidates", key=Key.DIVERSE, help="Choose candidates far apart from each other (MaxMin)."
    )
    st.toggle(
        "Solve with cvxpy",
        key=Key.EXACT,
        help="An independent solver of the same programs: slower, the same answer. For a check now and then.",
    )
