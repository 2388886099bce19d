"""What the settings of a run hold that a form has no widgets for: said beneath the form, and left out by a click."""

from typing import Any

import streamlit as st

from .. import forms
from .texts import literal


def say_carried(form: str) -> None:
    """Name the settings that a form carries along, with a button that leaves them out; nothing where there are none."""
    kept = forms.held(form).carried
    if not kept:
        return
    facts = [f"{name.replace('_', ' ')} {_plain(value)}" for name, value in kept.items()]
    with st.container(horizontal=True, vertical_alignment="center", key=f"carried_{form}"):
        st.caption(f"As in the run before: {literal('; '.join(facts))}.")
        st.button(
            "Leave these out",
            key=f"drop_carried_{form}",
            icon=":material/close:",
            type="tertiary",
            on_click=forms.drop_carried,
            args=(form,),
        )


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
