"""Which side of a property is one convex set, and which proof follows from that.

    convex     cost =  c(z): {cost <= t} is convex, and a lower bound on the cost over a region can be proved
    concave    cost = -c(z): {cost >= t} is convex, and each tangent of c proves an upper bound on the cost everywhere

with c a convex network. A toxicity whose toxic molecules form one compact set is concave when it is to be avoided.
"""

from typing import Literal

from molconvex.surrogate.model.target import Target

Orientation = Literal["convex", "concave"]
ORIENTATIONS: tuple[Orientation, ...] = ("convex", "concave")


def sign_of(orientation: Orientation) -> float:
    """cost = sign * c for the convex network c."""
    return 1.0 if orientation == "convex" else -1.0


def possible(target: Target) -> tuple[Orientation, ...]:
    """Orientations that a goal can have: the distance to a window is convex or nothing."""
    return ("convex",) if target.sense == "window" else ORIENTATIONS


def convex_set(target: Target, orientation: Orientation) -> str:
    """The molecules that are taken as one convex set, in words."""
    good = orientation == "convex"
    if target.sense == "classify":
        return f"the molecules of class {target.wanted if good else 1 - (target.wanted or 0)} of {target.property}"
    if target.sense == "window":
        return f"the molecules with {target.property} near its window"
    low = good == (target.sense == "minimize")
    return f"the molecules of {'low' if low else 'high'} {target.property}"


def proof(orientation: Orientation) -> str:
    """What can be proved of a cost of this orientation, in words."""
    if orientation == "convex":
        return "optimality: no point of a region is predicted better than a bound"
    return "safety: no point of a half-space is predicted worse than a bound"
