"""Batched convex programs over convex ReLU networks, solved with certificates."""

from molconvex.optimize.aggregates import CostTerm
from molconvex.optimize.flat_regions import Box, Hull
from molconvex.optimize.intersection import HalfSpaces, Intersection
from molconvex.optimize.program import Program, ThresholdWarning
from molconvex.optimize.region import Region
from molconvex.optimize.round_regions import Ball, Ellipsoid
from molconvex.optimize.solution import Solution, Status
from molconvex.optimize.solver import solve

__all__ = [
    "Ball",
    "Box",
    "CostTerm",
    "Ellipsoid",
    "HalfSpaces",
    "Hull",
    "Intersection",
    "Program",
    "Region",
    "Solution",
    "Status",
    "ThresholdWarning",
    "solve",
]
