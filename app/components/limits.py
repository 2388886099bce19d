"""What must hold: hard limits as rows with units, red at their edge so that no one takes them for wishes."""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple

import streamlit as st

from molconvex.exceptions import ConfigError
from molconvex.objectives import PropertyChoice, Requirement, check_requirements

from .. import state
from ..state import Key, LimitKeys
from .conditions import condition
from .texts import sentence

SIDES = {"at_most": "at most", "at_least": "at least"}
USUAL = {"logp": "logp:<4", "molecular_weight": "molecular_weight:<450", "tpsa": "tpsa:<120"}

Choices = Mapping[str, PropertyChoice]


class Required(NamedTuple):
    """What every candidate must meet: limits, and a condition that joins others ("" for none)."""

    require: list[Requirement]
    where: str


def limits(known: Choices) -> Required | None:
    """Let the user set hard limits and a condition; None where one cannot be used."""
    with st.container(border=True, key="limits_card"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.subheader("3 · What must hold", anchor=False)
            st.button("Add a limit", key="add_limit", icon=":material/add:", on_click=_add, args=(known,))
        rows = state.limits()
        if not rows:
            st.caption("Hard limits, such as a molecular weight of at most 450 g/mol. No candidate breaks one.")
        found = [_row(keys, known) for keys in rows]
        problem = _problem(found)
        if problem is not None:
            st.error(sentence(problem), icon=":material/error:")
        where = condition(known)
        return None if problem is not None or where is None else Required(found, where)


def _problem(found: list[Requirement]) -> ConfigError | None:
    try:
        check_requirements(found)
    except ConfigError as error:
        return error
    return None


def _row(keys: LimitKeys, known: Choices) -> Requirement:
    session = st.session_state
    prop = known[session[keys.property]]
    sides = [side for side, kind in (("at_most", "minimize"), ("at_least", "maximize")) if kind in prop.kinds]
    if session[keys.side] not in sides:
        state.assign({keys.side: sides[0]})
    with st.container(
        horizontal=True, vertical_alignment="center", gap="small", key=f"limit_row_{keys.number}", border=True
    ):
        st.selectbox(
            "Property",
            [name for name, choice in known.items() if {"minimize", "maximize"} & set(choice.kinds)],
            key=keys.property,
            format_func=lambda name: known[name].label,
            label_visibility="collapsed",
            width=220,
        )
        st.selectbox(
            "Side", sides, key=keys.side, format_func=SIDES.__getitem__, label_visibility="collapsed", width=120
        )
        st.number_input(
            f"Limit of {prop.label}",
            key=keys.threshold,
            format=f"%.{prop.decimals}f",
            step=1.0 if prop.decimals == 0 else 0.1,
            label_visibility="collapsed",
            width=130,
        )
        st.html(f'<span class="mc-hint">{escape(prop.unit) or "&nbsp;"}</span>', width="content")
        st.button(
            f"Remove the limit of {prop.label}",
            key=keys.remove,
            icon=":material/close:",
            help=f"Remove the limit of {prop.label}",
            type="tertiary",
            on_click=state.remove_row,
            args=(Key.LIMITS, keys.number),
        )
    sign = "<" if session[keys.side] == "at_most" else ">"
    return Requirement.parse(f"{prop.name}:{sign}{float(session[keys.threshold])!r}")


def _add(known: Choices) -> None:
    taken = {st.session_state[keys.property] for keys in state.limits()}
    text = next((text for name, text in USUAL.items() if name not in taken and name in known), "qed:>0.3")
    state.add_limit(Requirement.parse(text))
