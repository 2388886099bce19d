"""What the search finds beside what everyone can install, at equal numbers of distinct scored molecules.

Two tasks: QED at least 0.9 at similarity 0.4 (`--task qed`), and the mean gain in QED of molecules of low QED at
similarity 0.6 (`--task lowqed`: leads are of the 800 lowest QED of the file). Every lead and arm is written to a file
when done; started again, the command goes on.

Example:
    python scripts/benchmarks/design.py --leads opt_qed_valid.txt --task qed --count 24 --budget 350 --out design.jsonl
"""

import argparse
import contextlib
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from design_arms import ARMS, Score, Spent, Task
from rich.console import Console
from rich.table import Table

from molconvex.chem import PROPERTIES, read_molecules, standardize
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ChemistryError, MolconvexError
from molconvex.latent import LatentModel, load_bundled, reference_set
from molconvex.long_lived import keep_from_collector
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import goal_surrogates
from molconvex.objectives.goals import Goal
from molconvex.search.rules import implausible_beside


@dataclass(frozen=True)
class Kind:
    """A task: least similarity, and QED from which a molecule is a success."""

    similarity: float
    success: float


LOWEST = 800  # molecules of a file among which the leads of the second task are drawn

KINDS = {"qed": Kind(0.4, 0.9), "lowqed": Kind(0.6, 0.9)}


def qed(molecule: Molecule) -> float:
    """QED."""
    return float(PROPERTIES["qed"].compute(molecule.mol))


def chosen_leads(path: Path, kind: str, count: int, seed: int) -> list[Molecule]:
    """Leads of a file: some at random, or some of the LOWEST of lowest QED."""
    found: dict[str, float] = {}
    for item in read_molecules(path):
        try:
            molecule = standardize(item.smiles)
        except ChemistryError:
            continue
        if molecule.smiles not in found:
            found[molecule.smiles] = qed(molecule) if kind == "lowqed" else 0.0
    texts = sorted(found, key=found.__getitem__)[:LOWEST] if kind == "lowqed" else list(found)
    random.Random(seed).shuffle(texts)
    return [standardize(text) for text in texts[:count]]


def run_arm(name: str, task: Task, budget: int, seed: int) -> dict[str, Any]:
    """Every scored molecule of one arm at one lead, in order, with score, similarity and whether it is plausible."""
    score = Score(task.value, budget)
    began = time.process_time()
    with contextlib.suppress(Spent):
        ARMS[name](task, score, seed)
    seconds = time.process_time() - began
    reason = implausible_beside(task.lead)
    molecules = [standardize(text) for text in score.scored]
    return {
        "arm": name,
        "lead": task.lead.smiles,
        "seconds": round(seconds, 2),
        "smiles": list(score.scored),
        "score": [round(value, 5) for value in score.scored.values()],
        "similarity": [round(task.likeness(molecule), 4) for molecule in molecules],
        "plausible": [not reason(molecule) for molecule in molecules],
    }


def append_entry(path: Path, entry: dict[str, Any]) -> dict[str, Any]:
    """Write an entry at the end of a file of JSON lines, and give it back."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
    return entry


def read_done(path: Path) -> list[dict[str, Any]]:
    """Entries of earlier runs; a line cut short is left out."""
    if not path.exists():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries


def first(entry: dict[str, Any], good: np.ndarray) -> float:
    """Number of scored molecules until the first good one, the budget where there is none."""
    places = np.flatnonzero(good)
    return float(places[0] + 1) if len(places) else float("inf")


def measures(entries: list[dict[str, Any]], kind: Kind, budget: int) -> dict[str, float]:
    """One row of the table: means over leads."""
    rows = []
    for entry in entries:
        score, similar = np.array(entry["score"]), np.array(entry["similarity"]) >= kind.similarity
        fresh = np.array([smiles != entry["lead"] for smiles in entry["smiles"]])
        plausible, hit = np.array(entry["plausible"]), (score >= kind.success) & similar & fresh
        start = entry["score"][entry["smiles"].index(entry["lead"])] if entry["lead"] in entry["smiles"] else np.nan
        fine = similar & plausible & fresh
        rows.append(
            {
                "success": hit.any(),
                "plausible success": (hit & plausible).any(),
                "first": min(first(entry, hit), budget),
                "first plausible": min(first(entry, hit & plausible), budget),
                "hits per 100": 100 * hit.sum() / len(score),
                "plausible hits per 100": 100 * (hit & plausible).sum() / len(score),
                "best plausible": score[fine].max(initial=start),
                "plausible gain": score[fine].max(initial=start) - start,
                "acceptable a CPU s": fine.sum() / entry["seconds"],
                "scored": len(score),
            }
        )
    return {name: float(np.mean([float(row[name]) for row in rows])) for name in rows[0]} | {"leads": len(rows)}


def print_table(entries: list[dict[str, Any]], kind: Kind, budget: int) -> None:
    """One row an arm."""
    shown = [
        ("leads", "{:.0f}"),
        ("success", "{:.0%}"),
        ("plausible success", "{:.0%}"),
        ("first", "{:.0f}"),
        ("first plausible", "{:.0f}"),
        ("hits per 100", "{:.1f}"),
        ("plausible hits per 100", "{:.1f}"),
        ("best plausible", "{:.3f}"),
        ("plausible gain", "{:.3f}"),
        ("acceptable a CPU s", "{:.1f}"),
    ]
    table = Table("arm", *(name for name, _ in shown), title=f"{budget} scored molecules a lead")
    for name in ARMS:
        own = [entry for entry in entries if entry["arm"] == name]
        if own:
            row = measures(own, kind, budget)
            table.add_row(name, *(form.format(row[column]) for column, form in shown))
    Console(width=200).print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=Path, required=True, help="file of leads")
    parser.add_argument("--task", choices=list(KINDS), default="qed")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--budget", type=int, default=350)
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run goes on where it ended")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        leads = chosen_leads(args.leads, args.task, args.count, args.seed)
        model: LatentModel = load_bundled()
        scores = GoalScores(goal_surrogates([Goal.parse("qed:max")], model, reference=reference_set))
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    keep_from_collector()
    kind, entries = KINDS[args.task], read_done(args.out)
    done = {(entry["arm"], entry["lead"]) for entry in entries}
    value: Callable[[Molecule], float] = qed
    for number, lead in enumerate(leads):
        for name in args.arms:
            if (name, lead.smiles) in done:
                continue
            task = Task(lead, value, kind.similarity, model, scores)
            entry = append_entry(args.out, run_arm(name, task, args.budget, args.seed + number))
            entries.append(entry)
            print(f"{number + 1}/{len(leads)} {name}: {entry['seconds']:.0f} CPU s", flush=True)
    wanted = {lead.smiles for lead in leads}
    print_table([entry for entry in entries if entry["lead"] in wanted], kind, args.budget)
    return 0


if __name__ == "__main__":
    sys.exit(main())
