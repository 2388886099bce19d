"""From the settings of a run to the form: what the form draws goes into its widgets, the rest is carried along."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from molconvex.chem.kept_parts import ATOM_LIST
from molconvex.design import GenerateSettings
from molconvex.objectives import PropertyChoice
from molconvex.settings import Settings

from . import state
from .state import DRAWN, OPTIONS, Key


def fill(settings: GenerateSettings, known: Mapping[str, PropertyChoice]) -> None:
    """Fill the form with the settings of a run; what cannot be asked for here is kept as `Key.LOST`, to be said."""
    session = st.session_state
    session[Key.LEAD] = str(settings.leads[0])
    session[Key.MANY] = [str(lead) for lead in settings.leads] if len(settings.leads) > 1 else []
    for name in OPTIONS:
        session[name] = getattr(settings, name)
    _fill_parts(settings)
    session[Key.WHERE] = "" if settings.where is None else str(settings.where)
    session[Key.STAGES] = "\n".join(map(str, settings.stages))
    lost = state.set_goals(settings.goals, known) + state.set_limits(settings.require, known)
    session[Key.LOST] = lost + [f"the oracle {name}" for name in settings.oracles]
    session[Key.CARRIED] = carried(settings, (*OPTIONS, *DRAWN, "oracles"))
    state.form_left()


def _fill_parts(settings: GenerateSettings) -> None:
    """Atoms that are named by numbers are clicked on the drawing of a single lead; other parts stay text."""
    session, keep = st.session_state, list(settings.keep)
    clicked = next((part for part in keep if ATOM_LIST.fullmatch(part.replace(" ", ""))), None)
    if clicked is None or len(settings.leads) > 1:
        session[Key.KEPT_PARTS] = []
    else:
        keep.remove(clicked)
        session[Key.KEPT_PARTS] = [clicked]
    session[Key.KEPT] = {}
    session[Key.KEEP] = " ".join(part.replace(" ", "") for part in keep)
    session[Key.AVOID] = " ".join(settings.avoid)


def carried(settings: Settings, drawn: Collection[str]) -> dict[str, Any]:
    """Settings in plain values that are not as usual, without those that a form draws."""
    usual, plain = type(settings).model_fields, settings.to_dict()
    return {
        name: plain[name]
        for name in usual
        if name not in drawn and getattr(settings, name) != usual[name].get_default(call_default_factory=True)
    }


def drop_carried() -> None:
    """Leave out what was carried along; for callbacks."""
    st.session_state[Key.CARRIED] = {}
