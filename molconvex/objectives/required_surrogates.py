"""A surrogate for every requirement, with the cost below which the requirement is met."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molconvex.chem import PROPERTIES
from molconvex.exceptions import ConfigError
from molconvex.latent import LatentModel
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_surrogates import GoalSurrogate, any_surrogates
from molconvex.objectives.goals import check_known
from molconvex.objectives.requirements import Requirement
from molconvex.optimize import ThresholdWarning
from molconvex.surrogate import ConvexSurrogate

FAR = 0.5  # of the range of what a surrogate saw: a bound farther outside it is probably in another unit


@dataclass(frozen=True)
class RequiredSurrogate:
    """A requirement with its surrogate, whose cost is to be at most `threshold`.

    A convex cost is limited as it is; of a concave one a tangent above it is, which proves more and allows less.
    """

    requirement: Requirement
    part: GoalSurrogate

    @property
    def surrogate(self) -> ConvexSurrogate:
        """The cost model."""
        return self.part.surrogate

    @property
    def is_concave(self) -> bool:
        """Whether what is proved is safety: a limit on the prediction in a whole half of the region."""
        return self.surrogate.orientation == "concave"

    @property
    def threshold(self) -> float:
        """The bound as a cost."""
        return float(self.surrogate.cost_of(self.requirement.bound))


def required_surrogates(
    requirements: Sequence[Requirement],
    model: LatentModel,
    *,
    given: Mapping[str, ConvexSurrogate] | None = None,
    folders: Mapping[str, Path] | None = None,
    **options: Any,
) -> list[RequiredSurrogate]:
    """One per requirement, in order.

    A surrogate of one's own that was trained for the other direction is passed over where RDKit measures the
    property, since one for the right direction can be trained.

    Args:
        requirements: Limits.
        model: As of `any_surrogates`.
        given: As of `any_surrogates`.
        folders: As of `any_surrogates`.
        options: The other arguments of `any_surrogates`.

    Raises:
        ConfigError: If nothing predicts a property, or what predicts it is not convex in the direction required.
        LatentMismatchError, WeightsError, CancelledError: As `any_surrogates`.
    """
    check_known([item.property for item in requirements], known_properties([*(given or {}), *(folders or {})]))
    found = []
    for item in requirements:
        try:
            part = any_surrogates([item.goal], model, given=given, folders=folders, **options)[0]
        except ConfigError as error:
            if item.property not in PROPERTIES:
                raise ConfigError(_one_way(item)) from error
            part = any_surrogates([item.goal], model, **options)[0]
        found.append(RequiredSurrogate(item, part))
        _check_bound(found[-1])
    return found


def _one_way(item: Requirement) -> str:
    other = "at most" if item.side == "at_least" else "at least"
    return (
        f"{item} cannot be required: the surrogate of {item.property!r} is convex for the other direction, and where a "
        f"convex cost is large the points form no convex set, so nothing could be certified; require {item.property!r} "
        f"{other} a value, or train a surrogate to {item.goal.kind} it"
    )


def _check_bound(item: RequiredSurrogate) -> None:
    """Warn where the bound is far from what the surrogate saw."""
    requirement, data = item.requirement, item.surrogate.card.get("data", {})
    if item.surrogate.target.sense == "classify":
        if not 0.0 < requirement.bound < 1.0:
            raise ConfigError(f"{requirement} limits a probability, which lies between 0 and 1")
        return
    low, high = data.get("quantile_05"), data.get("quantile_95")
    if low is None or high is None:
        return
    margin = FAR * (high - low)
    if not low - margin <= requirement.bound <= high + margin:
        warnings.warn(
            f"required {requirement.describe()}, but 90 % of what the surrogate of {requirement.property!r} was "
            f"trained on lies between {low:.3g} and {high:.3g}; is the bound in that unit?",
            ThresholdWarning,
            stacklevel=2,
        )
