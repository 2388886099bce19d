"""The form: leads, goals, limits, search, and the button; problems stand next to what they concern."""

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from molconvex.chem.kept_parts import ATOM_LIST
from molconvex.design import GenerateSettings
from molconvex.exceptions import MolconvexError, WeightsError
from molconvex.objectives import Goal, PropertyChoice, check_known
from molconvex.runs import ReadRun
from molconvex.runs.store import RunState, StoredRun

from ..shared import dispatcher, folders_of, latent_model, owner
from ..state import Key
from .goal_editor import goal_editor
from .goal_values import describe_goals, describe_size
from .lead_card import KnownLead, lead_card
from .limits import Required, limits
from .search_options import search_options
from .texts import count, literal, sentence

FAULT = (
    "**Something went wrong inside molconvex.** This is a fault of the program, not of your input. The details below "
    "help whoever looks after it."
)

Choices = Mapping[str, PropertyChoice]


def design_form(run: StoredRun | None, known: Choices, found: ReadRun | None) -> str | None:
    """Show the form; the id of the run that was started, None where none was.

    Args:
        run: The last run of this page, if any.
        known: Properties for goals.
        found: Its results, if it has any, to go back to.
    """
    _heading(found is not None)
    ready = _weights_are_there()
    if run is not None:
        explain(run)
    _say_lost()
    with st.container(key="form"):
        left, right = st.columns([5, 7], gap="medium")
        with left:
            leads = lead_card()
        with right:
            goals = goal_editor(leads, known, None if found is None else found.candidates)
            required = limits(known)
            options = search_options()
    st.session_state["form_goals"] = goals
    st.session_state["form_required"] = required
    return _start(leads, goals, required, options, known, ready)


def _heading(has_results: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="design_heading"):
        st.title("Design better molecules", anchor=False)
        if has_results:
            arrow = ":material/arrow_forward:"
            st.button("Back to the results", key="back_to_results", icon=arrow, on_click=_back)


def _say_lost() -> None:
    """What a run or profile asked for and this form cannot, or can no more."""
    if lost := st.session_state[Key.LOST]:
        st.warning(
            f"**Left out:** {literal('; '.join(lost))}. Nothing here predicts it; train a model of this name, or go "
            "without it.",
            icon=":material/warning:",
        )


def _back() -> None:
    st.session_state[Key.EDITING] = False


def _weights_are_there() -> bool:
    """Whether the latent model can be loaded; where not, say so and what to do."""
    try:
        latent_model()
    except WeightsError as error:
        st.error(
            "**The latent model is missing or damaged, so nothing can be generated.** Install molconvex again, or ask "
            f"whoever looks after this installation.\n\n{sentence(error)}",
            icon=":material/error:",
        )
        return False
    return True


def explain(run: StoredRun) -> None:
    """Why a run has no results, where it has none."""
    text = literal(run.error[:1].upper() + run.error[1:])
    if run.state is RunState.WITHDRAWN:
        st.info("The run was stopped before anything was finished.", icon=":material/info:")
    elif run.state is RunState.LOST:
        st.warning(
            f"**The run was interrupted:** {literal(run.error)}. Its settings are below; run it again.",
            icon=":material/warning:",
        )
    elif run.state is RunState.FAILED and run.error_kind in ("ChemistryError", "MoleculeTooLongError"):
        st.error(f"**This lead could not be used.** {text}", icon=":material/error:")
    elif run.state is RunState.FAILED and run.error_kind in _known_errors():
        st.error(f"**The run could not be done.** {text}", icon=":material/error:")
    elif run.state is RunState.FAILED:
        st.error(FAULT, icon=":material/error:")
        with st.expander("Details"):
            st.code(f"run {run.id}: {run.error_kind}: {run.error}", language=None, wrap_lines=True)


