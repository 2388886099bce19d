"""Trade-offs: what two goals cost each other around a lead; every point is a molecule."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.design.pareto import ParetoSettings
from molconvex.exceptions import MolconvexError
from molconvex.objectives import Goal
from molconvex.objectives.goals import Kind
from molconvex.runs.store import RunState, StoredRun
from molconvex.tables import read_csv_table

from .. import forms, state
from ..components.carried import say_carried
from ..components.design_form import explain
from ..components.front_chart import PICKED, front_chart
from ..components.goal_editor import KINDS, USUAL
from ..components.goal_values import property_of, title_with_word, value_column
from ..components.marks import mark_buttons, note_field
from ..components.one_molecule import left_out, one_molecule
from ..components.running import running
from ..components.texts import count, image, literal, sentence, with_unit
from ..shared import choices, dispatcher, folders_of, owner, store

EFFORTS = {"quick": (8, 100), "usual": (24, 300), "thorough": (48, 1_000)}
FREE = {"maximize", "minimize"}
DRAWN = ("leads", "goals", "similarity", "points", "budget", "surrogates")
FORM = "tradeoffs"
GOALS = {"front_a": "qed", "front_b": "sa_score"}  # keys, and what is chosen first


def show() -> None:
    """Draw the page: a run at work, its front, or the form."""
    st.title("Trade-offs", anchor=False)
    run = store().runs.get(st.query_params.get(state.RUN))
    if run is not None and run.kind == "pareto" and run.is_active:
        forms.leave(FORM)
        running(run)
        return
    if run is not None and run.kind == "pareto" and run.state is RunState.FINISHED:
        _front(run)
    elif run is not None and run.kind == "pareto":
        explain(run)
    forms.fill(FORM, run if run is not None and run.kind == "pareto" else None, ParetoSettings, _values, DRAWN)
    forms.hold(FORM, _first_values())
    _form()
    forms.receipt(FORM)


def _values(settings: ParetoSettings) -> dict[str, Any]:
    """What the widgets say where a run with these settings is asked for."""
    efforts = {numbers: name for name, numbers in EFFORTS.items()}
    found: dict[str, Any] = {
        "front_lead": str(settings.leads[0]),
        "front_similarity": settings.similarity,
        "front_effort": efforts.get((settings.points, settings.budget), "usual"),
    }
    for key, goal in zip(GOALS, settings.goals, strict=False):
        if goal.property in _offered():
            found |= {key: goal.property, _kind_key(key, goal.property): goal.kind}
    return found


def _first_values() -> dict[str, Any]:
    """Of all widgets; each property has its own wish."""
    wishes = {_kind_key(key, name): _kinds(name)[0] for key in GOALS for name in _offered()}
    return {"front_lead": "", "front_similarity": 0.4, "front_effort": "usual", **GOALS, **wishes}


def _kind_key(key: str, name: str) -> str:
    return f"{key}_kind_{name}"


def _kinds(name: str) -> list[Kind]:
    """Wishes for a property, the usual one first."""
    usual = USUAL[name].kind if name in USUAL else ""
    return sorted((kind for kind in choices()[name].kinds if kind in FREE), key=lambda kind: kind != usual)


def _offered() -> list[str]:
    """Properties whose cost is convex and that can be raised or lowered."""
    return [name for name, choice in choices().items() if choice.is_convex and FREE & set(choice.kinds)]


def _form() -> None:
    st.html(
        '<p class="mc-lede">Two goals, one lead: how much of the one must be given up for the other? '
        "Every point of the front is a molecule to look at.</p>"
    )
    known = choices()
    with st.container(border=True, key="front_form"):
        left, right = st.columns([4, 6], gap="medium")
        with left:
            lead = one_molecule("Lead", "front_lead")
        with right:
            first, second = st.columns(2)
            goals = [
                _goal(column, title, key, _offered())
                for column, title, key in zip((first, second), ("One goal", "Another"), GOALS, strict=True)
            ]
            left_out([choice.label for name, choice in known.items() if name not in _offered()])
            similarity = st.slider("Least similarity to the lead", 0.0, 0.95, step=0.05, key="front_similarity")
            effort = (
                st.segmented_control("Effort", list(EFFORTS), key="front_effort", format_func=str.capitalize) or "usual"
            )
            say_carried(FORM)
            if st.button(
                "Find the front", key="front_start", type="primary", disabled=lead is None, icon=":material/play_arrow:"
            ):
                _start(lead, goals, similarity, effort)


def _goal(column, title: str, key: str, names: list[str]) -> Goal:  # type: ignore[no-untyped-def]
    known = choices()
    with column:
        if st.session_state.get(key) not in names:
            forms.assign(FORM, {key: GOALS[key]})
        name = st.selectbox(title, names, key=key, format_func=lambda n: known[n].label)
        kind = st.segmented_control(
            "Wish",
            [kind for kind in known[name].kinds if kind in FREE],
            key=_kind_key(key, name),
            format_func=KINDS.__getitem__,
            label_visibility="collapsed",
        )
    return Goal(name, kind or _kinds(name)[0])


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
            **forms.held(FORM).carried,
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
        cells.append(
            f"<div><span>{escape(title_with_word(prop, row))}</span><b>{escape(with_unit(prop, value))}</b></div>"
        )
    cells.append(f"<div><span>Similarity to the lead</span><b>{row['similarity']:.2f}</b></div>")
    st.html(f'<div class="mc-grid mc-grid-tight">{"".join(cells)}</div>')
    with st.container(horizontal=True, gap="small"):
        mark_buttons(smiles, found, run.id, "front")
    st.code(smiles, language=None, wrap_lines=True)
    note_field(smiles, found, run.id)
