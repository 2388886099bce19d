"""Stages of a search: goals of their own for a part of the budget, before the run's goals take over from the best."""

from dataclasses import replace

from molconvex.design.lead_search import SearchParts, lead_search
from molconvex.design.leads import PreparedLead
from molconvex.search import Search
from molconvex.search.rounds import START


def run_in_stages(search: Search, lead: PreparedLead, parts: SearchParts) -> None:
    """Spend a search's budget: each stage its share by its own goals, then the search what is left from the best.

    What a stage scored is scored again by the search's own goals and counts in its budget.

    Raises:
        CancelledError: If the search was stopped; what any stage scored stays.
    """
    whole = search.budget
    for stage, scores in parts.stages:
        spent = whole.spent(len(search.archive))
        first = lead_search(
            lead,
            replace(parts, scores=scores, stages=()),
            lambda done, _, spent=spent: search.progress(spent + done, whole.scored),  # type: ignore[misc]
            search.cancelled,
        )
        budget = whole.part(max(1, round(stage.share * whole.scored)), search.round, first.budget.free)
        first.budget = replace(budget, target=None)
        first.round, first.observe = search.round, search.observe
        first.generator = search.generator
        first.archive.seen |= search.archive.seen
        first.pool = first.screen.predicted(search.pool)
        try:
            first.run()
        finally:
            search.screen.add_counts(first.screen)
            search.adopt([member for member in first.archive if member.ancestry.proposer != START], first.archive.seen)
            search.pool = search.screen.predicted(first.pool)
    search.budget = whole.part(whole.scored, search.round, whole.free)
    search.run()
