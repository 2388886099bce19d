"""Surrogates of the user's own: what their cards say."""

from typing import Any

import pandas as pd
import streamlit as st

from molconvex.chem import svg_data_uri
from molconvex.runs.store import StoredRun
from molconvex.surrogate.evidence.evidence_text import refined_sentences, refinement_sentence
from molconvex.surrogate.evidence.metric_names import METRIC_NAMES

from ..shared import store
from .texts import chip, chips, literal


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
            "Measure": METRIC_NAMES.get(name, name),
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
        has_refined = bool(surrogate.card.get("refinement"))
        whose = " Of the convex prediction, of which proofs speak." if has_refined else ""
        st.caption(f"On molecules that were held out of training, with 95 % intervals.{whose}")
        if "refinement" in surrogate.card:
            gains = refined_sentences(surrogate.card.get("evidence") or {"methods": {}})
            st.caption(literal(" ".join([*gains, refinement_sentence(surrogate.card)])))
    with st.expander("The whole card: data, other kinds of models beside it, intervals", icon=":material/description:"):
        st.markdown(_card_text(surrogate))
        _contributions(run)
    for note in run.notes:
        st.info(literal(note), icon=":material/info:")
    _problems(run)


def _contributions(run: StoredRun) -> None:
    """The drawing of the card that colors atoms by what they contribute; nothing where there is none."""
    folder = store().folder_of(run)
    for path in [] if folder is None else sorted(folder.glob("contributions_*.svg")):
        source = svg_data_uri(path.read_text(encoding="utf-8"))
        st.html(f'<img class="mc-structure" src="{source}" alt="Atoms colored by what they contribute">')


def _card_text(surrogate: Any) -> str:
    """The card as stored with the model, without its title and drawing, under smaller headings."""
    from molconvex.surrogate.evidence.card import card_markdown

    text = card_markdown(surrogate.card, surrogate.scaler).partition("\n")[2].replace("\n## ", "\n#### ")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("!["))
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
