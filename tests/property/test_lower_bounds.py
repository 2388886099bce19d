"""Bounds never exceed the true minimum, whatever the network, region, multipliers and effort."""

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_network

from molconvex.optimize import (
    AffineTerms,
    Ball,
    Box,
    CostTerm,
    Ellipsoid,
    HalfSpaces,
    Hull,
    Intersection,
    Program,
    check_certificate,
    make_record,
    solve,
    solve_exact,
)

DIM = 3


@st.composite
def programs(draw: st.DrawFn) -> Program:
    seed = draw(st.integers(0, 10_000))
    widths = draw(st.lists(st.integers(1, 8), min_size=1, max_size=3))
    passthrough, slope = draw(st.booleans()), draw(st.sampled_from([0.0, 0.2]))
    networks = [random_network(DIM, widths, seed + i, passthrough=passthrough, slope=slope) for i in range(3)]
    generator = torch.Generator().manual_seed(seed)
    middle = torch.randn(2, DIM, generator=generator, dtype=torch.float64)
    matrix = torch.randn(5, DIM, generator=generator, dtype=torch.float64)
    size = draw(st.floats(0.05, 5.0))
    ball = Ball(middle, size)
    regions = {
        "ball": ball,
        "box": Box(middle - size, middle + 0.5 * size),
        "ellipsoid": Ellipsoid(middle, size * matrix[:DIM]),
        "hull": Hull(size * matrix).expand(2),
        "cut": Intersection(ball, HalfSpaces(matrix[:1], middle @ matrix[:1].T)),
    }
    region = regions[draw(st.sampled_from(sorted(regions)))]
    terms = [CostTerm((0,)), CostTerm((1, 2), draw(st.sampled_from(["mean", "max", "cvar:0.7"])))]
    weights = torch.rand(2, generator=generator) + draw(st.sampled_from([0.01, 1.0]))
    affine_terms = AffineTerms(torch.randn(2, 3, DIM, generator=generator), torch.randn(2, 3, generator=generator))
    return Program(
        networks,
        weights,
        region,
        terms,
        distance_weight=draw(st.sampled_from([0.0, 0.3])),
        affine_terms=affine_terms if draw(st.booleans()) else None,
    )


def lowest_sample(program: Program, solution_z: torch.Tensor) -> torch.Tensor:
    """Least objective over random points of the region, many of them near the point found."""
    count = 60 if isinstance(program.region, Intersection) else 300
    samples = program.region.sample(count, torch.Generator().manual_seed(0)).double()
    nearby = [torch.lerp(solution_z.double(), samples[:50], 10.0**-k) for k in (1, 2, 3)]
    points = torch.cat([samples, *nearby])
    every = torch.arange(program.n).repeat(len(points))
    return program.select(every).value(points.flatten(0, 1)).reshape(-1, program.n).min(0).values


@settings(max_examples=40, deadline=None)
@given(program=programs(), steps=st.sampled_from([1, 20, 2000]))
def test_bound_never_exceeds_any_sample(program: Program, steps: int) -> None:
    solution = solve(program, max_steps=steps)
    lowest = lowest_sample(program, solution.z)
    scale = lowest.abs().clamp_min(1)
    assert (solution.lower_bound <= lowest + 1e-6 * scale).all()
    assert (solution.lower_bound <= solution.value + 1e-6 * scale).all()
    report = check_certificate(make_record(program, solution))
    assert report.valid.all(), report.reasons


@settings(max_examples=12, deadline=None)
@given(program=programs())
def test_bound_never_exceeds_the_minimum_of_cvxpy(program: Program) -> None:
    solution, exact = solve(program, gap_tol=1e-5), solve_exact(program, gap_tol=1e-4)
    scale = exact.value.abs().clamp_min(1)
    assert (solution.lower_bound <= exact.value + 1e-6 * scale).all()
    assert (exact.lower_bound <= solution.value + 1e-6 * scale).all()
    gaps = (solution.value - solution.lower_bound) + (exact.value - exact.lower_bound).abs()
    assert ((solution.value - exact.value).abs() <= gaps + 1e-6 * scale).all()
    assert solution.certified == 2


@settings(max_examples=40, deadline=None)
@given(program=programs(), seed=st.integers(0, 100), spread=st.sampled_from([0.01, 0.3, 3.0]))
def test_noise_in_the_multipliers_only_weakens_the_bound(program: Program, seed: int, spread: float) -> None:
    solution = solve(program)
    record, random = make_record(program, solution), np.random.default_rng(seed)

    def noisy(array: np.ndarray) -> np.ndarray:
        return array + spread * random.normal(size=array.shape)

    shaken = replace(
        record,
        gates=tuple(tuple(noisy(layer) for layer in layers) for layers in record.gates),
        members=noisy(record.members),
        part_multipliers=tuple(noisy(part) for part in record.part_multipliers),
        penalty=noisy(record.penalty),
    )
    assert (check_certificate(shaken).lower_bound <= solution.value.numpy() + 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(program=programs(), share=st.floats(1e-4, 10.0), row=st.integers(0, 1))
def test_bound_above_the_value_is_never_accepted(program: Program, share: float, row: int) -> None:
    record = make_record(program, solve(program))
    claimed = record.lower_bound.copy()
    claimed[row] = record.value[row] + share * max(1, abs(record.value[row]))
    report = check_certificate(replace(record, lower_bound=claimed))
    assert not report.valid[row]
    assert report.valid[1 - row]
