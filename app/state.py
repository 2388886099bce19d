"""What the form holds: widget keys, first values, rows of goals and limits, and the way from settings to widgets."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from molconvex.design import GenerateSettings
from molconvex.objectives import Goal, PropertyChoice, Requirement

from . import forms

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RUN = "run"
FORM = "design"  # as `forms` knows it


class Key(StrEnum):
    """Entries of the session; those in OPTIONS are named as in GenerateSettings."""

    LEAD = "lead"
    EXAMPLE = "lead_example"
    PRESET = "preset"
    MANY = "many_leads"
    AVOID = "avoid"
    KEEP = "keep"
    WHERE = "where"
    STAGES = "stages"
    SIMILARITY = "similarity"
    ALERTS = "alerts"
    PLAUSIBILITY = "plausibility"
    BUDGET = "budget"
    SEED = "seed"
    TOP = "top"
    DIVERSE = "diverse"
    REGION = "region"
    EXACT = "exact"
    FEWEST_ATOMS = "min_heavy_atoms"
    MOST_ATOMS = "max_heavy_atoms"

    GOALS = "goals"
    LIMITS = "limits"
    NEXT_ROW = "next_row"
    KEPT = "kept_atoms"
    KEPT_PARTS = "kept_parts"
    LOST = "lost"
    FILLED_FROM = "filled_from"
    EDITING = "editing"
    SELECTED = "selected"
    BESIDE = "beside"
    LOOKED = "looked"
    START = "start"


OPTIONS = (
    Key.SIMILARITY,
    Key.ALERTS,
    Key.PLAUSIBILITY,
    Key.BUDGET,
    Key.SEED,
    Key.TOP,
    Key.DIVERSE,
    Key.REGION,
    Key.EXACT,
    Key.FEWEST_ATOMS,
    Key.MOST_ATOMS,
)
DRAWN = ("leads", "goals", "require", "where", "stages", "keep", "avoid", "surrogates")  # beside OPTIONS
FIRST_VALUES: dict[str, Any] = (
    dict.fromkeys((Key.LEAD, Key.AVOID, Key.KEEP, Key.WHERE, Key.STAGES), "")
    | dict.fromkeys((Key.EXAMPLE, Key.PRESET))
    | {key: GenerateSettings.model_fields[key].default for key in OPTIONS}
)


class GoalKeys(NamedTuple):
    """Keys of the widgets of one goal."""

    number: int
    kind: str
    property: str
    weight: str
    low: str
    high: str
    value: str
    shape: str
    remove: str

    @classmethod
    def of(cls, number: int) -> "GoalKeys":
        """Keys of the goal with this number."""
        return cls(number, *(f"goal_{number}_{part}" for part in cls._fields[1:]))

    def kept(self) -> tuple[str, ...]:
        """Those whose values make up the goal: all but the button's."""
        return tuple(str(name) for name in self[1:-1])


class LimitKeys(NamedTuple):
    """Keys of the widgets of one hard limit."""

    number: int
    property: str
    side: str
    threshold: str
    remove: str

    @classmethod
    def of(cls, number: int) -> "LimitKeys":
        """Keys of the limit with this number."""
        return cls(number, *(f"limit_{number}_{part}" for part in cls._fields[1:]))

    def kept(self) -> tuple[str, ...]:
        """Those whose values make up the limit: all but the button's."""
        return tuple(str(name) for name in self[1:-1])


def begin(first_goals: "list[Goal]", known: "Mapping[str, PropertyChoice]", shows_form: bool) -> None:
    """Give every widget its first value, or the one that it had when it was last drawn.

    Args:
        first_goals: Of a form that was never shown.
        known: Properties for goals.
        shows_form: Whether this run draws the form.
    """
    session = st.session_state
    session.setdefault(Key.KEPT, {})
    session.setdefault(Key.MANY, [])
    session.setdefault(Key.LOST, [])
    if Key.GOALS not in session:
        session[Key.LIMITS] = []
        set_goals(first_goals, known)
    _drop_unknown(known)
    if not shows_form:
        forms.leave(FORM)
    rows: list[GoalKeys | LimitKeys] = [*goals(), *limits()]
    forms.hold(FORM, FIRST_VALUES | dict.fromkeys(name for row in rows for name in row.kept()))


