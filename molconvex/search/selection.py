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

    A molecule whose scaffold is not known yet counts as if it were not full, until it would be taken.

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
    members = [pool[row] for row in best]
    fingerprints = [member.molecule.fingerprint for member in members]
    scaffolds: list[str | None] = [None] * len(best)  # found where it is a molecule's turn: each takes a while
    nearest = np.zeros(len(best))
    open_rows = np.ones(len(best), dtype=bool)
    chosen: list[int] = []
    for _ in range(size):
        full = np.array([0 if scaffold is None else crowd[scaffold] // BUCKET for scaffold in scaffolds], dtype=float)
        damped = np.where(open_rows, value[best] - spread * (DAMPING * full + NEAR_COPY * nearest), -np.inf)
        while scaffolds[row := int(np.argmax(damped))] is None:
            scaffold = scaffolds[row] = members[row].scaffold
            full[row] = crowd[scaffold] // BUCKET
            damped[row] = value[best[row]] - spread * (DAMPING * full[row] + NEAR_COPY * nearest[row])
        chosen.append(int(best[row]))
        open_rows[row] = False
        crowd[members[row].scaffold] += 1
        nearest = np.maximum(nearest, likeness(fingerprints[row], fingerprints))
    return chosen
