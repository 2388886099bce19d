"""What a search maximizes: a score that is measured on molecules, and perhaps predicted at their latents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.search.archive import Member


@dataclass(frozen=True)
class Measured:
    """One molecule scored.

    Attributes:
        score: What is to be as high as possible; NaN where it could not be measured.
        values: By name, in each property's unit.
        reason: Why there is no score, "" where there is one.
        met: Whether every limit is met; a score may be high where one is nearly met.
    """

    score: float
    values: dict[str, float]
    reason: str = ""
    met: bool = True


class Objective(Protocol):
    """Measured when a molecule is scored, predicted for screening."""

    def measure(self, molecules: Sequence[Molecule], z: Tensor) -> list[Measured]:
        """Score n molecules with latents (n, d)."""
        ...

    def predict(self, z: Tensor) -> NDArray[np.float64]:
        """Scores predicted at latents (n, d): (n,), NaN where nothing predicts them."""
        ...


@runtime_checkable
class LearningObjective(Objective, Protocol):
    """An objective whose predictions, and perhaps scores, change with what was measured."""

    def learn(self) -> None:
        """Take in what was measured since the last call."""
        ...

    def renew(self, scored: Sequence[Member], pool: Sequence[Member]) -> None:
        """Give scored members and those of the pool the scores and predictions of what is known now."""
        ...
