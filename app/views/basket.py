"""Basket: starred molecules of all runs, their notes and measurements, and the files to hand on."""

import time
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.chem import PROPERTIES, standardize
from molconvex.exceptions import MolconvexError
from molconvex.runs.store.basket import basket_csv, basket_report, basket_sdf, basket_table
from molconvex.runs.store.molecules import Measurement
from molconvex.surrogate import Target, read_assays

from .. import navigation
from ..components.marks import mark_buttons, note_field
from ..components.texts import count, image, sentence, with_unit
from ..components.uploads import with_copy
from ..shared import store

SHOWN = ("molecular_weight", "logp", "qed", "tpsa")


def show() -> None:
    """Draw the basket."""
    st.title("Basket", anchor=False)
    marks = store().molecules.marks()
    table = basket_table(store())
    if not len(table):
        st.info(
            "Nothing is starred yet. Star candidates of a run, and they are here to be exported.",
            icon=":material/star:",
        )
        if st.button("Open the runs", key="to_runs", icon=":material/history:", type="primary"):
            navigation.go("runs")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.html(f'<span class="mc-hint">{count(len(table), "molecule")}. Download</span>', width="content")
        _download("SDF", "basket.sdf", "chemical/x-mdl-sdfile", lambda: basket_sdf(table))
        _download("CSV", "basket.csv", "text/csv", lambda: basket_csv(table))
        _download("Report", "basket.html", "text/html", lambda: basket_report(table))
        _import_results()
    for start in range(0, len(table), 3):
        for column, (_, row) in zip(st.columns(3, gap="small"), table.iloc[start : start + 3].iterrows(), strict=False):
            with column:
                _card(row, marks)


def _download(title: str, name: str, mime: str, content: Any) -> None:
    st.download_button(title, content, name, mime, key=f"basket_{title.lower()}", on_click="ignore")


def _card(row: pd.Series, marks: dict[str, Any]) -> None:
    smiles = str(row["smiles"])
    known = [(PROPERTIES[name].label, with_unit(PROPERTIES[name], row[name])) for name in SHOWN]
    values = "".join(f"<div><span>{escape(label)}</span><b>{escape(value)}</b></div>" for label, value in known)
    for name, value in row.items():
        if str(name).startswith("measured_") and pd.notna(value):
            label = escape(str(name).removeprefix("measured_"))
            values += f"<div><span>{label}, measured</span><b>{value:g}</b></div>"
    with st.container(border=True, key=f"basket_{smiles}"):
        st.html(
            f'<div class="mc-center">{image(smiles, 270, 150)}</div><div class="mc-smiles">{escape(smiles)}</div>'
            f'<div class="mc-grid mc-grid-tight">{values}</div>'
        )
        note_field(smiles, marks.get(smiles), None)
        with st.container(horizontal=True, gap="small", horizontal_alignment="distribute"):
            if row["run"] and st.button("Its run", key=f"run_of_{smiles}", icon=":material/history:", type="tertiary"):
                navigation.open_run(str(marks[smiles].run_id))
            mark_buttons(smiles, marks.get(smiles), None, f"basket_{smiles}")


def _import_results() -> None:
    """Measured values from a file, kept beside the molecules."""
    with st.popover("Import results", icon=":material/upload_file:", help="Measured values of these molecules"):
        upload = st.file_uploader("CSV with SMILES and a column of values", ["csv", "tsv"], key="results_file")
        column = st.text_input("Column with the values", key="results_column", placeholder="pIC50")
        unit = st.text_input("Unit", key="results_unit", placeholder="none")
        if st.button("Import", key="import_results", type="primary", disabled=upload is None or not column.strip()):
            try:
                number = _import(upload, column.strip(), unit.strip())
                st.toast(f"{count(number, 'value')} imported")
            except MolconvexError as error:
                st.error(sentence(error), icon=":material/error:")


def _import(upload: Any, column: str, unit: str) -> int:
    target = Target(column, unit, "maximize")
    table = with_copy(upload, lambda path: read_assays(path, [target], for_training=False))
    now, source = time.time(), str(upload.name)
    values = [
        Measurement(standardize(smiles).smiles, column, float(value), unit, source, now)
        for smiles, (value,) in zip(table.smiles, table.value, strict=True)
        if value == value
    ]
    return store().molecules.record_measurements(values)
