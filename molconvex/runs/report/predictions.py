"""A prediction as people read it: value, interval or classes, and whether the surrogate knows its way there."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from molconvex.columns import CLASSES, DISTANCE, DOMAIN, HIGH, LOW, own_prediction, ranked_key
from molconvex.runs.report.numbers import plain, value
from molconvex.surrogate.model.uncertainty import OUTSIDE

Row = Mapping[str, Any] | pd.Series  # a row of a table, however it was taken out

WHAT_INTERVALS_ARE = (
    "In brackets: what holds the value of 90 % of new molecules, by the errors on held-out molecules. "
    "Outside: unlike the molecules that the surrogate was trained on, where errors are larger."
)

WHAT_REFINED_IS = (
    "Refined: by the convex networks and by the molecules trained on that are alike, the better prediction. "
    "Requirements and proofs speak of the convex one."
)


def prediction_text(row: Row, key: str, prop: str | None = None, *, as_refined: bool = True) -> str:
    """The prediction at a molecule's own latent with what stands beside it, "6.8 (6.1 to 7.5) outside".

    Args:
        row: Of a table with `predicted_KEY` or `reencoded_KEY`.
        key: A property or a requirement's key.
        prop: The property, where the key is that of a requirement.
        as_refined: Whether the refined prediction is taken where there is one.
    """
    own = ranked_key(row, key) if as_refined else key
    number = float(row[own_prediction(row, own)])
    if number != number:
        return ""
    parts = [value(prop or key, number), interval_text(row, own, prop or key), OUTSIDE if is_outside(row, key) else ""]
    return " ".join(part for part in parts if part)


def interval_text(row: Row, key: str, prop: str | None = None) -> str:
    """ "(6.1 to 7.5)", "(class 1)" or "" where nothing is known."""
    low, high, classes = row.get(LOW(key)), row.get(HIGH(key)), row.get(CLASSES(key))
    if isinstance(classes, str) and classes:
        return f"(class {classes})"
    if low is None or high is None or low != low or high != high:
        return ""
    return f"({value(prop or key, float(low))} to {value(prop or key, float(high))})"


def is_outside(row: Row, key: str) -> bool:
    """Whether the molecule lies outside the applicability domain."""
    return bool(row.get(DOMAIN(key)) == OUTSIDE)


def distance_text(row: Row, key: str) -> str:
    """How far the molecule lies from the training latents, as a sentence without a full stop; "" where unknown."""
    distance = row.get(DISTANCE(key))
    if distance is None or distance != distance:
        return ""
    return f"{plain(float(distance), 2)} of the usual distance from the training molecules"
