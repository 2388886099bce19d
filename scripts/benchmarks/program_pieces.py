"""The least of K convex pieces: how many of them are solved as programs of their own, and how long a minimum takes.

Example:
    python scripts/benchmarks/program_pieces.py --threads 1

A cost is a convex network less the largest of K affine functions of random directions that cross within the region.
Their size is relative to the network: at 1 they are as steep as it falls from the region's center to its minimum.
"""

import argparse
import os
import sys
from typing import Any

import torch
from program_sets import program_sets, timed
from rich.console import Console
from rich.table import Table
from torch import Tensor

from molconvex.optimize import LeastPieces, Pieces, Program, check_pieces, minimize_pieces, solve

SPREAD = 0.2  # of the levels of the pieces at the center, relative to what the network falls


def crossing_pieces(program: Program, count: int, size: float, seed: int) -> Pieces:
    """For one program: affine functions that cross within its region, `size` times as steep as the network there."""
    generator = torch.Generator().manual_seed(seed)
    d, networks = program.latent_dim, len(program.networks)
    fall = program.value(program.region.center) - solve(program, gap_tol=1e-2).value
    slopes = torch.randn(count, d, generator=generator, dtype=torch.float64)
    slopes = size * float(fall / program.region.extent) * slopes / slopes.norm(dim=1, keepdim=True)
    level = SPREAD * size * float(fall) * torch.randn(count, generator=generator, dtype=torch.float64)
    offsets = level - slopes @ program.region.center[0]
    return Pieces(-slopes[:, None].expand(-1, networks, -1).clone(), -offsets[:, None].expand(-1, networks).clone())


def measure(programs: dict[str, Program], options: Any, console: Console) -> None:
    headers = ("programs", "size", "solved, mean", "most", "largest gap", "CPU ms a minimum", "of one piece alone")
    table = Table(*headers, "bounds proved")
    for name, batch in programs.items():
        each = [batch.select(torch.tensor([i])) for i in range(options.batch)]
        alone = sum(timed(lambda p=program: solve(p, gap_tol=options.gap)).cpu for program in each)
        for size in options.sizes:
            pieces = [crossing_pieces(p, options.pieces, size, seed) for seed, p in enumerate(each)]
            runs = [
                timed(lambda p=p, k=k: minimize_pieces(p, k, gap_tol=options.gap))
                for p, k in zip(each, pieces, strict=True)
            ]
            found = [run.result for run in runs]
            proved = sum(_proved(least, k) for least, k in zip(found, pieces, strict=True))
            solved = torch.cat([least.solved for least in found]).double()
            gap = max(float(least.gap) for least in found)
            times = (sum(run.cpu for run in runs), alone)
            row = f"{float(solved.mean()):.2f}", f"{int(solved.max())}", f"{gap:.1e}"
            cpu = (f"{1000 * seconds / len(each):.0f}" for seconds in times)
            table.add_row(name, f"{size:g}", *row, *cpu, f"{proved} of {len(each)}")
    table.title = f"Least of {options.pieces} pieces, {options.batch} programs one by one, relative gap {options.gap:g}"
    console.print(table)


def _proved(found: LeastPieces, pieces: Pieces) -> bool:
    return check_pieces(found.record, *_numbers(found.owner, pieces.slopes, pieces.offsets, found.lower_bound)) == ("",)


def _numbers(*tensors: Tensor) -> list[Any]:
    return [tensor.numpy() for tensor in tensors]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=24, help="programs of each kind")
    parser.add_argument("--pieces", type=int, default=16, help="pieces of each cost")
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.1, 0.3, 1.0], help="steepness of the pieces")
    parser.add_argument("--radius", type=float, default=6.0, help="radius of the balls")
    parser.add_argument("--gap", type=float, default=1e-3, help="relative gap")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of torch")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    measure(program_sets(128, 256, options.batch, options.radius), options, Console(width=140))
    return 0


if __name__ == "__main__":
    sys.exit(main())
