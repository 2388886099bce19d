"""Goals and requirements as one score: measured where that is possible, else predicted at a molecule's latent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from molconvex.columns import DESIRABILITY
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import Goal, overall_desirability
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.surrogate import ConvexSurrogate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GoalScores:
    """The score of n molecules: the weighted geometric mean of the goals' desirabilities, times how nearly each
    requirement is met (1 where it is, halving with every tenth of the property's range beyond it).

    Attributes:
        goals: With their surrogates.
        required: With theirs.
    """

    goals: Sequence[GoalSurrogate]
    required: Sequence[RequiredSurrogate] = ()

    @property
    def weights(self) -> list[float]:
        """Of the goals."""
        return [item.goal.weight for item in self.goals]

    def overall(self, table: pd.DataFrame) -> Array:
        """Weighted geometric mean of the columns `desirability_PROPERTY`, (n,); NaN where one is missing."""
        each = table[[DESIRABILITY(item.goal.property) for item in self.goals]].to_numpy(dtype=np.float64)
        return overall_desirability(each, self.weights)

    def predicted(self, z: Tensor) -> Array:
        """Scores predicted at latents (n, d): (n,)."""
        each = np.stack([predicted_desirability(item, z) for item in self.goals], axis=1)
        score = overall_desirability(each, self.weights)
        for limit in self.required:
            values = limit.surrogate.predict(z).numpy()
            score = score * limit.requirement.window.desirability(values, limit.part.value_range)
        return score

    def measured(self, properties: Mapping[str, Array], z: Tensor) -> tuple[Array, pd.DataFrame]:
        """Scores and desirabilities of n molecules.

        Args:
            properties: Measured values (n,) by property; of goals' properties that are missing here the prediction at
                the molecule's own latent is taken.
            z: Own latents (n, d).

        Returns:
            Scores (n,), NaN where a value is missing; and columns `desirability_PROPERTY` and, for what was not
            measured, `PROPERTY`.
        """
        columns: dict[str, Array] = {}
        for item in self.goals:
            name = item.goal.property
            if name in properties:
                columns[DESIRABILITY(name)] = item.desirability(np.asarray(properties[name]))
            else:
                columns[name] = item.surrogate.predict(z).numpy()
                columns[DESIRABILITY(name)] = item.desirability(columns[name])
        table = pd.DataFrame(columns)
        score = self.overall(table)
        for limit in self.required:
            name = limit.requirement.property
            values = properties[name] if name in properties else limit.surrogate.predict(z).numpy()
            score = score * limit.requirement.window.desirability(values, limit.part.value_range)
        return score, table


def unmeasured(
    goals: Sequence[GoalSurrogate], required: Sequence[RequiredSurrogate] = ()
) -> dict[str, ConvexSurrogate]:
    """By the ending of its columns, each surrogate whose property nothing measures: all that is known is predicted."""
    found = {item.goal.property: item.surrogate for item in goals if not item.is_measurable}
    return found | {limit.requirement.key: limit.surrogate for limit in required if not limit.part.is_measurable}


def predicted_desirability(item: GoalSurrogate, z: Tensor) -> Array:
    """Of the prediction at latents (n, d): (n,); for windows the surrogate predicts the distance to the window."""
    values = item.surrogate.predict(z).numpy()
    if item.goal.kind in ("window", "target"):
        low, high = item.value_range
        return Goal(item.goal.property, "target", 0.0, 0.0).desirability(values, (0.0, high - low))
    return item.desirability(values)
