"""Settings of a Pareto run: the words of `GenerateSettings`, with points in place of programs."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from molconvex.design.goals import Goal, check_goals
from molconvex.design.settings import AnyGoal, AnyLead, GenerateSettings
from molconvex.exceptions import ConfigError

FEWEST_GOALS, MOST_GOALS = 2, 3
ALL = 1_000_000  # candidates kept: a front is chosen by dominance, not by rank


class ParetoSettings(BaseModel):
    """Settings of the Pareto fronts around leads. Unknown keys and values out of range raise ConfigError."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    leads: list[AnyLead] = Field(min_length=1, description="molecules to start from")
    goals: list[AnyGoal] = Field(description="two or three, such as qed:max and sa_score:min, without weights")
    similarity: float = Field(0.4, ge=0, le=0.95, description="least Tanimoto similarity of a candidate to its lead")
    radius: float | None = Field(None, gt=0, allow_inf_nan=False, description="latent radius of the front's region")
    spread: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="largest distance from the lead of further programs' anchors"
    )
    points: int = Field(32, ge=2, le=2_000, description="most convex programs, and so points, per front")
    programs: int = Field(96, ge=0, le=1_000_000, description="further programs beside the front, for more molecules")
    front_tol: float = Field(1e-3, gt=0, lt=1, description="sandwich gap at which a front is fine enough")
    samples: int = Field(8, ge=0, le=1_000, description="sampled decodings per point, beside the greedy one")
    temperature: float = Field(1.0, gt=0, le=10, description="of the sampled decodings; small is close to greedy")
    seed: int = Field(0, ge=0, lt=2**31, description="reproduces everything")
    alerts: Literal["flag", "drop"] = Field("flag", description="what to do with PAINS, BRENK and NIH alerts")
    gap_tol: float = Field(1e-4, gt=0, lt=1, description="gap at which a program counts as certified, in cost units")
    aggregate: str | None = Field(None, description='of surrogate members: "mean", "max" or "cvar:0.3"')
    surrogates: dict[str, Path] = Field(default_factory=dict, description="folders of surrogates of one's own")
    known: Path | None = Field(None, description="file of known molecules, against which novelty is stated")
    latent_model: str = Field("bundled", description='"bundled", a folder of weights or an installed plug-in')
    device: str = Field("cpu", description='"cpu", "cuda" or "cuda:N" for the solver')

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError("; ".join(_complaint(dict(item)) for item in error.errors())) from None

    @field_validator("goals")
    @classmethod
    def _two_or_three_goals(cls, goals: list[Goal]) -> list[Goal]:
        if goals:
            check_goals(goals)
        if not FEWEST_GOALS <= len(goals) <= MOST_GOALS:
            advice = "; for one goal use generate" if len(goals) < FEWEST_GOALS else ""
            raise ConfigError(f"a Pareto front needs two or three goals, got {len(goals)}{advice}")
        weighted = [goal for goal in goals if goal.weight != 1.0]
        if weighted:
            raise ConfigError(f"{weighted[0]} has a weight; a front shows every weighting, so leave it away")
        return goals

    @model_validator(mode="after")
    def _a_point_a_goal(self) -> Self:
        if self.points < len(self.goals):
            raise ConfigError(f"points must be at least the number of goals, {len(self.goals)}, got {self.points}")
        self.to_generate_settings()
        return self

    def to_generate_settings(self) -> GenerateSettings:
        """The same wishes as `generate` takes them, for scoring: every candidate kept."""
        shared = set(type(self).model_fields) & set(GenerateSettings.model_fields)
        values = {name: getattr(self, name) for name in shared}
        return GenerateSettings(**values | {"programs": self.points + self.programs, "top": ALL})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, every default spelled out; `ParetoSettings(**plain)` is equal to these settings."""
        return self.model_dump(mode="json")


def _complaint(item: dict[str, Any]) -> str:
    """One complaint of pydantic for people."""
    name = ".".join(str(part) for part in item["loc"])
    text = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return f"unknown setting {name!r}; known are {', '.join(ParetoSettings.model_fields)}"
    if item["type"] == "missing":
        return f"{name} missing; give {'two or three' if name == 'goals' else 'at least one'}"
    if item["type"] == "value_error":
        return text
    return f"{name}: {text[:1].lower()}{text[1:]}, got {item['input']!r}"
