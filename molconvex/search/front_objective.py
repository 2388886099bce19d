"""Two or three goals as the objective of a search for their front: one mix of them after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.objectives.goal_scores import GoalScores
from molconvex.search.archive import Member
from molconvex.search.goal_objective import GoalObjective
from molconvex.search.objective import Measured

Array = NDArray[np.float64]
TILT = 0.05  # weight of the sum beside the maximum, so that no score rewards a dominated molecule
LEAST_SCALE = 1e-2  # range of a cost below which it counts as not yet known; costs are of unit scale


@dataclass
class FrontObjective:
    """An `Objective`: minus the distance of a molecule's costs from the ideal, seen from one mix w of the goals.

        score = -(max_g w_g d_g + TILT mean_g d_g),    d_g = (cost_g - ideal_g) / scale_g

    For some mix every non-dominated molecule is the best, also in dents of the front, which weighted sums miss.

    Reference: Steuer & Choo (1983), Math. Program. 26, 326 (augmented Chebyshev distance).

    Attributes:
        scores: Goals with their surrogates.
        mix: Weights of the goals (G,), summing to one.
        ideal: Least cost known of each goal, (G,).
        scale: Range of each cost over what is known, (G,).
    """

    scores: GoalScores
    mix: Array = field(init=False)
    ideal: Array = field(init=False)
    scale: Array = field(init=False)

    def __post_init__(self) -> None:
        goals = len(self.scores.goals)
        self.mix = np.full(goals, 1.0 / goals)
        self.ideal, self.scale = np.zeros(goals), np.ones(goals)

    def turn(self, mix: Array, known: Sequence[Member]) -> None:
        """Seek the molecules of another mix (G,), in units of the scored molecules; their scores change."""
        self.mix = mix
        costs = np.array([self._costs({k: np.array([v]) for k, v in member.values.items()})[0] for member in known])
        fine = costs[np.isfinite(costs).all(axis=1)]
        if len(fine):
            reach = np.ptp(fine, axis=0)
            self.ideal, self.scale = fine.min(axis=0), np.where(reach > LEAST_SCALE, reach, 1.0)
        for member, score in zip(known, self._score(costs), strict=True):
            member.score = float(score)

    def measure(self, molecules: Sequence[Molecule], z: Tensor) -> list[Measured]:
        """Score n molecules with latents (n, d)."""
        found = GoalObjective(self.scores).measure(molecules, z)
        names = [item.goal.property for item in self.scores.goals]
        costs = self._costs({name: np.array([item.values[name] for item in found]) for name in names})
        score = self._score(costs)
        return [Measured(float(score[row]), item.values, item.reason) for row, item in enumerate(found)]

    def predict(self, z: Tensor) -> Array:
        """Scores predicted at latents (n, d): (n,)."""
        costs = [item.surrogate.scaler.cost_of(item.surrogate.predict(z).numpy()) for item in self.scores.goals]
        return self._score(np.stack(costs, axis=1))

    def _costs(self, values: Mapping[str, Array]) -> Array:
        """Costs (n, G) of values (n,) by property; what nothing measures is as the surrogate predicted it."""
        columns = []
        for item in self.scores.goals:
            own = values.get(item.goal.property, np.full(1, np.nan))
            columns.append(item.surrogate.scaler.cost_of(item.as_predicted(own) if item.is_measurable else own))
        return np.stack(columns, axis=1)

    def _score(self, costs: Array) -> Array:
        distance = (costs - self.ideal) / self.scale
        return -((self.mix * distance).max(axis=1) + TILT * distance.mean(axis=1))
