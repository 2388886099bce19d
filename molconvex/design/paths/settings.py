"""What a path between two molecules needs to know, checked once."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from molconvex.chem import PROPERTIES
from molconvex.design.settings import Lead
from molconvex.exceptions import ConfigError
from molconvex.latent import LatentModel
from molconvex.objectives.bundled_surrogates import bundled_folders, known_properties
from molconvex.objectives.goals import Goal, check_known
from molconvex.surrogate import ConvexSurrogate, Target, load_surrogates
from molconvex.surrogate.model.aggregate import Aggregate

Method = Literal["level", "radial", "straight", "descent"]
METHODS: dict[Method, str] = {
    "level": "at constant prediction, by steps along the tangent of the level set",
    "radial": "at constant prediction, by rays from the best predicted point of the region",
    "straight": "by straight interpolation",
    "descent": "straight to the best predicted point between the two, along which the predicted cost only falls",
}
MOST_STOPS = 1000


@dataclass(frozen=True)
class PathSettings:
    """Settings of one path. Values out of range raise ConfigError.

    Attributes:
        start, end: Molecules, as text ("SMILES" or "SMILES name") or as `Lead`.
        property: What is predicted on the way: a property ("logp"), or a goal ("qed:max", "logp:1..3").
        method: One of `METHODS`.
        stops: Points to decode, both ends included.
        surrogates: Folders of surrogates of one's own, by property.
        aggregate: Of surrogate members, in place of the surrogate's own: "mean", "max" or "cvar:0.3".
        gap_tol: Gap at which the region's minimum counts as certified.
        latent_model: "bundled", a folder of weights or an installed plug-in.
    """

    start: Lead
    end: Lead
    property: str
    method: Method = "level"
    stops: int = 12
    surrogates: Mapping[str, Path] = field(default_factory=dict)
    aggregate: str | None = None
    gap_tol: float = 1e-4
    latent_model: str = "bundled"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", Lead.from_plain(self.start))
        object.__setattr__(self, "end", Lead.from_plain(self.end))
        object.__setattr__(self, "surrogates", {name: Path(path) for name, path in self.surrogates.items()})
        if self.method not in METHODS:
            raise ConfigError(f"unknown method {self.method!r}; known are {', '.join(get_args(Method))}")
        if isinstance(self.stops, bool) or not isinstance(self.stops, int) or not 2 <= self.stops <= MOST_STOPS:
            raise ConfigError(f"stops must be 2 (the two ends) to {MOST_STOPS}, got {self.stops!r}")
        if not 0 < self.gap_tol < 1:
            raise ConfigError(f"gap_tol must lie between 0 and 1, got {self.gap_tol}")
        if self.aggregate is not None:
            Aggregate.parse(self.aggregate)
        check_known([self.property_name], known_properties(self.surrogates))
        if ":" in self.property:
            Goal.parse(self.property, known=None)

    @builtins.property
    def property_name(self) -> str:
        """The property without a wish."""
        return self.property.partition(":")[0].strip()

    def goal(self, model: LatentModel, given: Mapping[str, ConvexSurrogate] | None = None) -> Goal:
        """The wish: as written, else the one that an existing surrogate was trained for, else to minimize.

        Raises:
            ConfigError: If a folder of one's own has no surrogate of the property.
        """
        if ":" in self.property:
            return Goal.parse(self.property, known=None)
        name = self.property_name
        targets = _targets(name, self.surrogates, given or {}, model)
        if not targets:
            return Goal(name, "minimize")
        plain = [target for target in targets if target.sense != "window"]
        return _wish([*plain, *targets][0])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `PathSettings(**plain)` is equal to these settings."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__}
        folders = {name: str(path) for name, path in self.surrogates.items()}
        return plain | {"start": str(self.start), "end": str(self.end), "surrogates": folders}


def _targets(
    name: str, folders: Mapping[str, Path], given: Mapping[str, ConvexSurrogate], model: LatentModel
) -> list[Target]:
    """What surrogates of a property, one's own first, were trained for."""
    if name in given:
        return [given[name].target]
    if name in folders:
        loaded = load_surrogates(folders[name])
        if name not in loaded:
            raise ConfigError(f"{folders[name]} holds surrogates for {', '.join(loaded)}, none for {name!r}")
        return [loaded[name].target]
    found = [load_surrogates(folder)[name] for folder in bundled_folders().get(name, ())]
    fitting = [item.target for item in found if item.latent_fingerprint == model.fingerprint]
    # where none fits this latent model, one that RDKit can measure is trained on the spot
    return fitting if fitting or name in PROPERTIES else [item.target for item in found]


def _wish(target: Target) -> Goal:
    if target.sense == "classify":
        return Goal(target.property, "minimize" if target.wanted == 0 else "maximize")
    if target.sense == "window":
        kind: Literal["target", "window"] = "target" if target.low == target.high else "window"
        return Goal(target.property, kind, target.low, target.high)
    return Goal(target.property, target.sense)
