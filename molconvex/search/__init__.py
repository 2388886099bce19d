"""Search: rounds of proposing, screening at the own latent, scoring, and learning from what was scored."""

from molconvex.search.archive import Ancestry, Archive, Member
from molconvex.search.budget import Budget, StopReason
from molconvex.search.learned_objective import LearnedObjective
from molconvex.search.objective import LearningObjective, Measured, Objective
from molconvex.search.population import population_search
from molconvex.search.round_report import RoundReport
from molconvex.search.rounds import Search
from molconvex.search.screening import Rule, Screen

__all__ = [
    "Ancestry",
    "Archive",
    "Budget",
    "LearnedObjective",
    "LearningObjective",
    "Measured",
    "Member",
    "Objective",
    "RoundReport",
    "Rule",
    "Screen",
    "Search",
    "StopReason",
    "population_search",
]
