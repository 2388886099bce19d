"""Batches beyond memory are solved in chunks, handed out part by part, or refused with what to do."""

import itertools

import pytest
import torch
from random_networks import random_network

from molconvex.exceptions import ProgramError
from molconvex.optimize import Ball, Program, check_certificate, make_record, solve, solve_parts
from molconvex.optimize.program import memory

DIM = 6
NETWORK = random_network(DIM, (8, 6), 0)


def posed(n: int) -> Program:
    middle = torch.randn(n, DIM, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return Program([NETWORK], torch.ones(1).double(), Ball(middle, 1.0))


def test_parts_are_the_batch_in_order() -> None:
    program = posed(7)
    whole = solve(program)
    parts = list(solve_parts(program, chunk=3))
    assert [part.n for part, _ in parts] == [3, 3, 1]
    assert torch.equal(torch.cat([part.anchors for part, _ in parts]), program.anchors)
    assert ((torch.cat([s.value for _, s in parts]) - whole.value).abs() <= 2e-4 * whole.value.abs().clamp_min(1)).all()
    for part, solution in parts:
        assert check_certificate(make_record(part, solution)).valid.all()


def test_a_million_programs_are_chunked_to_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    program = Program([NETWORK], torch.ones(1), Ball(torch.zeros(1_000_000, DIM), 1.0))
    monkeypatch.setattr(memory, "CHUNK_BYTES", 2**16)
    parts = solve_parts(program)
    for part, solution in itertools.islice(parts, 3):
        numbers = sum(layer.numel() for stack in solution.multipliers.gates for layer in stack)
        assert 10 * 4 * numbers <= 2**16
        assert solution.certified == part.n


def test_gradients_stay_on_between_parts() -> None:
    for _ in solve_parts(posed(4), chunk=2):
        assert torch.is_grad_enabled()


def test_batches_whose_result_exceeds_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "physical_memory", lambda: 2**20)
    with pytest.raises(ProgramError, match=r"100,000 programs take about .* iterate over solve_parts"):
        solve(posed(100_000))


def test_the_machine_tells_its_memory() -> None:
    assert memory.physical_memory() > 2**28


def test_options_are_checked_before_the_first_part() -> None:
    with pytest.raises(ProgramError, match="gap_tol"):
        solve_parts(posed(2), gap_tol=-1.0)
