"""What a campaign needs to know, once, at its beginning."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from molconvex.design.settings import AnyGoal
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal
from molconvex.settings import Flag, Settings

MOST_POOL = 50_000


class CampaignSettings(Settings):
    """Settings of a campaign. Unknown keys and values out of range raise ConfigError."""

    name: str = Field(min_length=1, max_length=120, description="of the campaign")
    goal: Annotated[AnyGoal, Flag(("--goal", "-g"), "GOAL")] = Field(
        description="what is wanted of the measured property: pIC50:max, IC50:min, logD:1..3"
    )
    unit: str = Field("", max_length=32, description="of the measured values")
    pool: Annotated[Path, Flag(("--pool",), "FILE")] = Field(
        description="molecules that can be made: .smi, .csv or .sdf, such as candidates.csv of a run"
    )
    batch: int = Field(24, ge=1, le=10_000, description="compounds of a batch")
    learning: float = Field(0.1, ge=0, le=1, description="share of a batch chosen by what it would teach")
    latent_model: str = Field("bundled", description="latent model: bundled, a folder of weights or a plug-in")
    seed: int = Field(0, ge=0, lt=2**31, description="reproduces every batch")

    @field_validator("name")
    @classmethod
    def _name_is_plain(cls, name: str) -> str:
        if not re.fullmatch(r"[\w][\w .-]*", name):
            raise ConfigError(f"a campaign's name is letters, digits, blanks, points, - and _; got {name!r}")
        return name.strip()

    @field_validator("goal")
    @classmethod
    def _goal_has_no_weight(cls, goal: Goal) -> Goal:
        if goal.weight != 1.0:
            raise ConfigError(f"a campaign has one goal, so that {goal} needs no weight; leave out the star")
        return goal
