"""Variants of the last stretch to relative gaps of 1e-4, 1e-6 and 1e-8 on the same programs.

Example:
    python scripts/benchmarks/finishing.py

All run in float64 on one network over balls, from the anchors, with CPU time counted:

    homotopy   accelerated gradient on the smoothed network, the width cut by half every 20 steps
    proximal   the library's: the same steps, the reference gates moved to the current ones, widths cut only on need
    newton     proximal outer steps, each inner problem by semismooth Newton over the ball
    cuts       Kelley's cutting planes, their master problems by cvxpy + Clarabel, on a few programs only
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from newton_variant import newton_step
from program_sets import random_programs
from rich.console import Console
from rich.table import Table
from torch import Tensor

from molconvex.optimize.solver.descent import STEPS_PER_CHECK, State, advance, check, initial_state
from molconvex.optimize.solver.feasibility_lagrangian import build_lagrangian
from molconvex.optimize.solver.lagrangian import Lagrangian

TOLERANCES = (1e-4, 1e-6, 1e-8)


class Trace:
    """CPU seconds at which each share of programs reached each tolerance."""

    def __init__(self, lagrangian: Lagrangian, limit: float) -> None:
        self.lagrangian, self.limit, self.began = lagrangian, limit, time.process_time()
        self.best = torch.full((lagrangian.n,), torch.inf, dtype=torch.float64)
        self.bound = -self.best
        self.reached: dict[float, float] = {}

    def note(self, value: Tensor, bound: Tensor) -> bool:
        """Record; True once nine programs in ten reached every tolerance, or the seconds are spent."""
        self.best, self.bound = torch.minimum(self.best, value), torch.maximum(self.bound, bound)
        gap = (self.best - self.bound) / torch.maximum(self.lagrangian.gap_floor(), self.best.abs())
        seconds = time.process_time() - self.began
        for tolerance in TOLERANCES:
            if float((gap <= tolerance).double().mean()) >= 0.9:
                self.reached.setdefault(tolerance, seconds)
        return len(self.reached) == len(TOLERANCES) or seconds > self.limit


def start(lagrangian: Lagrangian) -> State:
    return initial_state(lagrangian, lagrangian.base.center.clone())


def homotopy(lagrangian: Lagrangian, trace: Trace) -> None:
    state = start(lagrangian)
    while True:
        advance(lagrangian, state, 20)
        _, slope, offset = lagrangian.smoothed(state.y, state.reference, state.width)
        if trace.note(lagrangian.exact(state.y)[0], lagrangian.bound(slope, offset)):
            return
        state.width = 0.5 * state.width
        state.probe, state.momentum = state.y, torch.ones_like(state.momentum)


def proximal(lagrangian: Lagrangian, trace: Trace) -> None:
    state = start(lagrangian)
    while True:
        advance(lagrangian, state, STEPS_PER_CHECK)
        check(lagrangian, state)
        if trace.note(state.best_value, state.best_bound):
            return


def newton(lagrangian: Lagrangian, trace: Trace) -> None:
    state = start(lagrangian)
    advance(lagrangian, state, STEPS_PER_CHECK)
    while True:
        for _ in range(2):
            state.y = newton_step(lagrangian, state.y, state.reference, state.width[:, 0])
        check(lagrangian, state)
        if trace.note(state.best_value, state.best_bound):
            return


def cuts(lagrangian: Lagrangian, trace: Trace) -> None:
    """Bundle of exact subgradients; the master problem gives the bound."""
    import cvxpy as cp

    for i in range(lagrangian.n):
        one = lagrangian.select(torch.tensor([i]))
        center, radius = one.base.center[0].numpy(), float(one.base.extent[0])
        z, level = cp.Variable(len(center)), cp.Variable()
        point, planes = one.base.center, []
        for _ in range(400):
            state = initial_state(one, point)
            sharp = torch.full_like(state.width, 1e-12)
            _, slope, offset = one.smoothed(point, state.reference, sharp)
            planes.append(level >= slope[0].numpy() @ z + float(offset[0]))
            ball = cp.norm(z - center) <= radius
            cp.Problem(cp.Minimize(level), [*planes, ball]).solve(solver="CLARABEL")
            point = one.base.project(torch.as_tensor(z.value)[None])
            best, bound = trace.best.clone(), trace.bound.clone()
            best[i], bound[i] = one.exact(point)[0][0], float(np.asarray(level.value))
            if trace.note(best, bound):
                return


VARIANTS: dict[str, Callable[[Lagrangian, Trace], None]] = {
    "homotopy": homotopy,
    "proximal": proximal,
    "newton": newton,
    "cuts": cuts,
}


def measure(options: Any, radius: float) -> list[tuple[str, int, dict[float, float]]]:
    """Rows of (variant, programs, CPU seconds a program by tolerance)."""
    rows: list[tuple[str, int, dict[float, float]]] = []
    for name, run in VARIANTS.items():
        n = min(options.count, 2) if name == "cuts" else options.count
        program = random_programs(options.dim, (options.width,) * 2, n, radius)
        lagrangian = build_lagrangian(program, torch.float64, torch.device("cpu"))
        trace = Trace(lagrangian, options.seconds)
        with torch.no_grad():
            run(lagrangian, trace)
        rows.append((name, n, {t: s / n for t, s in trace.reached.items()}))
    return rows


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=64, help="programs")
    parser.add_argument("--dim", type=int, default=128, help="latent dimension")
    parser.add_argument("--width", type=int, default=256, help="units in each of two hidden layers")
    parser.add_argument("--seconds", type=float, default=30.0, help="CPU seconds after which a variant is stopped")
    parser.add_argument("--radius", type=float, nargs="+", default=[1.0, 4.0], help="radii of the balls")
    options: Any = parser.parse_args(argv)
    torch.set_num_threads(1)
    table = Table("variant", "radius", "programs", *(f"ms a program to {t:g}" for t in TOLERANCES))
    for radius in options.radius:
        for name, n, seconds in measure(options, radius):
            cells = [
                f"{1000 * seconds[t]:.2f}" if t in seconds else f"not in {options.seconds:g} s" for t in TOLERANCES
            ]
            table.add_row(name, f"{radius:g}", str(n), *cells)
    Console(width=120, soft_wrap=True).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
