"""How many edits a CPU second, how many stay similar to the lead, how many a chemist would draw.

Example:
    python scripts/benchmarks/edits.py data/examples/drugs.csv leads.txt --leads 24
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rdkit import DataStructs

from molconvex.chem import Molecule, standardize
from molconvex.chem.edits import crossover, load_fragments, mutate
from molconvex.chem.edits.editing import Edit
from molconvex.chem.plausibility import features, implausible_features
from scripts.standardize_corpus import iterate_lines


@dataclass
class Tally:
    """Counts over the edits of many leads."""

    edits: int = 0
    similar: int = 0
    plausible: int = 0
    both: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, lead: Molecule, edits: list[Edit], similarity: float) -> None:
        """Count the edits of one lead."""
        excused = features(lead)
        for edit in edits:
            likeness = DataStructs.TanimotoSimilarity(lead.fingerprint, edit.molecule.fingerprint)
            fine = not implausible_features(edit.molecule, lead=excused)
            self.edits += 1
            self.similar += likeness >= similarity
            self.plausible += fine
            self.both += fine and likeness >= similarity
            self.kinds[edit.kind] += 1

    def row(self, name: str) -> str:
        """One line of a table."""
        parts = [self.similar, self.plausible, self.both]
        shares = " | ".join(f"{100 * part / max(1, self.edits):.1f} %" for part in parts)
        return f"| {name} | {self.edits:,} | {self.edits / max(1e-9, self.seconds):,.0f} | {shares} |"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="files of leads")
    parser.add_argument("--leads", type=int, default=40, help="leads a file")
    parser.add_argument("--edits", type=int, default=200, help="edits a lead")
    parser.add_argument("--similarity", type=float, default=0.4)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    table = load_fragments()
    print("| leads | edits | a CPU second | similar | plausible | both |\n|---|---|---|---|---|---|")
    for path in args.files:
        leads = [standardize(text) for _, _, text in iterate_lines(path)][: args.leads]
        edited, crossed = Tally(), Tally()
        for number, lead in enumerate(leads):
            generator = np.random.default_rng([args.seed, number])
            begin = time.process_time()
            edits = mutate(lead, args.edits, generator, table=table)
            middle = time.process_time()
            children = crossover(lead, leads[number - 1], args.edits // 4, generator)
            end = time.process_time()
            edited.seconds += middle - begin
            crossed.seconds += end - middle
            edited.add(lead, edits, args.similarity)
            crossed.add(lead, children, args.similarity)
        print(edited.row(f"{path.name}, edits"))
        print(crossed.row(f"{path.name}, children of two leads"), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
