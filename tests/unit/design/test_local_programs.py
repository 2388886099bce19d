"""Difference-of-convex surrogates become programs with the very same cost, and are lowered from a lead."""

import pytest
import torch
from random_networks import random_network

from molconvex.design.local_programs import pose_local
from molconvex.exceptions import SurrogateError
from molconvex.optimize import Ball, minimize_locally
from molconvex.surrogate import DifferenceSurrogate, Target
from molconvex.surrogate.model.target import TargetScaler

DIM, N = 6, 5
LEADS = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
PAIRS = [(random_network(DIM, (12, 8), s), random_network(DIM, (10, 6), 10 + s)) for s in range(3)]
PLAIN, WINDOW = Target("assay", "", "minimize"), Target("assay", "", "window", 1.0, 2.0)


def surrogate(target: Target, aggregate: str) -> DifferenceSurrogate:
    return DifferenceSurrogate(TargetScaler(target), PAIRS, aggregate)


CASES = [(PLAIN, "mean"), (PLAIN, "max"), (PLAIN, "cvar:0.6"), (WINDOW, "mean"), (WINDOW, "max")]


@pytest.mark.parametrize(("target", "aggregate"), CASES)
def test_objective_is_the_cost_and_falls_from_the_leads(target: Target, aggregate: str) -> None:
    local = surrogate(target, aggregate)
    program = pose_local(local, Ball(LEADS, 1.0))
    torch.testing.assert_close(program.value(LEADS), local.cost(LEADS))
    found = minimize_locally(program, tolerance=1e-3)
    torch.testing.assert_close(found.value, local.cost(found.z))
    assert found.stationary == N
    assert (found.value <= local.cost(LEADS)).all()
    assert (found.value < local.cost(LEADS) - 1e-2).any()


def test_cvar_of_windows_is_refused() -> None:
    with pytest.raises(SurrogateError, match="'mean' or 'max'"):
        pose_local(surrogate(WINDOW, "cvar:0.5"), Ball(LEADS, 1.0))
