"""Batched convex programs over convex ReLU networks, solved with certificates."""

from molconvex.exceptions import ThresholdWarning
from molconvex.optimize.bounds.region_bounds import RegionBounds, region_bounds
from molconvex.optimize.certificate.check import CheckReport, check_certificate
from molconvex.optimize.certificate.point_claims import (
    PointClaims,
    check_point_claims,
    enlarged_lower_bound,
    point_claims,
)
from molconvex.optimize.certificate.record import CertificateRecord, make_record
from molconvex.optimize.certificate.record_files import load_record, save_record
from molconvex.optimize.concave.solve_over_hull import local_points, solve_over_hull
from molconvex.optimize.difference.local_minima import LocalSolution, LocalStatus, minimize_locally
from molconvex.optimize.difference.program import DifferenceProgram
from molconvex.optimize.exact.solve_exact import estimate_seconds, solve_exact
from molconvex.optimize.fronts.dominance import hypervolume, non_dominated
from molconvex.optimize.fronts.pareto import ParetoFront, pareto_front
from molconvex.optimize.paths.level_sets import LevelPoints, LevelStatus, reach_level
from molconvex.optimize.paths.level_walks import (
    WalkStatus,
    Way,
    descending_way,
    largest_rise,
    straight_way,
    walk_level,
)
from molconvex.optimize.program.affine_terms import AffineTerms
from molconvex.optimize.program.aggregates import CostTerm
from molconvex.optimize.program.concave_costs import ConcaveCosts
from molconvex.optimize.program.cost import Cost
from molconvex.optimize.program.program import Program
from molconvex.optimize.program.tangents import Tangents
from molconvex.optimize.regions.flat_regions import Box, Hull
from molconvex.optimize.regions.hull_membership import HullMembership, hull_membership
from molconvex.optimize.regions.intersection import HalfSpaces, Intersection
from molconvex.optimize.regions.region import Region
from molconvex.optimize.regions.round_regions import Ball, Ellipsoid
from molconvex.optimize.safety.concave_thresholds import solve_with_tangents, with_tangents
from molconvex.optimize.solver.solution import Solution, Status
from molconvex.optimize.solver.solve import solve, solve_parts

__all__ = [
    "AffineTerms",
    "Ball",
    "Box",
    "CertificateRecord",
    "CheckReport",
    "ConcaveCosts",
    "Cost",
    "CostTerm",
    "DifferenceProgram",
    "Ellipsoid",
    "HalfSpaces",
    "Hull",
    "HullMembership",
    "Intersection",
    "LevelPoints",
    "LevelStatus",
    "LocalSolution",
    "LocalStatus",
    "ParetoFront",
    "PointClaims",
    "Program",
    "Region",
    "RegionBounds",
    "Solution",
    "Status",
    "Tangents",
    "ThresholdWarning",
    "WalkStatus",
    "Way",
    "check_certificate",
    "check_point_claims",
    "descending_way",
    "enlarged_lower_bound",
    "estimate_seconds",
    "hull_membership",
    "hypervolume",
    "largest_rise",
    "load_record",
    "local_points",
    "make_record",
    "minimize_locally",
    "non_dominated",
    "pareto_front",
    "point_claims",
    "reach_level",
    "region_bounds",
    "save_record",
    "solve",
    "solve_exact",
    "solve_over_hull",
    "solve_parts",
    "solve_with_tangents",
    "straight_way",
    "walk_level",
    "with_tangents",
]
