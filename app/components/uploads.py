"""Files that people upload: read as data only, from a temporary copy that is gone at once."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from molconvex.chem import read_molecules
from molconvex.design import Lead
from molconvex.exceptions import DataError, MolconvexError

from ..state import Key
from .texts import count, picture, sentence

if TYPE_CHECKING:
    from .lead_card import KnownLead

MOST_LEADS = 500
KINDS = ["csv", "tsv", "smi", "txt", "sdf"]


def with_copy(upload: Any, use: Callable[[Path], Any]) -> Any:
    """Call a reader on a temporary copy of an upload; its name gives the kind of file and nothing else."""
    suffix = Path(str(upload.name)).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        path = Path(folder, f"upload{suffix if suffix[1:].isalnum() else ''}")
        path.write_bytes(upload.getvalue())
        return use(path)


def file_of_leads() -> None:
    """A button that opens the way to many leads at once."""
    with st.popover("File", icon=":material/upload_file:", help="Many leads at once, from a file"):
        upload = st.file_uploader("Molecules: CSV, SMILES list or SDF", KINDS, key="leads_file")
        if upload is None:
            st.caption("A CSV needs a column with SMILES; another one called name is used for names.")
            return
        try:
            leads = _read(upload)
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        if st.button(f"Use {count(len(leads), 'molecule')}", key="use_file", type="primary"):
            st.session_state["uploaded"] = leads
            st.rerun()


def take_uploaded() -> None:
    """Put uploaded leads into the form; before the form is drawn."""
    if leads := st.session_state.pop("uploaded", None):
        st.session_state[Key.MANY] = leads


def _read(upload: Any) -> list[str]:
    molecules = with_copy(upload, read_molecules)
    good = [str(Lead(item.smiles, item.name or "")) for item in molecules if item.smiles and not item.problem]
    if not good:
        raise DataError(f"no molecule of {upload.name} can be read; line {molecules[0].line}: {molecules[0].problem}")
    if len(good) > MOST_LEADS:
        raise DataError(
            f"{upload.name} holds {len(good):,} molecules, the app takes {MOST_LEADS}; for more use the command line"
        )
    return good


def many_leads(examine: "Callable[[str], KnownLead]") -> "list[KnownLead]":
    """Show the leads of a file, those that cannot be used with their reason; the good ones."""
    good, rows = [], []
    for text in st.session_state[Key.MANY]:
        try:
            lead = examine(text)
        except MolconvexError as error:
            rows.append({"structure": "", "name": text[:60], "note": str(error)})
            continue
        good.append(lead)
        rows.append({"structure": picture(lead.smiles, 180, 90), "name": lead.name, "note": "; ".join(lead.notes)})
    st.caption(f"{count(len(good), 'lead')} of {len(rows)} can be used; each is searched by itself.")
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        row_height=92,
        height=420,
        column_config={
            "structure": st.column_config.ImageColumn("Structure", width=190),
            "name": st.column_config.TextColumn("Name"),
            "note": st.column_config.TextColumn("Note", width="large"),
        },
    )
    st.button("Use a single lead instead", key="one_lead", on_click=_clear, icon=":material/close:")
    return good


def _clear() -> None:
    st.session_state[Key.MANY] = []
