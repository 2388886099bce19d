"""Batched convex programs over convex ReLU networks, solved with certificates."""

from molconvex.optimize.aggregates import Goal
from molconvex.optimize.program import Program, ThresholdWarning
from molconvex.optimize.regions import Ball, Box, Region
from molconvex.optimize.solution import Solution, Status
from molconvex.optimize.solver import solve

__all__ = ["Ball", "Box", "Goal", "Program", "Region", "Solution", "Status", "ThresholdWarning", "solve"]
