"""The form: lead, goals, limits, and the button; problems stand next to what they concern."""

from html import escape
from typing import Any

import streamlit as st

from molconvex.design import GenerateSettings
from molconvex.exceptions import ChemistryError, MolconvexError, WeightsError
from molconvex.objectives import Goal

from .. import state
from ..jobs import Job, State, jobs
from ..pipeline import current
from ..state import Key
from .goal_editor import goal_editor
from .lead_card import KnownLead, lead_card
from .limits import limits
from .texts import count, sentence

LEDE = (
    "Give a molecule and say what should be better. molconvex looks for the best points around it with convex "
    "programs, each with a certificate, and decodes them into molecules."
)
FAULT = (
    "**Something went wrong inside molconvex.** This is a fault of the program, not of your input. The details below "
    "help whoever looks after it."
)


def setup(job: Job | None) -> None:
    """Show the form; `job` is the last one, if any."""
    _heading(job)
    ready = _weights_are_there()
    if job is not None:
        _explain(job)
    with st.container(key="form"):
        left, right = st.columns([5, 7], gap="medium")
    with left:
        if job is not None and job.state is State.FAILED and isinstance(job.error, ChemistryError):
            st.error(f"**This lead could not be used.** {sentence(job.error)}", icon=":material/error:")
        lead = lead_card()
    with right:
        goals = goal_editor(lead)
        values = limits()
        _start(lead, goals, values, ready)


def _heading(job: Job | None) -> None:
    has_results = job is not None and job.run is not None
    words, *back = st.columns([5, 1] if has_results else 1, vertical_alignment="center")
    words.title("Improve a lead", anchor=False)
    words.html(f'<p class="mc-lede">{escape(LEDE)}</p>')
    if has_results:
        arrow = ":material/arrow_forward:"
        back[0].button("Back to the results", key=Key.RESULTS, icon=arrow, on_click=_back, width="stretch")


def _back() -> None:
    st.session_state[Key.EDITING] = False


def _weights_are_there() -> bool:
    """Whether the latent model can be loaded; where not, say so and what to do."""
    try:
        with st.spinner("Loading the latent model (once)…"):
            current().latent_model()
    except WeightsError as error:
        st.error(
            "**The latent model is missing or damaged, so nothing can be generated.** Install molconvex again, or ask "
            f"whoever looks after this installation.\n\n{sentence(error)}",
            icon=":material/error:",
        )
        return False
    return True


def _explain(job: Job) -> None:
    """Why the last job has no results, where it has none."""
    if job.state is State.WITHDRAWN:
        st.info("The run was cancelled before it began. Nothing was computed.", icon=":material/info:")
    if job.state is not State.FAILED:
        return
    if isinstance(job.error, ChemistryError):
        return  # said above the lead
    if isinstance(job.error, MolconvexError):
        st.error(f"**The run could not be done.** {sentence(job.error)}", icon=":material/error:")
    else:
        st.error(FAULT, icon=":material/error:")
        with st.expander("Details"):
            st.code(f"{type(job.error).__name__}: {job.error}", language=None)


def _start(lead: KnownLead | None, goals: list[Goal] | None, values: dict[str, Any] | None, ready: bool) -> None:
    """The button with what it will do in one sentence, or what is still missing."""
    settings, missing = None, _missing(lead, goals, values, ready)
    if not missing:
        assert lead is not None
        assert goals is not None
        assert values is not None
        try:
            settings = GenerateSettings(leads=[lead.lead], goals=goals, **values)
        except MolconvexError as error:
            missing = f"These settings do not fit together: {error}"
    with st.container(key="start_card"):
        st.html(f'<p class="mc-order">{_order(lead, settings) if lead and settings else escape(missing)}</p>')
        st.button(
            "Find better molecules",
            key=Key.START,
            type="primary",
            icon=":material/play_arrow:",
            width="stretch",
            disabled=settings is None,
            on_click=start,
            args=(settings,),
        )


def _missing(lead: KnownLead | None, goals: list[Goal] | None, values: dict[str, Any] | None, ready: bool) -> str:
    if not ready:
        return "The latent model is missing; see above."
    if lead is None:
        if str(st.session_state[Key.SMILES]).strip():
            return "This lead cannot be used; see why on its card."
        return "Give a lead first: paste a SMILES or choose a known drug."
    if not goals:
        return "A goal needs your attention; see above."
    return "What must hold needs your attention; see above." if values is None else ""


def _order(lead: KnownLead, settings: GenerateSettings) -> str:
    """What will be done, in one sentence."""
    goals = describe_goals(settings)
    required = "".join(f", required: {item.describe()}" for item in settings.require)
    kept = "structural alerts left out" if settings.alerts == "drop" else "structural alerts shown"
    return (
        f"<b>{escape(goals)}</b>, at least {settings.similarity:.2f} similar to <b>{escape(lead.name)}</b>"
        f"{escape(required)}, {kept}, with {count(settings.budget, 'scored molecule')}."
    )


def describe_goals(settings: GenerateSettings) -> str:
    """All goals in words."""
    text = ", ".join(goal.describe() for goal in settings.goals)
    return text[:1].upper() + text[1:] if not text.startswith("logP") else text


def start(settings: GenerateSettings) -> None:
    """Submit the job and put its id into the address, where a reload finds it."""
    job = jobs().submit(settings, current().generate)
    st.query_params[state.JOB] = job.id
    st.session_state[Key.EDITING] = False
    st.session_state[Key.FILLED_FROM] = job.id
    st.session_state.pop(Key.SELECTED, None)
