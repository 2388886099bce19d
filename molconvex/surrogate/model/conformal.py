"""Intervals and class sets with a promised coverage, from errors on molecules that took no part in the training.

    interval at level L     prediction +- the ceil((n + 1) L)-th smallest of n absolute errors
    class set at level L    every class y whose own molecules had as low a probability of y in more than 1 - L of cases

Errors inside and outside the applicability domain are kept apart: outside they are larger.

Reference: Vovk, Gammerman and Shafer (2005), Algorithmic Learning in a Random World; Romano, Sesia and Candes (2020).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import ConfigError

Array = NDArray[np.float64]

LEVELS = (0.5, 0.8, 0.9, 0.95)
FEWEST = 19
"""Errors needed for a group of its own: the fewest for which an interval at 95 % is finite."""


@dataclass(frozen=True)
class Conformal:
    """Quantiles of errors, per level of LEVELS.

    Attributes:
        inside, outside: Half widths in the property's unit inside and outside the domain; None for classes.
        class_0, class_1: Largest admissible probability of the other class; None for numbers. Infinite where there
            are too few molecules for the level.
        molecules: How many errors each group rests on.
    """

    inside: tuple[float, ...] | None = None
    outside: tuple[float, ...] | None = None
    class_0: tuple[float, ...] | None = None
    class_1: tuple[float, ...] | None = None
    molecules: Mapping[str, int] | None = None

    def half_width(self, distance: Array, level: float) -> Array:
        """Half widths, shape (n,), at distances to the training latents.

        Raises:
            ConfigError: If the level is not one of LEVELS.
        """
        place = level_index(level)
        if self.inside is None or self.outside is None:
            return np.full(len(distance), np.nan)
        return np.where(distance <= 1, self.inside[place], self.outside[place])

    def class_sets(self, probability: Array, level: float) -> list[str]:
        """ "0", "1", "0 or 1" or "neither" for probabilities of class 1, shape (n,).

        Raises:
            ConfigError: If the level is not one of LEVELS.
        """
        place = level_index(level)
        if self.class_0 is None or self.class_1 is None:
            return [""] * len(probability)
        words = {(True, True): "0 or 1", (True, False): "0", (False, True): "1", (False, False): "neither"}
        zero, one = probability <= self.class_0[place], 1.0 - probability <= self.class_1[place]
        return [words[bool(a), bool(b)] for a, b in zip(zero, one, strict=True)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest, None for infinite widths."""
        plain = {name: value for name, value in asdict(self).items() if value is not None}
        return {k: [None if math.isinf(x) else x for x in v] if k != "molecules" else v for k, v in plain.items()}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Conformal":
        """Inverse of `to_dict`."""
        known: dict[str, Any] = {
            name: value if name == "molecules" else tuple(math.inf if x is None else float(x) for x in value)
            for name, value in plain.items()
        }
        return cls(**known)


def level_index(level: float) -> int:
    """Place of a level among LEVELS.

    Raises:
        ConfigError: If there is none.
    """
    if level not in LEVELS:
        raise ConfigError(f"intervals are kept at the levels {', '.join(map(str, LEVELS))}; got {level}")
    return LEVELS.index(level)


def error_quantiles(errors: Array) -> tuple[float, ...]:
    """The ceil((n + 1) L)-th smallest error at each level L; infinite where n is too small for it."""
    ordered, n = np.sort(errors), len(errors)
    places = [math.ceil(round((n + 1) * level, 9)) for level in LEVELS]
    return tuple(float(ordered[place - 1]) if place <= n else math.inf for place in places)


def calibrated(kind: str, truth: Array, predicted: Array, distance: Array) -> Conformal | None:
    """Conformal quantiles from held-out molecules; None with fewer than 19.

    Args:
        kind: "regression" or "classification".
        truth: Exact values, or classes; shape (n,), NaN where unknown.
        predicted: Values, or probabilities of class 1.
        distance: To the training latents.
    """
    kept = np.isfinite(truth) & np.isfinite(predicted)
    truth, predicted, distance = truth[kept], predicted[kept], distance[kept]
    if len(truth) < FEWEST:
        return None
    if kind == "classification":
        zero, one = truth == 0, truth == 1
        sizes = {"class_0": int(zero.sum()), "class_1": int(one.sum())}
        quantiles = error_quantiles(predicted[zero]), error_quantiles(1 - predicted[one])
        return Conformal(class_0=quantiles[0], class_1=quantiles[1], molecules=sizes)
    error, near = np.abs(truth - predicted), distance <= 1
    groups: Sequence[Array] = [error[part] if part.sum() >= FEWEST else error for part in (near, ~near)]
    sizes = {"inside": int(near.sum()), "outside": int((~near).sum())}
    return Conformal(error_quantiles(groups[0]), error_quantiles(groups[1]), molecules=sizes)
