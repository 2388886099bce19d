"""Who proposes how much: each proposer's share follows its success per scored molecule, with a floor."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

FLOOR = 0.1  # of an equal share
PRIOR = 4.0  # scored molecules at the common rate, with which everybody begins
MEMORY = 0.8  # of what counted a round ago


@dataclass
class Credit:
    """Successes and trials by proposer; older rounds count less.

    Attributes:
        names: Of the proposers.
    """

    names: Sequence[str]
    _trials: Counter[str] = field(default_factory=Counter)
    _successes: Counter[str] = field(default_factory=Counter)

    def update(self, outcomes: Sequence[tuple[str, bool]]) -> None:
        """Count one round's scored molecules: proposer, and whether it was a success."""
        for counts in (self._trials, self._successes):
            for name in counts:
                counts[name] *= MEMORY  # type: ignore[assignment]
        for name, success in outcomes:
            self._trials[name] += 1
            self._successes[name] += int(success)

    def rate(self, name: str) -> float:
        """Success rate of a proposer, shrunk toward that of all."""
        total = sum(self._trials[n] for n in self.names)
        common = (sum(self._successes[n] for n in self.names) + 1.0) / (total + 2.0)
        return (self._successes[name] + PRIOR * common) / (self._trials[name] + PRIOR)

    def shares(self) -> dict[str, float]:
        """Share of the next pool by proposer, summing to one."""
        rates = {name: self.rate(name) for name in self.names}
        total = sum(rates.values())
        floor = FLOOR / len(self.names)
        return {name: floor + (1.0 - FLOOR) * rate / total for name, rate in rates.items()}
