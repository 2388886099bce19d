"""From the settings of a run to the form: what the form draws goes into its widgets, the rest is carried along."""

from collections.abc import Mapping

import streamlit as st

from molconvex.chem.kept_parts import ATOM_LIST
from molconvex.design import GenerateSettings
from molconvex.objectives import PropertyChoice

from . import forms, state
from .state import DRAWN, OPTIONS, Key


def fill(settings: GenerateSettings, known: Mapping[str, PropertyChoice]) -> None:
    """Fill the form with the settings of a run; what cannot be asked for here is kept as `Key.LOST`, to be said."""
    session = st.session_state
    session[Key.MANY] = [str(lead) for lead in settings.leads] if len(settings.leads) > 1 else []
    state.assign({name: getattr(settings, name) for name in OPTIONS})
    state.assign(
        {
            Key.LEAD: str(settings.leads[0]),
            Key.WHERE: "" if settings.where is None else str(settings.where),
            Key.STAGES: "\n".join(map(str, settings.stages)),
        }
    )
    _fill_parts(settings)
    lost = state.set_goals(settings.goals, known) + state.set_limits(settings.require, known)
    session[Key.LOST] = lost + [f"the oracle {name}" for name in settings.oracles]
    forms.held(state.FORM).carried = forms.carried(settings, (*OPTIONS, *DRAWN, "oracles"))


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
    state.assign({Key.KEEP: " ".join(part.replace(" ", "") for part in keep), Key.AVOID: " ".join(settings.avoid)})
