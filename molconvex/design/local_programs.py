"""Difference-of-convex surrogates as programs of the optimizer, which minimizes them locally."""

import torch
from torch import Tensor

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.optimize import CostTerm, DifferenceProgram, Program, Region
from molconvex.surrogate import DifferenceSurrogate


def pose_local(
    surrogate: DifferenceSurrogate, region: Region, *, distance_weight: Tensor | float = 0.0
) -> DifferenceProgram:
    """One program for each set of the region, whose objective is the surrogate's cost.

    Hand it to `molconvex.optimize.minimize_locally`; whatever shows the result must call it local. For windows, whose
    cost is max(g - h, 0), each member shares a maximum with a network that is zero everywhere.

    Args:
        surrogate: members g - h under any aggregate; for windows "mean" or "max".
        region: n compact sets.
        distance_weight: of the penalty on the distance to the regions' centers, (n,) or one number.

    Raises:
        SurrogateError: If the surrogate is a CVaR of windows, which no such program expresses.
    """
    convex: list[ReluNetwork] = [g for g, _ in surrogate.pairs]
    concave: list[ReluNetwork | None] = [h for _, h in surrogate.pairs]
    every = tuple(range(len(convex)))
    terms = [CostTerm(every, surrogate.aggregate)]
    if surrogate.target.sense == "window":
        zero = len(convex)
        if surrogate.aggregate == "max":
            terms, floors = [CostTerm((*every, zero), "max")], 1
        elif surrogate.aggregate == "mean":
            terms, floors = [CostTerm((k, zero + k), "max") for k in every], len(every)
        else:
            raise SurrogateError(
                f"windows aggregated by {surrogate.aggregate!r} cannot be minimized; use 'mean' or 'max'"
            )
        convex += [_zero(convex[0])] * floors
        concave += [None] * floors
    weights = torch.full((len(terms),), 1.0 / len(terms), dtype=torch.float64)
    return DifferenceProgram(Program(convex, weights, region, terms, distance_weight=distance_weight), concave)


def _zero(like: ReluNetwork) -> ReluNetwork:
    """A network that is zero everywhere."""
    nothing = torch.zeros(1, dtype=torch.float64)
    return ReluNetwork((), (torch.zeros(1, like.latent_dim, dtype=torch.float64),), (nothing,), nothing)
