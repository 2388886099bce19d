"""Goals and requirements as one score: measured where that is possible, else predicted at a molecule's latent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.columns import DESIRABILITY
from molconvex.objectives.clauses import Clause, clauses_met, shared_structure
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import overall_desirability
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.surrogate import ConvexSurrogate

Array = NDArray[np.float64]
BROKEN = 0.5  # of the score for each limit on the structure that a molecule does not meet


@dataclass(frozen=True)
class GoalScores:
    """The score of n molecules: the weighted geometric mean of the goals' desirabilities, times how nearly each
    requirement is met (1 where it is, halving with every tenth of the property's range beyond it). Of several clauses
    the one that is met best counts.

    Attributes:
        goals: With their surrogates; exchanged in place where surrogates learn during a run.
        required: With theirs; one for each side of a property that any clause limits.
        clauses: Alternatives of which a molecule must meet one; all of `required` together where there are none.
    """

    goals: list[GoalSurrogate]
    required: list[RequiredSurrogate] = field(default_factory=list)
    clauses: Sequence[Clause] = ()

    @property
    def alternatives(self) -> Sequence[Clause]:
        """K >= 1 clauses of which a molecule must meet one."""
        return self.clauses or (Clause.of(item.requirement for item in self.required),)

    def thresholds(self) -> Tensor:
        """Of the R requirements in each of K clauses, (K, R) in cost units, infinity where a clause does not limit."""
        rows = [
            [
                float("inf") if limit is None else float(item.surrogate.cost_of(limit.bound))
                for item in self.required
                for limit in [clause.requirement(item.requirement.key)]
            ]
            for clause in self.alternatives
        ]
        return torch.tensor(rows, dtype=torch.float64)

    @property
    def weights(self) -> list[float]:
        """Of the goals."""
        return [item.goal.weight for item in self.goals]

    @property
    def asked_of_oracles(self) -> list[str]:
        """Properties that oracles measure."""
        parts = [*self.goals, *(limit.part for limit in self.required)]
        return list(dict.fromkeys(part.goal.property for part in parts if part.measured_range is not None))

    @property
    def program_weights(self) -> list[float]:
        """Of the goals in convex programs: none for those that only rank."""
        return [item.goal.weight * item.goal.is_certifiable for item in self.goals]

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
        keys = [item.requirement.key for item in self.required]
        values = {
            key: _predicted(item.surrogate, z, instead.get(key)) for key, item in zip(keys, self.required, strict=True)
        }
        return self._within_limits(score, values)

    def measured(
        self, properties: Mapping[str, Array], z: Tensor, molecules: Sequence[Molecule]
    ) -> tuple[Array, pd.DataFrame]:
        """Scores and desirabilities of n molecules.

        Args:
            properties: Measured values (n,) by property; of goals' properties that are missing here the prediction at
                the molecule's own latent is taken, refined where the surrogate keeps what that needs.
            z: Own latents (n, d).
            molecules: The n molecules.

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
                columns[name] = item.surrogate.predict_refined(z, molecules)
                columns[DESIRABILITY(name)] = item.desirability(columns[name])
        table = pd.DataFrame(columns)
        return self._within_limits(self.overall(table), self._limited(properties, z), molecules), table

    def met(self, properties: Mapping[str, Array], z: Tensor, molecules: Sequence[Molecule]) -> NDArray[np.bool_]:
        """Whether each of n molecules meets every limit of some clause; arguments as in `measured`."""
        return np.asarray(clauses_met(self.alternatives, self._limited(properties, z), molecules).any(axis=1))

    def _limited(self, properties: Mapping[str, Array], z: Tensor) -> dict[str, Array]:
        """Values (n,) by key of the limit: measured ones, else predictions at own latents."""
        return {
            limit.requirement.key: properties[limit.requirement.property]
            if limit.requirement.property in properties
            else limit.surrogate.predict(z).numpy()
            for limit in self.required
        }

    def _within_limits(self, score: Array, values: Mapping[str, Array], molecules: Sequence[Molecule] = ()) -> Array:
        """Scores times how nearly the limits are met, by the clause that is met best; values by key of the limit."""
        shared = shared_structure(self.alternatives)
        found = []
        for clause in self.alternatives:
            within = score
            for item in self.required:
                limit = clause.requirement(item.requirement.key)
                if limit is not None:
                    within = within * limit.window.desirability(values[limit.key], item.part.value_range)
            for wanted in clause.structure:
                if wanted not in shared and molecules:  # molecules that break what all share are never scored
                    within = within * np.array([1.0 if wanted.is_met(molecule) else BROKEN for molecule in molecules])
            found.append(within)
        return np.asarray(np.fmax.reduce(found))  # a value that is missing for one clause leaves the others


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
        return item.goal.desirability_at_distance(values, item.value_range)
    return item.desirability(values)


def _predicted(surrogate: ConvexSurrogate, z: Tensor, held_out: Array | None) -> Array:
    predicted = surrogate.predict(z).numpy()
    return predicted if held_out is None else np.where(np.isfinite(held_out), held_out, predicted)
