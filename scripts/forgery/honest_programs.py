"""Small random programs of every kind, solved honestly: what a forger begins with."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_programs import solve_goal_program
from molconvex.optimize import (
    Ball,
    Box,
    CertificateRecord,
    ConcaveCosts,
    CostTerm,
    Ellipsoid,
    Hull,
    Program,
    Region,
    make_record,
    with_tangents,
)

KINDS = ("ball", "box", "ellipsoid", "hull")
GAP_TOL = 1e-3


@dataclass(frozen=True)
class Honest:
    """Programs around a lead with their record, and what the run's settings say of them.

    Attributes:
        program, record: n programs, solved; the first is anchored at the lead and weighs the goals as the user does.
        kind, radius, spread: Of the regions: see `molconvex.runs.check_regions`.
        aggregates: Of each cost.
        thresholds: Of each cost, infinity where it is a goal.
        weights: Of the goals.
        subtracted: By column, the convex network c of each cost that is -c, a goal or one with a threshold.
    """

    program: Program
    record: CertificateRecord
    kind: str
    radius: float
    spread: float
    aggregates: tuple[str, ...]
    thresholds: np.ndarray
    weights: tuple[float, ...]
    subtracted: dict[int, ReluNetwork]


def honest_programs(seed: int, n: int = 4) -> Honest:
    """n programs of two goals and sometimes a requirement, drawn from a seed.

    Some requirements have concave costs under tangents, and over hulls some goals are concave.
    """
    random = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    dim, kind = int(random.integers(2, 7)), KINDS[seed % len(KINDS)]
    required = bool(random.random() < 0.4)
    aggregates = ("mean", str(random.choice(["mean", "max", "cvar:0.5"])), *(["mean"] if required else []))
    sizes = (1, 3, 2)[: len(aggregates)]
    starts = np.cumsum([0, *sizes[:-1]])
    terms = [CostTerm(tuple(range(s, s + m)), a) for s, m, a in zip(starts, sizes, aggregates, strict=True)]
    networks = [random_network(dim, random, generator) for _ in range(sum(sizes))]
    is_concave = (False, kind == "hull" and bool(random.random() < 0.6), required and bool(random.random() < 0.5))
    subtracted = {k: networks[k] for term, minus in zip(terms, is_concave, strict=False) if minus for k in term.members}
    spread, radius = float(random.uniform(0, 2)), float(random.uniform(0.1, 3))
    anchors = _anchors(dim, n, spread if kind != "hull" else 0.0, generator)
    region = _region(kind, anchors, radius, random, generator)
    weights = (1.0, float(random.uniform(0.2, 3)))
    mixes = torch.from_numpy(random.dirichlet([1.0, 1.0], size=n))
    mixes[0] = torch.tensor(weights, dtype=torch.float64) / sum(weights)
    if required:
        mixes = torch.cat([mixes, torch.zeros(n, 1, dtype=torch.float64)], dim=1)
    zero = ReluNetwork.affine(torch.zeros(dim, dtype=torch.float64))
    plain = [zero if k in subtracted else network for k, network in enumerate(networks)]
    free = Program(plain, mixes, region, terms, anchor=anchors)
    thresholds = np.full(len(aggregates), np.inf)
    if required:
        thresholds[-1] = float(with_subtracted(free, subtracted).cost_values(anchors)[:, -1].max()) + 0.01
    program, solution = solve_goal_program(_limited(free, thresholds, subtracted), gap_tol=GAP_TOL)
    record = make_record(program, solution)
    return Honest(program, record, kind, radius, spread, aggregates, thresholds, weights, subtracted)


def with_subtracted(program: Program, subtracted: dict[int, ReluNetwork]) -> Program:
    """The program with concave costs, by column, in place of networks that are zero."""
    if not subtracted:
        return program
    return program.with_concave(ConcaveCosts(tuple(subtracted), tuple(subtracted.values())))


def _limited(free: Program, thresholds: np.ndarray, subtracted: dict[int, ReluNetwork]) -> Program:
    """The program with thresholds: tangents stand for the concave costs that have one, the others are goals."""
    limits = torch.from_numpy(thresholds) if np.isfinite(thresholds).any() else None
    program = Program(free.networks, free.weights, free.region, free.terms, limits, anchor=free.anchors)
    required = [
        k for term, limit in zip(free.cost_terms, thresholds, strict=True) if limit < np.inf for k in term.members
    ]
    under = {k: network for k, network in subtracted.items() if k in required}
    program = with_tangents(program, under, program.anchors) if under else program
    return with_subtracted(program, {k: network for k, network in subtracted.items() if k not in under})


def random_network(dim: int, random: np.random.Generator, generator: torch.Generator) -> ReluNetwork:
    """A convex network with kinks within a few units of the origin, float64."""
    widths = random.integers(2, 9, size=random.integers(1, 3)).tolist()

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    weights = tuple(normal(after, before).abs() / before for before, after in pairwise(widths))
    inputs = (normal(widths[0], dim), *(normal(width, dim) / 2 for width in widths[1:]))
    biases = tuple(0.5 * normal(width) for width in widths)
    return ReluNetwork(weights, inputs, biases, normal(widths[-1]).abs(), normal(dim) / 2, float(normal(1)), 0.0)


def _anchors(dim: int, n: int, spread: float, generator: torch.Generator) -> Tensor:
    lead = torch.randn(dim, generator=generator, dtype=torch.float64)
    direction = torch.randn(n, dim, generator=generator, dtype=torch.float64)
    distance = spread * torch.rand(n, 1, generator=generator, dtype=torch.float64)
    distance[0] = 0.0
    return lead + distance * direction / direction.norm(dim=1, keepdim=True)


def _region(
    kind: str, anchors: Tensor, radius: float, random: np.random.Generator, generator: torch.Generator
) -> Region:
    n, dim = anchors.shape
    radii = radius * torch.from_numpy(random.uniform(0.25, 1.0, size=n))
    radii[0] = radius
    make: dict[str, Callable[[], Region]] = {
        "ball": lambda: Ball(anchors, radii),
        "box": lambda: Box(anchors - radii[:, None] / dim**0.5, anchors + radii[:, None] / dim**0.5),
        "ellipsoid": lambda: Ellipsoid(anchors, _axes(dim, radius, generator)),
        "hull": lambda: Hull(_corners(anchors, radius, generator)),
    }
    return make[kind]()


def _axes(dim: int, radius: float, generator: torch.Generator) -> Tensor:
    axes = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
    return radius * axes / torch.linalg.matrix_norm(axes, 2)


def _corners(anchors: Tensor, radius: float, generator: torch.Generator) -> Tensor:
    n, dim = anchors.shape
    offsets = torch.randn(n, 6, dim, generator=generator, dtype=torch.float64)
    offsets = radius * offsets / offsets.norm(dim=2, keepdim=True).amax(dim=1, keepdim=True)
    return torch.cat([anchors[:, None], anchors[:, None] + offsets], dim=1)