def assign(values: "Mapping[str, Any]") -> None:
    """Put values into widgets of the form; before these are drawn, or in a callback."""
    forms.assign(FORM, values)


def _drop_unknown(known: "Mapping[str, PropertyChoice]") -> None:
    """Remove rows of properties that are gone, such as those of a model that was deleted, and note which."""
    session, values = st.session_state, forms.held(FORM).values
    for entry, rows, what in ((Key.GOALS, goals(), "goal"), (Key.LIMITS, limits(), "limit")):
        names = {keys.number: session.get(keys.property, values.get(keys.property)) for keys in rows}
        session[entry] = [number for number, name in names.items() if name is None or name in known]
        session[Key.LOST] += [
            f"a {what} for {name}" for name in names.values() if name is not None and name not in known
        ]


def goals() -> list[GoalKeys]:
    """The goals of the form, in order."""
    return [GoalKeys.of(number) for number in st.session_state[Key.GOALS]]


def limits() -> list[LimitKeys]:
    """The hard limits of the form, in order."""
    return [LimitKeys.of(number) for number in st.session_state[Key.LIMITS]]


def set_goals(wanted: "Iterable[Goal]", known: "Mapping[str, PropertyChoice]") -> list[str]:
    """Replace all goals of the form; in words, those for properties that are not known here and are left out."""
    st.session_state[Key.GOALS], lost = [], []
    for goal in wanted:
        if goal.property in known:
            add_goal(goal, known)
        else:
            lost.append(goal.describe())
    return lost


def set_limits(wanted: "Iterable[Requirement]", known: "Mapping[str, PropertyChoice]") -> list[str]:
    """Replace all hard limits of the form; in words, those that are left out because nothing here predicts them."""
    st.session_state[Key.LIMITS], lost = [], []
    for item in wanted:
        if item.property in known:
            add_limit(item)
        else:
            lost.append(f"required: {item.describe()}")
    return lost


def _next_row() -> int:
    number = int(st.session_state.get(Key.NEXT_ROW, 1))
    st.session_state[Key.NEXT_ROW] = number + 1
    return number


def add_goal(goal: Goal, known: "Mapping[str, PropertyChoice]") -> None:
    """Append a goal to the form."""
    number = _next_row()
    st.session_state[Key.GOALS] = [*st.session_state[Key.GOALS], number]
    set_goal(GoalKeys.of(number), goal, known)


def set_goal(keys: GoalKeys, goal: Goal, known: "Mapping[str, PropertyChoice]") -> None:
    """Fill one goal's widgets; an end that is open stands at the end of the property's range.

    A goal with a shape has "shape" in place of its kind, which follows from the shape.
    """
    prop = known[goal.property]
    low = min(prop.low, prop.low if goal.high is None else goal.high) if goal.low is None else goal.low
    high = max(prop.high, low) if goal.high is None else goal.high
    middle = min(max((low + high) / 2, prop.low), prop.high)
    assign(
        {
            keys.kind: goal.kind if goal.shape is None else "shape",
            keys.shape: "" if goal.shape is None else str(goal.shape),
            keys.property: goal.property,
            keys.weight: float(goal.weight),
            keys.low: float(low),
            keys.high: float(high),
            keys.value: float(low if goal.kind == "target" else middle),
        }
    )


def add_limit(item: Requirement) -> None:
    """Append a hard limit to the form."""
    session, keys = st.session_state, LimitKeys.of(_next_row())
    session[Key.LIMITS] = [*session[Key.LIMITS], keys.number]
    threshold = item.window.high if item.side == "at_most" else item.window.low
    assign({keys.property: item.property, keys.side: item.side, keys.threshold: float(threshold or 0.0)})


def remove_row(entry: Key, number: int) -> None:
    """Take a goal or limit out of the form."""
    st.session_state[entry] = [other for other in st.session_state[entry] if other != number]
