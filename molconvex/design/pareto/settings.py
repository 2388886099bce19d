"""Settings of a Pareto run: those of every search, and how fine the predicted front is."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from molconvex.design.settings import SEARCH, SOLVER, GenerateSettings, SearchSettings
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal, check_certifiable, check_goals
from molconvex.settings import Flag

FEWEST_GOALS, MOST_GOALS = 2, 3
ALL = 1_000_000  # candidates kept: a front is chosen by dominance, not by rank


class ParetoSettings(SearchSettings):
    """Settings of the Pareto fronts around leads: two or three goals without weights.

    Unknown keys and values out of range raise ConfigError.
    """

    needed: ClassVar[dict[str, str]] = {
        "leads": "at least one, as SMILES or as a file (--leads)",
        "goals": "two or three, as in qed:max and sa_score:min (--goal)",
    }

    points: Annotated[int, Flag(panel=SEARCH)] = Field(
        32, ge=2, le=2_000, description="most convex programs, and so points, per predicted front"
    )
    front_tol: Annotated[float, Flag(panel=SOLVER)] = Field(
        1e-3, gt=0, lt=1, description="sandwich gap at which a front is fine enough"
    )
    programs: Annotated[int, Flag(panel=SEARCH)] = Field(
        0, ge=0, le=1_000_000, description="convex programs around good molecules, decoded for further ones"
    )
    samples: Annotated[int, Flag(panel=SEARCH)] = Field(
        2, ge=0, le=1_000, description="sampled decodings of each of these programs, beside the greedy one"
    )
    temperature: Annotated[float, Flag(panel=SEARCH)] = Field(
        1.0, gt=0, le=10, description="temperature of sampled decodings; small is close to greedy"
    )
    spread: Annotated[float | None, Flag(panel=SEARCH, default="anywhere")] = Field(
        None, ge=0, allow_inf_nan=False, description="largest latent distance of such programs from the lead"
    )

    @field_validator("goals")
    @classmethod
    def _two_or_three_goals(cls, goals: list[Goal]) -> list[Goal]:
        if goals:
            check_goals(goals)
        if not FEWEST_GOALS <= len(goals) <= MOST_GOALS:
            advice = "; for one goal use generate" if len(goals) < FEWEST_GOALS else ""
            raise ConfigError(f"a Pareto front needs two or three goals, got {len(goals)}{advice}")
        check_certifiable(goals)
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
        return GenerateSettings(**values | {"programs": 1, "top": ALL})
