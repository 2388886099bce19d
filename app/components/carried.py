"""What the settings of a run hold that a form has no widgets for: said beneath the form, and left out by a click."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from .texts import literal


def say_carried(kept: Mapping[str, Any], drop: Callable[[], None], key: str = "carried") -> None:
    """Name the settings that are carried along, with a button that leaves them out; nothing where there are none."""
    if not kept:
        return
    facts = [f"{name.replace('_', ' ')} {_plain(value)}" for name, value in kept.items()]
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        st.caption(f"As in the run before: {literal('; '.join(facts))}.")
        st.button("Leave these out", key=f"drop_{key}", icon=":material/close:", type="tertiary", on_click=drop)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
