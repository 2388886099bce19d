"""Stars, rejections and notes on molecules: kept in the store, the same wherever the molecule is seen."""

import streamlit as st

from molconvex.runs.store.molecules import REJECT, STAR, Marked

from ..shared import store
from .faults import told


@told
def mark(smiles: str, wanted: str, run_id: str | None) -> None:
    """Set a mark, or take it away with "": what the button said, whatever another tab did since; for callbacks."""
    store().molecules.mark(smiles, wanted, run_id)


def mark_buttons(smiles: str, found: Marked | None, run_id: str | None, key: str, which: str = "") -> None:
    """Two buttons: star (into the basket) and reject; `which` is said of the second where it is a sign alone."""
    present = found.mark if found else ""
    words = {STAR: ("Star", "Starred", "Star: into the basket"), REJECT: ("Reject", "Rejected", "Reject: hide it")}
    for name, icon in ((STAR, "star"), (REJECT, "thumb_down")):
        plain, done, about = words[name]
        is_set = present == name
        st.button(
            f"{done if is_set else plain}{f' {which}' if which and name == REJECT else ''}",
            key=f"{name}_{key}",
            icon=f":material/{icon}:",
            help="Take the mark away" if is_set else about,
            type="primary" if is_set else "tertiary",
            on_click=mark,
            args=(smiles, "" if is_set else name, run_id),
        )


def note_field(smiles: str, found: Marked | None, run_id: str | None) -> None:
    """A note on a molecule, kept when the field is left."""
    key = f"note_{smiles}"
    st.text_area(
        "Note",
        found.note if found else "",
        key=key,
        placeholder="What you think of it, for yourself and others",
        on_change=_keep,
        args=(smiles, key, run_id),
        height=68,
    )


@told
def _keep(smiles: str, key: str, run_id: str | None) -> None:
    store().molecules.note(smiles, st.session_state[key], run_id)
