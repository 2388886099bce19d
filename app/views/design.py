"""Design: the form, then the run, then its candidates; the address says which run."""

from contextlib import suppress

import streamlit as st

from molconvex.design import GenerateSettings
from molconvex.exceptions import MolconvexError
from molconvex.runs.store import StoredRun

from .. import form_from_settings, forms, navigation, state
from ..components.design_form import design_form
from ..components.goal_editor import FIRST
from ..components.lead_card import take_drawn
from ..components.uploads import take_uploaded
from ..shared import choices, results_of, store
from ..state import Key


def show() -> None:
    """Draw the page in the state in which the run of its address is."""
    known = choices()
    run = _run()
    at_work = run is not None and run.is_active
    found = results_of(run) if run is not None and not at_work and run.kind == "generate" else None
    shows_results = found is not None and not st.session_state.get(Key.EDITING)
    state.begin(FIRST, known, shows_form=not (at_work or shows_results))
    if run is not None and at_work:
        from ..components.running import running

        running(run)
    elif run is not None and shows_results and found is not None:
        from ..components.results import results  # what draws charts is loaded once there is something to draw

        results(run, found)
    else:
        take_drawn()
        take_uploaded()
        started = design_form(run, known, found)
        forms.receipt(state.FORM)
        if started is not None:
            st.session_state[Key.FILLED_FROM] = started
            navigation.open_run(started)


def _run() -> StoredRun | None:
    """The run in the address; a page that comes upon it anew fills its form with the run's settings."""
    run_id = st.query_params.get(state.RUN)
    run = store().runs.get(run_id)
    if run is None and run_id:
        st.warning(
            "No run has this address. It may have been typed wrongly, or belong to another store. "
            "Here you can start a new one.",
            icon=":material/history:",
        )
    before = st.session_state.get(Key.FILLED_FROM, "")
    if run is not None and run.kind == "generate" and before != run.id:
        with suppress(MolconvexError):  # settings of another version: the form keeps what it holds
            form_from_settings.fill(GenerateSettings(**run.settings), choices())
        st.session_state[Key.FILLED_FROM] = run.id
        if before is not None:  # None: the form of this very run is to be changed
            st.session_state[Key.EDITING] = False
    return run
