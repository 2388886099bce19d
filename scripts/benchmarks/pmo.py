"""The PMO benchmark with few calls: the 20 oracles that RDKit alone can compute, from 100 random molecules.

Every arm scores the same start first and `--calls` distinct molecules in all. The score of a run is PMO's area under
the curve of the mean of the ten best, over calls, divided by the calls. Each run is written to a file when done;
started again, the command goes on. All molecules are made standard (neutral, without stereo) before they are scored.

Example:
    python scripts/benchmarks/pmo.py --molecules zinc250k.smi --calls 1000 --seeds 1 2 3 --out pmo.jsonl
"""

import argparse
import contextlib
import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from design import read_done
from design_arms import Score, Spent
from pmo_arms import ARMS, Task
from pmo_oracles import ORACLES, oracle
from rich.console import Console
from rich.table import Table

from molconvex.chem import standardize
from molconvex.chem.molecule import Molecule, parse
from molconvex.chem.plausibility import is_plausible
from molconvex.exceptions import ChemistryError, MolconvexError
from molconvex.latent import load_bundled, reference_set

START = 100
EVERY = 100  # calls between two points of the curve, as in PMO
BEST = 10
AREA = "AUC of the ten best"
PLAUSIBLE = "mean of the ten best that a chemist would draw"


def area_under_best(scores: Sequence[float], calls: int, every: int = EVERY) -> float:
    """Area under the mean of the ten best scores so far, from (0, 0), by trapezoids; flat after the last score.

    Args:
        scores: In the order of scoring.
        calls: What the area is divided by.
        every: Calls between two points of the curve.

    Reference: Gao et al. (2022), arXiv:2206.12411.
    """
    values = np.asarray(scores, dtype=np.float64)[:calls]
    places = [*range(every, len(values), every), len(values)]
    curve = [0.0] + [float(np.sort(values[:place])[-BEST:].mean()) for place in places]
    return float((np.trapezoid(curve, [0, *places]) + (calls - len(values)) * curve[-1]) / calls)


def start_population(library: Sequence[str], seed: int) -> list[Molecule]:
    """Random molecules of a library, each once."""
    source, found = random.Random(seed), dict[str, Molecule]()
    while len(found) < START:
        with contextlib.suppress(ChemistryError):
            molecule = standardize(source.choice(library))
            found.setdefault(molecule.smiles, molecule)
    return list(found.values())


def run_arm(arm: str, name: str, task: Task, calls: int, seed: int) -> dict[str, Any]:
    """Everything that one arm scored, in order."""
    term = oracle(name)
    score = Score(lambda molecule: float(term(molecule.mol)), calls)
    began = time.process_time()
    with contextlib.suppress(Spent):
        ARMS[arm](task, score, seed)
    return {
        "arm": arm,
        "oracle": name,
        "seed": seed,
        "calls": calls,
        "seconds": round(time.process_time() - began, 2),
        "smiles": list(score.scored),
        "score": [round(value, 5) for value in score.scored.values()],
    }


def area_of(entry: dict[str, Any]) -> float:
    """PMO's score of a run."""
    return area_under_best(entry["score"], entry["calls"])


def best_plausible(entry: dict[str, Any]) -> float:
    """Mean of the ten best scores of molecules that a chemist would draw; each that is missing counts as 0."""
    order = np.argsort(-np.asarray(entry["score"]), kind="stable").tolist()
    plausible = (entry["score"][row] for row in order if is_plausible(parse(entry["smiles"][row])))
    return sum(islice(plausible, BEST)) / BEST


def print_table(
    entries: Sequence[dict[str, Any]], calls: int, title: str = AREA, value: Callable[[dict[str, Any]], float] = area_of
) -> None:
    """One row an oracle, one column an arm: means over seeds; sums over the oracles that every arm has."""
    found: dict[tuple[str, str], list[float]] = {}
    for entry in entries:
        if entry["calls"] == calls:
            found.setdefault((entry["oracle"], entry["arm"]), []).append(value(entry))
    arms = [arm for arm in ARMS if any(key[1] == arm for key in found)]
    table = Table("oracle", *arms, title=f"{title}, {calls} calls; in brackets the number of seeds")
    complete = []
    for name in ORACLES:
        own = {arm: found[name, arm] for arm in arms if (name, arm) in found}
        if len(own) == len(arms):
            complete.append(name)
        if own:
            cells = [f"{np.mean(own[arm]):.3f} ({len(own[arm])})" if arm in own else "" for arm in arms]
            table.add_row(name, *cells)
    sums = [f"{sum(float(np.mean(found[name, arm])) for name in complete):.3f}" for arm in arms]
    table.add_row(f"sum over the {len(complete)} with all arms", *sums)
    cpu = [float(np.mean([e["seconds"] for e in entries if e["arm"] == arm and e["calls"] == calls])) for arm in arms]
    table.add_row("CPU seconds a run", *(f"{value:.0f}" for value in cpu))
    Console(width=200).print(table)


def read_library(path: Path) -> list[str]:
    """SMILES of a file, one a line, perhaps compressed."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return data.decode("utf-8").split()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, required=True, help="SMILES, one a line: start and screening")
    parser.add_argument("--oracles", nargs="*", default=list(ORACLES), choices=list(ORACLES))
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[1])
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run goes on where it ended")
    parser.add_argument("--plausible", action="store_true", help="also show the ten best that a chemist would draw")
    args = parser.parse_args(argv)
    if args.calls <= START:
        parser.error(f"--calls must be more than the {START} molecules of the start, got {args.calls}")
    torch.set_num_threads(1)
    try:
        library, model = read_library(args.molecules), load_bundled()
    except (MolconvexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    entries = read_done(args.out)
    done = {(entry["arm"], entry["oracle"], entry["seed"], entry["calls"]) for entry in entries}
    for seed in args.seeds:
        task = Task(start_population(library, seed), library, model, reference_set)
        for name in args.oracles:
            for arm in args.arms:
                if (arm, name, seed, args.calls) in done:
                    continue
                entry = run_arm(arm, name, task, args.calls, seed)
                with args.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(entry) + "\n")
                entries.append(entry)
                print(f"{name}, seed {seed}, {arm}: {area_of(entry):.3f}, {entry['seconds']:.0f} CPU s", flush=True)
    print_table(entries, args.calls)
    if args.plausible:
        wanted = [entry for entry in entries if entry["oracle"] in args.oracles and entry["arm"] in args.arms]
        print_table(wanted, args.calls, PLAUSIBLE, best_plausible)
    return 0


if __name__ == "__main__":
    sys.exit(main())
