"""A front of molecules by rounds: the budget is spread over mixes of the goals, all of which share what is known."""

import math

import torch

from molconvex.search.budget import StopReason
from molconvex.search.design_region import goal_mixes
from molconvex.search.front_objective import FrontObjective
from molconvex.search.rounds import Search

A_MIX = 40  # scored molecules for which a mix is worth a turn


def search_front(search: Search, objective: FrontObjective) -> None:
    """Spend the search's budget on one mix of the goals after another; every score is that of the last mix.

    Args:
        search: Has scored its start; its screen holds the objective.
        objective: Two or three goals.

    Raises:
        CancelledError: As `Search.run`; what is scored stays in the archive.
    """
    whole, report = search.budget, search.progress
    mixes = goal_mixes([1.0] * len(objective.mix), max(len(objective.mix) + 1, whole.scored // A_MIX)).numpy()
    search.stopped = StopReason.BUDGET
    for turn, mix in enumerate(mixes):
        spent = whole.spent(len(search.archive))
        left = whole.scored - spent
        if left <= 0:
            break
        search.budget = whole.part(math.ceil(left / (len(mixes) - turn)), search.round, len(search.archive))
        if search.budget.rounds == 0:
            break
        search.progress = lambda done, _, spent=spent: report(spent + done, whole.scored)  # type: ignore[misc]
        objective.turn(mix, search.archive.members)
        _predict_again(search)
        search.run()


def _predict_again(search: Search) -> None:
    """Predicted scores of everything known, for the objective as it is now."""
    members = [*search.archive, *search.pool]
    predicted = search.screen.objective.predict(torch.stack([member.z for member in members]))
    for member, value in zip(members, predicted, strict=True):
        member.predicted = float(value)
