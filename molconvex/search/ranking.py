"""What a search expects of molecules that it has not scored: predictions, corrected by what it has measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molconvex.search.archive import Member
from molconvex.search.selection import acquisition
from molconvex.surrogate.model.similarity_process import SimilarityProcess, fit_similarity_process
from molconvex.surrogate.model.structure_features import PropertyScale, StructureFeatures

Array = NDArray[np.float64]
CONDITIONED = 1_500  # scored molecules that a process is given at most: its work grows with their third power


@dataclass(frozen=True)
class Ranking:
    """A Gaussian process that was given what was scored, of very much of it the best and the latest.

    Attributes:
        process: Of the scores.
        scale: Makes properties comparable.
        by_properties: Whether molecules are compared by properties beside their fingerprints.
    """

    process: SimilarityProcess
    scale: PropertyScale
    by_properties: bool

    def value(self, members: Sequence[Member]) -> Array:
        """How promising n >= 1 members are, (n,)."""
        features = self.scale(_features(members, self.by_properties))
        return acquisition(*self.process.posterior(features, _predicted(members)))


def fit_ranking(members: Sequence[Member], *, by_properties: bool) -> Ranking | None:
    """The ranking that members with scores give; None where no score is known."""
    measured = [member for member in members if np.isfinite(member.score)]
    if not measured:
        return None
    rows = rows_to_condition_on(np.array([member.score for member in measured]))
    known = [measured[row] for row in rows]
    features = _features(known, by_properties)
    scale, scores = PropertyScale.of(features), np.array([member.score for member in known], dtype=np.float64)
    return Ranking(fit_similarity_process(scale(features), scores, _predicted(known)), scale, by_properties)


def rows_to_condition_on(scores: Array, most: int = CONDITIONED) -> list[int]:
    """Which of n scored molecules a process is given: all up to `most`, else the best half of that and the latest.

    What is proposed lies near the best; how it fails there, the latest say.

    Args:
        scores: Finite, in the order of scoring (n,).
        most: Rows.

    Returns:
        Rows, ascending; where scores are equal, the earlier one is the better.
    """
    if len(scores) <= most:
        return list(range(len(scores)))
    best = {int(row) for row in np.argsort(-scores, kind="stable")[: most // 2]}
    others = [row for row in range(len(scores)) if row not in best]
    return sorted([*best, *others[len(others) - (most - len(best)) :]])


def _features(members: Sequence[Member], by_properties: bool) -> StructureFeatures:
    bits = np.stack([member.bits for member in members])
    if not by_properties:
        return StructureFeatures.of_bits(bits)
    return StructureFeatures(bits, np.stack([member.properties for member in members]))


def _predicted(members: Sequence[Member]) -> Array:
    return np.array([member.predicted for member in members], dtype=np.float64)
