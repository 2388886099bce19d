"""Trade-offs: what two goals cost each other around a lead; every point is a molecule."""

from contextlib import suppress
from html import escape

import pandas as pd
import streamlit as st

from molconvex.design.pareto import ParetoSettings
from molconvex.exceptions import MolconvexError
from molconvex.objectives import Goal
from molconvex.runs.store import RunState, StoredRun
from molconvex.tables import read_csv_table

from .. import state
from ..components.carried import say_carried
from ..components.design_form import explain
from ..components.front_chart import PICKED, front_chart
from ..components.goal_editor import KINDS, USUAL
from ..components.goal_values import property_of, value_column
from ..components.marks import mark_buttons, note_field
from ..components.one_molecule import left_out, one_molecule
from ..components.running import running
from ..components.texts import count, image, literal, sentence, with_unit
from ..form_from_settings import carried
from ..shared import choices, dispatcher, folders_of, owner, store

EFFORTS = {"quick": (8, 100), "usual": (24, 300), "thorough": (48, 1_000)}
FREE = {"maximize", "minimize"}
DRAWN = ("leads", "goals", "similarity", "points", "budget", "surrogates")
KEPT = "front_kept"  # settings of the run that filled the form, for which it has no widgets


def show() -> None:
    """Draw the page: a run at work, its front, or the form."""
    st.title("Trade-offs", anchor=False)
    run = store().runs.get(st.query_params.get(state.RUN))
    if run is not None and run.kind == "pareto" and run.is_active:
        running(run)
        return
    if run is not None and run.kind == "pareto" and run.state is RunState.FINISHED:
        _front(run)
    elif run is not None and run.kind == "pareto":
        explain(run)
    _fill(run)
    _form()


def _fill(run: StoredRun | None) -> None:
    """Fill the form with the settings of a run that is come upon anew."""
    session = st.session_state
    session.setdefault(KEPT, {})
    is_filled = session.get("front_filled") == getattr(run, "id", None) and "front_lead" in session
    if run is None or run.kind != "pareto" or is_filled:
        return
    session["front_filled"] = run.id
    with suppress(MolconvexError):  # settings of another version: the form keeps what it holds
        settings = ParetoSettings(**run.settings)
        session["front_lead"], session["front_similarity"] = str(settings.leads[0]), settings.similarity
        for key, goal in zip(("front_a", "front_b"), settings.goals, strict=False):
            if goal.property in _offered():
                session[key], session[f"{key}_kind_{goal.property}"] = goal.property, goal.kind
        efforts = {numbers: name for name, numbers in EFFORTS.items()}
        session["front_effort"] = efforts.get((settings.points, settings.budget), "usual")
        session[KEPT] = carried(settings, DRAWN)


def _offered() -> list[str]:
    """Properties whose cost is convex and that can be raised or lowered."""
    return [name for name, choice in choices().items() if choice.is_convex and FREE & set(choice.kinds)]


def _drop() -> None:
    st.session_state[KEPT] = {}


def _form() -> None:
    st.html(
        '<p class="mc-lede">Two goals, one lead: how much of the one must be given up for the other? '
        "Every point of the front is a molecule to look at.</p>"
    )
    known = choices()
    with st.container(border=True, key="front_form"):
        left, right = st.columns([4, 6], gap="medium")
        with left:
            lead = one_molecule("Lead", "front_lead", "")
        with right:
            first, second = st.columns(2)
            goals = [
                _goal(column, title, key, _offered(), first_name)
                for column, title, key, first_name in (
                    (first, "One goal", "front_a", "qed"),
                    (second, "Another", "front_b", "sa_score"),
                )
            ]
            left_out([choice.label for name, choice in known.items() if name not in _offered()])
            st.session_state.setdefault("front_similarity", 0.4)
            st.session_state.setdefault("front_effort", "usual")
            similarity = st.slider("Least similarity to the lead", 0.0, 0.95, step=0.05, key="front_similarity")
            effort = (
                st.segmented_control("Effort", list(EFFORTS), key="front_effort", format_func=str.capitalize) or "usual"
            )
            say_carried(st.session_state[KEPT], _drop, "front_carried")
            if st.button(
                "Find the front", key="front_start", type="primary", disabled=lead is None, icon=":material/play_arrow:"
            ):
                _start(lead, goals, similarity, effort)


