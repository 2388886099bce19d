"""About: what is proved and what is not, what the models are made of, licences and versions."""

from pathlib import Path

import pandas as pd
import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.objectives import property_choices
from molconvex.runs.inventory import overview

from ..shared import latent_model, reference, store

PROVED = """
**Proved.** For every program that the search solves, a *lower bound*: no point of the region scores better than that,
*as the surrogates see it*. The bound is checked without trusting the solver; `molconvex check` does it again from the
files. A requirement that no point of a region can meet is proved to be so.

**Not proved.** That a molecule is as good as it is predicted. Surrogates are models with errors, named on their cards;
a point of latent space is not a molecule, and what it decodes to may lie elsewhere. Everything that can be computed
from the structure is measured on the molecule itself, and ranked by that.

**Never claimed.** That a molecule is active, safe or can be made. Structural alerts, objections of chemists and
similarity are reasons to look, not verdicts.
"""
FILES = """
Everything stays on this machine: molecules, runs, notes and models lie in the folder below, and no page asks another
computer for anything.
"""


def show() -> None:
    """Draw the page."""
    st.title("About molconvex", anchor=False)
    left, right = st.columns([6, 5], gap="large")
    with left:
        st.subheader("What is proved and what is not", anchor=False)
        st.markdown(PROVED)
        st.subheader("Where your work is kept", anchor=False)
        st.markdown(FILES)
        st.code(str(store().folder), language=None, wrap_lines=True)
    with right:
        st.subheader("Predictions that are bundled", anchor=False)
        _predictions()
        st.subheader("Versions", anchor=False)
        st.code("\n".join(_versions()), language=None, wrap_lines=True)
    licences = Path(__file__).resolve().parents[2] / "THIRD_PARTY.md"
    if licences.is_file():
        with st.expander("Data and software of others, with their licences", icon=":material/balance:"):
            st.markdown(licences.read_text(encoding="utf-8").partition("\n")[2])


def _predictions() -> None:
    try:
        known = property_choices(latent_model().fingerprint)
        st.caption(f"All made for one latent model; curves over {len(reference()):,} reference molecules.")
    except MolconvexError as error:
        st.warning(str(error), icon=":material/warning:")
        return
    rows = [{"Property": item.label, "Meaning": item.description} for item in known.values() if not item.is_measured]
    if rows:
        st.table(pd.DataFrame(rows).set_index("Property"))
    else:
        st.caption("None of the bundled surrogates belongs to this latent model.")


@st.cache_data(show_spinner=False)
def _versions() -> list[str]:
    lines = overview()
    return lines[: lines.index("")] if "" in lines else lines
