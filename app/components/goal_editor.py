"""Goals: rows to add, change and remove, each with its own complaint beneath it."""

from collections.abc import Callable
from math import floor, log10

import streamlit as st

from molconvex.chem import PROPERTIES, Property
from molconvex.exceptions import ConfigError
from molconvex.objectives import Goal

from .. import state
from ..state import GoalKeys, Key
from .lead_card import KnownLead
from .texts import literal, sentence, with_unit

KINDS = {"maximize": "Maximize", "minimize": "Minimize", "window": "Bring between", "target": "Bring near"}

# What a chemist most often wants of each property: the row's first values.
USUAL: dict[str, Goal] = {
    goal.property: goal
    for goal in map(
        Goal.parse,
        (
            "qed:max",
            "logp:1..3",
            "sa_score:min",
            "tpsa:40..90",
            "molecular_weight:250..450",
            "hydrogen_bond_donors:<3",
            "hydrogen_bond_acceptors:2..7",
            "rotatable_bonds:<6",
            "rings:2..4",
            "aromatic_rings:<2",
            "fraction_csp3:>0.4",
            "heavy_atoms:18..32",
            "formal_charge:=0",
        ),
    )
}
FIRST = [USUAL["qed"], USUAL["logp"]]


def goal_editor(lead: KnownLead | None) -> list[Goal] | None:
    """Let the user edit the goals; None where one of them cannot be used or there is none."""
    with st.container(border=True, key="goal_card"):
        st.subheader("2 · What should be better", anchor=False)
        rows = state.goals()
        wanted = [_row(keys, lead) for keys in rows]
        if not rows:
            st.error("Add at least one goal.", icon=":material/error:")
        _add_button()
        found = [goal for goal in wanted if goal is not None]
        return found if found and len(found) == len(rows) else None


def _row(keys: GoalKeys, lead: KnownLead | None) -> Goal | None:
    with st.container(border=True, key=f"goal_row_{keys.number}"):
        # the style sheet hides the labels of all rows but the first where rows are one line each
        place = "first" if keys == state.goals()[0] else "further"
        with st.container(
            horizontal=True, vertical_alignment="bottom", gap="small", key=f"goal_head_{place}_{keys.number}"
        ):
            _head(keys)
        chosen = PROPERTIES[st.session_state[keys.property]]
        wish = st.session_state[keys.kind]
        if wish == "window":
            _window(keys, chosen)
        elif wish == "target":
            _target(keys, chosen)
        return _checked(keys, chosen, lead)


def _head(keys: GoalKeys) -> None:
    """Wish, property, weight and the button that removes the goal."""
    st.selectbox("Wish", list(KINDS), key=keys.kind, format_func=KINDS.__getitem__, width=170)
    st.selectbox(
        "Property",
        _free_properties(keys),
        key=keys.property,
        format_func=lambda name: PROPERTIES[name].label,
        on_change=_change_property,
        args=(keys,),
    )
    st.number_input(
        "Weight",
        0.1,
        10.0,
        step=0.5,
        format="%.1f",
        key=keys.weight,
        help="How much this goal counts beside the others.",
        width=125,
    )
    st.button(
        "",
        key=keys.remove,
        icon=":material/close:",
        help="Remove this goal",
        type="tertiary",
        on_click=state.remove_goal,
        args=(keys,),
    )


def _free_properties(keys: GoalKeys) -> list[str]:
    """Properties that no other row has: one property takes one goal."""
    taken = {st.session_state[other.property] for other in state.goals() if other != keys}
    return [name for name in PROPERTIES if name not in taken]


