"""Limits joined by and, or and not, as one line of text with its complaint beneath it."""

from collections.abc import Mapping

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.objectives import Condition, PropertyChoice, check_known, read_condition

from ..state import Key
from .texts import literal, sentence

EXAMPLE = "(logp < 3) or (tpsa < 90)"
HELP = (
    'Limits joined by and, or, not: (qed > 0.6) and ((logp < 3) or (tpsa < 90)) and not alert("nitro"). has("SMARTS") '
    "asks for a substructure. Names of properties are those of the tables that are downloaded."
)


def condition(known: Mapping[str, PropertyChoice]) -> str | None:
    """Let the user write a condition: its text, "" where there is none; None where it cannot be used."""
    with st.expander(
        "Limits joined by and, or, not", icon=":material/rule:", expanded=bool(st.session_state[Key.WHERE])
    ):
        text = st.text_input(
            "Condition", key=Key.WHERE, placeholder=EXAMPLE, help=HELP, label_visibility="collapsed"
        ).strip()
        if not text:
            st.caption(f"One condition that every candidate meets, such as {literal(EXAMPLE)}.")
            return ""
        try:
            found = read_condition(text)
            check_known(_properties(found), known)
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/error:")
            return None
        st.caption(f"Read as: {literal(found.describe())}.")
        return str(found)


def _properties(found: Condition) -> list[str]:
    """Properties that it limits.

    Raises:
        ConfigError: If no molecule can meet it.
    """
    return [item.property for clause in found.clauses() for item in clause.requirements]
