"""What one round of a search came to, for whoever watches it."""

from collections.abc import Mapping
from dataclasses import dataclass

BEST = 10  # molecules whose mean score tells how the search goes on


@dataclass(frozen=True)
class RoundReport:
    """Numbers after one round.

    Attributes:
        number: Of the round, from 1.
        scored: Molecules scored so far, those to begin with left out.
        budget: Molecules that may be scored.
        seen: Different molecules proposed so far.
        best_smiles: Best molecule so far, "" where nothing could be scored.
        best: Its score, NaN where there is none.
        mean: Mean score of the ten best, NaN where there is none.
        shares: Of the next pool by proposer, summing to one.
    """

    number: int
    scored: int
    budget: int
    seen: int
    best_smiles: str
    best: float
    mean: float
    shares: Mapping[str, float]