def _known_errors() -> set[str]:
    """Names of the errors whose text is meant for people."""
    from molconvex import exceptions

    return {
        name for name, kind in vars(exceptions).items() if isinstance(kind, type) and issubclass(kind, MolconvexError)
    }


def _start(
    leads: list[KnownLead],
    goals: list[Goal] | None,
    required: Required | None,
    options: dict[str, Any],
    known: Choices,
    ready: bool,
) -> str | None:
    """The button with what it will do in one sentence, or what is still missing; the id of a run that was started."""
    settings, missing = None, _missing(leads, goals, required, ready)
    if not missing and goals is not None and required is not None:
        try:
            settings = _settings(leads, goals, required, options, known)
        except MolconvexError as error:
            missing = f"These settings do not fit together: {error}"
    with st.container(key="start_bar", horizontal=True, vertical_alignment="center", gap="medium"):
        st.html(f'<p class="mc-order">{_order(leads, settings) if settings else escape(missing)}</p>')
        pressed = st.button(
            "Find better molecules",
            key=Key.START,
            type="primary",
            icon=":material/play_arrow:",
            disabled=settings is None,
        )
    if not pressed or settings is None:
        return None
    try:
        run = dispatcher().submit("generate", settings.to_dict(), title=_title(leads, settings), owner=owner())
    except MolconvexError as error:
        st.error(sentence(error), icon=":material/hourglass_top:")
        return None
    st.session_state[Key.LOST] = []
    return run.id


def _settings(
    leads: list[KnownLead], goals: list[Goal], required: Required, options: dict[str, Any], known: Choices
) -> GenerateSettings:
    """The settings of the form.

    Raises:
        ConfigError: If they do not fit together, or a stage names what nothing here predicts.
    """
    values = dict(options)
    if len(leads) == 1 and leads[0].keep:
        values["keep"] = [leads[0].keep, *values["keep"]]
    settings = GenerateSettings(
        leads=[lead.lead for lead in leads],
        goals=goals,
        require=required.require,
        where=required.where or None,
        **values,
    )
    check_known(settings.properties, known)
    return settings.replace(surrogates=folders_of(settings.properties))


def _missing(leads: list[KnownLead], goals: list[Goal] | None, required: Required | None, ready: bool) -> str:
    if not ready:
        return "The latent model is missing; see above."
    if not leads:
        if str(st.session_state[Key.LEAD]).strip():
            return "This lead cannot be used; see why on its card."
        return "Give a lead first: draw it, paste it or choose a known drug."
    if not goals:
        return "A goal needs your attention; see above."
    return "What must hold needs your attention; see above." if required is None else ""


def _title(leads: list[KnownLead], settings: GenerateSettings) -> str:
    name = leads[0].title if len(leads) == 1 else f"{leads[0].title} and {len(leads) - 1} more"
    return f"{name}: {_sentence(settings)}"


def _order(leads: list[KnownLead], settings: GenerateSettings) -> str:
    """What will be done, in one sentence."""
    name = leads[0].name if len(leads) == 1 else count(len(leads), "lead")
    facts = [f"{'atoms ' if ATOM_LIST.fullmatch(part) else ''}{part} kept" for part in settings.keep]
    facts += [size] if (size := describe_size(settings.min_heavy_atoms, settings.max_heavy_atoms)) else []
    facts += [f"required: {item.describe()}" for item in settings.require]
    facts += [f"where {settings.where.describe()}"] if settings.where is not None else []
    facts += [f"{100 * stage.share:.3g} % of it first for {describe_goals(stage.goals)}" for stage in settings.stages]
    return (
        f"<b>{escape(_sentence(settings))}</b>, at least {settings.similarity:.2f} similar to <b>{escape(name)}</b>"
        f"{escape(''.join(f', {fact}' for fact in facts))}, with {count(settings.budget, 'molecule')} scored."
    )


def _sentence(settings: GenerateSettings) -> str:
    text = describe_goals(settings.goals)
    return text[:1].upper() + text[1:] if not text.startswith("log") else text
