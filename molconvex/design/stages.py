"""Stages of a search: goals of their own for a part of the budget, before the run's goals take over from the best."""

from collections.abc import Callable
from dataclasses import replace

from molconvex.design.lead_search import SearchParts, lead_search
from molconvex.design.leads import PreparedLead
from molconvex.search import Search
from molconvex.search.archive import Member
from molconvex.search.round_report import RoundReport
from molconvex.search.rounds import START


def run_in_stages(search: Search, lead: PreparedLead, parts: SearchParts) -> None:
    """Spend a budget: each stage its share by its own goals, from the best so far, then the search what is left.

    What was scored before is scored again by the goals of a stage, and what a stage scored by the search's own; it
    counts once. Shares that add up to more than there is are cut, with a molecule left for the search's own goals.

    Raises:
        CancelledError: If the search was stopped; what any stage scored stays.
    """
    whole = search.budget
    for stage, scores in parts.stages:
        spent = whole.spent(len(search.archive))
        share = min(max(1, round(stage.share * whole.scored)), whole.scored - spent - 1)  # some is for the run's goals
        if share < 1:
            break
        first = lead_search(
            lead,
            replace(parts, scores=scores, stages=()),
            lambda done, _, spent=spent: search.progress(spent + done, whole.scored),  # type: ignore[misc]
            search.cancelled,
        )
        first.adopt([replace(member) for member in _found(search)], search.archive.seen)
        before = len(first.archive)
        first.budget = replace(whole.part(share, search.round, before), target=None)
        first.round, first.observe = search.round, _counted_from(spent, whole.scored, search.observe)
        first.generator = search.generator
        first.pool = first.screen.predicted(search.pool)
        try:
            first.run()
        finally:
            search.screen.add_counts(first.screen)
            search.adopt(list(first.archive)[before:], first.archive.seen)
            search.pool = search.screen.predicted(first.pool)
    search.budget = whole.part(whole.scored, search.round, whole.free)
    search.run()


def _found(search: Search) -> list[Member]:
    return [member for member in search.archive if member.ancestry.proposer != START]


def _counted_from(spent: int, budget: int, observe: Callable[[RoundReport], None]) -> Callable[[RoundReport], None]:
    """Reports of a stage as those of the whole search."""
    return lambda report: observe(replace(report, scored=spent + report.scored, budget=budget))
