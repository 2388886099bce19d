"""Records that hold, of two programs over each kind of region, to be spoiled."""

import torch
from random_networks import random_network

from molconvex.optimize import (
    Ball,
    Box,
    CertificateRecord,
    CostTerm,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    make_record,
    solve,
)

DIM, N = 4, 2
NETWORKS = [random_network(DIM, (8, 6), seed) for seed in range(4)]
TERMS = [CostTerm((0,)), CostTerm((1, 2, 3), "cvar:0.5")]
MIDDLE = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
NORMALS = torch.randn(2, DIM, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
BALL = Ball(MIDDLE, 1.0)
REGIONS = {
    "ball": BALL,
    "box": Box(MIDDLE - 0.3, MIDDLE + 0.5),
    "ellipsoid": Ellipsoid(MIDDLE, torch.randn(DIM, DIM, generator=torch.Generator().manual_seed(3)).double()),
    "hull": Hull(torch.randn(8, DIM, generator=torch.Generator().manual_seed(4)).double()),
    "cut": Intersection(BALL, HalfSpaces(NORMALS, MIDDLE @ NORMALS.T + 0.1), Box(MIDDLE - 0.4, MIDDLE + 0.4)),
}


def proved(region=BALL, gap_tol: float = 1e-4, **options) -> CertificateRecord:
    weights = torch.rand(N, 2, generator=torch.Generator().manual_seed(2)).double() + 0.1
    program = Program(NETWORKS, weights, region, TERMS, **options)
    return make_record(program, solve(program, gap_tol=gap_tol))
