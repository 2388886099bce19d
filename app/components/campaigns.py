"""Campaigns: a batch for the laboratory, its values back, the next batch; round by round."""

import re
import tempfile
from pathlib import Path
from typing import Literal

import altair as alt
import pandas as pd
import streamlit as st

from molconvex.campaigns import (
    Campaign,
    CampaignSettings,
    export_batch,
    import_values,
    open_campaign,
    predictions,
    propose,
    rounds,
    start_campaign,
    waits_for_values,
)
from molconvex.exceptions import MolconvexError
from molconvex.objectives import Goal
from molconvex.runs.store import RunState, StoredRun

from ..shared import latent_model, store
from .run_titles import told_apart
from .texts import count, literal, picture, sentence
from .uploads import with_copy

SENSES: dict[Literal["maximize", "minimize"], str] = {"maximize": "should be high", "minimize": "should be low"}
BEGUN, IMPORTED = "campaign_begun", "campaign_imported"  # what the next drawing of the page is to show
COLUMNS = {
    "batch": "Batch",
    "proposed": "Proposed",
    "measured": "Measured",
    "failed": "Failed",
    "best": "Best of the batch",
    "best_so_far": "Best so far",
    "error": "Mean error of the predictions",
    "inside": "Share within two deviations",
}


def campaigns() -> None:
    """Draw the campaigns of the store, and a form to begin another one."""
    known = [item.name for item in store().campaigns.all()]
    if (begun := st.session_state.pop(BEGUN, None)) in known:
        st.session_state["campaign"] = begun
    if known:
        name = st.selectbox("Campaign", known, key="campaign")
        with st.container(border=True, key="campaign_card"):
            _campaign(open_campaign(store(), name, latent_model=latent_model()))
    else:
        st.info(
            "A campaign goes round by round: a batch of candidates is proposed for measuring, the values come back, "
            "models learn from them, the next batch is proposed. Begin one with the candidates of a run.",
            icon=":material/cycle:",
        )
    with st.expander("Begin a campaign", icon=":material/add:", expanded=not known):
        _begin()


def _begin() -> None:
    runs = {run.id: run for run in store().runs.find(kinds=["generate"], states=[RunState.FINISHED])}
    if not runs:
        st.caption("The pool of a campaign is the candidates of a run; start a run first.")
        return
    left, right = st.columns(2)
    name = left.text_input("Name", key="campaign_name", placeholder="kinase, first series")
    run_id = right.selectbox(
        "Pool: the candidates of", list(runs), key="campaign_pool", format_func=told_apart([*runs.values()]).__getitem__
    )
    measured = left.text_input("What is measured", key="campaign_property", placeholder="pIC50")
    unit = right.text_input("Unit", key="campaign_unit", placeholder="none")
    sense = left.selectbox("It", list(SENSES), key="campaign_sense", format_func=SENSES.__getitem__)
    size = right.number_input("Compounds of a batch", 1, 1000, 24, key="campaign_batch")
    ready = bool(name.strip() and measured.strip())
    if st.button("Begin", key="campaign_begin", type="primary", disabled=not ready):
        try:
            _start(name, runs[run_id], Goal(measured.strip(), sense), unit.strip(), int(size))
        except MolconvexError as error:
            st.error(sentence(error), icon=":material/error:")
            return
        st.session_state[BEGUN] = name.strip()
        st.rerun()


def _start(name: str, run: StoredRun, goal: Goal, unit: str, size: int) -> None:
    folder = store().folder_of(run)
    if folder is None:
        raise MolconvexError("the files of this run are missing; run it again")
    settings = CampaignSettings(name=name.strip(), goal=goal, unit=unit, pool=folder / "candidates.csv", batch=size)
    campaign, _ = start_campaign(store(), settings, latent_model=latent_model())
    propose(campaign)


