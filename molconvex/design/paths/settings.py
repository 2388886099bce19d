"""What a path between two molecules needs to know, checked once."""

import builtins
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from molconvex.design.settings import MODELS, SOLVER, AnyLead, check_aggregate
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goals import Goal, check_certifiable, check_known
from molconvex.settings import Flag, Settings

Method = Literal["level", "radial", "straight", "descent"]
METHODS: dict[Method, str] = {
    "level": "at constant prediction, by steps along the tangent of the level set",
    "radial": "at constant prediction, by rays from the best predicted point of the region",
    "straight": "by straight interpolation",
    "descent": "straight to the best predicted point between the two, along which the predicted cost only falls",
}
MOST_STOPS = 1000


class PathSettings(Settings):
    """Settings of one path. Unknown keys and values out of range raise ConfigError.

    `start` and `end` may be written as text ("SMILES" or "SMILES name"), `property` as a goal ("qed:max", "logp:1..3").
    """

    start: AnyLead = Field(description="molecule at which the path begins")
    end: AnyLead = Field(description="molecule toward which it goes")
    property: Annotated[str, Flag(("--property", "-p"))] = Field(
        description="what is predicted on the way: a property, or a goal such as qed:max"
    )
    method: Annotated[Method, Flag(("--method", "-m"))] = Field("level", description="how to walk")
    stops: int = Field(12, ge=2, le=MOST_STOPS, strict=True, description="points to decode, both ends included")
    surrogates: Annotated[dict[str, Path], Flag(("--surrogate",), "PROPERTY=FOLDER", MODELS)] = Field(
        default_factory=dict, description="a surrogate of your own"
    )
    aggregate: Annotated[str | None, Flag(panel=MODELS, default="as trained")] = Field(
        None, description="of surrogate members: mean, max or cvar:0.3"
    )
    gap_tol: Annotated[float, Flag(panel=SOLVER)] = Field(
        1e-4, gt=0, lt=1, description="gap at which the region's minimum counts as certified, in cost units"
    )
    latent_model: Annotated[str, Flag(panel=MODELS)] = Field(
        "bundled", description="latent model: bundled, a folder of weights or an installed plug-in"
    )

    _aggregate = field_validator("aggregate")(check_aggregate)

    @model_validator(mode="after")
    def _property_is_known(self) -> "PathSettings":
        check_known([self.property_name], known_properties(self.surrogates))
        if ":" in self.property:
            check_certifiable([Goal.parse(self.property, known=None)])
        return self

    @builtins.property
    def property_name(self) -> str:
        """The property without a wish."""
        return self.property.partition(":")[0].strip()