def _goal(column, title: str, key: str, names: list[str], first: str) -> Goal:  # type: ignore[no-untyped-def]
    known = choices()
    with column:
        if st.session_state.get(key) not in names:
            st.session_state[key] = first
        name = st.selectbox(title, names, key=key, format_func=lambda n: known[n].label)
        kinds = [kind for kind in known[name].kinds if kind in FREE]
        usual = USUAL[name].kind if name in USUAL and USUAL[name].kind in kinds else kinds[0]
        st.session_state.setdefault(f"{key}_kind_{name}", usual)
        kind = st.segmented_control(
            "Wish",
            kinds,
            key=f"{key}_kind_{name}",
            format_func=KINDS.__getitem__,
            label_visibility="collapsed",
        )
    return Goal(name, kind or usual)


def _start(lead, goals: list[Goal], similarity: float, effort: str) -> None:  # type: ignore[no-untyped-def]
    points, budget = EFFORTS[effort]
    try:
        settings = ParetoSettings(
            leads=[lead.lead],
            goals=goals,
            similarity=similarity,
            points=points,
            budget=budget,
            surrogates=folders_of(goal.property for goal in goals),
            **st.session_state[KEPT],
        )
        title = f"{lead.title}: {' against '.join(property_of(goal.property).label for goal in goals)}"
        run = dispatcher().submit("pareto", settings.to_dict(), title=title, owner=owner())
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/error:")
        return
    st.query_params[state.RUN] = run.id
    st.rerun()


@st.cache_data(max_entries=6, show_spinner=False)
def _tables(folder: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates with their rows, and leads."""
    table = read_csv_table(f"{folder}/candidates.csv")
    return table.assign(row=range(len(table))), read_csv_table(f"{folder}/leads.csv")


def _front(run: StoredRun) -> None:
    """The molecules of a finished run, those of the front marked; a click shows one."""
    folder = store().folder_of(run)
    if folder is None:
        st.warning("The files of this run are missing; run it again.", icon=":material/warning:")
        return
    table, leads = _tables(str(folder))
    goals = [Goal.from_plain(text) for text in run.settings["goals"]]
    with st.container(border=True, key="front_result"):
        st.subheader(literal(run.title), anchor=False)
        if not len(table):
            st.info("No molecule was similar enough. Lower the similarity or raise the effort.", icon=":material/info:")
            return
        best = table["non_dominated"].astype(str) == "True"
        st.caption(
            f"{count(len(table), 'molecule')}, {int(best.sum())} of them beaten by no other in both goals at once."
        )
        left, right = st.columns([6, 4], gap="medium")
        with left:
            event = st.altair_chart(
                front_chart(table, leads, goals),
                key="front_chart",
                width="stretch",
                on_select="rerun",
                selection_mode=PICKED,
            )
        picked = event.selection.get(PICKED) or []
        row = int(picked[0]["row"]) if picked else int(table.index[best][0] if best.any() else 0)
        with right:
            _molecule(table.iloc[row], goals, run)


def _molecule(row: pd.Series, goals: list[Goal], run: StoredRun) -> None:
    smiles = str(row["smiles"])
    found = store().molecules.marks([smiles]).get(smiles)
    st.html(f'<div class="mc-center">{image(smiles, 300, 180)}</div>')
    cells = []
    for goal in goals:
        prop = property_of(goal.property)
        value = row.get(value_column(goal.property, row), float("nan"))
        cells.append(f"<div><span>{escape(prop.label)}</span><b>{escape(with_unit(prop, value))}</b></div>")
    cells.append(f"<div><span>Similarity to the lead</span><b>{row['similarity']:.2f}</b></div>")
    st.html(f'<div class="mc-grid mc-grid-tight">{"".join(cells)}</div>')
    with st.container(horizontal=True, gap="small"):
        mark_buttons(smiles, found, run.id, "front")
    st.code(smiles, language=None, wrap_lines=True)
    note_field(smiles, found, run.id)
