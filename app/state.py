"""What the form holds: typed widget keys, their first values, and the way from settings to widgets and back."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from molconvex.design import GenerateSettings

if TYPE_CHECKING:
    from molconvex.objectives import Goal

EFFORTS = (25, 50, 100, 200, 500, 1000, 2000)
JOB = "job"


class Key(StrEnum):
    """Widgets and other entries of the session that pages share; those of OPTIONS are named as in GenerateSettings."""

    SMILES = "lead_smiles"
    SIMILARITY = "similarity"
    ALERTS = "alerts"
    REQUIRE = "require"
    REGION = "region"
    PROGRAMS = "programs"
    SEED = "seed"
    TOP = "top"
    SAMPLES = "samples"
    DIVERSE = "diverse"
    EXACT = "exact"

    GOALS = "goals"
    NEXT_GOAL = "next_goal"
    REMEMBERED = "remembered"
    FILLED_FROM = "filled_from"
    EDITING = "editing"
    FORM_STANDS = "form_stands"
    SELECTED = "selected"

    EXAMPLE = "lead_example"
    ADD_GOAL = "add_goal"
    START = "start"
    CANCEL = "cancel"
    EDIT = "edit"
    RESULTS = "results"
    TABLE = "table"
    CHART = "chart"


OPTIONS = (
    Key.SIMILARITY,
    Key.ALERTS,
    Key.REGION,
    Key.PROGRAMS,
    Key.SEED,
    Key.TOP,
    Key.SAMPLES,
    Key.DIVERSE,
    Key.EXACT,
)
FIRST_VALUES: dict[str, Any] = {Key.SMILES: "", Key.REQUIRE: ""} | {
    key: GenerateSettings.model_fields[key].default for key in OPTIONS
}


class GoalKeys(NamedTuple):
    """Keys of the widgets of one goal."""

    number: int
    kind: str
    property: str
    weight: str
    slider: str
    low: str
    high: str
    value_slider: str
    value: str
    remove: str

    @classmethod
    def of(cls, number: int) -> "GoalKeys":
        """Keys of the goal with this number."""
        return cls(number, *(f"goal_{number}_{part}" for part in cls._fields[1:]))

    def kept(self) -> tuple[str, ...]:
        """Those whose values make up the goal: all but the button's."""
        return tuple(str(name) for name in self[1:-1])


def begin(first_goals: "list[Goal]", shows_form: bool) -> None:
    """Give every widget its first value, or the one that it had when it was last drawn.

    Streamlit drops the values of widgets that a run does not draw, so they are remembered apart. The browser drops them
    too, and is told a value only when it is assigned: so a form that comes back is assigned whole. While it stays, a
    value that is there is never assigned again: that would undo what the user changes while the page is being drawn.

    Args:
        first_goals: Of a form that was never shown.
        shows_form: Whether this run draws the form.
    """
    session = st.session_state
    remembered: dict[str, Any] = session.setdefault(Key.REMEMBERED, {})
    if Key.GOALS not in session:
        set_goals(first_goals)
    comes_back = shows_form and not session.get(Key.FORM_STANDS)
    for name in _form():
        if comes_back or name not in session:
            session[name] = session.get(name, remembered.get(name, FIRST_VALUES.get(name)))
    session[Key.REMEMBERED] = {name: session[name] for name in _form()}
    session[Key.FORM_STANDS] = session.get(Key.FORM_STANDS, False) and shows_form


def form_stands() -> None:
    """Say that the whole form was drawn; until then its values are assigned anew in each run."""
    st.session_state[Key.FORM_STANDS] = True


def _form() -> list[str]:
    """Keys of all widgets of the form."""
    return [*FIRST_VALUES, *(name for goal in goals() for name in goal.kept())]


def goals() -> list[GoalKeys]:
    """The goals of the form, in order."""
    return [GoalKeys.of(number) for number in st.session_state[Key.GOALS]]


def set_goals(wanted: "list[Goal]") -> None:
    """Replace all goals of the form."""
    st.session_state[Key.GOALS] = []
    for goal in wanted:
        add_goal(goal)


def add_goal(goal: "Goal") -> None:
    """Append a goal to the form."""
    session = st.session_state
    number = session.get(Key.NEXT_GOAL, 1)
    session[Key.NEXT_GOAL] = number + 1
    session[Key.GOALS] = [*session[Key.GOALS], number]
    set_goal(GoalKeys.of(number), goal)


def set_goal(keys: GoalKeys, goal: "Goal") -> None:
    """Fill one goal's widgets."""
    from molconvex.chem import PROPERTIES

    session, prop = st.session_state, PROPERTIES[goal.property]
    low = prop.low if goal.low is None else goal.low
    high = prop.high if goal.high is None else goal.high
    middle = min(max((low + high) / 2, prop.low), prop.high)
    session[keys.kind], session[keys.property], session[keys.weight] = goal.kind, goal.property, goal.weight
    session[keys.low], session[keys.high], session[keys.slider] = low, high, (low, high)
    session[keys.value], session[keys.value_slider] = middle, middle


def remove_goal(keys: GoalKeys) -> None:
    """Take a goal out of the form."""
    st.session_state[Key.GOALS] = [number for number in st.session_state[Key.GOALS] if number != keys.number]


def fill(settings: GenerateSettings) -> None:
    """Fill the form with the settings of a job, as after a reload of the page."""
    session = st.session_state
    session[Key.SMILES] = str(settings.leads[0])
    for name in OPTIONS:
        session[name] = getattr(settings, name)
    session[Key.REQUIRE] = ", ".join(str(item) for item in settings.require)
    set_goals(list(settings.goals))
