"""A nearby solution, with its multipliers, saves steps along paths of radii, weights and thresholds."""

import pytest
import torch
from random_networks import random_network

from molconvex.exceptions import ProgramError
from molconvex.optimize import Ball, Program, check_certificate, make_record, solve

DIM, N = 24, 8
NETWORKS = [random_network(DIM, (48, 32), s) for s in range(2)]
MIDDLE = torch.randn(N, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
FREE = torch.full((2,), torch.inf).double()


def posed(radius: float = 1.0, share: float = 0.5, limits: torch.Tensor = FREE) -> Program:
    return Program(NETWORKS, torch.tensor([1 - share, share]).double(), Ball(MIDDLE, radius), thresholds=limits)


def limits(excess: float) -> torch.Tensor:
    least = solve(posed(share=1.0)).costs[:, 1]
    return torch.stack([torch.full_like(least, torch.inf), least + excess], dim=1)


PATHS = {
    "radii": [posed(radius) for radius in (0.9, 1.0, 1.1)],
    "weights": [posed(share=share) for share in (0.4, 0.5, 0.6)],
    "thresholds": [posed(limits=limits(excess)) for excess in (0.4, 0.3, 0.2)],
}


@pytest.mark.parametrize("name", list(PATHS))
def test_a_path_of_programs_takes_fewer_steps_than_each_alone(name: str) -> None:
    before, saved = solve(PATHS[name][0], gap_tol=1e-5), 0
    for program in PATHS[name][1:]:
        cold, warm = solve(program, gap_tol=1e-5), solve(program, gap_tol=1e-5, start=before)
        assert warm.certified == N
        assert check_certificate(make_record(program, warm)).valid.all()
        torch.testing.assert_close(warm.value, cold.value, atol=3e-5, rtol=0)
        saved += int((cold.steps - warm.steps).sum())
        before = warm
    assert saved > 0


def test_solutions_of_other_networks_are_refused() -> None:
    other = solve(Program([random_network(DIM, (8,), 0)], torch.ones(1), Ball(MIDDLE, 1.0)))
    with pytest.raises(ProgramError, match=r"start=solution\.z"):
        solve(posed(), start=other)
    assert solve(posed(), start=other.z).certified == N


def test_points_that_are_not_finite_are_refused() -> None:
    with pytest.raises(ProgramError, match="NaN"):
        solve(posed(), start=MIDDLE * torch.nan)
