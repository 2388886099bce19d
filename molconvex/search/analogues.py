"""Real analogues of a lead, before anything is scored: what its design region is made of."""

from collections.abc import Sequence

from molconvex.search.archive import Member
from molconvex.search.proposers import MolecularEdits
from molconvex.search.rounds import Search
from molconvex.search.rules import Protection

ROUNDS = 6
LEAST_GAIN = 0.02  # of what is wanted; a round that brings less is the last
EVERYTHING_MAY_CHANGE = Protection()


def analogues_of(search: Search, count: int, protected: Protection = EVERYTHING_MAY_CHANGE) -> list[Member]:
    """About `count` edits of the search's start that pass its screen, encoded and predicted, none of them scored.

    Args:
        search: Has scored its start and nothing else; every analogue is marked as seen.
        count: How many are wanted; fewer where the rules leave no more.
        protected: Atoms that stay.

    Raises:
        CancelledError: If the search is asked to stop.
    """
    editor = MolecularEdits(protected)
    start: Sequence[Member] = list(search.archive)
    found: list[Member] = []
    for _ in range(ROUNDS):
        missing = count - len(found)
        if missing <= 0 or not start:
            break
        search.stop_if_asked()
        proposed = editor.propose(start, 2 * missing, search.generator)
        fresh = search.screen.encode(search.screen.admit(proposed, editor.name, 0, search.archive))
        found += fresh[:missing]
        if len(fresh) < LEAST_GAIN * count:
            break
    return found
