"""`walk_path`: from one molecule toward another, at constant prediction, straight, or down to the best in between.

Where both molecules have different predictions, the start's level cannot hold them both. The path then stays on the
start's level to its last stop but one, so that every deviation is the molecule's and not the path's, and the end itself
follows as a last stop marked "jump".
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from molconvex.chem import PROPERTIES
from molconvex.design.job import Progress, versions
from molconvex.design.paths.ends import PathEnd, prepare_ends
from molconvex.design.paths.path_goal import path_goal
from molconvex.design.paths.settings import PathSettings
from molconvex.design.paths.table import stop_table, worst
from molconvex.design.paths.walk import JUMP, Walk, walk_between
from molconvex.latent import LatentModel, ReferenceSet, load_latent_model, reference_set
from molconvex.objectives.goal_surrogates import GoalSurrogate, goal_surrogates
from molconvex.optimize import Status, WalkStatus, largest_rise
from molconvex.surrogate import ConvexSurrogate


@dataclass(frozen=True, eq=False)
class MoleculePath:
    """What `walk_path` returns.

    Attributes:
        settings: As given.
        stops: One row a stop; see `molconvex.design.paths.table` for the columns.
        start, end: The two molecules.
        part: Wish and surrogate.
        walk: Latents, costs and the certified region.
        information: Latent model, versions, seconds.
    """

    settings: PathSettings
    stops: pd.DataFrame
    start: PathEnd
    end: PathEnd
    part: GoalSurrogate
    walk: Walk
    information: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def property_name(self) -> str:
        """The property that is predicted on the way."""
        return self.part.goal.property

    @property
    def label(self) -> str:
        """The property as people call it."""
        return PROPERTIES[self.property_name].label if self.property_name in PROPERTIES else self.property_name

    @property
    def worst_predicted_deviation(self) -> float:
        """Largest difference of a prediction from the start's, in the property's unit, the jump left out."""
        return worst(self.stops, "predicted_deviation")

    @property
    def worst_measured_deviation(self) -> float:
        """The same of measured values, against the start molecule; NaN where RDKit does not measure the property."""
        return worst(self.stops, "measured_deviation")

    @property
    def largest_rise(self) -> float:
        """Largest rise of the predicted cost over an earlier stop; a descent has none beyond its certificate's gap."""
        return largest_rise(self.walk.cost[[part != JUMP for part in self.walk.parts]])

    def remarks(self) -> list[str]:
        """What a user should know of the result, as sentences."""
        texts = [*self.start.remarks(), *self.end.remarks()]
        if self.walk.status in (WalkStatus.NEAREST, WalkStatus.TOWARD_GOAL):
            texts.append(
                f"{self.end.name} has another predicted {self.label} than {self.start.name}, so it cannot lie on the "
                "same level: the last stop is a jump to it"
            )
        elif self.walk.status is not WalkStatus.ARRIVED:
            texts.append(self.walk.status.value)
        if self.settings.method == "descent" and self.walk.solution.status[0] is not Status.CERTIFIED:
            texts.append(f"the minimum of the region is not certified: {self.walk.solution.status[0].value}")
        failed = int((self.stops["reason"] != "").sum())
        return [*texts, f"{failed} stops decode to no molecule"] if failed else texts


def walk_path(
    settings: PathSettings,
    *,
    latent_model: LatentModel | None = None,
    surrogates: Mapping[str, ConvexSurrogate] | None = None,
    reference: ReferenceSet | None = None,
    progress: Progress | None = None,
) -> MoleculePath:
    """Walk from one molecule toward another; every stop is decoded greedily and measured. Deterministic.

    Args:
        settings: What is wanted.
        latent_model: In place of the one that the settings name.
        surrogates: Of one's own, by property.
        reference: Molecules with latents on which a missing surrogate is trained; the bundled set by default.
        progress: Called with (stage, done, total) while a surrogate is trained.

    Raises:
        ChemistryError: If a molecule cannot be read or encoded, or both are the same.
        ConfigError: If nothing predicts the property, or a surrogate was made for another wish.
        LatentMismatchError: If a surrogate or the reference set was made for another latent model.
        ProgramError: If the start's level cannot be walked on.
        WeightsError: If bundled files are missing or altered.
    """
    began = time.perf_counter()
    model = latent_model or load_latent_model(settings.latent_model)
    ends = prepare_ends(settings.start, settings.end, model)
    (part,) = goal_surrogates(
        [path_goal(settings, model, surrogates)],
        model,
        given=surrogates,
        folders=settings.surrogates,
        aggregate=settings.aggregate,
        reference=lambda: reference_set() if reference is None else reference,
        progress=progress,
    )
    walk = walk_between(*ends, part, settings)
    stops = stop_table(walk, model, ends, part)
    information = {
        "latent": {"fingerprint": model.fingerprint, "dim": model.latent_dim},
        "versions": versions(),
        "seconds": round(time.perf_counter() - began, 2),
    }
    return MoleculePath(settings, stops, *ends, part, walk, information)
