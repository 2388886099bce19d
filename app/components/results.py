"""A finished run: what was found, how much to trust it, and the files."""

from html import escape
from typing import cast

import pandas as pd
import streamlit as st

from molconvex.objectives import meets_every_goal
from molconvex.runs import ReadRun
from molconvex.runs.store import StoredRun

from ..shared import store
from ..state import Key
from .candidate_filters import filtered
from .candidate_panel import candidate_panel, comparison_panel
from .candidate_table import MOST_COMPARED, beside_each_other, candidate_cards, candidate_table
from .chart import chart
from .downloads import downloads
from .funnel import advice, funnel
from .goal_curve import goal_curve
from .goal_editor import LEGEND, values_of
from .goal_values import (
    describe_goals,
    describe_size,
    is_distance,
    lead_value,
    prediction_word,
    property_of,
    value_column,
)
from .into_view import bring_into_view
from .lead_card import KnownLead, examine
from .surrogate_quality import surrogate_quality
from .texts import chip, chips, count, image, literal, with_unit
from .turned_down import turned_down


def results(run: StoredRun, found: ReadRun) -> None:
    """Show the candidates of a run."""
    known = examine(str(found.settings.leads[0]))
    _heading(run, found, known)
    if found.status == "partial" and len(found.candidates):
        st.warning(
            "**Stopped early.** These are the results of what was finished by then, labelled partial in the files. "
            "Run it again for the full search.",
            icon=":material/pause_circle:",
        )
    for note in run.notes:
        st.info(literal(note), icon=":material/info:")
    if counts := funnel(found.funnel):
        st.html(counts)
    lead = None
    if len(found.candidates):
        lead = _lead_number(found)
        _candidates(run, found, known, lead)
        _goals(found, lead)
    else:
        _nothing(found)
    surrogate_quality(found)
    turned_down(found, f"{run.id}_{lead}", lead)


def _heading(run: StoredRun, found: ReadRun, known: KnownLead) -> None:
    with st.container(key="results_heading"):
        picture, words, edit = st.columns([1.1, 4.4, 1.2], vertical_alignment="center")
    picture.html(f'<div class="mc-center">{image(known.smiles, 190, 120)}</div>')
    with words:
        st.title(_title(found, known), anchor=False)
        st.html(f'<p class="mc-lede">{_summary(found)}</p>' + _settings(run, found))
    with edit:
        st.button(
            "Change and run again",
            key="edit",
            icon=":material/tune:",
            on_click=_edit,
            width="stretch",
            type="primary",
        )


def _title(found: ReadRun, known: KnownLead) -> str:
    if len(found.candidates):
        others = len(found.settings.leads) - 1
        more = f" and {count(others, 'other lead')}" if others else ""
        return f"{count(len(found.candidates), 'candidate')} from {literal(known.name)}{more}"
    return "Stopped before the first candidate" if found.status == "partial" else "No candidate this time"


def _edit() -> None:
    st.session_state[Key.EDITING] = True
    st.session_state[Key.FILLED_FROM] = None


def _summary(found: ReadRun) -> str:
    """First what was asked for: how many meet every goal; then how many improve at all, and the best one."""
    table = found.candidates
    if not len(table):
        if found.status == "partial":
            return "What was finished by then holds no candidate."
        return "The run was completed, but no molecule passed every step below."
    met = int(meets_every_goal(found.settings.goals, table, found.leads).sum())
    better = int((table["gain"] > 0).sum())
    verdict = "None meets" if not met else "One of them meets" if met == 1 else f"<b>{met:,}</b> of them meet"
    verb = "is" if better == 1 else "are"
    text = f"{verdict} every goal; {better:,} of {len(table):,} {verb} better than the lead overall."
    return text + _best(found, table.iloc[0])


def _best(found: ReadRun, best: pd.Series) -> str:
    lead = found.leads.set_index("lead").loc[best["lead"]]
    parts = []
    for goal in found.settings.goals:
        prop, column = property_of(goal.property), value_column(goal.property, found.candidates)
        if goal.kind in ("window", "target") and column != goal.property:
            continue
        own, word = lead_value(found, goal, found.candidates, lead), prediction_word(goal.property, found.candidates)
        before = f"{escape(with_unit(prop, own))} → " if own == own else ""
        how = {"predicted": " (predicted)", "refined": " (predicted, refined)"}.get(word, "")
        parts.append(f"{escape(prop.label)} {before}<b>{escape(with_unit(prop, best[column]))}</b>{how}")
    parts.append(f"similarity {best['similarity']:.2f}")
    return f" The best: {', '.join(parts)}."


