"""What is wanted of a molecule: goals and requirements, their grammar, and the surrogates that predict them."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.objectives.choices import PropertyChoice, property_choices
    from molconvex.objectives.goals import Goal, check_known
    from molconvex.objectives.requirements import Requirement, check_requirements, requirement_notes
    from molconvex.objectives.success import meets_every_goal

_HOMES = {
    "property_choices": "choices",
    "PropertyChoice": "choices",
    "Goal": "goals",
    "Requirement": "requirements",
    "check_known": "goals",
    "check_requirements": "requirements",
    "requirement_notes": "requirements",
    "meets_every_goal": "success",
}

__all__ = [
    "Goal",
    "PropertyChoice",
    "Requirement",
    "check_known",
    "check_requirements",
    "meets_every_goal",
    "property_choices",
    "requirement_notes",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
