"""Molecules that a run turned down: found by structure or words, sorted by the kind of reason, drawn."""

import re

import pandas as pd
import streamlit as st

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError
from molconvex.runs import ReadRun

from .texts import count, literal, picture

MOST = 60  # drawn at a time
STRUCTURE, ROW_HEIGHT = (150, 84), 88
KINDS = (
    ("Too unlike or too like the lead", r"similarity [\d.]+ to the lead"),
    ("Too small or too large", r"\d+ heavy atoms, at "),
    ("Others are better", r"not among the top"),
    ("A limit is not met", r".* required, got "),
    ("What must stay is gone, or what must go is there", r"lacks the part to keep|has .*, which is to be avoided"),
    ("Too much is changed", r"\d+ or more atoms changed"),
)
FIND = "a SMILES, or a word of the reason"
ANY, OTHER = "Any", "A chemist would not draw it, or another reason"


def turned_down(found: ReadRun, key: str, lead: int | None = None) -> None:
    """Show the molecules and why, behind a fold; nothing where there are none.

    Args:
        found: The run.
        key: Of its widgets.
        lead: Number of the lead whose molecules are shown, None for all.
    """
    table = found.rejected if lead is None else found.rejected[found.rejected["lead"] == lead]
    if not len(table):
        return
    with st.expander(f"Molecules that were turned down ({len(table):,}), and why", key="rejected"):
        kinds = table["reason"].map(kind_of)
        counts = kinds.value_counts()
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            text = st.text_input("Find", key=f"rejected_find_{key}", placeholder=FIND, width=320)
            kind = st.selectbox(
                "Why",
                [ANY, *counts.index],
                key=f"rejected_kind_{key}",
                format_func=lambda name: name if name == ANY else f"{name} ({counts[name]:,})",
                width=400,
            )
        shown = searched(table if kind == ANY else table[kinds == kind], text)
        if not len(shown):
            st.info(_missing(found, text), icon=":material/search_off:")
            return
        _draw(shown.head(MOST))
        first = f"The first {MOST} of " if len(shown) > MOST else ""
        st.caption(f"{first}{count(len(shown), 'molecule')}. Of each lead the first 1,000 that break a rule are kept.")


def kind_of(reason: str) -> str:
    """The kind of a reason, the first where there are several."""
    return next((kind for kind, pattern in KINDS if re.match(pattern, reason)), OTHER)


def searched(table: pd.DataFrame, text: str) -> pd.DataFrame:
    """Rows of a molecule, however its SMILES is written, or with a text in their reason; all for no text."""
    wanted = text.strip()
    if not wanted:
        return table
    same = table["smiles"] == _standard(wanted)
    return table[same] if same.any() else table[table["reason"].str.contains(wanted, case=False, regex=False)]


def _standard(text: str) -> str:
    try:
        return standardize(text).smiles
    except ChemistryError:
        return text


def _missing(found: ReadRun, text: str) -> str:
    """What became of a molecule that was not turned down."""
    smiles = _standard(text.strip())
    row = found.candidates[found.candidates["smiles"] == smiles]
    if len(row):
        return f"This is candidate {row['rank'].iloc[0]}."
    return f"{literal(text.strip())} is not among them: nothing proposed it, or predictions put others before it."


def _draw(table: pd.DataFrame) -> None:
    pictures = [picture(str(smiles), *STRUCTURE) for smiles in table["smiles"]]
    columns = {"structure": pictures, "reason": table["reason"]}
    if "similarity" in table and table["similarity"].notna().any():
        columns["similarity"] = table["similarity"]
    kind = st.column_config
    st.dataframe(
        pd.DataFrame(columns | {"smiles": table["smiles"]}),
        hide_index=True,
        placeholder="",
        row_height=ROW_HEIGHT,
        column_config={
            "structure": kind.ImageColumn("Structure", width=STRUCTURE[0] + 10),
            "reason": kind.TextColumn("Why", width="large"),
            "similarity": kind.NumberColumn("Similarity", format="%.2f", width=82),
            "smiles": kind.TextColumn("SMILES", width="medium"),
        },
    )