def _settings(run: StoredRun, found: ReadRun) -> str:
    settings = found.settings
    facts = [goal.describe() for goal in settings.goals]
    facts += [f"required: {item.describe()}" for item in settings.require]
    facts += [f"where {settings.where.describe()}"] if settings.where is not None else []
    facts += [f"first {100 * stage.share:.3g} % for {describe_goals(stage.goals)}" for stage in settings.stages]
    facts += [size] if (size := describe_size(settings.min_heavy_atoms, settings.max_heavy_atoms)) else []
    facts += [f"kept: {part}" for part in settings.keep] + [f"never: {part}" for part in settings.avoid]
    facts.append(f"similarity at least {settings.similarity:.2f}")
    facts.append("alerts left out" if settings.alerts == "drop" else "alerts shown")
    facts += [f"{count(settings.budget, 'molecule')} scored", f"seed {settings.seed}", f"{run.seconds:.0f} s"]
    return chips(chip(fact) for fact in facts)


def _nothing(found: ReadRun) -> None:
    with st.container(border=True, key="nothing"):
        st.subheader("What you can do", anchor=False)
        st.write(advice(found.funnel, found.status))
        if len(found.rejected):
            st.caption("The counts above show at which step the molecules were lost; the list below says why.")


def _candidates(run: StoredRun, found: ReadRun, known: KnownLead, number: int) -> None:
    lead = cast(pd.Series, found.leads.set_index("lead").loc[number])
    table = found.candidates[found.candidates["lead"] == number].reset_index(drop=True)
    marks = store().molecules.marks(table["smiles"].tolist())
    downloads(run, known.name)
    with st.container(key="results_split"):
        left, right = st.columns([48, 52] if len(beside_each_other(table)) > 1 else [64, 36], gap="medium")
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="filters"):
            how = st.segmented_control(
                "As", ["cards", "table", "plot"], default="cards", key="how", format_func=str.capitalize
            )
            shown = filtered(found, table, marks, f"{run.id}_{number}")
        if not len(shown):
            st.info("No candidate passes these filters; loosen one of them.", icon=":material/filter_alt_off:")
            return
        st.caption(f"{len(shown):,} of {count(len(table), 'candidate')} shown.")
        with st.spinner("Drawing the structures…"):
            if how == "table":
                rows = candidate_table(found, shown, lead, marks)
            elif how == "plot":
                rows = chart(shown, lead)
            else:
                rows = candidate_cards(found, shown, lead, marks, run.id)
    with right:
        if len(rows) >= 2:
            comparison_panel(found, shown.iloc[rows[:MOST_COMPARED]], lead)
        else:
            row = int(table.index[table["smiles"] == shown["smiles"].iloc[rows[0]]][0])
            candidate_panel(found, table, row, lead, marks, run.id)
        bring_into_view("candidate_panel", int(st.session_state.get(Key.LOOKED, 0)))


def _goals(found: ReadRun, number: int) -> None:
    """Each goal over the reference molecules, with a lead and its candidates."""
    table = found.candidates[found.candidates["lead"] == number]
    lead = cast(pd.Series, found.leads.set_index("lead").loc[number])
    with st.expander("How the candidates meet each goal", icon=":material/target:", key="goals_met"):
        for goal in found.settings.goals:
            value = None if is_distance(goal, table) else lead_value(found, goal, table, lead)
            st.markdown(f"**{literal(goal.describe())}**")
            st.html(goal_curve(goal, property_of(goal.property), value, values_of(goal, table)))
        st.caption(LEGEND.replace("your lead", "the lead") + " Line: its candidates.")


def _lead_number(found: ReadRun) -> int:
    """The lead whose candidates are shown; asked where there are several."""
    numbers = [int(number) for number in found.candidates["lead"].unique()]
    if len(numbers) == 1:
        return numbers[0]
    names = found.leads.set_index("lead")["name"]
    return int(
        st.selectbox(
            "Lead", numbers, key="lead_shown", format_func=lambda number: f"{number}: {names.get(number)}", width=320
        )
    )
