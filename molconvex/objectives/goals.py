"""What a chemist wants of a molecule: goals, the text in which they are written, and how well a value meets them."""

import builtins
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molconvex.chem import PROPERTIES
from molconvex.columns import refined
from molconvex.exceptions import ConfigError, did_you_mean
from molconvex.objectives.predicted_properties import KNOWN
from molconvex.objectives.shapes import GRAMMAR as SHAPES
from molconvex.objectives.shapes import Shape

if TYPE_CHECKING:
    from molconvex.surrogate import Target

Kind = Literal["minimize", "maximize", "window", "target"]

GRAMMAR = "qed:max, sa_score:min, logp:1..3, tpsa:<90, tpsa:>20, logp:=2.5, each with a weight as in qed:max*2"
TOLERANCE = 0.1  # share of a property's range outside a window at which the desirability is one half

_NUMBER = r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?"
_WANTED = re.compile(
    rf"(?P<extreme>min|max|minimi[sz]e|maximi[sz]e)|(?P<low>{_NUMBER})\s*\.\.(?!\.)\s*(?P<high>{_NUMBER})"
    rf"|(?P<sign><=?|>=?|=)\s*(?P<end>{_NUMBER})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Goal:
    """One wish about one property.

    Attributes:
        property: Name, as in `molconvex.chem.PROPERTIES`, or the property of a surrogate of one's own.
        kind: "minimize" or "maximize" it; "window": bring it between `low` and `high`; "target": bring it to a value.
        low, high: Ends of the window in the property's unit, None where open; equal for a target.
        weight: Importance beside the other goals, above 0.
        shape: How desirability follows the value, in place of the usual course; kind and ends are those that it asks
            for, see `Goal.shaped`.

    Raises:
        ConfigError: If kind, ends and weight do not fit together; the text names what was wrong.
    """

    property: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    weight: float = 1.0
    shape: Shape | None = None

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ConfigError(f"kind of the goal for {self.property!r} must be one of {', '.join(get_args(Kind))}")
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise ConfigError(f"weight of the goal for {self.property!r} must be above 0, got {self.weight}")
        if self.kind in ("minimize", "maximize"):
            if self.low is not None or self.high is not None:
                raise ConfigError(f"low and high belong to windows; {self.property!r} is to {self.kind}")
            return
        self._check_ends()

    @classmethod
    def shaped(cls, name: str, shape: Shape, weight: float = 1.0) -> "Goal":
        """The goal that a shape asks for: maximize where it rises, minimize where it falls, its plateau where it peaks.

        A shape with several peaks becomes a goal to maximize that only ranks: see `is_certifiable`.
        """
        if shape.course == "peaks":
            low, high = shape.plateau
            return cls(name, "target" if low == high else "window", low, high, weight, shape)
        return cls(name, "minimize" if shape.course == "falls" else "maximize", weight=weight, shape=shape)

    @builtins.property
    def is_certifiable(self) -> bool:
        """Whether a convex cost follows the goal, so that something can be proved; else it only ranks molecules."""
        return self.shape is None or self.shape.course != "wanders"

    def _check_ends(self) -> None:
        ends = [end for end in (self.low, self.high) if end is not None]
        if not ends or not all(math.isfinite(end) for end in ends):
            raise ConfigError(f"the window of {self.property!r} needs a finite low, high or both; got {ends}")
        if self.kind == "target" and self.low != self.high:
            raise ConfigError(f"a target of {self.property!r} is one value; got low {self.low} and high {self.high}")
        if len(ends) == 2 and ends[0] > ends[1]:
            raise ConfigError(
                f"the window of {self.property!r} is empty: low {ends[0]:g} is above high {ends[1]:g}; "
                f"write {self.property}:{ends[1]:g}..{ends[0]:g}"
            )

    @classmethod
    def parse(cls, text: str, known: Iterable[str] | None = tuple(PROPERTIES)) -> "Goal":
        """Read a goal such as `qed:max`, `logp:1..3*2` or `tpsa:<90`.

        Args:
            text: The goal.
            known: Properties allowed; None allows every name.

        Raises:
            ConfigError: If the text is no goal, its property is unknown or its window is empty.
        """
        name, colon, rest = text.partition(":")
        name = name.strip()
        if not colon or not name or not rest.strip():
            raise ConfigError(f"{text!r} is no goal; write PROPERTY:WANTED, as in {GRAMMAR}")
        if known is not None:
            check_known([name], known)
        wish, star, weight = rest.partition("*")
        shape = Shape.parse(wish)
        if shape is not None:
            return cls.shaped(name, shape, _weight(weight, text) if star else 1.0)
        match = _WANTED.fullmatch(wish.strip())
        if match is None:
            raise ConfigError(f"{wish.strip()!r} in {text!r} is not understood; write it as in {GRAMMAR}")
        return cls(name, **_kind_and_ends(match), weight=_weight(weight, text) if star else 1.0)

    def __str__(self) -> str:
        """The goal as text that `parse` reads back exactly."""
        low, high = short_number(self.low), short_number(self.high)
        if self.shape is not None:
            wish = str(self.shape)
        elif self.kind == "target":
            wish = f"={low}"
        elif self.kind != "window":
            wish = self.kind[:3]
        elif self.low is None:
            wish = f"<{high}"
        else:
            wish = f">{low}" if self.high is None else f"{low}..{high}"
        return f"{self.property}:{wish}" + ("" if self.weight == 1.0 else f"*{short_number(self.weight)}")

    def describe(self) -> str:
        """The goal in words, such as "logP between 1 and 3"."""
        prop = PROPERTIES.get(self.property)
        label, unit = (prop.label, prop.unit) if prop else (KNOWN.get(self.property, (self.property,))[0], "")
        unit = f" {unit}" if unit else ""
        if not self.is_certifiable:
            return f"{label} along {self.shape} (several peaks: ranks only, nothing is proved)"
        if self.kind in ("minimize", "maximize"):
            return f"{self.kind} {label}" + ("" if self.shape is None else f" along {self.shape}")
        if self.kind == "target":
            return f"{label} at {self.low:g}{unit}"
        if self.low is None:
            return f"{label} at most {self.high:g}{unit}"
        if self.high is None:
            return f"{label} at least {self.low:g}{unit}"
        return f"{label} between {self.low:g} and {self.high:g}{unit}"

    def distance(self, values: ArrayLike) -> NDArray[np.float64]:
        """Distance of values to the window or target, in the property's unit, 0 inside; NaN stays NaN.

        Raises:
            ConfigError: If the goal is to minimize or maximize.
        """
        if self.kind in ("minimize", "maximize"):
            raise ConfigError(f"{self} has no window to be distant from")
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        value = np.asarray(values, dtype=np.float64)
        return np.maximum(0.0, np.maximum(low - value, value - high))

    def desirability(self, values: ArrayLike, value_range: tuple[float, float] | None = None) -> NDArray[np.float64]:
        """How well values meet the goal, 0 to 1; NaN where a value is missing.

        Minimize and maximize rise linearly over the property's range. A window gives 1 inside; outside, desirability
        halves with every tenth of the range, so that it never says that two misses are the same.

        Args:
            values: Values in the property's unit, any shape.
            value_range: Worst-to-best ends of the property; those of `PROPERTIES` where None.

        Raises:
            ConfigError: If the property has no known range and none is given.

        Reference: Derringer & Suich (1980), J. Qual. Technol. 12, 214.
        """
        if self.shape is not None:
            return self.shape(values)
        low, high = value_range if value_range is not None else self._known_range()
        value = np.asarray(values, dtype=np.float64)
        if self.kind in ("window", "target"):
            return np.asarray(0.5 ** (self.distance(value) / (TOLERANCE * (high - low))))
        share = np.clip((value - low) / (high - low), 0.0, 1.0)
        return np.asarray(share if self.kind == "maximize" else 1.0 - share)

    def desirability_at_distance(self, distance: ArrayLike, value_range: tuple[float, float]) -> NDArray[np.float64]:
        """How well values at a distance from the window meet the goal, where only that distance is known."""
        if self.shape is not None:
            return self.shape.at_distance(distance)
        low, high = value_range
        return np.asarray(0.5 ** (np.maximum(np.asarray(distance, dtype=np.float64), 0.0) / (TOLERANCE * (high - low))))

    def _known_range(self) -> tuple[float, float]:
        if self.property not in PROPERTIES:
            raise ConfigError(f"{self.property!r} has no known range; pass value_range=(low, high)")
        prop = PROPERTIES[self.property]
        return prop.low, prop.high

    def target(self, unit: str | None = None) -> "Target":
        """What a surrogate of this goal is trained on; a target value is a window of no width.

        Args:
            unit: Of the property; that of `PROPERTIES` where None.
        """
        from molconvex.surrogate import Target

        if unit is None:
            unit = PROPERTIES[self.property].unit if self.property in PROPERTIES else ""
        if self.kind == "minimize" or self.kind == "maximize":
            return Target(self.property, unit, self.kind)
        return Target(self.property, unit, "window", self.low, self.high)

    @classmethod
    def from_plain(cls, plain: "Goal | str | Mapping[str, Any]") -> "Goal":
        """A goal from itself, from text, or from a table with the attributes as keys; any property name is allowed.

        Raises:
            ConfigError: If it is none of these; unknown keys are named beside the known ones.
        """
        if isinstance(plain, Goal):
            return plain
        if isinstance(plain, str):
            return cls.parse(plain, known=None)
        if not isinstance(plain, Mapping):
            raise ConfigError(f"a goal is a text such as qed:max or a table, got {type(plain).__name__}")
        known = ("property", "kind", "low", "high", "weight")
        unknown = [key for key in plain if key not in known]
        if set(plain) in ({"property", "shape"}, {"property", "shape", "weight"}):
            shape = Shape.parse(str(plain["shape"]))
            if shape is None:
                raise ConfigError(f"{plain['shape']!r} is no shape; write it as in {SHAPES}")
            return cls.shaped(plain["property"], shape, plain.get("weight", 1.0))
        if unknown or not {"property", "kind"} <= set(plain):
            raise ConfigError(
                "a goal needs property and kind, and may have low, high and weight, or property and shape; got "
                f"{', '.join(map(str, plain))}"
            )
        for name in ("low", "high", "weight"):
            if not isinstance(plain.get(name), int | float | None) or isinstance(plain.get(name), bool):
                raise ConfigError(f"{name} of a goal is a number, got {plain[name]!r}")
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"shape": None if self.shape is None else str(self.shape)}


