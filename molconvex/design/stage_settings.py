"""A stage of a search as it is written: the share of the budget, then the goals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal, check_goals, short_number

GRAMMAR = "0.3; logp:1..3; tpsa:<90"


@dataclass(frozen=True)
class Stage:
    """Goals of their own for a part of the budget.

    Attributes:
        share: Of the budget, between 0 and 1.
        goals: What the stage wants.

    Raises:
        ConfigError: If the share is out of range, or goals are missing or doubled.
    """

    share: float
    goals: tuple[Goal, ...]

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ConfigError(f"the share of a stage must be above 0 and below 1, got {self.share:g}")
        check_goals(self.goals)

    @classmethod
    def from_plain(cls, plain: "Stage | str | Mapping[str, Any]") -> "Stage":
        """A stage from itself, from text such as `0.3; logp:1..3; tpsa:<90`, or from a table with share and goals.

        Raises:
            ConfigError: If it is none of these.
        """
        if isinstance(plain, Stage):
            return plain
        if isinstance(plain, Mapping) and set(plain) == {"share", "goals"}:
            if not isinstance(plain["goals"], list | tuple):
                raise ConfigError(f'the goals of a stage are a list, as in ["logp:1..3"], got {plain["goals"]!r}')
            share, goals = plain["share"], list(plain["goals"])
        elif isinstance(plain, str):
            share, *goals = [part.strip() for part in plain.split(";")]
        else:
            raise ConfigError(f"a stage is a text such as {GRAMMAR!r} or a table with share and goals, got {plain!r}")
        try:
            number = float(share)
        except (TypeError, ValueError):
            raise ConfigError(f"{plain!r} is no stage; write share and goals, as in {GRAMMAR!r}") from None
        return cls(number, tuple(Goal.from_plain(goal) for goal in goals))

    def __str__(self) -> str:
        """As text that `from_plain` reads back exactly."""
        return "; ".join([short_number(self.share), *map(str, self.goals)])


def check_stages(stages: list[Stage]) -> None:
    """Refuse stages that leave nothing of the budget.

    Raises:
        ConfigError: Otherwise.
    """
    total = sum(stage.share for stage in stages)
    if total >= 1:
        raise ConfigError(f"the stages take {total:g} of the budget; leave some of it for the run's own goals")