def _window(keys: GoalKeys, prop: Property) -> None:
    """Two numbers and a slider between them that follow each other; an end at the end of the range is open."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _number("From", keys.low, prop, _numbers_to_slider, keys)
        st.slider(
            f"Window of {prop.label}",
            prop.low,
            prop.high,
            step=step(prop),
            format=f"%.{prop.decimals}f",
            key=keys.slider,
            on_change=_slider_to_numbers,
            args=(keys,),
            label_visibility="collapsed",
        )
        _number("To", keys.high, prop, _numbers_to_slider, keys)


def _target(keys: GoalKeys, prop: Property) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.slider(
            f"Target of {prop.label}",
            prop.low,
            prop.high,
            step=step(prop),
            format=f"%.{prop.decimals}f",
            key=keys.value_slider,
            on_change=_copy,
            args=(keys.value_slider, keys.value),
            label_visibility="collapsed",
        )
        _number("Target", keys.value, prop, _copy, keys.value, keys.value_slider)


def _number(name: str, key: str, prop: Property, on_change: Callable[..., None], *args: object) -> None:
    st.number_input(
        f"{name} ({prop.label})",
        prop.low,
        prop.high,
        step=step(prop),
        format=f"%.{prop.decimals}f",
        key=key,
        on_change=on_change,
        args=args,
        label_visibility="collapsed",
        width=100,
    )


def step(prop: Property) -> float:
    """A round step, about a hundredth of the property's range; whole numbers for counts."""
    fine = 10.0 ** floor(log10((prop.high - prop.low) / 50))
    return max(1.0, fine) if prop.decimals == 0 else fine


def _slider_to_numbers(keys: GoalKeys) -> None:
    session = st.session_state
    session[keys.low], session[keys.high] = session[keys.slider]


def _numbers_to_slider(keys: GoalKeys) -> None:
    session = st.session_state
    if session[keys.low] <= session[keys.high]:
        session[keys.slider] = (session[keys.low], session[keys.high])


def _copy(source: str, to: str) -> None:
    st.session_state[to] = st.session_state[source]


def _change_property(keys: GoalKeys) -> None:
    """Another property: begin from what is usual for it, keeping the weight."""
    weight = st.session_state[keys.weight]
    state.set_goal(keys, USUAL[st.session_state[keys.property]])
    st.session_state[keys.weight] = weight


def _checked(keys: GoalKeys, prop: Property, lead: KnownLead | None) -> Goal | None:
    """The row's goal, with where the lead stands; or its complaint, and None."""
    problem = _window_problem(keys, prop)
    if problem:
        st.error(problem, icon=":material/error:")
        return None
    try:
        goal = _goal(keys, prop)
    except ConfigError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    st.caption(_standing(goal, prop, lead))
    return goal


def _window_problem(keys: GoalKeys, prop: Property) -> str:
    session = st.session_state
    if session[keys.kind] != "window":
        return ""
    low, high = session[keys.low], session[keys.high]
    if low > high:
        return f"The window is empty: {prop.format(low)} is above {prop.format(high)}. Exchange the two ends."
    if low <= prop.low and high >= prop.high:
        return f"The window spans the whole range of {prop.label}, so it asks for nothing. Move one of its ends."
    return ""


def _goal(keys: GoalKeys, prop: Property) -> Goal:
    session = st.session_state
    kind, weight = session[keys.kind], session[keys.weight]
    if kind == "window":
        low, high = session[keys.low], session[keys.high]
        ends = (None if low <= prop.low else low, None if high >= prop.high else high)
        return Goal(prop.name, kind, *ends, weight=weight)
    if kind == "target":
        return Goal(prop.name, kind, session[keys.value], session[keys.value], weight=weight)
    return Goal(prop.name, kind, weight=weight)


def _standing(goal: Goal, prop: Property, lead: KnownLead | None) -> str:
    """What the goal means, and where the lead stands."""
    has_open_end = goal.kind == "window" and (goal.low is None or goal.high is None)
    meaning = f"{_sentence(goal)}. {prop.description}" if has_open_end else prop.description
    if lead is None:
        return meaning
    value = lead.properties[prop.name]
    where = ""
    if goal.kind == "window":
        where = ", already inside" if goal.distance(value) == 0 else ", outside"
    return f"**{literal(lead.title)}: {with_unit(prop, value)}{where}.** {meaning}"


def _sentence(goal: Goal) -> str:
    text = goal.describe()
    return text[:1].upper() + text[1:] if not text.startswith("logP") else text


def _add_button() -> None:
    taken = {st.session_state[keys.property] for keys in state.goals()}
    free = [name for name in USUAL if name not in taken]
    st.button(
        "Add a goal",
        key=Key.ADD_GOAL,
        icon=":material/add:",
        disabled=not free,
        on_click=state.add_goal,
        args=(USUAL[free[0]],) if free else (),
    )
