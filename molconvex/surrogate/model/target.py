"""What a surrogate is asked for (`Target`) and the one place where property values become costs (`TargetScaler`)."""

import builtins
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import DataError

Sense = Literal["minimize", "maximize", "window", "classify"]
SENSES: tuple[Sense, ...] = ("minimize", "maximize", "window", "classify")

Numbers = TypeVar("Numbers", float, NDArray[np.float64], Tensor)

SMALLEST_PROBABILITY = 1e-12


@dataclass(frozen=True)
class Target:
    """One goal: a property, its unit and what is wanted of it.

    Attributes:
        property: Name, such as "logp" or a column of an assay table.
        unit: Unit of the values; "" where there is none.
        sense: "minimize" or "maximize" the value; "window": bring it between `low` and `high`; "classify": labels
            are 0 and 1, and the class `wanted` is to become likely.
        low, high: Ends of the window in the property's unit; None leaves a side open; equal ends are a target value.
        wanted: For "classify" only: the class one wants, 0 or 1.

    Raises:
        DataError: If sense, window and wanted class do not fit together.
    """

    property: str
    unit: str
    sense: Sense
    low: float | None = None
    high: float | None = None
    wanted: int | None = None

    def __post_init__(self) -> None:
        if self.sense not in SENSES:
            raise DataError(f"sense of {self.property!r} must be one of {', '.join(SENSES)}; got {self.sense!r}")
        if self.sense == "window":
            self._check_window()
        elif self.low is not None or self.high is not None:
            raise DataError(f"low and high belong to the sense 'window'; {self.property!r} is to {self.sense}")
        if self.sense == "classify" and self.wanted not in (0, 1):
            raise DataError(
                f"say which class of {self.property!r} is wanted: wanted=0 or wanted=1, got {self.wanted!r} "
                "(for a toxicity assay with 1 = toxic it is 0)"
            )
        if self.sense != "classify" and self.wanted is not None:
            raise DataError(f"wanted belongs to the sense 'classify'; {self.property!r} is to {self.sense}")

    def _check_window(self) -> None:
        if self.low is None and self.high is None:
            raise DataError(f"the window of {self.property!r} needs low, high or both; got neither")
        for name, end in (("low", self.low), ("high", self.high)):
            if end is not None and not math.isfinite(end):
                raise DataError(f"{name} end of the window of {self.property!r} must be finite, got {end}; use None")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise DataError(f"the window of {self.property!r} is empty: low {self.low} is above high {self.high}")

    @builtins.property
    def kind(self) -> Literal["regression", "classification"]:
        """How values are treated: numbers or two classes."""
        return "classification" if self.sense == "classify" else "regression"

    def distance(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distance of values to the window, in the property's unit; 0 inside it, NaN stays NaN."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return np.maximum(0.0, np.maximum(low - value, value - high))

    def describe(self) -> str:
        """The goal in words, such as "logp between 1 and 3"."""
        unit = f" {self.unit}" if self.unit else ""
        if self.sense == "classify":
            return f"make class {self.wanted} of {self.property} likely"
        if self.sense != "window":
            return f"{self.sense} {self.property}"
        if self.low is None:
            return f"{self.property} at most {self.high:g}{unit}"
        if self.high is None:
            return f"{self.property} at least {self.low:g}{unit}"
        if self.low == self.high:
            return f"{self.property} at {self.low:g}{unit}"
        return f"{self.property} between {self.low:g} and {self.high:g}{unit}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Target":
        """Inverse of `to_dict`.

        Raises:
            TypeError: If the property or its unit is no text.
        """
        target = cls(**plain)
        if not (isinstance(target.property, str) and isinstance(target.unit, str)):
            raise TypeError(f"the property {target.property!r} and its unit {target.unit!r} must be texts")
        return target


@dataclass(frozen=True)
class TargetScaler:
    """Map between a property in its unit and a unitless cost to be minimized; sign and unit live here only.

        minimize, maximize   value = property             cost = +-(value - mean) / scale
        window               value = distance to window   cost = value / scale
        classify             value = probability of class 1    cost = log-odds of the class that is not wanted

    The maps are monotone and inverse to each other, so thresholds carry over exactly in both directions.

    Attributes:
        target: The goal.
        mean: Center in the property's unit; 0 for windows and classes.
        scale: One unit of cost in the property's unit, > 0, which keeps convexity; 1 for classes.
    """

    target: Target
    mean: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0):
            raise DataError(f"scaler needs a finite mean and a scale > 0, got mean {self.mean} and scale {self.scale}")

    @classmethod
    def fitted(cls, target: Target, values: NDArray[np.float64]) -> "TargetScaler":
        """Scaler with the mean and standard deviation of values, shape (n,), NaN ignored.

        Raises:
            DataError: If there is no value or all are equal.
        """
        if target.sense == "classify":
            return cls(target)
        present = values[np.isfinite(values)]
        if present.size == 0 or float(np.ptp(present)) == 0.0:
            raise DataError(f"{target.property!r} has no two different values: there is nothing to learn")
        mean = 0.0 if target.sense == "window" else float(present.mean())
        return cls(target, mean, float(present.std()))

    @property
    def sign(self) -> float:
        """+1 where a larger value costs more, -1 where it costs less."""
        less_is_worse = self.target.sense == "maximize" or self.target.wanted == 1
        return -1.0 if less_is_worse else 1.0

    def cost_of(self, value: Numbers) -> Numbers:
        """Cost of a value (see the class for what the value is), float, array or tensor of any shape."""
        if self.target.sense == "classify":
            return self.sign * _log_odds(value)
        return self.sign * (value - self.mean) / self.scale

    def value_of(self, cost: Numbers) -> Numbers:
        """Value at a cost, inverse of `cost_of`; a distance to a window is never below 0."""
        if self.target.sense == "classify":
            return _logistic(self.sign * cost)
        value = self.sign * cost * self.scale + self.mean
        return _at_least_zero(value) if self.target.sense == "window" else value

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest."""
        return {"target": self.target.to_dict(), "mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "TargetScaler":
        """Inverse of `to_dict`."""
        return cls(Target.from_dict(plain["target"]), plain["mean"], plain["scale"])


def _log_odds(probability: Any) -> Any:
    if isinstance(probability, Tensor):
        return torch.logit(probability, eps=SMALLEST_PROBABILITY)
    p = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    odds = np.log(p) - np.log1p(-p)
    return float(odds) if np.ndim(probability) == 0 else odds


def _logistic(log_odds: Any) -> Any:
    if isinstance(log_odds, Tensor):
        return torch.sigmoid(log_odds)
    p = 0.5 * (1.0 + np.tanh(0.5 * np.asarray(log_odds)))
    return float(p) if np.ndim(log_odds) == 0 else p


def _at_least_zero(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.clamp_min(0.0)
    return np.maximum(value, 0.0) if np.ndim(value) else max(float(value), 0.0)
