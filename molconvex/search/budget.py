"""How much a search may spend, in which portions, and when it stops."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

FIRST_BATCH = 8
GROWTH = 1.25  # of the batch, round by round
LARGEST_SHARE = 0.1  # of the budget in one batch


class StopReason(Enum):
    """Why a search ended."""

    BUDGET = "the budget of scored molecules is spent"
    ROUNDS = "the number of rounds is reached"
    TARGET = "the target score is reached"
    TIME = "the time is spent"
    NO_PROGRESS = "several rounds brought no better molecule"
    EXHAUSTED = "the proposers found no further molecule"


@dataclass
class Budget:
    """Scored molecules of one search.

    Attributes:
        scored: At most so many, the start left out.
        rounds: At most so many, None for as many as the budget allows.
        patience: Rounds without a better score after which it stops, None for never.
        target: Score at which it stops, None for never; the start does not count.
        enough: Molecules that must reach the target.
        minutes: Time after which no further round begins, None for any.
        clock: Seconds.
        pool_factor: Molecules proposed for each one scored.
        generations: Times that the pool of a round is extended from its own most promising molecules.
        keep_pool: Screened molecules that stay for the next round.
        free: Molecules of the start, which do not count.
        largest_batch: Most molecules scored in one round, None for a tenth of `scored`.
    """

    scored: int
    rounds: int | None = None
    patience: int | None = None
    target: float | None = None
    enough: int = 1
    minutes: float | None = None
    clock: Callable[[], float] = time.monotonic
    pool_factor: int = 20
    generations: int = 2
    keep_pool: int = 300
    free: int = 0
    largest_batch: int | None = None
    _done: int = 0
    _best: float = float("-inf")
    _stale: int = 0
    _began: float | None = None

    def spent(self, archived: int) -> int:
        """Scored molecules that count, of so many in the archive."""
        return archived - self.free

    def batch(self, archived: int) -> int:
        """Size of the next batch: small at first, when little is known; never beyond the budget."""
        largest = self.largest_batch or max(FIRST_BATCH, round(LARGEST_SHARE * self.scored))
        size = min(largest, round(FIRST_BATCH * GROWTH**self._done))
        self._done += 1
        return min(size, self.scored - self.spent(archived))

    def stop(self, scores: NDArray[np.float64], met: NDArray[np.bool_] | None = None) -> StopReason | None:
        """Whether to stop, asked before each round.

        Args:
            scores: Of the archive (n,), in the order of scoring.
            met: Whether each meets every limit (n,), without which it does not reach the target; None for all.
        """
        best = float(np.nanmax(scores, initial=-np.inf))
        self._stale = 0 if best > self._best or self._done == 0 else self._stale + 1
        self._best = max(best, self._best)
        if self.spent(len(scores)) >= self.scored:
            return StopReason.BUDGET
        if self.target is not None:
            reached = (scores >= self.target) & (True if met is None else met)
            if np.count_nonzero(reached[self.free :]) >= self.enough:
                return StopReason.TARGET
        if self._time_is_spent():
            return StopReason.TIME
        if self.rounds is not None and self._done >= self.rounds:
            return StopReason.ROUNDS
        if self.patience is not None and self._stale >= self.patience:
            return StopReason.NO_PROGRESS
        return None

    @property
    def stale(self) -> int:
        """Rounds since the last better score, when `stop` was last asked."""
        return self._stale

    def part(self, scored: int, rounds_done: int, free: int) -> "Budget":
        """A budget for a part of the same search: on the same clock, with the rounds that are left.

        Args:
            scored: What the part may spend.
            rounds_done: By the parts before it.
            free: Molecules that do not count in it.
        """
        self._began = self.clock() if self._began is None else self._began
        rounds = None if self.rounds is None else max(self.rounds - rounds_done, 0)
        return replace(self, scored=scored, rounds=rounds, free=free, _done=0, _best=float("-inf"), _stale=0)

    def _time_is_spent(self) -> bool:
        """Whether the minutes are over since this was first asked."""
        if self.minutes is None:
            return False
        self._began = self.clock() if self._began is None else self._began
        return self.clock() - self._began >= 60 * self.minutes

    def rescaled(self, scores: NDArray[np.float64]) -> None:
        """Remember the best of the scores until now as they count since the score's scale has changed."""
        self._best = float(np.nanmax(scores, initial=-np.inf))
