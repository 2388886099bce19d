"""Files that people upload: read as data only, from a temporary copy that is gone at once."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import streamlit as st

from molconvex.chem import read_molecules
from molconvex.chem.read.column_names import structure_columns
from molconvex.chem.read.delimited import read_header
from molconvex.design import Lead
from molconvex.exceptions import DataError, MolconvexError

from ..state import Key
from .texts import count, literal, picture, sentence

if TYPE_CHECKING:
    from .lead_card import KnownLead

MOST_LEADS, MOST_NAMED = 500, 5
KINDS = ["csv", "tsv", "smi", "txt", "sdf"]
TABLES = (".csv", ".tsv")


def with_copy(upload: Any, use: Callable[[Path], Any]) -> Any:
    """Call a reader on a temporary copy of an upload; its name gives the kind of file and nothing else.

    Raises:
        DataError: If the reader does so; it names the file as the user knows it.
    """
    suffix = Path(str(upload.name)).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        path = Path(folder, f"upload{suffix if suffix[1:].isalnum() else ''}")
        path.write_bytes(upload.getvalue())
        try:
            return use(path)
        except DataError as error:
            raise DataError(str(error).replace(str(path), f"the file {upload.name}")) from error


def file_of_leads() -> None:
    """A button that opens the way to many leads at once."""
    with st.popover("File", icon=":material/upload_file:", help="Many leads at once, from a file"):
        upload = st.file_uploader("Molecules: CSV, SMILES list or SDF", KINDS, key="leads_file")
        if upload is None:
            st.caption("A CSV needs a column with SMILES; another one called name is used for names.")
            return
        try:
            read = _read(upload, _smiles_column(upload))
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        if read.problems:
            st.warning(_left_out(read.problems), icon=":material/warning:")
        if st.button(f"Use {count(len(read.leads), 'molecule')}", key="use_file", type="primary"):
            st.session_state["uploaded"] = read.leads
            st.rerun()


def _smiles_column(upload: Any) -> str | None:
    """The column with the structures where it must be asked for; None where its name tells, or there are no columns."""
    if Path(str(upload.name)).suffix.lower() not in TABLES:
        return None
    header = with_copy(upload, read_header)
    if len(header) == 1 or len(structure_columns(header)) == 1:
        return None
    return st.selectbox("Which column holds the SMILES?", list(dict.fromkeys(header)), key="leads_column")


def take_uploaded() -> None:
    """Put uploaded leads into the form; before the form is drawn."""
    if leads := st.session_state.pop("uploaded", None):
        st.session_state[Key.MANY] = leads


class ReadLeads(NamedTuple):
    """Leads of a file as the form takes them, and what is wrong with the rows that gave none."""

    leads: list[str]
    problems: list[str]


def _read(upload: Any, smiles_column: str | None) -> ReadLeads:
    molecules = with_copy(upload, lambda path: read_molecules(path, smiles_column))
    good = [str(Lead(item.smiles, item.name or "")) for item in molecules if item.smiles and not item.problem]
    problems = [
        item.problem or f"line {item.line} has no structure" for item in molecules if item.problem or not item.smiles
    ]
    if not good:
        raise DataError(f"no molecule of {upload.name} can be read: {problems[0]}")
    if len(good) > MOST_LEADS:
        raise DataError(
            f"{upload.name} holds {len(good):,} molecules, the app takes {MOST_LEADS}; for more use the command line"
        )
    return ReadLeads(good, problems)


def _left_out(problems: list[str]) -> str:
    """Which rows are left out and why, the first of them in full."""
    more = f"; and {len(problems) - MOST_NAMED:,} more" if len(problems) > MOST_NAMED else ""
    return f"**{count(len(problems), 'row')} left out:** {literal('; '.join(problems[:MOST_NAMED]))}{more}."


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
        placeholder="",
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
