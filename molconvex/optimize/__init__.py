"""Batched convex programs over convex ReLU networks, solved with certificates."""

from molconvex.optimize.aggregates import CostTerm
from molconvex.optimize.certificate import CheckReport, check_certificate
from molconvex.optimize.cost import Cost
from molconvex.optimize.difference import DifferenceProgram
from molconvex.optimize.dominance import hypervolume, non_dominated
from molconvex.optimize.exact import estimate_seconds, solve_exact
from molconvex.optimize.flat_regions import Box, Hull
from molconvex.optimize.intersection import HalfSpaces, Intersection
from molconvex.optimize.level_sets import LevelPoints, LevelStatus, reach_level
from molconvex.optimize.level_walks import (
    WalkStatus,
    Way,
    descending_way,
    largest_rise,
    straight_way,
    walk_level,
)
from molconvex.optimize.local import LocalSolution, LocalStatus, minimize_locally
from molconvex.optimize.pareto import ParetoFront, pareto_front
from molconvex.optimize.program import Program, ThresholdWarning
from molconvex.optimize.record import CertificateRecord, make_record
from molconvex.optimize.record_files import load_record, save_record
from molconvex.optimize.region import Region
from molconvex.optimize.round_regions import Ball, Ellipsoid
from molconvex.optimize.second_opinion import SecondOpinion, minimize_with_scipy
from molconvex.optimize.solution import Solution, Status
from molconvex.optimize.solver import solve, solve_parts
from molconvex.optimize.tilts import Tilts

__all__ = [
    "Ball",
    "Box",
    "CertificateRecord",
    "CheckReport",
    "Cost",
    "CostTerm",
    "DifferenceProgram",
    "Ellipsoid",
    "HalfSpaces",
    "Hull",
    "Intersection",
    "LevelPoints",
    "LevelStatus",
    "LocalSolution",
    "LocalStatus",
    "ParetoFront",
    "Program",
    "Region",
    "SecondOpinion",
    "Solution",
    "Status",
    "ThresholdWarning",
    "Tilts",
    "WalkStatus",
    "Way",
    "check_certificate",
    "descending_way",
    "estimate_seconds",
    "hypervolume",
    "largest_rise",
    "load_record",
    "make_record",
    "minimize_locally",
    "minimize_with_scipy",
    "non_dominated",
    "pareto_front",
    "reach_level",
    "save_record",
    "solve",
    "solve_exact",
    "solve_parts",
    "straight_way",
    "walk_level",
]
