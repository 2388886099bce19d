"""Certified convex programs: throughput against cvxpy, plain projected gradient, growth, memory and CUDA.

Example:
    python scripts/benchmarks/programs.py
    python scripts/benchmarks/programs.py --parts throughput --exact 16
    python scripts/benchmarks/programs.py --parts growth --plot growth.svg

Programs minimize a cost over balls: a random network (many kinks, harder than real ones), one trained on a synthetic
property, and the bundled ensemble for QED. Both solvers run in this process, one after the other, to the same relative
gap; the ratio of CPU times does not depend on what else the machine does, the ratio of wall times does.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from program_growth import Point, draw_growth, growth_table, sweep_points
from program_sets import TOLERANCES, Timed, program_sets, random_programs, timed
from rich.console import Console
from rich.table import Table
from torch import Tensor

from molconvex.icnn.relu_network import ReluNetwork
from molconvex.optimize import Program, solve, solve_exact

STEP_SIZES = (0.03, 0.1, 0.3, 1.0, 3.0)
MANY = 16384


def throughput(options: Any, console: Console) -> None:
    """Batched solver and cvxpy + Clarabel, compiled once, on the same programs."""
    headers = ("programs", "gap", "certified", "a second", "CPU ms", "Clarabel CPU ms", "wall ratio", "CPU ratio")
    table = Table(*headers, "optimum differs by")
    for name, program in program_sets(options.dim, options.width, options.batch, options.radius).items():
        for tolerance in TOLERANCES:
            exact = by_clarabel(program.select(torch.arange(options.exact)), tolerance)
            ours = timed(lambda p=program, t=tolerance: solve(p, gap_tol=t), options.repeats)
            difference = (ours.result.value[: options.exact] - exact.result.value).abs()
            cpu, reference = ours.cpu / program.n, exact.cpu / options.exact
            table.add_row(
                name,
                f"{tolerance:g}",
                f"{ours.result.certified:,} of {program.n:,}",
                f"{program.n / ours.wall:,.0f}",
                f"{1000 * cpu:.2f}",
                f"{1000 * reference:,.0f}",
                f"{exact.wall / options.exact / (ours.wall / program.n):,.0f}",
                f"{reference / cpu:,.0f}",
                f"{float((difference / exact.result.value.abs().clamp_min(1)).max()):.1e}",
            )
    table.title = (
        f"Batches of {options.batch:,}, latent dimension {options.dim}, balls of radius {options.radius:g}, "
        f"{torch.get_num_threads()} threads; Clarabel on {options.exact} of them"
    )
    console.print(table)


def by_clarabel(program: Program, tolerance: float) -> Timed:
    """Programs one by one through one compiled problem, to the same relative gap."""
    asked = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), tolerance)
    solve_exact(program.select(torch.tensor([0])))
    return timed(lambda: solve_exact(program, gap_tol=tolerance, solver_options=asked))


def gradient(options: Any, console: Console) -> None:
    """Projected gradient with a constant step and no certificate, given the same CPU time."""
    table = Table("programs", "CPU s", "its steps", "step size", "its median error", "its worst", "our median", "ours")
    for name, program in program_sets(options.dim, options.width, options.batch, options.radius).items():
        ours = timed(lambda p=program: solve(p), options.repeats)
        bound = solve(program, gap_tol=1e-6).lower_bound
        scale = bound.abs().clamp_min(1)
        runs = []
        for size in STEP_SIZES:
            z, steps = projected_gradient(program, size, ours.cpu)
            left = (program.value(z) - bound) / scale
            runs.append((float(left.median()), float(left.max()), size, steps))
        median, worst, size, steps = min(runs)
        left = (ours.result.value - bound) / scale
        errors = (f"{x:.1e}" for x in (median, worst, float(left.median()), float(left.max())))
        table.add_row(name, f"{ours.cpu:.2f}", str(steps), f"{size:g}", *errors)
    table.title = (
        f"Plain projected gradient, best of {len(STEP_SIZES)} step sizes, in the CPU time of {options.batch:,} "
        "certified solutions; relative errors above a bound of gap 1e-6"
    )
    console.print(table)


def projected_gradient(program: Program, size: float, seconds: float) -> tuple[Tensor, int]:
    """Points after as many float32 steps as fit the CPU seconds, and how many those were."""
    networks = [network.to(dtype=torch.float32) for network in program.networks]
    ball = program.region.to(torch.float32)
    z, steps, began = ball.center.clone(), 0, time.process_time()
    while time.process_time() - began < seconds:
        z = ball.project(z - size * _slope(networks, z))
        steps += 1
    return z, steps


def _slope(networks: list[ReluNetwork], z: Tensor) -> Tensor:
    z = z.detach().requires_grad_()
    mean = sum((network(z).sum() for network in networks), start=torch.zeros(())) / len(networks)
    return torch.autograd.grad(mean, z)[0]


def growth(options: Any, console: Console) -> None:
    """CPU milliseconds a program as one size grows and the others stay."""
    points: list[Point] = list(sweep_points(options.sweep_batch, options.dim, options.radius))
    console.print(growth_table(points, options.sweep_batch, options.dim))
    if options.plot is not None:
        draw_growth(points, options.plot)
        console.print(f"plot written to {options.plot}")


def memory(options: Any, console: Console) -> None:
    """Peak resident memory of a fresh process that solves 16,384 programs."""
    sizes = ["--dim", str(options.dim), "--width", str(options.width), "--threads", str(options.threads)]
    command = [sys.executable, __file__, "--parts", "memory-here", *sizes]
    console.print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def memory_here(options: Any, console: Console) -> None:
    program = random_programs(options.dim, (options.width,) * 2, MANY, options.radius)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    solution = solve(program)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    console.print(
        f"Peak memory at {MANY:,} programs, 2 x {options.width} units: {peak / 2**20:.2f} GiB, of which "
        f"{before / 2**20:.2f} GiB before solving; {solution.certified:,} certified, multipliers kept"
    )


def cuda(options: Any, console: Console) -> None:
    """The random programs on a CUDA device, if there is one."""
    if not torch.cuda.is_available():
        console.print("CUDA: none on this machine, nothing measured")
        return
    program = random_programs(options.dim, (options.width,) * 2, MANY, options.radius)
    for tolerance in TOLERANCES:
        solve(program.select(torch.arange(64)), device="cuda")
        run = timed(lambda t=tolerance: solve(program, gap_tol=t, device="cuda", chunk=MANY), options.repeats)
        console.print(
            f"CUDA ({torch.cuda.get_device_name()}): {MANY / run.wall:,.0f} programs a second to {tolerance:g}, "
            f"{run.result.certified:,} of {MANY:,} certified"
        )


PARTS = {"throughput": throughput, "gradient": gradient, "growth": growth, "memory": memory, "cuda": cuda}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=(*PARTS, "memory-here"), default=list(PARTS))
    parser.add_argument("--batch", type=int, default=1024, help="programs in one batch")
    parser.add_argument("--sweep-batch", type=int, default=256, help="programs where another size grows")
    parser.add_argument("--dim", type=int, default=128, help="latent dimension; the bundled model has 128")
    parser.add_argument("--width", type=int, default=256, help="units in each of two hidden layers")
    parser.add_argument("--radius", type=float, default=2.0, help="radius of the balls")
    parser.add_argument("--exact", type=int, default=16, help="programs given to cvxpy")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the fastest counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of torch")
    parser.add_argument("--plot", type=Path, help="where to write the growth plot (SVG or PNG)")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    console = Console(width=140, soft_wrap=True)
    for part in options.parts:
        (memory_here if part == "memory-here" else PARTS[part])(options, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