def check_known(names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse properties that nothing can measure or predict.

    Raises:
        ConfigError: If a name is unknown; the text lists the known ones.
    """
    known = list(known)
    for name in names:
        if name not in known:
            raise ConfigError(f"unknown property {name!r}; known are {', '.join(known)}.{did_you_mean(name, known)}")


def check_goals(goals: Sequence[Goal]) -> None:
    """Refuse an empty list and two goals for one property.

    Raises:
        ConfigError: Otherwise.
    """
    if not goals:
        raise ConfigError(f"at least one goal is needed, as in {GRAMMAR}")
    names = [goal.property for goal in goals]
    for name in names:
        if refined(name.removeprefix(refined(""))) == name:
            raise ConfigError(
                f"{name!r} reads like the refined prediction of {name.removeprefix(refined(''))!r}; name it otherwise"
            )
        if names.count(name) > 1:
            raise ConfigError(f"{name!r} has {names.count(name)} goals; give it one (a range is one goal: {name}:a..b)")


def check_certifiable(goals: Sequence[Goal]) -> None:
    """Refuse goals that only rank, where something is to be proved of each.

    Raises:
        ConfigError: For the first one.
    """
    for goal in goals:
        if not goal.is_certifiable:
            raise ConfigError(
                f"{goal} has several peaks, which no convex cost follows; give it one peak, or let generate rank by it"
            )


def overall_desirability(desirabilities: NDArray[np.float64], weights: ArrayLike) -> NDArray[np.float64]:
    """Weighted geometric mean over goals: (n, G) and (G,) to (n,); NaN where one is missing, 0 where one is 0."""
    share = np.asarray(weights, dtype=np.float64)
    share = share / share.sum()
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp((np.log(desirabilities) * share).sum(axis=1)))


def short_number(number: float | None) -> str:
    """A number in as few digits as read back exactly."""
    if number is None:
        return ""
    return f"{number:g}" if float(f"{number:g}") == number else repr(float(number))


def _kind_and_ends(match: re.Match[str]) -> dict[str, Any]:
    if extreme := match["extreme"]:
        return {"kind": "minimize" if extreme.lower().startswith("min") else "maximize"}
    if match["low"] is not None:
        return {"kind": "window", "low": float(match["low"]), "high": float(match["high"])}
    end = float(match["end"])
    if match["sign"] == "=":
        return {"kind": "target", "low": end, "high": end}
    return {"kind": "window", "high" if match["sign"].startswith("<") else "low": end}


def _weight(text: str, goal: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"the weight {text.strip()!r} in {goal!r} is no number; write it as in qed:max*2") from None
