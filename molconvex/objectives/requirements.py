"""Requirements: what a prediction must not exceed or fall below at any proposal, and the texts they are written in."""

import builtins
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal

GRAMMAR = "logp:<4 or qed:>0.5"


@dataclass(frozen=True)
class Requirement:
    """One hard limit on one property.

    Attributes:
        property: Name, as in `molconvex.chem.PROPERTIES`, or the property of a surrogate of one's own.
        side: "at_most" or "at_least" the bound.
        bound: In the property's unit; for classes the probability of class 1.

    Raises:
        ConfigError: If the bound is not finite.
    """

    property: str
    side: Literal["at_most", "at_least"]
    bound: float

    def __post_init__(self) -> None:
        _ = self.window

    @classmethod
    def parse(cls, text: str) -> "Requirement":
        """Read a requirement such as `logp:<4`, `qed:>0.5` or, without the colon, `logp<4`.

        Raises:
            ConfigError: If it is none.
        """
        try:
            goal = Goal.parse(re.sub(r"^\s*([^:<>=\s]+)\s*(?=[<>=])", r"\1:", text), known=None)
        except ConfigError:
            raise ConfigError(f"{text.strip()!r} is no requirement; write it as in {GRAMMAR}") from None
        if goal.weight != 1.0:
            raise ConfigError(f"{text!r} has a weight, but a requirement holds or does not; leave out the star")
        if goal.kind == "target":
            raise ConfigError(
                f"{text!r} asks for one exact value, and such points form no convex set; make it a goal "
                f"({goal}), or require a side of it ({goal.property}:<{goal.low:g})"
            )
        if goal.kind != "window":
            raise ConfigError(f"{text!r} is a wish without a limit; write it as a goal, or require {GRAMMAR}")
        if goal.low is not None and goal.high is not None:
            raise ConfigError(
                f"{text!r} has two sides, each with a surrogate of its own; write two requirements: "
                f"{goal.property}:>{goal.low:g} and {goal.property}:<{goal.high:g}"
            )
        if goal.low is None:
            assert goal.high is not None
            return cls(goal.property, "at_most", goal.high)
        return cls(goal.property, "at_least", goal.low)

    @classmethod
    def from_plain(cls, plain: "Requirement | str") -> "Requirement":
        """A requirement from itself or from text.

        Raises:
            ConfigError: If it is neither.
        """
        if isinstance(plain, Requirement):
            return plain
        if not isinstance(plain, str):
            raise ConfigError(f"a requirement is a text such as {GRAMMAR}, got {type(plain).__name__}")
        return cls.parse(plain)

    @builtins.property
    def window(self) -> Goal:
        """The values that meet it, as a window."""
        if self.side == "at_most":
            return Goal(self.property, "window", high=self.bound)
        return Goal(self.property, "window", low=self.bound)

    @builtins.property
    def goal(self) -> Goal:
        """What its surrogate is trained for: points where a convex cost is small form a convex set."""
        return Goal(self.property, "minimize" if self.side == "at_most" else "maximize")

    @builtins.property
    def key(self) -> str:
        """Ending of its columns, such as "logp_at_most"."""
        return f"{self.property}_{self.side}"

    def __str__(self) -> str:
        """As text that `parse` reads back exactly."""
        return str(self.window)

    def describe(self) -> str:
        """In words, such as "logP at most 4"."""
        return self.window.describe()

    def opposite(self) -> "Requirement":
        """The limit that holds where this one does not, but for the bound itself, which meets both."""
        return replace(self, side="at_least" if self.side == "at_most" else "at_most")

    def is_met(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether values meet it; a missing one does not."""
        value = np.asarray(values, dtype=np.float64)
        return value <= self.bound if self.side == "at_most" else value >= self.bound


def check_requirements(requirements: Sequence[Requirement]) -> None:
    """Refuse two limits on one side of a property, and two that no value meets.

    Raises:
        ConfigError: Otherwise.
    """
    sides: dict[tuple[str, str], Requirement] = {}
    for item in requirements:
        if (item.property, item.side) in sides:
            other = sides[item.property, item.side]
            raise ConfigError(f"{other} and {item} limit the same side of {item.property!r}; keep the stricter one")
        sides[item.property, item.side] = item
    for (name, side), item in sides.items():
        low = sides.get((name, "at_least"))
        if side == "at_most" and low is not None and low.bound > item.bound:
            raise ConfigError(f"no value meets both {low} and {item}")


def check_goals_can_be_met(goals: Sequence[Goal], requirements: Sequence[Requirement]) -> None:
    """Refuse a goal none of whose values a requirement allows.

    Raises:
        ConfigError: Otherwise.
    """
    for goal in goals:
        for item in requirements:
            if item.property != goal.property or goal.kind not in ("window", "target"):
                continue
            beyond = goal.low if item.side == "at_most" else goal.high
            if beyond is not None and not item.is_met(beyond):
                raise ConfigError(f"no value meets both the goal {goal} and the requirement {item}; loosen one of them")
