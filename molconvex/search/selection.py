"""Which of the ranked molecules make a batch: the best, but not near copies of one another and of what was scored."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from molconvex.chem.fingerprints import likeness
from molconvex.search.archive import Archive, Member

Array = NDArray[np.float64]
CONFIDENCE = 0.5  # weight of the standard deviation in the acquisition
BUCKET = 25  # scored molecules of one scaffold from which its further ones are damped
DAMPING = 0.1  # of the acquisition's spread, for each filling of a scaffold's bucket
CONSIDERED = 10  # molecules for each place in the batch: what is valued lower is not looked at
NEAR_COPY = 0.3  # of the acquisition's spread, taken off at Tanimoto 1 to a molecule of the batch


def acquisition(mean: Array, deviation: Array) -> Array:
    """Optimistic score: mean plus some of the standard deviation."""
    return mean + CONFIDENCE * deviation


def choose_batch(pool: Sequence[Member], value: Array, archive: Archive, size: int) -> list[int]:
    """Rows of a batch, taken one by one: the highest value less what full scaffolds and near copies cost.

    Args:
        pool: m molecules.
        value: Acquisition (m,).
        archive: Scored molecules, whose scaffolds fill buckets.
        size: Of the batch.
    """
    if len(pool) <= size:
        return [int(row) for row in np.argsort(-value, kind="stable")]
    spread = float(np.std(value)) or 1.0
    crowd = Counter(member.scaffold for member in archive)
    best = np.argsort(-value, kind="stable")[: CONSIDERED * size]
    fingerprints = [pool[row].molecule.fingerprint for row in best]
    scaffolds = [pool[row].scaffold for row in best]
    nearest = np.zeros(len(best))
    open_rows = np.ones(len(best), dtype=bool)
    chosen: list[int] = []
    for _ in range(size):
        full = np.array([crowd[scaffold] // BUCKET for scaffold in scaffolds], dtype=np.float64)
        damped = value[best] - spread * (DAMPING * full + NEAR_COPY * nearest)
        row = int(np.argmax(np.where(open_rows, damped, -np.inf)))
        chosen.append(int(best[row]))
        open_rows[row] = False
        crowd[scaffolds[row]] += 1
        nearest = np.maximum(nearest, likeness(fingerprints[row], fingerprints))
    return chosen
