"""Goals as the objective of a search: RDKit measures, oracles answer, surrogates predict what neither can."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem import PROPERTIES, compute_properties
from molconvex.chem.molecule import Molecule
from molconvex.objectives.goal_scores import GoalScores
from molconvex.search.objective import Measured


@dataclass(frozen=True)
class GoalObjective:
    """An `Objective` of goals and requirements.

    Attributes:
        scores: Goals and requirements with their surrogates.
        names: Properties that RDKit measures for them.
    """

    scores: GoalScores
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        wanted = [item.goal.property for item in self.scores.goals]
        wanted += [item.requirement.property for item in self.scores.required]
        object.__setattr__(self, "names", tuple(dict.fromkeys(n for n in wanted if n in PROPERTIES)))

    def measure(self, molecules: Sequence[Molecule], z: Tensor) -> list[Measured]:
        """Score n molecules with latents (n, d)."""
        return self.scored(self.properties(molecules), z, molecules)

    def properties(self, molecules: Sequence[Molecule]) -> dict[str, NDArray[np.float64]]:
        """What RDKit measures of n molecules, (n,) by property."""
        table = compute_properties(molecules, self.names)
        return {name: table[name].to_numpy(dtype=np.float64) for name in self.names}

    def scored(
        self, values: Mapping[str, NDArray[np.float64]], z: Tensor, molecules: Sequence[Molecule]
    ) -> list[Measured]:
        """Scores of n molecules with these values (n,) by property and latents (n, d)."""
        score, more = self.scores.measured(values, z, molecules)
        met = self.scores.met(values, z, molecules)
        return [
            Measured(
                float(score[row]),
                {name: float(column[row]) for name, column in values.items()}
                | {str(name): float(value) for name, value in more.iloc[row].items()},
                "" if np.isfinite(score[row]) else "a property could not be measured",
                bool(met[row]),
            )
            for row in range(len(z))
        ]

    def predict(self, z: Tensor) -> NDArray[np.float64]:
        """Scores predicted at latents (n, d): (n,)."""
        return self.scores.predicted(z)
