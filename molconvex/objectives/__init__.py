"""What is wanted of a molecule: goals and requirements, their grammar, and the surrogates that predict them."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.objectives.choices import PropertyChoice, property_choices
    from molconvex.objectives.condition_text import read_condition
    from molconvex.objectives.conditions import Condition, Quantity, alert, has
    from molconvex.objectives.goals import Goal, check_known
    from molconvex.objectives.requirement_notes import requirement_notes
    from molconvex.objectives.requirements import Requirement, check_requirements
    from molconvex.objectives.success import meets_every_goal

_HOMES = {
    "property_choices": "choices",
    "PropertyChoice": "choices",
    "Condition": "conditions",
    "Goal": "goals",
    "Quantity": "conditions",
    "alert": "conditions",
    "has": "conditions",
    "read_condition": "condition_text",
    "Requirement": "requirements",
    "check_known": "goals",
    "check_requirements": "requirements",
    "requirement_notes": "requirement_notes",
    "meets_every_goal": "success",
}

__all__ = [
    "Condition",
    "Goal",
    "PropertyChoice",
    "Quantity",
    "Requirement",
    "alert",
    "check_known",
    "check_requirements",
    "has",
    "meets_every_goal",
    "property_choices",
    "read_condition",
    "requirement_notes",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
