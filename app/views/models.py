"""Models: train a surrogate on an assay file, watch it, read its card, predict with it, use it as a goal."""

import secrets
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.chem.read.delimited import read_first_rows
from molconvex.exceptions import MolconvexError
from molconvex.runs.store import RunState, StoredRun
from molconvex.surrogate import Target, read_assays

from .. import state
from ..components.design_form import explain
from ..components.predicted_list import predict_list
from ..components.run_titles import told_apart
from ..components.running import running
from ..components.texts import literal, sentence
from ..components.trained_models import card, surrogate_of
from ..components.uploads import with_copy
from ..shared import dispatcher, owner, store

SENSES = {
    "maximize": "should be high",
    "minimize": "should be low",
    "wanted_1": "classes 0 and 1, 1 is wanted",
    "wanted_0": "classes 0 and 1, 0 is wanted",
}
LEARN_FROM_STRUCTURES = "Also learn from the structures"  # notes of runs name it
MOST_READ, MOST_PREVIEWED = 200, 8  # rows that are looked at, and shown


def show() -> None:
    """Draw the page: a training at work, or the form and what was trained."""
    st.title("Models", anchor=False)
    run = store().runs.get(st.query_params.get(state.RUN))
    if run is not None and run.kind == "train" and run.is_active:
        running(run)
        return
    if run is not None and run.kind == "train" and run.state is not RunState.FINISHED:
        explain(run)
    left, right = st.columns([5, 6], gap="large")
    with left:
        _train()
    with right:
        _trained(run)


def _train() -> None:
    with st.container(border=True, key="train_card"):
        st.subheader("Train on your assay", anchor=False)
        upload = st.file_uploader(
            "A table with structures and measured values", ["csv", "tsv", "txt"], key="assay_file"
        )
        if upload is None:
            st.caption(
                "A CSV with a header: one column with SMILES, one with numbers, at least 20 molecules. "
                "A few hundred and more make useful models; training takes a minute or so."
            )
            return
        try:
            table = with_copy(upload, _preview)
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        st.dataframe(table.head(MOST_PREVIEWED), hide_index=True, placeholder="")
        st.caption(f"The first rows of {literal(str(upload.name))}.")
        settings = _mapping(table)
        if settings is not None:
            _check_and_start(upload, settings)


def _preview(path: Path) -> pd.DataFrame:
    header, rows = read_first_rows(path, MOST_READ)
    return pd.DataFrame(rows, columns=list(header), dtype=str)


def _mapping(table: pd.DataFrame) -> dict[str, Any] | None:
    """Which column is what; None until all is said."""
    names = [str(name) for name in table.columns]
    likely = next((n for n in names if "smiles" in n.lower()), names[0])
    first, second = st.columns(2)
    smiles = first.selectbox("Structures (SMILES)", names, index=names.index(likely), key="map_smiles")
    values = [name for name in names if name != smiles]
    if not values:
        st.error("The table needs a second column with the measured values.", icon=":material/error:")
        return None
    column = second.selectbox("Measured values", values, index=_first_number(table, values), key="map_values")
    name = first.text_input(
        "Call it", column, key=f"map_name_{column}", help="The name under which it is a goal"
    ).strip()
    unit = second.text_input("Unit", key="map_unit", placeholder="none")
    sense = st.selectbox("It", list(SENSES), format_func=SENSES.__getitem__, key="map_sense")
    if not name:
        st.error("Give the property a name.", icon=":material/error:")
        return None
    target: dict[str, Any] = {"property": name, "unit": unit.strip(), "sense": sense}
    if sense.startswith("wanted_"):
        target |= {"sense": "classify", "wanted": int(sense[-1])}
    return {"column": column, "smiles_column": smiles, "target": target}


def _first_number(table: pd.DataFrame, names: list[str]) -> int:
    for place, name in enumerate(names):
        if pd.to_numeric(table[name], errors="coerce").notna().mean() > 0.5:
            return place
    return 0


def _check_and_start(upload: Any, settings: dict[str, Any]) -> None:
    target = Target(**settings["target"])
    columns = {target.property: settings["column"]}
    try:
        read = with_copy(
            upload, lambda path: read_assays(path, [target], columns=columns, smiles_column=settings["smiles_column"])
        )
    except MolconvexError as error:
        st.error(f"**This cannot be learnt from.** {sentence(error)}", icon=":material/error:")
        return
    for note in read.notes[:10]:
        st.warning(literal(note), icon=":material/warning:")
    st.caption(f"{len(read.smiles):,} rows with a structure and a value.")
    evidence = st.toggle(
        "Compare with other kinds of models",
        True,
        key="train_evidence",
        help="Repeated splits, linear models, forests and more: minutes longer, and says what the model is worth.",
    )
    refine = st.toggle(
        LEARN_FROM_STRUCTURES,
        False,
        key="train_refine",
        disabled=not evidence,
        help="Kept where it makes predictions better: candidates are then ranked by them. Proofs speak of the model "
        "without it. The model keeps fingerprints of your molecules, from which much of their structure can be read. "
        "Needs the comparison.",
    )
    if st.button("Train", key="train", type="primary", icon=":material/model_training:", width="stretch"):
        wanted = settings | {"table": str(_keep(upload)), "fit": {"evidence": evidence, "refine": evidence and refine}}
        try:
            run = dispatcher().submit("train", wanted, title=f"Model of {target.property}", owner=owner())
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/hourglass_top:")
            return
        st.query_params[state.RUN] = run.id
        st.rerun()


def _keep(upload: Any) -> Path:
    """The file inside the store, under a name of the store's own."""
    folder = store().folder / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    suffix = Path(str(upload.name)).suffix.lower()
    path = folder / f"{secrets.token_hex(8)}{suffix if suffix in ('.csv', '.tsv', '.txt') else '.csv'}"
    path.write_bytes(upload.getvalue())
    return path


def _trained(chosen: StoredRun | None) -> None:
    runs = store().runs.find(kinds=["train"], states=[RunState.FINISHED])
    if not runs:
        st.info(
            "No model was trained yet. Upload an assay file; once trained, the model is a goal on the Design page.",
            icon=":material/model_training:",
        )
        return
    titles = told_apart(runs)
    ids = list(titles)
    at = ids.index(chosen.id) if chosen is not None and chosen.id in titles else 0
    run_id = st.selectbox("Your models", ids, index=at, format_func=titles.__getitem__, key="model_shown")
    run = next(run for run in runs if run.id == run_id)
    with st.container(border=True, key="model_card"):
        st.subheader(literal(str(run.summary.get("property", run.title))), anchor=False)
        card(run)
        predict_list(run, surrogate_of(run))
        st.caption("It stands among the properties of the Design page, to be a goal at once.")
