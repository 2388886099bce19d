"""Turn molecule files into the standard SMILES that the latent model and the tables of fragments are made from.

Standardises, deduplicates, removes held-out molecules by canonical SMILES (and the sixtieth that is known by hash),
shuffles with a seed, and writes

    OUT/training.smi     one standard SMILES a line
    OUT/validation.smi   2,000 molecules of the validation file
    OUT/standard.json    what was read, what was refused and why (with line numbers)

Each file appears whole or not at all.

Example:
    python scripts/standardize_corpus.py zinc.smi.gz chembl.smi.gz --held-out test.smi.gz --out corpus
"""

import argparse
import gzip
import json
import multiprocessing
import os
import random
import sys
from collections.abc import Iterator
from multiprocessing.pool import Pool
from pathlib import Path

from molconvex.chem.standardize import standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent.training.corpus import held_out_by_hash, smiles_hash

VALIDATION_MOLECULES = 2000


def iterate_lines(path: Path) -> Iterator[tuple[str, int, str]]:
    """(file name, line number, SMILES) of a file; SMILES in the column that a header calls so, else in the first."""
    opener = gzip.open if path.suffix == ".gz" else open
    column = 0
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            fields = line.replace(",", " ").split()
            names = [field.lower() for field in fields]
            if number == 1 and "smiles" in names:
                column = names.index("smiles")
                continue
            yield path.name, number, fields[column] if column < len(fields) else ""


def standard(line: tuple[str, int, str]) -> tuple[str, str]:
    """(standard SMILES, "") of a line, or ("", where and why it was refused); never raises."""
    source, number, text = line
    try:
        return standardize(text).smiles, ""
    except ChemistryError as error:
        return "", f"{source}:{number}: {error}"


def collect(paths: list[Path], held: set[int], every: int, pool: Pool) -> tuple[list[str], list[str], int]:
    """Distinct training molecules, refusals, and how many repeats or held-out molecules were dropped."""
    molecules: list[str] = []
    refusals: list[str] = []
    seen = set(held)
    dropped = 0
    for path in paths:
        lines = list(iterate_lines(path))[::every]
        for smiles, refusal in pool.imap(standard, lines, chunksize=500):
            if refusal:
                refusals.append(refusal)
            elif (key := smiles_hash(smiles)) in seen or held_out_by_hash(smiles):
                dropped += 1
            else:
                seen.add(key)
                molecules.append(smiles)
        print(f"{path.name}: {len(molecules):,} molecules so far, {len(refusals):,} lines refused", flush=True)
    return molecules, refusals, dropped


def validation_molecules(path: Path | None, pool: Pool) -> list[str]:
    """Standard SMILES of 2,000 evenly spaced molecules of a file."""
    if path is None:
        return []
    lines = list(iterate_lines(path))
    step = max(1, len(lines) // VALIDATION_MOLECULES)
    found = [smiles for smiles, _ in pool.imap(standard, lines[::step], chunksize=100) if smiles]
    return list(dict.fromkeys(found))


def write_whole(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all."""
    draft = path.with_name(path.name + ".partial")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("molecules", nargs="+", type=Path, help="files with a SMILES as first column (.gz too)")
    parser.add_argument("--held-out", nargs="*", type=Path, default=[], help="files whose molecules are left out")
    parser.add_argument("--validation", type=Path, help="held-out file of which 2,000 molecules follow the training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every n-th line only (for trials)")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the training molecules")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    args = parser.parse_args(argv)
    missing = [p for p in [*args.molecules, *args.held_out, *filter(None, [args.validation])] if not p.exists()]
    if missing:
        parser.error(f"no such file: {', '.join(map(str, missing))}")

    args.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        held_lines = [line for path in args.held_out for line in iterate_lines(path)]
        held = {smiles_hash(s) for s, _ in pool.imap_unordered(standard, held_lines, chunksize=500) if s}
        validation = validation_molecules(args.validation, pool)
        held |= {smiles_hash(s) for s in validation}
        write_whole(args.out / "validation.smi", "".join(f"{s}\n" for s in validation))
        molecules, refusals, dropped = collect(args.molecules, held, args.every, pool)
    random.Random(args.seed).shuffle(molecules)
    write_whole(args.out / "training.smi", "".join(f"{s}\n" for s in molecules))
    summary = {
        "files": [p.name for p in args.molecules],
        "held_out": [p.name for p in args.held_out],
        "every": args.every,
        "seed": args.seed,
        "training": len(molecules),
        "validation": len(validation),
        "duplicates_or_held_out": dropped,
        "refused": len(refusals),
        "refused_lines": refusals[:1000],
    }
    write_whole(args.out / "standard.json", json.dumps(summary, indent=1) + "\n")
    print(json.dumps({k: v for k, v in summary.items() if k != "refused_lines"}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
