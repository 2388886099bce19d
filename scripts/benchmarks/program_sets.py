"""Programs that the benchmarks of the optimizer solve: over balls, on random, trained and bundled networks."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from networks import random_network, trained_network

from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import Ball, CostTerm, Program

TOLERANCES = (1e-4, 1e-6)


@dataclass(frozen=True)
class Timed:
    """A result with wall and CPU seconds."""

    result: Any
    wall: float
    cpu: float


def timed(work: Callable[[], Any], repeats: int = 1) -> Timed:
    """The run with the least CPU time."""
    runs = []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        runs.append(Timed(result, time.perf_counter() - wall, time.process_time() - cpu))
    return min(runs, key=lambda run: run.cpu)


def random_programs(dim: int, widths: Sequence[int], count: int, radius: float) -> Program:
    """Programs on one random network over balls around standard normal latents; every run has the same ones."""
    return _around_normal_latents(random_network(dim, widths, 0), count, radius)


def program_sets(dim: int, width: int, count: int, radius: float) -> dict[str, Program]:
    """By name: a random network, one trained on a synthetic property, and the bundled ensemble for QED.

    The last has the latent dimension and widths of its own; its balls surround latents of the bundled reference set.
    """
    trained = trained_network(dim, (width, width), 0)
    return {
        f"random 2 x {width}": random_programs(dim, (width, width), count, radius),
        f"trained 2 x {width}": _around_normal_latents(trained, count, radius),
        "QED, bundled": _bundled("qed", count, radius),
    }


def _around_normal_latents(network: ReluNetwork, count: int, radius: float) -> Program:
    generator = torch.Generator().manual_seed(1)
    centers = torch.randn(count, network.latent_dim, generator=generator, dtype=torch.float64)
    return Program([network], torch.ones(1, dtype=torch.float64), Ball(centers, radius))


def _bundled(name: str, count: int, radius: float) -> Program:
    from molconvex.files import data_path
    from molconvex.latent import reference_set
    from molconvex.surrogate import load_convex_surrogate

    surrogate = load_convex_surrogate(data_path("surrogates", name))
    terms = [CostTerm(tuple(range(len(surrogate.members))), surrogate.aggregate)]
    centers = reference_set().z.double()
    chosen = centers[torch.arange(count) % len(centers)]
    return Program(surrogate.convex_costs(), torch.ones(1, dtype=torch.float64), Ball(chosen, radius), terms)
