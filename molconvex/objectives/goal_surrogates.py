"""A surrogate for every goal: given, from a folder, bundled, or trained in seconds on the reference set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem import PROPERTIES, compute_properties
from molconvex.exceptions import ConfigError, LatentMismatchError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.objectives.bundled_surrogates import bundled_folders, known_properties
from molconvex.objectives.goals import Goal, check_known
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Hooks,
    Progress,
    Target,
    TrainingSettings,
    fit_surrogate,
    load_convex_surrogates,
    make_dataset,
)

Origin = Literal["given", "folder", "bundled", "trained", "oracle"]

QUICK_FIT = FitSettings(
    members=3,
    orientation="convex",
    split="random",
    training=TrainingSettings(hidden=(64, 64), epochs=12, least_steps=300, most_steps=600),
)
MOST_TRAINED = 32
BEYOND = 0.5  # of the range of nine tenths of the training values, on either side: the best lie beyond them

_trained: dict[tuple[str, str, Target, int], ConvexSurrogate] = {}


@dataclass(frozen=True)
class GoalSurrogate:
    """A goal, its surrogate and where that came from.

    Attributes:
        goal: What is wanted.
        surrogate: Predicts the property.
        origin: "oracle" where it learned from what an oracle measured during the run.
        measured_range: Range of the values where an oracle measures the property, else None.
    """

    goal: Goal
    surrogate: ConvexSurrogate
    origin: Origin
    measured_range: tuple[float, float] | None = None

    @property
    def is_measurable(self) -> bool:
        """Whether RDKit or an oracle measures the goal's property on a molecule."""
        return self.goal.property in PROPERTIES or self.measured_range is not None

    @cached_property
    def value_range(self) -> tuple[float, float]:
        """Range of the property over which desirability rises."""
        if prop := PROPERTIES.get(self.goal.property):
            return prop.low, prop.high
        if self.measured_range is not None:
            return self.measured_range
        data = self.surrogate.card.get("data", {})
        low, high = data.get("quantile_05", 0.0), data.get("quantile_95", 1.0)
        room = BEYOND * (high - low)
        return (low - room, high + room) if low < high else (low, low + 1.0)

    def desirability(self, values: pd.Series | NDArray[np.float64]) -> NDArray[np.float64]:
        """Of values in the property's unit; of predicted distances for a window that nothing can measure."""
        if self.goal.kind in ("window", "target") and not self.is_measurable:
            return self.goal.desirability_at_distance(values, self.value_range)
        return self.goal.desirability(values, self.value_range)

    def as_predicted(self, values: pd.Series | NDArray[np.float64]) -> NDArray[np.float64]:
        """Measured values in the quantity that the surrogate predicts: distances for windows, else themselves."""
        if self.goal.kind in ("window", "target"):
            return self.goal.distance(values)
        return np.asarray(values, dtype=np.float64)


def goal_surrogates(goals: Sequence[Goal], model: LatentModel, **options: Any) -> list[GoalSurrogate]:
    """As `any_surrogates`, for goals whose optimum is to be proved: costs must be convex.

    Raises:
        SurrogateError: If a surrogate's cost is concave.
        ConfigError, LatentMismatchError, WeightsError, CancelledError: As `any_surrogates`.
    """
    found = any_surrogates(goals, model, **options)
    for item in found:
        item.surrogate.convex_costs()
    return found


def check_bounded(found: Sequence[GoalSurrogate], region: str) -> None:
    """Refuse goals with concave costs over regions other than hulls: only corners bound them.

    Raises:
        ConfigError: Naming the goal.
    """
    for item in found:
        if item.surrogate.orientation == "concave" and region != "hull":
            raise ConfigError(
                f"the cost of {item.goal.property!r} is concave, and what bounds it are the corners of a hull; leave "
                f"out the region {region!r} (--region), or train with orientation='convex' (--orientation convex)"
            )


