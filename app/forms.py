"""Forms that hold what was put in, whatever Streamlit and the browser lose on the way.

Streamlit drops the values of widgets that a run of the script does not draw, so they are kept apart here. The browser
drops them too, and is told a value once, in the run that assigns it. That run may be overtaken: a next one, begun by
the next click, throws away what was not sent yet, and every widget would then show, and report, its least value. So
values are assigned in every run until the browser has answered that it shows them (a receipt), and never after that:
an assignment would undo what the user changes while the page is being drawn.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import streamlit as st

from molconvex.exceptions import MolconvexError
from molconvex.runs.store import StoredRun
from molconvex.settings import Settings

FORMS = "forms"
JS = """
export default function ({ parentElement, data, setStateValue }) {
  const answer = () => {
    if (document.querySelector('[data-testid="stSkeleton"]')) { timer = setTimeout(answer, 50); return; }
    if (parentElement.answered === data.number) return;
    parentElement.answered = data.number;
    setStateValue("number", data.number);
  };
  let timer = setTimeout(answer, 0);
  return () => clearTimeout(timer);
}
"""


@dataclass
class Held:
    """What is known of one form of a session.

    Args:
        assigned: How often values were assigned to its widgets by the app, not by the user.
        values: Of its widgets, when they were drawn last.
        filled_from: Run whose settings filled it last.
        carried: Settings of that run for which it has no widgets.
    """

    assigned: int = 1
    values: dict[str, Any] = field(default_factory=dict)
    filled_from: str = ""
    carried: dict[str, Any] = field(default_factory=dict)


def held(form: str) -> Held:
    """What is known of a form of this session."""
    forms: dict[str, Held] = st.session_state.setdefault(FORMS, {})
    return forms.setdefault(form, Held())


def hold(form: str, first: Mapping[str, Any]) -> None:
    """Give every widget of a form its first value, or the one that it had when it was last drawn; before they are.

    Args:
        form: Its name.
        first: Key and first value of every widget whose value is to be kept.
    """
    session, known = st.session_state, held(form)
    is_shown = is_told(form)
    for key, value in first.items():
        if not is_shown or key not in session:
            session[key] = session.get(key, known.values.get(key, value))
    known.values = {key: session[key] for key in first}


def assign(form: str, values: Mapping[str, Any]) -> None:
    """Put values into widgets of a form; before these are drawn, or in a callback."""
    for key, value in values.items():
        st.session_state[key] = value
    held(form).assigned += 1


def is_told(form: str) -> bool:
    """Whether the browser has answered that it shows all that was assigned."""
    answer = st.session_state.get(_key(form)) or {}
    return bool(answer.get("number") == held(form).assigned)


def leave(form: str) -> None:
    """Say that a form is not drawn in this run, so that its values are assigned anew when it comes back."""
    held(form).assigned += 1


def leave_all_but(form: str) -> None:
    """Say that a page with this form, or with none, is drawn, so that no other form is."""
    for other in st.session_state.get(FORMS, {}):
        if other != form:
            leave(other)


@st.fragment
def receipt(form: str) -> None:
    """Have the browser answer once it shows the form; after its last widget."""
    number = held(form).assigned
    with st.container(key=f"receipt_{form}"):
        _component()(key=_key(form), data={"number": number}, default={"number": 0}, on_number_change=lambda: None)


def fill(
    form: str,
    run: StoredRun | None,
    kind: type[Settings],
    values: Callable[[Any], Mapping[str, Any]],
    drawn: tuple[str, ...],
) -> None:
    """Fill a form with the settings of a run that is come upon anew; settings of another version leave it as it is.

    Args:
        form: Its name.
        run: Of its address; None for none of its kind.
        kind: Class of its settings.
        values: Keys and values of widgets for such settings.
        drawn: Settings that have widgets; others are carried along.
    """
    known = held(form)
    if run is None or known.filled_from == run.id:
        return
    known.filled_from = run.id
    with suppress(MolconvexError):
        settings = kind(**run.settings)
        assign(form, values(settings))
        known.carried = carried(settings, drawn)


def carried(settings: Settings, drawn: tuple[str, ...]) -> dict[str, Any]:
    """Settings in plain values that are not as usual, without those that a form draws."""
    usual, plain = type(settings).model_fields, settings.to_dict()
    return {
        name: plain[name]
        for name in usual
        if name not in drawn and getattr(settings, name) != usual[name].get_default(call_default_factory=True)
    }


def drop_carried(form: str) -> None:
    """Leave out what was carried along; for callbacks."""
    held(form).carried = {}


def _key(form: str) -> str:
    return f"{form}_receipt"


@cache
def _component() -> Any:
    return st.components.v2.component("molconvex_receipt", html="<span></span>", js=JS)
