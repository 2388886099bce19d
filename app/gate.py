"""Who may come in: everyone on this machine; from elsewhere whoever knows the password of the server."""

import os
import threading
import time
from pathlib import Path

import streamlit as st

from molconvex.exceptions import ConfigError
from molconvex.runs.password import is_right, read_password

VARIABLE = "MOLCONVEX_PASSWORD_FILE"  # set by `molconvex app --remote`
LOCAL = ("localhost", "127.0.0.1", "::1")
PAUSE = 1.0  # seconds for every wrong password, for all who try together
ENTERED = "entered"

_one_at_a_time = threading.Lock()


def is_open() -> bool:
    """Whether this visitor may see the app; where not, ask for the password or say why there is none."""
    path = os.environ.get(VARIABLE, "")
    if not path:
        return _listens_here_only()
    if not st.session_state.get(ENTERED):
        _ask(path)
    return bool(st.session_state.get(ENTERED))


def _listens_here_only() -> bool:
    if st.get_option("server.address") in LOCAL:
        return True
    st.title("Not open to others", anchor=False)
    st.error(
        "This server can be reached from other machines and has no password, so it shows nothing. Start it with "
        "`molconvex app --remote NAME --password-file FILE`, or with `molconvex app` for this machine alone.",
        icon=":material/lock:",
    )
    return False


def _ask(path: str) -> None:
    place = st.empty()
    with place.form("gate", width=420):
        st.title("molconvex", anchor=False)
        password = st.text_input("Password of this server", type="password", key="gate_password")
        if not st.form_submit_button("Enter", type="primary", icon=":material/login:"):
            return
    try:
        found = _is_right(password, path)
    except ConfigError as error:
        st.error(str(error), icon=":material/error:")
        return
    if found:
        st.session_state[ENTERED] = True
        place.empty()
    else:
        st.error("This is not the password. Ask whoever looks after this server.", icon=":material/lock:")


def _is_right(password: str, path: str) -> bool:
    with _one_at_a_time:
        found = is_right(password, read_password(Path(path)))
        if not found:
            time.sleep(PAUSE)
    return found
