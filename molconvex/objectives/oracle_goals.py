"""Goals and requirements whose property an oracle measures, from before anything is measured."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from molconvex.latent import LatentModel
from molconvex.objectives.goal_surrogates import BEYOND, GoalSurrogate
from molconvex.objectives.goals import Goal
from molconvex.objectives.learned_surrogates import constant_surrogate, is_constant
from molconvex.objectives.required_surrogates import RequiredSurrogate
from molconvex.objectives.requirements import Requirement

Array = NDArray[np.float64]
UNKNOWN = (0.0, 1.0)  # until something is measured
MARGIN = 1.0  # by which an unmeasured requirement counts as met, in the property's unit


def unlearned_goal(goal: Goal, model: LatentModel, unit: str) -> GoalSurrogate:
    """A goal of which nothing is measured yet."""
    surrogate = constant_surrogate(goal.target(unit), 0.0, model.latent_dim, model.fingerprint)
    return GoalSurrogate(goal, surrogate, "oracle", UNKNOWN)


def unlearned_requirement(item: Requirement, model: LatentModel, unit: str) -> RequiredSurrogate:
    """A requirement of which nothing is measured yet: met everywhere, so that nothing is ruled out unmeasured."""
    part = unlearned_goal(item.goal, model, unit)
    met = item.bound - part.surrogate.scaler.sign * MARGIN
    flat = constant_surrogate(part.surrogate.target, met, model.latent_dim, model.fingerprint)
    return RequiredSurrogate(item, replace(part, surrogate=flat))


def with_measured(item: GoalSurrogate, values: Array, ends: tuple[float, float]) -> GoalSurrogate:
    """The goal with the range of what was measured; where nothing could be learned, its surrogate says the mean."""
    known = item.as_predicted(values[np.isfinite(values)])
    surrogate = item.surrogate
    if is_constant(surrogate) and len(known):
        mean = float(np.mean(known))
        surrogate = constant_surrogate(
            surrogate.target, mean, surrogate.latent_dim, surrogate.latent_fingerprint
        ).with_aggregate(surrogate.aggregate)
    return replace(item, surrogate=surrogate, measured_range=ends)


def range_of(values: Array, goals: Sequence[Goal]) -> tuple[float, float]:
    """The range over which desirability rises: nine tenths of what was measured with half of that on either side, and
    the best value, so that no two of the best count as equal because both are beyond it."""
    known = values[np.isfinite(values)]
    if not len(known):
        return UNKNOWN
    low, high = (float(end) for end in np.quantile(known, [0.05, 0.95]))
    room = BEYOND * (high - low)
    low, high = low - room, high + room
    kinds = {goal.kind for goal in goals}
    high = max(high, float(known.max())) if "maximize" in kinds else high
    low = min(low, float(known.min())) if "minimize" in kinds else low
    return (low, high) if low < high else (low - 0.5, low + 0.5)
