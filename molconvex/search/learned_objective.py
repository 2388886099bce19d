"""An objective that only measuring knows: what predicts it is learned from what the search has measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.objectives.learned_surrogates import LearnedSurrogate, can_learn, learn_surrogate
from molconvex.search.archive import Member
from molconvex.search.objective import Measured
from molconvex.surrogate import Orientation, Target

LEAST = 60
GROWTH = 1.5  # of the measured molecules, after which it is learned anew


@dataclass
class LearnedObjective:
    """A `LearningObjective` of any function of a molecule: convex surrogates, fitted anew as it measures more.

    Attributes:
        score: To be as high as possible; NaN where a molecule cannot be measured.
        fingerprint: Of the latent model.
        seed: Of folds and training.
        least: Measured molecules before anything is learned from them, None for never.
    """

    score: Callable[[Molecule], float]
    fingerprint: str
    seed: int = 0
    least: int | None = LEAST
    _measured: dict[str, tuple[Tensor, float]] = field(default_factory=dict, init=False)
    _learned: LearnedSurrogate | None = field(default=None, init=False)
    _held_out: dict[str, float] = field(default_factory=dict, init=False)
    _is_new: bool = field(default=False, init=False)

    def measure(self, molecules: Sequence[Molecule], z: Tensor) -> list[Measured]:
        """Scores of n molecules with latents (n, d)."""
        values = [float(self.score(molecule)) for molecule in molecules]
        for molecule, row, value in zip(molecules, z, values, strict=True):
            if np.isfinite(value):
                self._measured[molecule.smiles] = (row, value)
        return [Measured(value, {}, "" if np.isfinite(value) else "it could not be measured") for value in values]

    def predict(self, z: Tensor) -> NDArray[np.float64]:
        """Scores predicted at latents (n, d): (n,), NaN before anything is learned."""
        return np.full(len(z), np.nan) if self._learned is None else self._learned.surrogate.predict(z).numpy()

    def learn(self) -> None:
        """Fit anew once there is half as much again as the last time; the side that is convex is chosen once."""
        values = np.array([value for _, value in self._measured.values()])
        if self.least is None or len(values) < max(self.least, GROWTH * len(self._held_out)) or not can_learn(values):
            return
        z = torch.stack([row for row, _ in self._measured.values()])
        target = Target("score", "", "maximize")
        self._learned = learn_surrogate(
            z, values, target, self.fingerprint, orientation=self._orientation(), seed=self.seed
        )
        self._held_out = dict(zip(self._measured, self._learned.held_out.tolist(), strict=True))
        self._is_new = True

    def renew(self, scored: Sequence[Member], pool: Sequence[Member]) -> None:
        """Predictions of members by what is known now, where that is new; of measured ones by networks that saw them
        not."""
        if not self._is_new:
            return
        for member in scored:
            member.predicted = self._held_out.get(member.smiles, member.predicted)
        if pool:
            for member, value in zip(pool, self.predict(torch.stack([m.z for m in pool])).tolist(), strict=True):
                member.predicted = value
        self._is_new = False

    def _orientation(self) -> Orientation | None:
        return None if self._learned is None else self._learned.surrogate.orientation
