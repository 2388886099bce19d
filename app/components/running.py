"""A run at work: its stages, the best molecule so far, and the button that stops it."""

from html import escape

import pandas as pd
import streamlit as st

from molconvex.design import GenerateSettings
from molconvex.exceptions import MolconvexError
from molconvex.runs.store import RunState, StoredRun

from ..shared import dispatcher, store
from .lead_card import examine
from .texts import count, image, label, literal

EVERY = 2.0  # seconds; each rerun costs as much as drawing the page

TITLES = {
    "load": "Encode the lead",
    "calibrate": "Try how far the lead can move and stay similar",
    "region": "Span the design region by analogues of the lead",
    "search": "Propose, screen and score molecules",
    "certify": "Prove what is possible in the region",
    "solve": "Solve convex programs, with certificates",
    "decode": "Decode the best points into molecules",
    "score": "Measure, compare and rank them",
    "write": "Write the files",
}
GENERATION = ("load", "search", "certify", "write")


def running(run: StoredRun) -> None:
    """Show a run until it is over."""
    left, right = st.columns([5, 7], gap="medium")
    with left, st.container(border=True, key="running_lead"):
        _lead(run)
    with right, st.container(border=True, key="running_card"):
        st.subheader(literal(run.title or "Your run"), anchor=False)
        _stages(run.id)


def _lead(run: StoredRun) -> None:
    try:
        settings = GenerateSettings(**run.settings)
        lead = examine(str(settings.leads[0]))
    except MolconvexError as error:
        st.caption(literal(str(error)))
        return
    st.html(
        f'<div class="mc-center">{image(lead.smiles, 420, 230)}</div>'
        f'<div class="mc-name">{escape(lead.title)}</div><div class="mc-smiles">{escape(lead.smiles)}</div>'
    )
    if len(settings.leads) > 1:
        st.caption(f"The first of {count(len(settings.leads), 'lead')}.")


@st.fragment(run_every=EVERY)
def _stages(run_id: str) -> None:
    run = store().runs.get(run_id)
    if run is None or not run.is_active:
        st.rerun()
        return
    if run.state is RunState.QUEUED:
        st.info(_queue(dispatcher().ahead_of(run)), icon=":material/hourglass_top:")
    else:
        st.html("".join(_line(*entry) for entry in plan(run)))
        st.caption(
            f"{run.seconds:.0f} s. You may reload or leave this page: the run goes on, and you find it under Runs."
        )
        _curve(run)
    _stop(run)


def _queue(ahead: int) -> str:
    if not ahead:
        return "Your run begins in a moment."
    verb = "comes" if ahead == 1 else "come"
    return f"{count(ahead, 'other run')} on this machine {verb} first; yours begins by itself."


def plan(run: StoredRun) -> list[tuple[str, int, int, str]]:
    """Stages in the order of work: title, done, total, and "done", "now" or "later"."""
    names = list(run.stages)
    if run.kind == "generate":
        names += [name for name in GENERATION if name not in names]
    latest = max((place for place, name in enumerate(names) if name in run.stages), default=-1)
    entries = []
    for place, name in enumerate(names):
        done, total = run.stages.get(name, (0, 0))
        standing = "later" if place > latest else "done" if place < latest or done >= total > 0 else "now"
        entries.append((_title(name), done, total, standing))
    return entries or [("Start", 0, 0, "now")]


def _title(name: str) -> str:
    if name.startswith("train "):
        return f"Learn the surrogate of {label(name.removeprefix('train '))}"
    return TITLES.get(name, name[:1].upper() + name[1:])


def _line(title: str, done: int, total: int, standing: str) -> str:
    share = 100.0 if standing == "done" else 100.0 * done / total if total else 0.0
    numbers = f"{done:,} of {total:,}" if standing == "now" and total > 1 else ""
    return (
        f'<div class="mc-stage mc-{standing}"><div class="mc-stage-head"><span class="mc-dot"></span>'
        f'<span>{escape(title)}</span><span class="mc-number">{numbers}</span></div>'
        f'<div class="mc-bar"><div style="width:{share:.1f}%"></div></div></div>'
    )


def _curve(run: StoredRun) -> None:
    """What the work told round by round: the best molecule so far, and losses of a training."""
    rounds = store().molecules.rounds(run.id)
    if not rounds:
        return
    facts = [item for _, _, item in rounds]
    if smiles := facts[-1].get("best_smiles"):
        st.html(f'<div class="mc-center">{image(str(smiles), 300, 170)}</div>')
        st.caption("The best molecule so far.")
    table = pd.DataFrame([{k: v for k, v in item.items() if isinstance(v, int | float)} for item in facts])
    shown = [name for name in ("best", "mean", "train", "valid") if name in table]
    if len(table) > 1 and shown:
        st.line_chart(table[shown], height=200)


def _stop(run: StoredRun) -> None:
    words = "Stop and keep what is finished"
    if run.state is RunState.QUEUED:
        words = "Withdraw this run"
    elif run.stop_asked:
        words = "Stopping after the current batch…"
    st.button(
        words,
        key="stop",
        icon=":material/stop:",
        disabled=run.stop_asked,
        on_click=store().runs.stop,
        args=(run.id,),
    )
