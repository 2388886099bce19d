"""Counts of attempts beside counts of what passed: where molecules were lost, and why."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

LABELS = {
    "leads": "leads that could be encoded",
    "programs": "convex programs solved",
    "proposed": "proposed molecules that can be read",
    "certified": "programs certified to the gap asked for",
    "unique": "different molecules",
    "fitting": "similar enough to the lead, with what is to stay and without what is to go",
    "plausible": "such as a chemist would draw",
    "clean": "without structural alerts",
    "encoded": "known to the latent model",
    "scored": "chosen by their prediction and scored",
    "measured": "with a value for every goal",
    "required": "meeting every requirement when measured",
    "kept": "kept as candidates",
}


@dataclass(frozen=True)
class FunnelStep:
    """One step: `count` passed of `of` that tried; `label` says what passed."""

    name: str
    label: str
    count: int
    of: int

    @property
    def share(self) -> float:
        """count / of, NaN where nothing tried."""
        return self.count / self.of if self.of else float("nan")


@dataclass
class Funnel:
    """Steps in order; counts of several leads add up. A step that never ran is left out."""

    counts: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, name: str, count: int, of: int) -> None:
        """Add to a step."""
        before = self.counts.get(name, (0, 0))
        self.counts[name] = (before[0] + count, before[1] + of)

    def __iter__(self) -> Iterator[FunnelStep]:
        for name, label in LABELS.items():
            if name in self.counts:
                yield FunnelStep(name, label, *self.counts[name])

    def __getitem__(self, name: str) -> FunnelStep:
        return FunnelStep(name, LABELS[name], *self.counts[name])

    def to_list(self) -> list[dict[str, Any]]:
        """Plain values for JSON."""
        return [{"name": s.name, "label": s.label, "count": s.count, "of": s.of} for s in self]
