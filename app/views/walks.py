"""Walks: from one molecule to another in steps, with a property on the way."""

from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from molconvex.chem import parse
from molconvex.chem.plausibility import implausible_features
from molconvex.design import PathSettings
from molconvex.design.paths.settings import METHODS, Method
from molconvex.exceptions import MolconvexError
from molconvex.runs.store import RunState, StoredRun
from molconvex.tables import read_csv_table

from .. import forms, state
from ..components.carried import say_carried
from ..components.design_form import explain
from ..components.goal_values import property_of
from ..components.lead_card import alert_chips
from ..components.marks import mark_buttons
from ..components.one_molecule import left_out, one_molecule
from ..components.running import running
from ..components.texts import chip, chips, image, literal, sentence
from ..shared import choices, dispatcher, folders_of, owner, store

WAYS: dict[Method, str] = {
    "straight": "Straight",
    "level": "At constant prediction",
    "radial": "By rays",
    "descent": "By way of the best point",
}
DRAWN = ("start", "end", "property", "method", "stops", "surrogates")
FORM = "walks"
FIRST_VALUES = {"walk_start": "", "walk_end": "", "walk_method": "straight", "walk_stops": 12}


def show() -> None:
    """Draw the page: a walk at work, its stops, or the form."""
    st.title("Walks", anchor=False)
    run = store().runs.get(st.query_params.get(state.RUN))
    if run is not None and run.kind == "path" and run.is_active:
        forms.leave(FORM)
        running(run)
        return
    if run is not None and run.kind == "path" and run.state is RunState.FINISHED:
        _walk(run)
    elif run is not None and run.kind == "path":
        explain(run)
    forms.fill(FORM, run if run is not None and run.kind == "path" else None, PathSettings, _values, DRAWN)
    forms.hold(FORM, FIRST_VALUES | {"walk_property": _offered()[0]})
    _form()
    forms.receipt(FORM)


def _values(settings: PathSettings) -> dict[str, Any]:
    """What the widgets say where a walk with these settings is asked for."""
    found = {
        "walk_start": str(settings.start),
        "walk_end": str(settings.end),
        "walk_method": settings.method,
        "walk_stops": settings.stops,
    }
    return found | ({"walk_property": settings.property} if settings.property in _offered() else {})


def _offered() -> list[str]:
    """Properties whose cost is convex."""
    return [name for name, choice in choices().items() if choice.is_convex]


def _form() -> None:
    st.html(
        '<p class="mc-lede">Two molecules: what lies between them? The walk decodes points on the way, and shows how a '
        "property changes.</p>"
    )
    known = choices()
    with st.container(border=True, key="walk_form"):
        first, second, third = st.columns([4, 4, 4], gap="medium")
        with first:
            start = one_molecule("From", "walk_start")
        with second:
            end = one_molecule("To", "walk_end")
        with third:
            if st.session_state["walk_property"] not in _offered():
                forms.assign(FORM, {"walk_property": _offered()[0]})
            name = st.selectbox(
                "Property on the way", _offered(), key="walk_property", format_func=lambda n: known[n].label
            )
            left_out([choice.label for name, choice in known.items() if not choice.is_convex])
            method = st.selectbox("Way", list(WAYS), key="walk_method", format_func=WAYS.__getitem__)
            st.caption(f"{METHODS[method][:1].upper()}{METHODS[method][1:]}.")
            most = max(40, int(st.session_state["walk_stops"]))
            stops = st.slider("Stops", 2, most, key="walk_stops")
            say_carried(FORM)
            ready = start is not None and end is not None
            if st.button(
                "Walk", key="walk_start_button", type="primary", disabled=not ready, icon=":material/play_arrow:"
            ):
                _start(start, end, name, method, stops)


def _start(start, end, name: str, method: str, stops: int) -> None:  # type: ignore[no-untyped-def]
    settings: dict[str, Any] = {
        "start": str(start.lead),
        "end": str(end.lead),
        "property": name,
        "method": method,
        "stops": stops,
        "surrogates": folders_of([name]),
        **forms.held(FORM).carried,
    }
    try:
        PathSettings(**settings)
        title = f"From {start.name} to {end.name}"
        run = dispatcher().submit("path", settings, title=title, owner=owner())
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.query_params[state.RUN] = run.id
    st.rerun()


@st.cache_data(max_entries=6, show_spinner=False)
def _stops(folder: str) -> pd.DataFrame:
    table = read_csv_table(f"{folder}/path.csv")
    for name in ("smiles", "reason", "alerts"):
        table[name] = table[name].fillna("")
    return table


def _walk(run: StoredRun) -> None:
    folder = store().folder_of(run)
    if folder is None:
        st.warning("The files of this walk are missing; walk again.", icon=":material/warning:")
        return
    table = _stops(str(folder))
    name = str(run.settings["property"]).partition(":")[0]
    with st.container(border=True, key="walk_result"):
        st.subheader(literal(run.title), anchor=False)
        stop = st.slider("Stop", 1, len(table), 1, key=f"stop_{run.id}")
        left, right = st.columns([4, 6], gap="medium")
        with left:
            _stop(table.iloc[stop - 1], str(table["smiles"].iloc[0]), run)
        with right:
            st.altair_chart(_curve(table, name, stop), width="stretch")


@st.cache_data(max_entries=200, show_spinner=False)
def _objections(smiles: str, first: str) -> str:
    """What a chemist would object to in a stop, but for what the first one has too."""
    found = implausible_features(parse(smiles), lead=parse(first) if first else None)
    if not found:
        return chips([chip("Such as a chemist would draw", "good")])
    return chips(chip(text, "warn", "What a chemist would object to") for text in found)


def _stop(row: pd.Series, first: str, run: StoredRun) -> None:
    if not row["smiles"]:
        st.info(f"No molecule here: {row['reason']}.", icon=":material/block:")
        return
    smiles = str(row["smiles"])
    st.html(f'<div class="mc-center">{image(smiles, 320, 200)}</div><div class="mc-smiles">{smiles}</div>')
    st.html(alert_chips([name for name in str(row["alerts"]).split("; ") if name]) + _objections(smiles, first))
    st.caption(f"Similarity to the start {row['similarity_to_start']:.2f}, to the end {row['similarity_to_end']:.2f}.")
    with st.container(horizontal=True, gap="small"):
        mark_buttons(smiles, store().molecules.marks([smiles]).get(smiles), run.id, "walk")


def _curve(table: pd.DataFrame, name: str, stop: int) -> alt.LayerChart:
    prop = property_of(name)
    kinds = {f"predicted_{name}": "Predicted at the point", f"measured_{name}": "Measured on the molecule"}
    columns = [column for column in kinds if column in table and table[column].notna().any()]
    long = table.melt("stop", columns, "kind", "value").dropna()
    long["kind"] = long["kind"].map(kinds)
    unit = f" ({prop.unit})" if prop.unit else ""
    line = (
        alt.Chart(long)
        .mark_line(point=True)
        .encode(
            x=alt.X("stop:Q", title="Stop", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("value:Q", title=f"{prop.label}{unit}", scale=alt.Scale(zero=False)),
            color=alt.Color(
                "kind:N",
                title=None,
                legend=alt.Legend(orient="top", columns=1),
                scale=alt.Scale(range=["#d98324", "#0f8a83"]),
            ),
        )
    )
    here = alt.Chart(pd.DataFrame({"stop": [stop]})).mark_rule(strokeDash=[4, 3], color="#8a9aa0").encode(x="stop:Q")
    return (line + here).properties(height=330)
