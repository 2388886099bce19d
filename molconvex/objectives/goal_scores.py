"""Goals and requirements as one score: measured where that is possible, else predicted at a molecule's latent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
        goals: With their surrogates; exchanged in place where surrogates learn during a run.
        required: With theirs.
    """

    goals: list[GoalSurrogate]
    required: list[RequiredSurrogate] = field(default_factory=list)

    @property
    def weights(self) -> list[float]:
        """Of the goals."""
        return [item.goal.weight for item in self.goals]

    @property
    def asked_of_oracles(self) -> list[str]:
        """Properties that oracles measure."""
        parts = [*self.goals, *(limit.part for limit in self.required)]
        return list(dict.fromkeys(part.goal.property for part in parts if part.measured_range is not None))

    def overall(self, table: pd.DataFrame) -> Array:
        """Weighted geometric mean of the columns `desirability_PROPERTY`, (n,); NaN where one is missing."""
        each = table[[DESIRABILITY(item.goal.property) for item in self.goals]].to_numpy(dtype=np.float64)
        return overall_desirability(each, self.weights)

    def predicted(self, z: Tensor, held_out: Mapping[str, Array] | None = None) -> Array:
        """Scores predicted at latents (n, d): (n,).

        Args:
            z: Latents.
            held_out: Predictions (n,) in place of the surrogates', by property of goals and key of requirements, for
                molecules that the surrogates learned from; NaN for others.
        """
        instead = held_out or {}
        each = [predicted_desirability(item, z, instead.get(item.goal.property)) for item in self.goals]
        score = overall_desirability(np.stack(each, axis=1), self.weights)
        for limit in self.required:
            values = _predicted(limit.surrogate, z, instead.get(limit.requirement.key))
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


def predicted_desirability(item: GoalSurrogate, z: Tensor, held_out: Array | None = None) -> Array:
    """Of the prediction at latents (n, d), or of the held-out ones where there are some: (n,); for windows surrogates
    predict the distance to the window."""
    values = _predicted(item.surrogate, z, held_out)
    if item.goal.kind in ("window", "target"):
        low, high = item.value_range
        return Goal(item.goal.property, "target", 0.0, 0.0).desirability(values, (0.0, high - low))
    return item.desirability(values)


def _predicted(surrogate: ConvexSurrogate, z: Tensor, held_out: Array | None) -> Array:
    predicted = surrogate.predict(z).numpy()
    return predicted if held_out is None else np.where(np.isfinite(held_out), held_out, predicted)
