"""Encode, solve and decode throughput of the bundled models, as one table.

Example:
    python scripts/benchmarks/throughput.py

Molecules come from the bundled reference set; programs minimize a weighted sum of the bundled QED and logP costs over
balls around them, to the default gap. Processor time of one core counts, so that it hardly matters what else the
machine does.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from rich.console import Console
from rich.table import Table

from molconvex import Ball, Program, solve
from molconvex.exceptions import MolconvexError
from molconvex.files import data_path
from molconvex.latent import load_bundled, reference_set
from molconvex.surrogate import load_convex_surrogate

Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Result and seconds of processor time."""
    begin = time.process_time()
    result = work()
    return result, time.process_time() - begin


def measure(count: int, radius: float) -> list[tuple[str, int, float]]:
    """Rows of (what, how many, seconds)."""
    model, reference = load_bundled(), reference_set()
    smiles = reference.smiles[:count]
    model.encode(smiles[:64])
    z, encoding = timed(lambda: model.encode(smiles))
    surrogates = [load_convex_surrogate(data_path("surrogates", name)) for name in ("qed", "logp")]
    networks = [network for surrogate in surrogates for network in surrogate.convex_costs()]
    weights = torch.full((len(z), len(networks)), 1.0 / len(networks))
    program = Program(networks, weights, Ball(z, torch.full((len(z),), radius)))
    solution, solving = timed(lambda: solve(program))
    certified = int((solution.gap <= 1e-4 * (1 + solution.value.abs())).sum())
    _, decoding = timed(lambda: model.decode(solution.z.float()))
    return [
        ("encode (standardise, tokens, network)", len(smiles), encoding),
        (f"solve ({certified} of {len(z)} within a relative gap of 1e-4)", len(z), solving),
        ("decode (network, tokens, standard SMILES)", len(z), decoding),
    ]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1024, help="molecules and programs")
    parser.add_argument("--radius", type=float, default=2.0, help="latent radius of the programs")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        rows = measure(args.count, args.radius)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = Table("stage", "batch", "seconds", "a second", title="processor time of one core")
    for name, count, seconds in rows:
        table.add_row(name, f"{count:,}", f"{seconds:.2f}", f"{count / seconds:,.0f}")
    Console(width=110).print(table)
    if args.json:
        args.json.write_text(json.dumps([{"stage": n, "batch": c, "seconds": s} for n, c, s in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
