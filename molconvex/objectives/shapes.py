"""Shapes of desirability: how well a value meets a goal, as a line, a sigmoid or through points of one's own.

A shape that rises or falls throughout keeps the order of the values, so the convex program that minimizes or maximizes
the property serves it, with its certificate; so does the distance to the plateau of one that rises and then falls. A
shape with several peaks follows no convex cost: it ranks molecules, and nothing is proved about it.
"""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molconvex.exceptions import ConfigError

Course = Literal["rises", "falls", "peaks", "wanders"]
Form = Literal["linear", "sigmoid", "points"]

GRAMMAR = "qed:linear(0.4, 0.9), tpsa:sigmoid(120, 60), logp:points(0=0, 2=1, 3=1, 6=0.2)"
AT_THE_ENDS = 0.9  # desirability of a sigmoid at its second end, and what it lacks of 1 at its first

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_CALL = re.compile(r"(linear|sigmoid|points)\s*\((.*)\)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Shape:
    """Desirability of values.

    Attributes:
        form: "linear" and "sigmoid" have two ends: 0 and 1 at those of a line, 0.1 and 0.9 at those of a sigmoid;
            "points" has two or more, straight between them and level beyond.
        values: In the property's unit, increasing; of two ends the first may be the larger.
        heights: Desirability at each, 0 to 1.

    Raises:
        ConfigError: If they do not fit together; the text names what was wrong.
    """

    form: Form
    values: tuple[float, ...]
    heights: tuple[float, ...]

    def __post_init__(self) -> None:
        values, heights = np.array(self.values), np.array(self.heights)
        if len(values) < 2 or len(values) != len(heights) or not np.isfinite(values).all():
            raise ConfigError(f"a shape needs two or more finite values with as many heights; write it as in {GRAMMAR}")
        if self.form == "points" and not (np.diff(values) > 0).all():
            raise ConfigError(f"the values of {self} must increase from point to point")
        if values[0] == values[-1]:
            raise ConfigError(f"the ends of {self} are the same")
        if not ((heights >= 0) & (heights <= 1)).all():
            raise ConfigError(f"the heights of {self} must lie between 0 and 1")
        if heights.max() == heights.min():
            raise ConfigError(f"{self} is level everywhere, so it wants nothing")

    @classmethod
    def parse(cls, text: str) -> "Shape | None":
        """Read `linear(0.4, 0.9)`, `sigmoid(120, 60)` or `points(0=0, 2=1)`; None where the text is no such call.

        Raises:
            ConfigError: If it is one with wrong arguments.
        """
        match = _CALL.fullmatch(text.strip())
        if match is None:
            return None
        form, parts = match[1].lower(), [part.strip() for part in match[2].split(",")]
        pair = rf"({_NUMBER})\s*=\s*({_NUMBER})" if form == "points" else rf"({_NUMBER})"
        found = [re.fullmatch(pair, part) for part in parts]
        if not all(found) or (form != "points" and len(found) != 2):
            raise ConfigError(f"{text.strip()!r} is no shape; write it as in {GRAMMAR}")
        values = tuple(float(item[1]) for item in found if item)
        heights = tuple(float(item[2]) for item in found if item) if form == "points" else (0.0, 1.0)
        return cls(form, values, heights)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """As text that `parse` reads back exactly."""
        numbers = [repr(value).removesuffix(".0") for value in self.values]
        if self.form == "points":
            heights = [repr(height).removesuffix(".0") for height in self.heights]
            numbers = [f"{value}={height}" for value, height in zip(numbers, heights, strict=True)]
        return f"{self.form}({', '.join(numbers)})"

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """Desirability of values, any shape; NaN stays NaN."""
        value = np.asarray(values, dtype=np.float64)
        if self.form == "sigmoid":
            first, last = self.values
            steepness = 2.0 * np.log(AT_THE_ENDS / (1.0 - AT_THE_ENDS)) / (last - first)
            with np.errstate(over="ignore"):
                return np.asarray(1.0 / (1.0 + np.exp(-steepness * (value - 0.5 * (first + last)))))
        order = np.argsort(self.values)
        return np.asarray(np.interp(value, np.array(self.values)[order], np.array(self.heights)[order]))

    @property
    def course(self) -> Course:
        """Whether it rises or falls throughout, rises to one plateau and then falls, or does anything else."""
        order = np.argsort(self.values)
        steps = np.diff(np.array(self.heights)[order])
        if (steps >= 0).all():
            return "rises"
        if (steps <= 0).all():
            return "falls"
        last_rise, first_fall = np.flatnonzero(steps > 0)[-1], np.flatnonzero(steps < 0)[0]
        return "peaks" if last_rise < first_fall else "wanders"

    @property
    def plateau(self) -> tuple[float, float]:
        """First and last value of the greatest height."""
        highest = [v for v, height in zip(self.values, self.heights, strict=True) if height == max(self.heights)]
        return min(highest), max(highest)

    def at_distance(self, distance: ArrayLike) -> NDArray[np.float64]:
        """Desirability at a distance from the plateau whose side is unknown: the mean of both sides."""
        away = np.asarray(distance, dtype=np.float64)
        low, high = self.plateau
        return np.asarray(0.5 * (self(low - away) + self(high + away)))