def _campaign(campaign: Campaign) -> None:
    st.subheader(literal(campaign.name), anchor=False)
    latest = campaign.batches[-1].number if campaign.batches else 0
    st.caption(
        f"{literal(campaign.goal.describe())}, {count(len(campaign.pool), 'compound')} in the pool, "
        f"{len(campaign.values):,} measured, batch {latest} was proposed last."
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if latest:
            st.download_button(
                f"Batch {latest} for measuring",
                lambda: _exported(campaign),
                f"{re.sub('[^A-Za-z0-9-]+', '-', campaign.name)}-batch-{latest}.csv",
                "text/csv",
                key="campaign_export",
                icon=":material/download:",
                on_click="ignore",
            )
        with st.popover("Import values", icon=":material/upload_file:"):
            _import(campaign)
        anyway = waits_for_values(campaign) and st.toggle(
            "Propose anyway", key="campaign_anyway", help="Although no compound of the last batch has a value yet."
        )
        if st.button("Propose the next batch", key="campaign_next", icon=":material/arrow_forward:", type="primary"):
            _next(campaign, anyway)
    _imported(campaign)
    if latest:
        _history(campaign)


def _exported(campaign: Campaign) -> bytes:
    with tempfile.TemporaryDirectory(prefix="molconvex-") as folder:
        return export_batch(campaign, Path(folder, "batch.csv")).read_bytes()


def _import(campaign: Campaign) -> None:
    upload = st.file_uploader("The file of a batch, with its values", ["csv", "tsv", "txt"], key="campaign_values")
    replace = st.toggle("Let values replace earlier ones", key="campaign_replace")
    st.caption(f"The values stand in the column {literal(campaign.goal.property)}; a remark says why there is none.")
    if not st.button("Import", key="campaign_import", type="primary", disabled=upload is None):
        return
    try:
        found = with_copy(upload, lambda path: import_values(campaign, path, replace=replace))
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.session_state[IMPORTED] = campaign.name, found
    st.rerun()  # what was drawn above knew nothing of these values


def _imported(campaign: Campaign) -> None:
    """What an import before this drawing of the page brought."""
    name, found = st.session_state.pop(IMPORTED, (None, None))
    if name != campaign.name:
        return
    for note in found.notes[:5]:
        st.warning(literal(note), icon=":material/warning:")
    st.success(f"{count(found.measured, 'value')} imported, {found.failed} failed, {found.waiting} still waiting.")


def _next(campaign: Campaign, anyway: bool) -> None:
    try:
        with st.spinner("Learning from the values and choosing…"):
            propose(campaign, anyway=anyway)
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.rerun()


def _history(campaign: Campaign) -> None:
    """Rounds, the latest batch, and predicted against measured."""
    unit = f" ({campaign.settings.unit})" if campaign.settings.unit else ""
    numbers = {COLUMNS[name]: st.column_config.NumberColumn(format="%.2f") for name in list(COLUMNS)[4:]}
    st.dataframe(
        rounds(campaign)[list(COLUMNS)].rename(columns=COLUMNS), hide_index=True, placeholder="", column_config=numbers
    )
    table = predictions(campaign)
    known = table.dropna(subset=["predicted", "measured"])
    if len(known):
        st.altair_chart(_agreement(known, f"{campaign.goal.property}{unit}"), width="stretch")
    latest = table[table["batch"] == table["batch"].max()]
    shown = latest[["id", "smiles", "why", "predicted", "deviation", "value", "reason"]].copy()
    shown.insert(1, "structure", [picture(str(smiles), 160, 84) for smiles in shown["smiles"]])
    kind = st.column_config
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        row_height=88,
        height=360,
        column_config={
            "id": kind.TextColumn("Compound"),
            "structure": kind.ImageColumn("Structure", width=170),
            "smiles": kind.TextColumn("SMILES"),
            "why": kind.TextColumn("Why"),
            "predicted": kind.NumberColumn(f"Predicted{unit}", format="%.2f"),
            "deviation": kind.NumberColumn(f"Deviation{unit}", format="%.2f"),
            "value": kind.NumberColumn(f"Measured{unit}", format="%.2f"),
            "reason": kind.TextColumn("Why there is no value"),
        },
    )


def _agreement(known: pd.DataFrame, title: str) -> alt.Chart:
    axis = alt.Scale(zero=False, padding=10)
    return (
        alt.Chart(known)
        .mark_circle(size=70)
        .encode(
            x=alt.X("predicted:Q", title=f"Predicted, {title}", scale=axis),
            y=alt.Y("measured:Q", title=f"Measured, {title}", scale=axis),
            color=alt.Color("batch:O", title="Batch", scale=alt.Scale(scheme="viridis")),
            tooltip=["id:N", "predicted:Q", "measured:Q"],
        )
        .properties(height=260)
    )
