"""Surrogates of the user's own: what their cards say, and predictions for lists of molecules."""

from typing import Any

import pandas as pd
import streamlit as st

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError
from molconvex.runs.store import StoredRun

from ..shared import latent_model, store
from .texts import chip, chips, literal, picture

METRICS = {
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "MAE",
    "spearman": "Spearman",
    "auc": "AUC",
    "average_precision": "Average precision",
}


def card(run: StoredRun) -> None:
    """What a trained surrogate is and how good it is."""
    surrogate = surrogate_of(run)
    if surrogate is None:
        st.warning("The files of this model are missing; train it again.", icon=":material/warning:")
        return
    facts = [chip(surrogate.target.describe()), chip(f"{run.summary.get('molecules', 0):,} molecules")]
    orientation = surrogate.card.get("orientation") or {}
    if "convex_set" in orientation:
        facts.append(chip(f"one convex set: {orientation['convex_set']}"))
    st.html(chips(facts))
    if "proof" in orientation:
        st.caption(f"What can be proved with it: {literal(str(orientation['proof']))}.")
    metrics = surrogate.card.get("metrics", {})
    rows = [
        {
            "Measure": METRICS.get(name, name),
            "Test molecules": metric.get("value"),
            "from": metric.get("low"),
            "to": metric.get("high"),
        }
        for name, metric in metrics.items()
        if isinstance(metric, dict) and metric.get("value") is not None
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            placeholder="",
            column_config={
                name: st.column_config.NumberColumn(format="%.3f") for name in ("Test molecules", "from", "to")
            },
        )
        st.caption("On molecules that were held out of training, with 95 % intervals.")
    with st.expander("The whole card: data, other kinds of models beside it, intervals", icon=":material/description:"):
        st.markdown(_card_text(surrogate))
    for note in run.notes:
        st.info(literal(note), icon=":material/info:")
    _problems(run)


def _card_text(surrogate: Any) -> str:
    """The card as stored with the model, without its title, under smaller headings."""
    from molconvex.surrogate.evidence.card import card_markdown

    text = card_markdown(surrogate.card, surrogate.scaler).partition("\n")[2].replace("\n## ", "\n#### ")
    return text.replace("[", "\\[").replace("<", "&lt;")  # the name of a property is a user's text


def _problems(run: StoredRun) -> None:
    refused, conflicts = run.summary.get("refused") or [], run.summary.get("conflicts") or []
    if refused:
        with st.expander(f"Rows that could not be used ({len(refused)})"):
            st.dataframe(pd.DataFrame(refused, columns=["Line", "Why"]), hide_index=True, placeholder="")
    if conflicts:
        with st.expander(f"Measurements that disagree ({len(conflicts)})"):
            st.dataframe(pd.DataFrame({"Conflict": conflicts}), hide_index=True, placeholder="")


@st.cache_resource(max_entries=8, show_spinner=False)
def _load(folder: str, name: str) -> Any:
    from molconvex.surrogate import load_surrogates

    return load_surrogates(folder).get(name)


def surrogate_of(run: StoredRun) -> Any:
    """The surrogate that a training made, None where its files are gone."""
    folder = store().folder_of(run)
    return None if folder is None else _load(str(folder), str(run.summary.get("property")))


def predict_list(run: StoredRun) -> None:
    """Predictions for pasted molecules."""
    text = st.text_area(
        "Predict molecules: one SMILES a line", key=f"predict_{run.id}", placeholder="CCO\nc1ccccc1O", height=110
    )
    lines = [line.strip() for line in text.splitlines() if line.strip()][:500]
    surrogate = surrogate_of(run)
    if not lines or surrogate is None:
        return
    rows = []
    for line in lines:
        try:
            rows.append({"smiles": standardize(line.split()[0]).smiles, "problem": ""})
        except ChemistryError as error:
            rows.append({"smiles": line.split()[0], "problem": str(error)})
    table = pd.DataFrame(rows)
    good = table.index[table["problem"] == ""]
    encoding = latent_model().try_encode(table.loc[good, "smiles"].tolist())
    table.loc[good, "problem"] = encoding.reasons
    good = table.index[table["problem"] == ""]
    kept = [row for row, reason in enumerate(encoding.reasons) if not reason]
    table["predicted"] = float("nan")
    if kept:
        table.loc[good, "predicted"] = surrogate.predict(encoding.z[kept].double()).numpy()
    table.insert(
        0, "structure", [picture(str(row.smiles), 160, 84) if not row.problem else "" for row in table.itertuples()]
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        row_height=88,
        column_config={
            "structure": st.column_config.ImageColumn("Structure", width=170),
            "smiles": st.column_config.TextColumn("SMILES"),
            "predicted": st.column_config.NumberColumn(surrogate.target.property, format="%.3f"),
            "problem": st.column_config.TextColumn("Problem"),
        },
    )
