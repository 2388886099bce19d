"""Runs and campaigns: everything that was done, to be found, opened, used again, compared, deleted with a way back."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from molconvex.design import GenerateSettings
from molconvex.exceptions import MolconvexError
from molconvex.runs.store import RunState, StoredRun

from .. import form_from_settings, navigation, state
from ..components.campaigns import campaigns
from ..components.faults import told
from ..components.run_titles import told_apart, when
from ..components.texts import chip, chips, count, image, literal
from ..shared import choices, results_of, store
from ..state import Key

KINDS = {"generate": "Design", "pareto": "Trade-off", "path": "Walk", "train": "Model"}
HOMES = {"generate": "design", "pareto": "trade-offs", "path": "walks", "train": "models"}
STATES = {
    RunState.QUEUED: ("waiting", "plain"),
    RunState.RUNNING: ("running", "good"),
    RunState.FINISHED: ("finished", "good"),
    RunState.FAILED: ("failed", "bad"),
    RunState.WITHDRAWN: ("stopped", "plain"),
    RunState.LOST: ("interrupted", "warn"),
}
PAGE = 15


def show() -> None:
    """Draw the runs or the campaigns."""
    st.title("Runs and campaigns", anchor=False)
    views = ["Runs", "Campaigns"]
    if st.segmented_control("Show", views, default=views[0], key="runs_view", label_visibility="collapsed") == views[1]:
        campaigns()
    else:
        _runs()


def _runs() -> None:
    """The list, with two runs beside each other on demand."""
    _undo()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input("Search", key="runs_search", placeholder="a name, a SMILES, a property", width=320)
        kind = st.segmented_control("Kind", list(KINDS), key="runs_kind", format_func=KINDS.__getitem__)
    found = store().runs.find(text, kinds=[kind] if kind else ())
    if not found:
        _empty(bool(text or kind))
        return
    _compare([run for run in found if run.kind == "generate" and run.state is RunState.FINISHED])
    pages = -(-len(found) // PAGE)
    page = min(int(st.session_state.get("runs_page", 1)), pages)
    for run in found[(page - 1) * PAGE : page * PAGE]:
        _row(run)
    if pages > 1:
        st.pagination(pages, key="runs_page")


def _empty(is_searched: bool) -> None:
    if is_searched:
        st.info("No run fits; search for something else, or for nothing to see them all.", icon=":material/search_off:")
        return
    st.info("Nothing was run yet. Every run is kept here, and found again next week.", icon=":material/history:")
    if st.button("Design better molecules", type="primary", icon=":material/target:", key="to_design"):
        navigation.go("design")


def _row(run: StoredRun) -> None:
    with st.container(border=True, key=f"run_{run.id}"):
        picture, words, buttons = st.columns([1.2, 5, 2.4], vertical_alignment="center")
        smiles = (run.summary.get("best") or {}).get("smiles") or _lead(run)
        if smiles:
            picture.html(f'<div class="mc-center">{image(smiles, 150, 90)}</div>')
        words.html(f'<div class="mc-run-title">{escape(run.title or KINDS.get(run.kind, run.kind))}</div>{_facts(run)}')
        with buttons, st.container(horizontal=True, gap="xsmall", horizontal_alignment="right"):
            _buttons(run)


def _lead(run: StoredRun) -> str:
    leads = run.settings.get("leads") or [run.settings.get("start", "")]
    return str(leads[0]).split()[0] if leads and str(leads[0]).strip() else ""


def _facts(run: StoredRun) -> str:
    words, tone = STATES[run.state]
    facts = [chip(words, tone), chip(KINDS.get(run.kind, run.kind)), chip(when(run.created))]  # type: ignore[arg-type]
    if run.seconds:
        facts.append(chip(f"{run.seconds:.0f} s"))
    if "meeting" in run.summary:
        facts.append(
            chip(f"{run.summary['meeting']} of {count(run.summary['candidates'], 'candidate')} meet every goal")
        )
    if run.summary.get("status") == "partial":
        facts.append(chip("stopped early", "warn"))
    if run.error:
        facts.append(chip(run.error[:120], "warn"))
    return chips(facts)


def _buttons(run: StoredRun) -> None:
    if run.kind in HOMES and st.button("Open", key=f"open_{run.id}", icon=":material/open_in_new:"):
        navigation.open_run(run.id) if run.kind == "generate" else navigation.go(HOMES[run.kind], {state.RUN: run.id})
    if run.kind == "generate" and st.button("Use again", key=f"again_{run.id}", icon=":material/content_copy:"):
        _use_again(run)
    if run.is_active:
        st.button(
            "Stop", key=f"stop_{run.id}", icon=":material/stop:", on_click=told(store().runs.stop), args=(run.id,)
        )
    else:
        st.button(
            "Delete",
            key=f"delete_{run.id}",
            icon=":material/delete:",
            help="Delete",
            on_click=_delete,
            args=(run.id,),
            type="tertiary",
        )


def _use_again(run: StoredRun) -> None:
    try:
        settings = GenerateSettings(**run.settings)
    except MolconvexError as error:
        st.error(f"The settings are those of another version: {literal(str(error))}", icon=":material/error:")
        return
    form_from_settings.fill(settings, choices())
    st.session_state[Key.FILLED_FROM] = run.id
    navigation.go("design")


@told
def _delete(run_id: str) -> None:
    store().runs.delete(run_id)
    st.session_state["deleted"] = run_id


def _undo() -> None:
    """A way back from the last deletion."""
    run = store().runs.get(st.session_state.get("deleted"))
    if run is None or run.deleted is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"{literal(run.title or 'A run')} was deleted.", icon=":material/delete:")
        st.button("Undo", key="undo", icon=":material/undo:", on_click=told(store().runs.restore), args=(run.id,))


def _compare(runs: list[StoredRun]) -> None:
    if len(runs) < 2:
        return
    titles = told_apart(runs)
    with st.expander("Compare two runs", icon=":material/compare_arrows:"):
        first, second = st.columns(2)
        one = first.selectbox("One", list(titles), key="compare_one", format_func=titles.__getitem__)
        two = second.selectbox("Another", list(titles), index=1, key="compare_two", format_func=titles.__getitem__)
        by_id = {run.id: run for run in runs}
        st.html(_beside(by_id[one], by_id[two]))


def _beside(one: StoredRun, two: StoredRun) -> str:
    """Two runs as a table, the best candidate of each drawn at its head."""
    heads = "".join(f"<th>{_best(run)}{escape(run.title or run.id)}<br>{when(run.created)}</th>" for run in (one, two))
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"
        for name, values in comparison(one, two).T.items()
    )
    return (
        f'<div class="mc-scroll"><table class="mc-compare mc-runs"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _best(run: StoredRun) -> str:
    smiles = (run.summary.get("best") or {}).get("smiles")
    return f"{image(smiles, 180, 110)}<br>" if smiles else ""


def comparison(one: StoredRun, two: StoredRun) -> pd.DataFrame:
    """What two runs gave, and the settings in which they differ; one row a fact."""
    rows: dict[str, tuple[Any, ...]] = {}
    for name, words in (
        ("candidates", "Candidates"),
        ("meeting", "Meet every goal"),
        ("better", "Better than the lead"),
    ):
        rows[words] = (one.summary.get(name, "n/a"), two.summary.get(name, "n/a"))
    found = [results_of(run) for run in (one, two)]
    if found[0] is not None and found[1] is not None:
        tables = [item.candidates for item in found if item is not None]
        rows["Best desirability"] = tuple(f"{t['desirability'].max():.3f}" if len(t) else "n/a" for t in tables)
        shared = len(set(tables[0]["smiles"]) & set(tables[1]["smiles"]))
        rows["Candidates of both"] = (shared, shared)
    for name in dict.fromkeys([*one.settings, *two.settings]):
        values = one.settings.get(name), two.settings.get(name)
        if values[0] != values[1]:
            rows[f"Setting: {name.replace('_', ' ')}"] = values
    return pd.DataFrame(
        {name: [_plain(value) for value in pair] for name, pair in rows.items()}, index=["One", "Another"]
    ).T


def _plain(value: Any) -> str:
    """A setting as people read it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value is None else str(value)
