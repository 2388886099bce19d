"""Which share of real molecules passes the judgement of plausibility, what rejects the others, and how long it takes.

Every line of a file is standardised; with --held-out-only just the sixtieth that is kept out of every corpus counts.

Example:
    python scripts/benchmarks/plausibility.py data/examples/drugs.csv chembl.smi.gz --held-out-only chembl.smi.gz
"""

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path

from molconvex.chem import Molecule, standardize
from molconvex.chem.plausibility import implausible_features, load_plausibility_tables
from molconvex.exceptions import ChemistryError
from molconvex.latent.training.corpus import held_out_by_hash
from scripts.standardize_corpus import iterate_lines

HEAVY_ATOMS = (8, 60)


def read(path: Path, limit: int, held_out_only: bool, seed: int) -> list[Molecule]:
    """Up to `limit` distinct standard molecules of a file, of 8 to 60 heavy atoms, in random order."""
    lines = [text for _, _, text in iterate_lines(path)]
    random.Random(seed).shuffle(lines)
    found: dict[str, Molecule] = {}
    for text in lines:
        if len(found) == limit:
            break
        try:
            molecule = standardize(text)
        except ChemistryError:
            continue
        fits = HEAVY_ATOMS[0] <= molecule.mol.GetNumHeavyAtoms() <= HEAVY_ATOMS[1]
        if fits and (not held_out_only or held_out_by_hash(molecule.smiles)):
            found[molecule.smiles] = molecule
    return list(found.values())


def kind(reason: str) -> str:
    """The kind of a reason, without the ring system or surroundings that it names."""
    for begin in ("ring system", "atom with unusual neighbors"):
        if reason.startswith(begin):
            return begin
    return "surroundings never seen" if "surroundings of atoms never seen" in reason else reason


def judge(path: Path, molecules: list[Molecule], shown: int) -> None:
    """Print the share that passes and the most frequent reasons of the others, with an example of each."""
    begin = time.process_time()
    judged = [(molecule.smiles, implausible_features(molecule)) for molecule in molecules]
    milliseconds = 1e3 * (time.process_time() - begin) / max(1, len(molecules))
    passed = sum(not reasons for _, reasons in judged) / max(1, len(judged))
    print(f"\n{path.name}: {len(judged):,} molecules, {passed:.1%} pass, {milliseconds:.2f} CPU ms each")
    counts = Counter(kind(reason) for _, reasons in judged for reason in reasons)
    for name, number in counts.most_common(shown):
        example = next(smiles for smiles, reasons in judged if name in map(kind, reasons))
        print(f"| {name} | {number} | {number / len(judged):.2%} | `{example}` |")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="files of which all molecules count")
    parser.add_argument("--held-out-only", nargs="*", type=Path, default=[], help="files of which the held-out count")
    parser.add_argument("--limit", type=int, default=3_000, help="molecules a file")
    parser.add_argument("--shown", type=int, default=12, help="reasons shown a file")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    load_plausibility_tables()
    for path in args.files:
        judge(path, read(path, args.limit, False, args.seed), args.shown)
    for path in args.held_out_only:
        judge(path, read(path, args.limit, True, args.seed), args.shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
