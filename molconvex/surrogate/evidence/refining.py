"""Whether the structure refines the predictions of a surrogate: tried on every split, kept where that is better."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.model.refinement import Refinement, fit_refinement
from molconvex.surrogate.model.structure_features import StructureFeatures, structure_features

Array = NDArray[np.float64]


def refinement_of(problem: Problem, features: StructureFeatures, task: int) -> Refinement | None:
    """What the structures of the training and validation molecules say of one goal; features of all n molecules."""
    seen = np.concatenate([problem.split.train, problem.split.valid])
    target = problem.data.targets[task]
    return fit_refinement(features[seen], problem.truth(task, seen), target, seed=problem.split.seed)


def refined_values(problem: Problem, features: StructureFeatures, predicted: Sequence[Array]) -> list[Array]:
    """Refined predictions of the test molecules, per goal.

    Args:
        problem: Values and split.
        features: Of all molecules.
        predicted: Of the test molecules, per goal.
    """
    tested, values = features[problem.split.test], []
    for task, value in enumerate(predicted):
        refinement = refinement_of(problem, features, task)
        values.append(value if refinement is None else refinement.refined(value, tested))
    return values


def kept_refinement(problem: Problem, task: int, evidence: Mapping[str, Any]) -> Refinement | None:
    """The refinement of one goal, where its mean over the splits like the one trained on is better; None elsewhere.

    Args:
        problem: Values and the split trained on.
        task: Number of the goal.
        evidence: From `evidence_record`.
    """
    record = evidence["methods"].get(problem.split.method, {})
    difference = record.get("differences", {}).get("refined")
    if difference is None or not difference["mean"] > 0 or problem.data.smiles is None:
        return None
    return refinement_of(problem, structure_features(problem.data.smiles), task)
