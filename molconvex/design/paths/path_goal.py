"""What is wanted of a path's property: as the settings say, else as its surrogate was trained."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from molconvex.chem import PROPERTIES
from molconvex.design.paths.settings import PathSettings
from molconvex.exceptions import ConfigError
from molconvex.latent import LatentModel
from molconvex.objectives.bundled_surrogates import bundled_folders
from molconvex.objectives.goals import Goal
from molconvex.surrogate import ConvexSurrogate, Target, load_convex_surrogates


def path_goal(settings: PathSettings, model: LatentModel, given: Mapping[str, ConvexSurrogate] | None = None) -> Goal:
    """The goal as written, else the one that an existing surrogate was trained for, else to minimize.

    Args:
        settings: Of the path.
        model: Surrogates for other latents are passed over.
        given: Surrogates by property, before those of folders.

    Raises:
        ConfigError: If a folder of one's own has no surrogate of the property.
    """
    if ":" in settings.property:
        return Goal.parse(settings.property, known=None)
    name = settings.property_name
    targets = _targets(name, settings.surrogates, given or {}, model)
    if not targets:
        return Goal(name, "minimize")
    plain = [target for target in targets if target.sense != "window"]
    return _goal_of([*plain, *targets][0])


def _targets(
    name: str, folders: Mapping[str, Path], given: Mapping[str, ConvexSurrogate], model: LatentModel
) -> list[Target]:
    """What surrogates of a property, one's own first, were trained for."""
    if name in given:
        return [given[name].target]
    if name in folders:
        loaded = load_convex_surrogates(folders[name])
        if name not in loaded:
            raise ConfigError(f"{folders[name]} holds surrogates for {', '.join(loaded)}, none for {name!r}")
        return [loaded[name].target]
    found = [load_convex_surrogates(folder)[name] for folder in bundled_folders().get(name, ())]
    fitting = [item.target for item in found if item.latent_fingerprint == model.fingerprint]
    # where none fits this latent model, one that RDKit can measure is trained on the spot
    return fitting if fitting or name in PROPERTIES else [item.target for item in found]


def _goal_of(target: Target) -> Goal:
    if target.sense == "classify":
        return Goal(target.property, "minimize" if target.wanted == 0 else "maximize")
    if target.sense == "window":
        kind: Literal["target", "window"] = "target" if target.low == target.high else "window"
        return Goal(target.property, kind, target.low, target.high)
    return Goal(target.property, target.sense)
