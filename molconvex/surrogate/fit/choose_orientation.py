"""Which side of a property is the convex set: both are trained, and held-out molecules decide, goal by goal."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.surrogate.model.orientation import Orientation, convex_set, possible, proof
from molconvex.surrogate.model.target import Target

LEAST_GAIN = 0.01
"""Relative gain in the loss from which a single validation part decides for the concave side."""


@dataclass(frozen=True)
class OrientationChoice:
    """The orientation of one goal and what speaks for it.

    Attributes:
        target: The goal.
        orientation: The one taken.
        asked: Whether it was asked for rather than chosen.
        loss: Validation loss of each orientation that was trained, one number per member.
    """

    target: Target
    orientation: Orientation
    asked: bool
    loss: dict[Orientation, list[float]]

    @property
    def better(self) -> Orientation:
        """The orientation that held-out molecules speak for; the one taken where only that was trained."""
        if len(self.loss) < 2:
            return self.orientation
        return better_side(np.array(self.loss["convex"]), np.array(self.loss["concave"]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for the card."""
        return {
            "orientation": self.orientation,
            "asked": self.asked,
            "better": self.better,
            "validation_loss": dict(self.loss),
            "convex_set": convex_set(self.target, self.orientation),
            "proof": proof(self.orientation),
        }


def better_side(convex: NDArray[np.float64], concave: NDArray[np.float64]) -> Orientation:
    """The side with the lower loss; convex where the difference is within its standard error over validation parts.

    Args:
        convex: Losses on the validation parts, shape (m,). With one part, a gain of 1 % decides.
        concave: Losses on the same parts.
    """
    gain = convex - concave
    if len(gain) == 1:
        return "concave" if gain[0] > LEAST_GAIN * abs(convex[0]) else "convex"
    return "concave" if gain.mean() > gain.std(ddof=1) / np.sqrt(len(gain)) else "convex"


def choose_orientation(
    target: Target, losses: dict[Orientation, NDArray[np.float64]], asked: Orientation | None
) -> OrientationChoice:
    """The orientation of one goal.

    Args:
        target: The goal.
        losses: Validation losses per orientation trained, shape (m,).
        asked: Orientation to take whatever the losses, or None.
    """
    able = {side: loss for side, loss in losses.items() if side in possible(target)}
    taken = asked or ("convex" if len(able) < 2 else better_side(able["convex"], able["concave"]))
    return OrientationChoice(target, taken, asked is not None, {side: loss.tolist() for side, loss in able.items()})
