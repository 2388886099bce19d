"""Which molecules to measure next: one by one, each time the best by the criterion of its share.

The greater share is chosen by expected improvement over the best measured score, the smaller by what a measurement
would teach, the standard deviation. After each choice the uncertainty shrinks as if the molecule had been measured,
so that near copies of it lose their worth: that is the batch's diversity.

    EI = E[max(score - best, 0)] = s (u Phi(u) + phi(u)),    u = (mean - best) / s

Reference: Jones et al. (1998), J. Global Optim. 13, 455.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from molconvex.campaigns.beliefs import Beliefs

Array = NDArray[np.float64]
Why = Literal["value", "learning", "diversity"]
WHY: dict[Why, str] = {
    "value": "largest expected improvement over the best measured",
    "learning": "least known to the model",
    "diversity": "far from everything chosen before",
}


@dataclass(frozen=True)
class Choice:
    """A molecule chosen for a batch.

    Attributes:
        row: In the pool.
        why: "value", "learning", or "diversity" where nothing was measured yet.
        mean, deviation: Of its score when it was chosen, before others of the batch were supposed to be measured; NaN
            where nothing was measured yet.
        improvement: Expected improvement at the moment of choosing.
    """

    row: int
    why: Why
    mean: float
    deviation: float
    improvement: float


def expected_improvement(mean: Array, deviation: Array, best: float) -> Array:
    """EI of n molecules, (n,); where nothing is uncertain, the improvement itself."""
    safe = np.maximum(deviation, 1e-12)
    u = (mean - best) / safe
    density = np.exp(-0.5 * u**2) / np.sqrt(2.0 * np.pi)
    return safe * (u * 0.5 * (1.0 + erf(u / np.sqrt(2.0))) + density)


def choose(
    beliefs: Beliefs, open_rows: Collection[int], best: float, size: int, learning_share: float = 0.1
) -> list[Choice]:
    """A batch.

    Args:
        beliefs: About the pool; sharpened by what is chosen.
        open_rows: Rows that may be chosen.
        best: Best measured score.
        size: Of the batch; fewer where fewer are open.
        learning_share: Share of the batch chosen by what it teaches.
    """
    mean, deviation = beliefs.mean.copy(), beliefs.deviation
    closed = np.ones(len(mean), dtype=bool)
    closed[list(open_rows)] = False
    size = min(size, int((~closed).sum()))
    learners = round(learning_share * size)
    chosen: list[Choice] = []
    for place in range(size):
        why: Why = "learning" if place >= size - learners else "value"
        gain = expected_improvement(beliefs.mean, beliefs.deviation, best)
        worth = gain if why == "value" else beliefs.variance
        row = int(np.argmax(np.where(closed, -np.inf, worth)))
        chosen.append(Choice(row, why, float(mean[row]), float(deviation[row]), float(gain[row])))
        closed[row] = True
        beliefs.suppose(row)
    return chosen
