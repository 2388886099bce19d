"""Improve a lead: the form, then the run, then its candidates."""

import streamlit as st

from .. import state
from ..components.goal_editor import FIRST
from ..components.results import results
from ..components.running import running
from ..components.setup import setup
from ..jobs import Job, jobs
from ..state import Key


def show() -> None:
    """Draw the page in the state in which the job of its address is."""
    job = _job()
    runs = job is not None and job.is_active
    ended = job is not None and job.run is not None and not st.session_state.get(Key.EDITING)
    state.begin(FIRST, shows_form=not (runs or ended))
    if job is not None and runs:
        running(job)
    elif job is not None and ended:
        results(job)
    else:
        setup(job)
        state.form_stands()


def _job() -> Job | None:
    """The job in the address; a page that comes upon it anew fills its form with the job's settings."""
    job_id = st.query_params.get(state.JOB)
    job = jobs().get(job_id)
    if job is None and job_id:
        st.warning(
            "The run in this address is no longer kept: the app was restarted since, or many runs came after it. "
            "Its downloads are still good; here you can start a new one.",
            icon=":material/history:",
        )
    if job is not None and st.session_state.get(Key.FILLED_FROM) != job.id:
        state.fill(job.settings)
        st.session_state[Key.FILLED_FROM] = job.id
        st.session_state[Key.EDITING] = False
    return job