def any_surrogates(
    goals: Sequence[Goal],
    model: LatentModel,
    *,
    given: Mapping[str, ConvexSurrogate] | None = None,
    folders: Mapping[str, Path] | None = None,
    aggregate: str | None = None,
    reference: Callable[[], ReferenceSet] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[GoalSurrogate]:
    """One surrogate per goal, in order: the given one, else of a folder, else bundled, else trained here.

    Args:
        goals: Wishes.
        model: Latent model that the surrogates must have been made for.
        given: Surrogates of one's own by property.
        folders: Folders of surrogates of one's own by property.
        aggregate: Replaces each surrogate's own, such as "cvar:0.3".
        reference: Latents and measured properties to train on; asked only if a goal needs it.
        progress: Called while training.
        cancelled: Asked while training; True stops.

    Raises:
        ConfigError: If nothing measures or predicts a property, or a surrogate was made for another wish.
        LatentMismatchError: If a surrogate was made for another latent model.
        WeightsError: If a surrogate's files are missing or altered.
        CancelledError: If `cancelled` returned True.
    """
    own = dict(given or {})
    check_known([goal.property for goal in goals], known_properties([*own, *(folders or {})]))
    found: list[GoalSurrogate] = []
    for goal in goals:
        surrogate, origin = _existing(goal, model, own, folders or {})
        if surrogate is None:
            assert reference is not None
            surrogate, origin = _trained_here(goal, model, reference(), progress, cancelled), "trained"
        found.append(GoalSurrogate(goal, surrogate.with_aggregate(aggregate) if aggregate else surrogate, origin))
    return found


def _existing(
    goal: Goal, model: LatentModel, own: Mapping[str, ConvexSurrogate], folders: Mapping[str, Path]
) -> tuple[ConvexSurrogate | None, Origin]:
    name = goal.property
    if name in own:
        if own[name].latent_fingerprint != model.fingerprint:
            raise LatentMismatchError(
                f"the surrogate of {name!r} was made for the latent model {own[name].latent_fingerprint[:12]!r}, "
                f"the one in use is {model.fingerprint[:12]!r}; train it again on this one"
            )
        return _fitting(goal, own[name]), "given"
    if name in folders:
        loaded = load_convex_surrogates(folders[name], model.fingerprint)
        if name not in loaded:
            raise ConfigError(f"{folders[name]} holds surrogates for {', '.join(loaded)}, none for {name!r}")
        return _fitting(goal, loaded[name]), "folder"
    return _bundled(goal, model), "bundled"


def _fitting(goal: Goal, surrogate: ConvexSurrogate) -> ConvexSurrogate:
    """The surrogate, if it was trained for this wish.

    Raises:
        ConfigError: If it was trained for another one.
    """
    if not _fits(goal, surrogate):
        raise ConfigError(
            f"the goal is to {goal.describe()!r}, the surrogate was trained to {surrogate.target.describe()!r}; "
            "a convex cost serves one wish: change the goal or train a surrogate for it"
        )
    return surrogate


def _fits(goal: Goal, surrogate: ConvexSurrogate) -> bool:
    target = surrogate.target
    if target.sense == "classify":
        return {"minimize": 0, "maximize": 1}.get(goal.kind) == target.wanted
    wanted = goal.target(target.unit)
    return (target.sense, target.low, target.high) == (wanted.sense, wanted.low, wanted.high)


def _bundled(goal: Goal, model: LatentModel) -> ConvexSurrogate | None:
    """The bundled surrogate for this wish and model; None where there is none and one can be trained."""
    others = []
    for folder in bundled_folders().get(goal.property, ()):
        surrogate = load_convex_surrogates(folder)[goal.property]
        if surrogate.latent_fingerprint == model.fingerprint:
            if _fits(goal, surrogate):
                return surrogate
            others.append(surrogate)
    if goal.property in PROPERTIES:
        return None
    if others:
        return _fitting(goal, others[0])
    raise LatentMismatchError(
        f"the bundled surrogate of {goal.property!r} was made for another latent model; train one for this model"
    )


def _trained_here(
    goal: Goal,
    model: LatentModel,
    reference: ReferenceSet,
    progress: Callable[[str, int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> ConvexSurrogate:
    """Trained on the reference set; a second run for the same goal finds it in memory."""
    target = goal.target()
    measured = reference.table[goal.property].to_numpy().tobytes() if goal.property in reference.table else b""
    key = (model.fingerprint, reference.latent_fingerprint, target, hash((tuple(reference.smiles), measured)))
    if key in _trained:
        return _trained[key]

    def report(step: Progress) -> None:
        if progress is not None:
            member = int(step.stage.split()[1]) - 1  # "member 2 of 3"
            progress(f"train {goal.property}", member * step.total + step.done, QUICK_FIT.members * step.total)

    data = make_dataset(
        reference_latents(reference, model),
        reference_values(reference, goal.property),
        target,
        latent_fingerprint=model.fingerprint,
    )
    surrogate = fit_surrogate(data, QUICK_FIT, Hooks(report, cancelled))
    if len(_trained) >= MOST_TRAINED:
        _trained.pop(next(iter(_trained)))
    _trained[key] = surrogate
    return surrogate


def reference_values(reference: ReferenceSet, name: str) -> NDArray[np.float64]:
    """Measured values of one property, shape (n,)."""
    if name in reference.table:
        return reference.table[name].to_numpy(dtype=np.float64)
    return compute_properties(reference.smiles, [name])[name].to_numpy()


def reference_latents(reference: ReferenceSet, model: LatentModel) -> Tensor:
    """Latents of the reference set, shape (n, d).

    Raises:
        LatentMismatchError: If it was encoded by another latent model.
    """
    if reference.latent_fingerprint != model.fingerprint:
        raise LatentMismatchError(
            f"the reference set belongs to the latent model {reference.latent_fingerprint[:12]!r}, the one in use is "
            f"{model.fingerprint[:12]!r}; pass reference=... for this model, or a surrogate for every goal"
        )
    return reference.z
