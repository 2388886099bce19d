"""Goals: rows to add, change and remove, each over the distribution of molecules, with its complaint beneath it."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from molconvex.exceptions import ConfigError
from molconvex.objectives import Goal, PropertyChoice
from molconvex.objectives.shapes import Shape

from .. import state
from ..state import GoalKeys, Key
from .goal_curve import goal_curve, predicted_of
from .goal_values import is_distance, value_column
from .lead_card import KnownLead
from .presets import presets
from .texts import literal, sentence

KINDS = {"maximize": "Maximize", "minimize": "Minimize", "window": "Bring between", "target": "Bring near"}
SHAPE = "shape"
WISHES = KINDS | {SHAPE: "Follow a curve"}
CURVES = (
    "How desirable each value is: linear(0.4, 0.9) rises from 0 at 0.4 to 1 at 0.9, sigmoid(120, 60) falls smoothly, "
    "points(0=0, 2=1, 3=1, 6=0.2) goes from point to point."
)

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

LEGEND = "Bars: reference molecules, green where the goal is met. Amber: your lead."
CANDIDATES = " Line: the candidates of the last run."

Choices = Mapping[str, PropertyChoice]


def usual(name: str, known: Choices) -> Goal:
    """What is usually wanted of a property, or the one thing that its surrogate serves."""
    prop = known[name]
    if name in USUAL and USUAL[name].kind in prop.kinds:
        return USUAL[name]
    kind = prop.kinds[0]
    return Goal(name, kind, *prop.window) if kind in ("window", "target") else Goal(name, kind)


def goal_editor(
    leads: Sequence[KnownLead], known: Choices, candidates: pd.DataFrame | None = None
) -> list[Goal] | None:
    """Let the user edit the goals; None where one of them cannot be used or there is none.

    Args:
        leads: Of the form.
        known: Properties for goals.
        candidates: Of the run whose settings are changed, to be shown beside the reference molecules.
    """
    with st.container(border=True, key="goal_card"):
        heading, start = st.columns([3, 4], vertical_alignment="center")
        heading.subheader("2 · What should be better", anchor=False)
        with start:
            presets(known)
        rows = state.goals()
        lead = leads[0] if len(leads) == 1 else None
        wanted = [_row(keys, lead, known, candidates) for keys in rows]
        st.caption(LEGEND + (CANDIDATES if candidates is not None and len(candidates) else ""))
        if not rows:
            st.error("Add at least one goal.", icon=":material/error:")
        _add_button(known)
        found = [goal for goal in wanted if goal is not None]
        return found if found and len(found) == len(rows) else None


def _row(keys: GoalKeys, lead: KnownLead | None, known: Choices, candidates: pd.DataFrame | None) -> Goal | None:
    prop = known[st.session_state[keys.property]]
    with st.container(border=True, key=f"goal_row_{keys.number}"):
        # the style sheet hides the labels of all rows but the first where rows are one line each
        place = "first" if keys == state.goals()[0] else "further"
        with st.container(
            horizontal=True, vertical_alignment="bottom", gap="xsmall", key=f"goal_head_{place}_{keys.number}"
        ):
            _head(keys, prop, known)
        problem = _window_problem(keys, prop)
        try:
            goal = None if problem else _goal(keys, prop)
        except ConfigError as error:
            goal, problem = None, sentence(error)
        if goal is None:
            st.error(problem, icon=":material/error:")
            return None
        value = None if lead is None else lead_value(lead, prop)
        st.html(goal_curve(goal, prop, value, values_of(goal, candidates)))
        st.caption(_standing(goal, prop, lead, value))
        return goal


def values_of(goal: Goal, candidates: pd.DataFrame | None) -> pd.Series | None:
    """Values of candidates in the unit of a goal; None where only a distance is known, or nothing."""
    if candidates is None or not len(candidates) or is_distance(goal, candidates):
        return None
    return candidates.get(value_column(goal.property, candidates))


def _head(keys: GoalKeys, prop: PropertyChoice, known: Choices) -> None:
    """Wish, property, its numbers, weight and the button that removes the goal."""
    taken = {st.session_state[other.property] for other in state.goals() if other != keys}
    wishes = [*prop.kinds, SHAPE]
    if st.session_state[keys.kind] not in wishes:
        state.assign({keys.kind: wishes[0]})
    st.selectbox("Wish", wishes, key=keys.kind, format_func=WISHES.__getitem__, width=128)
    st.selectbox(
        "Property",
        [name for name in known if name not in taken],
        key=keys.property,
        format_func=lambda name: known[name].label,
        on_change=_change_property,
        args=(keys, known),
        width=174,
    )
    kind = st.session_state[keys.kind]
    is_fixed = not prop.is_measured
    if kind == "window":
        _number("From", keys.low, prop, is_fixed)
        _number("To", keys.high, prop, is_fixed)
    elif kind == "target":
        _number("Value", keys.value, prop, is_fixed)
    elif kind == SHAPE:
        if not st.session_state[keys.shape]:
            state.assign({keys.shape: _usual_curve(prop)})
        st.text_input("Curve", key=keys.shape, help=CURVES, width=176)
    st.number_input("Weight", 0.0, step=0.5, format="%g", key=keys.weight, help="How much it counts", width=62)
    st.button(
        f"Remove the goal for {prop.label}",
        key=keys.remove,
        icon=":material/close:",
        help=f"Remove the goal for {prop.label}",
        type="tertiary",
        on_click=state.remove_row,
        args=(Key.GOALS, keys.number),
    )


def _usual_curve(prop: PropertyChoice) -> str:
    """A line over the range of a property, towards what is usually wanted of it."""
    wanted = USUAL[prop.name].kind if prop.name in USUAL else prop.kinds[0]
    ends = (prop.high, prop.low) if wanted == "minimize" else (prop.low, prop.high)
    return str(Shape("linear", ends, (0.0, 1.0)))


def _number(name: str, key: str, prop: PropertyChoice, is_fixed: bool) -> None:
    step = (prop.high - prop.low) / 50
    st.number_input(
        name,
        step=max(1.0, round(step)) if prop.decimals == 0 else round(step, prop.decimals) or 0.01,
        format=f"%.{prop.decimals}f",
        key=key,
        width=70,
        disabled=is_fixed,
    )


def _change_property(keys: GoalKeys, known: Choices) -> None:
    """Another property: begin from what is usual for it, keeping the weight."""
    weight = st.session_state[keys.weight]
    state.set_goal(keys, usual(st.session_state[keys.property], known), known)
    state.assign({keys.weight: weight})


def _window_problem(keys: GoalKeys, prop: PropertyChoice) -> str:
    session = st.session_state
    if session[keys.kind] != "window":
        return ""
    low, high = session[keys.low], session[keys.high]
    if low > high:
        return f"The window is empty: {prop.format(low)} is above {prop.format(high)}. Exchange the two ends."
    if low <= prop.low and high >= prop.high:
        return f"The window spans the whole range of {prop.label}, so it asks for nothing. Move one of its ends."
    return ""


def _goal(keys: GoalKeys, prop: PropertyChoice) -> Goal:
    session = st.session_state
    kind, weight = session[keys.kind], session[keys.weight]
    if kind == SHAPE:
        return _shaped(session[keys.shape], prop, weight)
    if kind == "window":
        low, high = session[keys.low], session[keys.high]
        ends = (None if low == min(prop.low, high) else low, None if high == max(prop.high, low) else high)
        start, end = ends if prop.is_measured else prop.window
        return Goal(prop.name, kind, start, end, weight=weight)
    if kind == "target":
        return Goal(prop.name, kind, session[keys.value], session[keys.value], weight=weight)
    return Goal(prop.name, kind, weight=weight)


def _shaped(text: str, prop: PropertyChoice, weight: float) -> Goal:
    """The goal that a curve asks for.

    Raises:
        ConfigError: If the text is no curve, or one that the surrogate of the property does not serve.
    """
    shape = Shape.parse(text)
    if shape is None:
        raise ConfigError(f"{text!r} is no shape; write it as in linear(0.4, 0.9) or points(0=0, 2=1, 3=1, 6=0.2)")
    goal = Goal.shaped(prop.name, shape, weight)
    fits = prop.is_measured or goal.kind not in ("window", "target") or (goal.low, goal.high) == prop.window
    if goal.kind not in prop.kinds or not fits:
        raise ConfigError(
            f"this curve asks to {_verb(goal)}, but the surrogate was trained to {KINDS[prop.kinds[0]].lower()} it"
        )
    return goal


def _verb(goal: Goal) -> str:
    return goal.describe() if goal.kind in ("window", "target") else f"{goal.kind} {goal.property}"


def lead_value(lead: KnownLead, prop: PropertyChoice) -> float | None:
    """Where a lead stands: measured, or predicted by the surrogate; None where that is not known."""
    return lead.properties[prop.name] if prop.is_measured else predicted_of(prop, lead.smiles)


def _standing(goal: Goal, prop: PropertyChoice, lead: KnownLead | None, value: float | None) -> str:
    """Where the lead stands, and what the property means."""
    has_open_end = goal.kind == "window" and (goal.low is None or goal.high is None)
    meaning = f"{_sentence(goal)}. {prop.description}" if has_open_end else prop.description
    if lead is None or value is None:
        return meaning
    where = ""
    if goal.kind == "window" and prop.is_measured:
        where = ", already inside" if goal.distance(value) == 0 else ", outside"
    unit = f" {literal(prop.unit)}" if prop.unit else ""
    return f"**{literal(lead.title)}: {prop.format(value)}{unit}{where}.** {meaning}"


def _sentence(goal: Goal) -> str:
    text = goal.describe()
    return text[:1].upper() + text[1:] if not text.startswith("log") else text


def _add_button(known: Choices) -> None:
    taken = {st.session_state[keys.property] for keys in state.goals()}
    free = [name for name in known if name not in taken]
    st.button(
        "Add a goal",
        key="add_goal",
        icon=":material/add:",
        disabled=not free,
        on_click=_add,
        args=(free[0] if free else "", known),
    )


def _add(name: str, known: Choices) -> None:
    state.add_goal(usual(name, known), known)
