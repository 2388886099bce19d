"""A job at work: its stages, and the button that stops it."""

from html import escape

import streamlit as st

from ..jobs import Job, Stage, State, jobs
from ..state import Key
from .lead_card import examine
from .setup import describe_goals
from .texts import count, image, label, literal

EVERY = 1.5  # seconds; each rerun costs as much as drawing the page


def running(job: Job) -> None:
    """Show a job until it is over."""
    lead = examine(str(job.settings.leads[0]))
    left, right = st.columns([5, 7], gap="medium")
    with left, st.container(border=True, key="running_lead"):
        st.html(
            f'<div class="mc-center">{image(lead.smiles, 420, 230)}</div>'
            f'<div class="mc-name">{escape(lead.title)}</div><div class="mc-smiles">{escape(lead.smiles)}</div>'
        )
    with right, st.container(border=True, key="running_card"):
        st.subheader(f"Looking for better molecules around {literal(lead.name)}", anchor=False)
        st.html(f'<p class="mc-hint">{escape(describe_goals(job.settings))}.</p>')
        _stages(job)
        _cancel(job)


@st.fragment(run_every=EVERY)
def _stages(job: Job) -> None:
    if not job.is_active:
        st.rerun()
    if job.state is State.QUEUED:
        st.info(_queue(jobs().ahead_of(job)), icon=":material/hourglass_top:")
        return
    st.html("".join(_line(title, *found) for title, found in _plan(job)))
    st.caption(
        f"{job.seconds:.0f} s. You may reload or leave this page: the run goes on, and its address finds it again."
    )


def _queue(ahead: int) -> str:
    if not ahead:
        return "Your run begins in a moment."
    verb = "comes" if ahead == 1 else "come"
    return f"{count(ahead, 'other run')} on this machine {verb} first; yours begins by itself."


def _plan(job: Job) -> list[tuple[str, tuple[Stage, str]]]:
    """The stages in the order of work, with how far each is."""
    settings, stages = job.settings, job.stages
    training = [name for name in stages if name.startswith("train ")]
    learning = "Surrogates of the goals"
    if training:
        learning += f": {label(training[-1].removeprefix('train '))} is being learnt"
    trained = Stage(sum(stages[n].done for n in training), sum(stages[n].total for n in training))
    if "calibrate" in stages:
        learning, trained = "Surrogates of the goals", Stage(1, 1)
    programs = count(settings.programs, "convex program")
    plan = [
        ("Encode the lead", stages.get("load", Stage())),
        (learning, trained),
        ("Try how far the lead can move and stay similar", stages.get("calibrate", Stage())),
        (f"Solve {programs}, with certificates", stages.get("solve", Stage())),
        ("Decode the best points into molecules", stages.get("decode", Stage())),
        ("Measure, compare and rank them", stages.get("score", Stage())),
        ("Write the files", stages.get("write", Stage())),
    ]
    return [(title, (stage, _standing(place, plan))) for place, (title, stage) in enumerate(plan)]


def _standing(place: int, plan: list[tuple[str, Stage]]) -> str:
    """ "done", "now" or "later"."""
    begun = [p for p, (_, stage) in enumerate(plan) if stage.total]
    latest = begun[-1] if begun else 0
    if place < latest or (place == latest and plan[place][1].is_complete):
        return "done"
    is_next = place == latest + 1 and plan[latest][1].is_complete
    return "now" if place == latest or is_next else "later"


def _line(title: str, stage: Stage, standing: str) -> str:
    share = 100.0 if standing == "done" else 100.0 * stage.done / stage.total if stage.total else 0.0
    numbers = f"{stage.done:,} of {stage.total:,}" if standing == "now" and stage.total > 1 else ""
    return (
        f'<div class="mc-stage mc-{standing}"><div class="mc-stage-head"><span class="mc-dot"></span>'
        f'<span>{escape(title)}</span><span class="mc-number">{numbers}</span></div>'
        f'<div class="mc-bar"><div style="width:{share:.1f}%"></div></div></div>'
    )


def _cancel(job: Job) -> None:
    words = "Stop and show what is finished"
    if job.state is State.QUEUED:
        words = "Withdraw this run"
    elif job.stop.is_set():
        words = "Stopping after the current batch…"
    st.button(words, key=Key.CANCEL, icon=":material/stop:", disabled=job.stop.is_set(), on_click=job.cancel)
