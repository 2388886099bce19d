"""A run at work: its stages, the best molecule so far, and the button that stops it."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.runs.store import RunState, StoredRun

from ..shared import dispatcher, store
from .faults import guarded, told
from .lead_card import examine
from .round_view import search_so_far, time_left
from .texts import count, image, label, literal, sentence
from .training_at_work import learning_curve, training_stages

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
    """What the run works on: its lead, the two ends of a walk, or what is learnt."""
    if run.kind == "train":
        target = run.settings["target"]
        st.html(f'<div class="mc-name">{escape(str(target["property"]))}</div>')
        st.caption(
            "Structures are encoded first; then networks of both orientations are trained and judged on molecules that "
            "were held out, beside other kinds of models."
        )
        return
    ends = [run.settings[name] for name in ("start", "end") if name in run.settings]
    leads = ends or list(run.settings.get("leads", ()))
    for text in leads if ends else leads[:1]:
        try:
            lead = examine(str(text))
        except MolconvexError as error:
            st.caption(sentence(error))
            continue
        st.html(
            f'<div class="mc-center">{image(lead.smiles, 420, 230)}</div>'
            f'<div class="mc-name">{escape(lead.title)}</div><div class="mc-smiles">{escape(lead.smiles)}</div>'
        )
    if len(leads) > 1 and not ends:
        st.caption(f"The first of {count(len(leads), 'lead')}.")


@st.fragment(run_every=EVERY)
def _stages(run_id: str) -> None:
    with guarded():  # it is drawn again by itself, outside of the page
        _standing(run_id)


def _standing(run_id: str) -> None:
    run = store().runs.get(run_id)
    if run is None or not run.is_active:
        st.rerun()
        return
    if run.state is RunState.QUEUED:
        st.info(_queue(dispatcher().ahead_of(run)), icon=":material/hourglass_top:")
    else:
        st.html("".join(_line(*entry) for entry in plan(run)))
        left = f", {text}" if (text := time_left(run)) else ""
        st.caption(
            f"{run.seconds:.0f} s{left}. You may reload or leave this page: the run goes on, and you find it under "
            "Runs."
        )
    _stop(run)
    if run.kind == "train":
        learning_curve(run)
    elif run.kind == "generate":
        search_so_far(run)


def _queue(ahead: int) -> str:
    if not ahead:
        return "Your run begins in a moment."
    verb = "comes" if ahead == 1 else "come"
    return f"{count(ahead, 'other run')} on this machine {verb} first; yours begins by itself."


def plan(run: StoredRun) -> Sequence[tuple[str, float, int, str]]:
    """Stages in the order of work: title, done, total, and "done", "now" or "later"."""
    if run.kind == "train":
        return training_stages(run)
    names = list(run.stages)
    if run.kind == "generate":
        names += [name for name in GENERATION if name not in names]
    latest = max((place for place, name in enumerate(names) if name in run.stages), default=0)
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


def _line(title: str, done: float, total: int, standing: str) -> str:
    share = 100.0 if standing == "done" else 100.0 * done / total if total else 0.0
    numbers = f"{int(done):,} of {total:,}" if standing == "now" and total > 1 else ""
    return (
        f'<div class="mc-stage mc-{standing}"><div class="mc-stage-head"><span class="mc-dot"></span>'
        f'<span>{escape(title)}</span><span class="mc-number">{numbers}</span></div>'
        f'<div class="mc-bar"><div style="width:{share:.1f}%"></div></div></div>'
    )


def _stop(run: StoredRun) -> None:
    words = "Stop the training" if run.kind == "train" else "Stop and keep what is finished"
    if run.state is RunState.QUEUED:
        words = "Withdraw this run"
    elif run.stop_asked:
        words = "Stopping after the current batch…"
    st.button(
        words,
        key="stop",
        icon=":material/stop:",
        disabled=run.stop_asked,
        on_click=told(store().runs.stop),
        args=(run.id,),
    )
