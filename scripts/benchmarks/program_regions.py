"""Bounds over the hull of a lead's analogues: time, gap, growth, membership of points and memory.

Example:
    python scripts/benchmarks/program_regions.py --threads 1
    python scripts/benchmarks/program_regions.py --cache analogues.safetensors

For each of some well-known drugs: a few hundred analogues are encoded; over their hull one program is solved for each
mix of goals with the bundled ensembles. A tenth of the analogues then joins the hull and the bounds are renewed. CPU
time is counted.
"""

import argparse
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from analogue_hulls import analogue_latents
from program_sets import Timed, timed
from rich.console import Console
from rich.table import Table
from torch import Tensor

from molconvex import ConvexSurrogate
from molconvex.files import data_path
from molconvex.optimize import CostTerm, Hull, RegionBounds, hull_membership, region_bounds
from molconvex.surrogate import load_convex_surrogate

SETS = (("qed",), ("qed", "logp"), ("qed", "logp", "sa_score", "tpsa", "esol", "lipophilicity"))
GROWTH = 0.1


@dataclass(frozen=True)
class Goals:
    """Surrogates of some properties as networks and terms, with mixes (k, G) of them."""

    surrogates: list[ConvexSurrogate]
    networks: list[Any]
    terms: list[CostTerm]
    mixes: Tensor

    def bounds(self, points: Tensor, start: RegionBounds | None = None) -> RegionBounds:
        """Bounds over the hull of points."""
        return region_bounds(self.networks, self.mixes, Hull(points), terms=self.terms, start=start)


def goals_of(names: tuple[str, ...], mixes: int) -> Goals:
    """The first mix counts the first property alone; the others are random."""
    surrogates = [load_convex_surrogate(data_path("surrogates", name)) for name in names]
    networks: list[Any] = []
    terms = []
    for surrogate in surrogates:
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(surrogate.members))), surrogate.aggregate))
        networks.extend(surrogate.convex_costs())
    weights = torch.rand(mixes, len(names), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights[0] = torch.eye(len(names), dtype=torch.float64)[0]
    return Goals(surrogates, networks, terms, weights / weights.sum(1, keepdim=True))


def solving(hulls: dict[str, Tensor], options: Any, console: Console) -> None:
    """CPU time of first and renewed bounds, for growing numbers of goals."""
    headers = ("goals", "mixes", "certified", "CPU ms a program, mean", "worst", "renewed after growth", "largest gap")
    table = Table(*headers)
    for names in SETS:
        goals = goals_of(names, 1 if len(names) == 1 else options.mixes)
        k, first, renewed = len(goals.mixes), [], []
        for points in hulls.values():
            before = goals.bounds(points[: int((1 - GROWTH) * len(points))])
            first.append(timed(lambda p=points, g=goals: g.bounds(p), options.repeats))
            renewed.append(timed(lambda p=points, g=goals, b=before: g.bounds(p, b), options.repeats))
        certified = sum(run.result.solution.certified for run in first)
        gap = max(float(run.result.solution.gap.max()) for run in first + renewed)
        times = [_milliseconds(run, k) for run in first]
        after = sum(_milliseconds(run, k) for run in renewed) / len(renewed)
        row = (f"{certified} of {k * len(first)}", f"{sum(times) / len(times):.0f}", f"{max(times):.0f}")
        table.add_row(", ".join(names), str(k), *row, f"{after:.0f}", f"{gap:.1e}")
    sizes = [len(points) for points in hulls.values()]
    table.title = f"Hulls of {len(hulls)} drugs, {min(sizes)} to {max(sizes)} analogues each"
    console.print(table)


def meaning(hulls: dict[str, Tensor], console: Console) -> None:
    """The proved optimum of QED beside the best analogue, predicted."""
    goals = goals_of(("qed",), 1)
    surrogate = goals.surrogates[0]
    table = Table("drug", "analogues", "lead, predicted QED", "best analogue", "proved: at most")
    for name, points in hulls.items():
        predicted = surrogate.predict(points)
        proved = float(surrogate.value_of(goals.bounds(points).lower_bound[0]))
        numbers = (float(predicted[0]), float(predicted.max()), proved)
        table.add_row(name, str(len(points)), *(f"{x:.3f}" for x in numbers))
    console.print(table)


def membership(hulls: dict[str, Tensor], options: Any, console: Console) -> None:
    """CPU time a point: analogues left out of the hull, mixtures of it, and its own points."""
    table = Table("points", "asked", "inside", "CPU ms a point", "least distance / distance, mean")
    generator = torch.Generator().manual_seed(1)
    kinds: dict[str, list[tuple[Tensor, Tensor]]] = {"analogues left out": [], "mixtures of ten": [], "its own": []}
    for points in hulls.values():
        held = len(points) // 4
        hull = points[held:]
        chosen = torch.stack([torch.randperm(len(hull), generator=generator)[:10] for _ in range(held)])
        kinds["analogues left out"].append((hull, points[:held]))
        kinds["mixtures of ten"].append((hull, hull[chosen].mean(1)))
        kinds["its own"].append((hull, hull))
    for kind, pairs in kinds.items():
        runs = [timed(lambda h=h, u=u: hull_membership(h, u), options.repeats) for h, u in pairs]
        asked = sum(len(u) for _, u in pairs)
        inside = sum(int(run.result.inside.sum()) for run in runs)
        far = torch.cat([(r.result.least_distance / r.result.distance)[~r.result.inside] for r in runs])
        tight = f"{float(far.mean()):.6f}" if len(far) else ""
        table.add_row(kind, str(asked), str(inside), f"{1000 * sum(run.cpu for run in runs) / asked:.2f}", tight)
    console.print(table)


def _milliseconds(run: Timed, programs: int) -> float:
    return 1000 * run.cpu / programs


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drugs", type=int, default=12, help="how many of the example drugs")
    parser.add_argument("--analogues", type=int, default=400, help="points of each hull at most")
    parser.add_argument("--mixes", type=int, default=6, help="mixes of goals solved together")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the fastest counts")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="threads of torch")
    parser.add_argument("--cache", type=Path, help="file (.safetensors) that keeps the encoded analogues")
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    console = Console(width=140, soft_wrap=True)
    hulls = analogue_latents(options.drugs, options.analogues, options.cache)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    solving(hulls, options, console)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
    console.print(f"Solving took {grown:.0f} MiB of memory more than encoding had")
    meaning(hulls, console)
    membership(hulls, options, console)
    return 0


if __name__ == "__main__":
    sys.exit(main())
