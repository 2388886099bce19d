"""What fronts and walks ask: a field for one molecule, drawn beneath it, and which properties they cannot take."""

from html import escape

import streamlit as st

from molconvex.exceptions import MolconvexError

from .lead_card import KnownLead, encoding_problem, examine
from .texts import count, image, literal, sentence


def one_molecule(title: str, key: str) -> KnownLead | None:
    """Ask for a molecule; None where there is none that can be used."""
    text = st.text_input(title, key=key, placeholder="SMILES, InChI or the name of a drug").strip()
    if not text:
        st.caption("Paste a SMILES or an InChI, or type the name of a known drug.")
        return None
    try:
        found = examine(text)
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    st.html(
        f'<div class="mc-center">{image(found.smiles, 260, 150)}</div><div class="mc-name">{escape(found.title)}</div>'
    )
    problem = encoding_problem(found.smiles)
    if problem:
        st.error(problem, icon=":material/error:")
    return None if problem else found


def left_out(labels: list[str]) -> None:
    """Say which properties are not offered, and why; nothing where all are."""
    if labels:
        st.caption(
            f"{count(len(labels), 'predicted property', 'predicted properties')} cannot be chosen here.",
            help=f"{literal('; '.join(labels))}. What these models predict follows no convex cost, so nothing could be "
            "proved on the way; as goals of the page Design they can be used.",
        )
