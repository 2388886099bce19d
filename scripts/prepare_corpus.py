"""Turn molecule files into one array file for training the latent model.

Standardises, deduplicates, removes held-out molecules by canonical SMILES, learns the tokenizer, and writes

    OUT/corpus.safetensors   tokens, Morgan counts (sparse), descriptors, hashes of the SMILES; a training and a
                             validation part
    OUT/tokenizer.json       the SELFIES symbols and the merges over them
    OUT/corpus.json          what was read, what was refused and why (with line numbers), checksums

Example:
    python scripts/prepare_corpus.py zinc.smi.gz chembl.smi.gz --held-out test.smi.gz --out corpus
"""

import argparse
import gzip
import hashlib
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
from rich.progress import track
from safetensors.numpy import save_file

from molconvex.chem.descriptors import TRAINING_DESCRIPTORS, morgan_counts, training_descriptors
from molconvex.chem.standardize import parse, standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent.training.corpus import held_out_by_hash, smiles_hash
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer, to_symbols


@dataclass(frozen=True)
class Prepared:
    """One molecule ready for training, or the reason why it is not."""

    source: str
    line: int
    smiles: str = ""
    symbols: str = ""  # SELFIES symbols joined by blanks
    bins: np.ndarray | None = None
    counts: np.ndarray | None = None
    descriptors: np.ndarray | None = None
    reason: str = ""


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


def prepare(task: tuple[str, int, str, float]) -> Prepared:
    """Standardise one line and compute what training needs; never raises."""
    source, line, text, descriptor_share = task
    try:
        smiles = standardize(text).smiles
        symbols = to_symbols(smiles)
        mol = parse(smiles)
        bins, counts = morgan_counts(mol)
        wanted = smiles_hash(smiles) % 1000 < 1000 * descriptor_share
        return Prepared(
            source, line, smiles, " ".join(symbols), bins, counts, training_descriptors(mol) if wanted else None
        )
    except ChemistryError as error:
        return Prepared(source, line, reason=str(error))


def canonical(task: tuple[str, int, str]) -> str:
    """Standard SMILES of one held-out line, or nothing where it cannot be read."""
    try:
        return standardize(task[2]).smiles
    except ChemistryError:
        return ""


def flat(arrays: list[np.ndarray], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Concatenation and offsets (n + 1,) of ragged rows."""
    offsets = np.zeros(len(arrays) + 1, dtype=np.int64)
    np.cumsum([len(a) for a in arrays], out=offsets[1:])
    return np.concatenate(arrays).astype(dtype) if arrays else np.zeros(0, dtype), offsets


def part(rows: list[Prepared], tokens: list[list[int]], prefix: str) -> dict[str, np.ndarray]:
    """Arrays of one part of the corpus; names begin with `prefix`."""
    described = [i for i, row in enumerate(rows) if row.descriptors is not None]
    token_values, token_offsets = flat([np.asarray(t, np.uint16) for t in tokens], np.uint16)
    bins, bin_offsets = flat([r.bins for r in rows], np.uint16)
    counts, _ = flat([r.counts for r in rows], np.uint8)
    width = len(TRAINING_DESCRIPTORS)
    return {
        f"{prefix}tokens": token_values,
        f"{prefix}token_offsets": token_offsets,
        f"{prefix}bins": bins,
        f"{prefix}bin_offsets": bin_offsets,
        f"{prefix}counts": counts,
        f"{prefix}described": np.asarray(described, np.int64),
        f"{prefix}descriptors": np.stack([rows[i].descriptors for i in described])
        if described
        else np.zeros((0, width), np.float32),
        f"{prefix}smiles_hash": np.asarray([smiles_hash(r.smiles) for r in rows], np.uint64),
    }


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("molecules", nargs="+", type=Path, help="files with a SMILES as first column (.gz too)")
    parser.add_argument("--held-out", nargs="*", type=Path, default=[], help="files whose molecules are left out")
    parser.add_argument("--validation", type=Path, help="held-out file of which 2,000 molecules follow the training")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vocabulary-size", type=int, default=1000)
    parser.add_argument("--max-tokens", type=int, default=62)
    parser.add_argument("--descriptor-share", type=float, default=0.4, help="share of molecules with descriptors")
    parser.add_argument("--every", type=int, default=1, help="take every n-th line only (for trials)")
    parser.add_argument("--tokenizer", type=Path, help="use this tokenizer instead of learning one")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    args = parser.parse_args(argv)
    missing = [p for p in [*args.molecules, *args.held_out, *filter(None, [args.validation])] if not p.exists()]
    if missing:
        parser.error(f"no such file: {', '.join(map(str, missing))}")

    args.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool(args.workers) as pool:
        held_lines = [line for path in args.held_out for line in iterate_lines(path)]
        held = {smiles_hash(s) for s in pool.imap_unordered(canonical, held_lines, chunksize=500) if s}
        rows, validation, reasons, duplicates = collect(args, pool, held)

    if args.tokenizer:
        tokenizer = SelfiesTokenizer.load(args.tokenizer)
    else:
        learned_on = rows[:: max(1, len(rows) // 250_000)]
        tokenizer = SelfiesTokenizer.train([r.symbols.split() for r in learned_on], args.vocabulary_size)
    tokenizer.save(args.out / "tokenizer.json")

    arrays: dict[str, np.ndarray] = {}
    summary: dict[str, object] = {
        "files": [p.name for p in args.molecules],
        "held_out": [p.name for p in args.held_out],
        "every": args.every,
    }
    for name, prefix, members in [("training", "", rows), ("validation", "valid_", validation)]:
        known = [r for r in members if tokenizer.knows(r.symbols.split())]
        tokens = tokenizer.encode_batch([r.symbols.split() for r in known])
        fits = [i for i, t in enumerate(tokens) if len(t) <= args.max_tokens]
        arrays |= part([known[i] for i in fits], [tokens[i] for i in fits], prefix)
        summary[name] = {
            "molecules": len(fits),
            "rare_symbols": len(members) - len(known),
            "too_long": len(known) - len(fits),
            "mean_tokens": float(np.mean([len(tokens[i]) for i in fits])) if fits else None,
        }
    save_file(arrays, args.out / "corpus.safetensors")
    summary |= {
        "duplicates_or_held_out": duplicates,
        "refused": len(reasons),
        "refused_lines": [f"{r.source}:{r.line}: {r.reason}" for r in reasons[:1000]],
        "descriptors": list(TRAINING_DESCRIPTORS),
        "vocabulary": tokenizer.size,
        "max_tokens": args.max_tokens,
        "sha256": hashlib.sha256((args.out / "corpus.safetensors").read_bytes()).hexdigest(),
    }
    (args.out / "corpus.json").write_text(json.dumps(summary, indent=1) + "\n")
    print(json.dumps({k: v for k, v in summary.items() if k not in {"refused_lines", "descriptors"}}, indent=1))
    print("most frequent refusals:", Counter(r.reason.split(":")[0][:60] for r in reasons).most_common(3))
    return 0


def collect(
    args: argparse.Namespace, pool: Pool, held: set[int]
) -> tuple[list[Prepared], list[Prepared], list[Prepared], int]:
    """Training rows, validation rows, refused lines, and how many repeats or held-out molecules were dropped."""
    rows: list[Prepared] = []
    reasons: list[Prepared] = []
    seen = set(held)
    for path in args.molecules:
        lines = [(*line, args.descriptor_share) for line in list(iterate_lines(path))[:: args.every]]
        stream = pool.imap(prepare, lines, chunksize=200)
        for row in track(stream, total=len(lines), description=path.name, disable=not sys.stderr.isatty()):
            if row.reason:
                reasons.append(row)
                continue
            key = smiles_hash(row.smiles)
            if key not in seen and not held_out_by_hash(row.smiles):
                seen.add(key)
                rows.append(row)
        print(f"{path.name}: {len(rows):,} molecules so far, {len(reasons):,} lines refused", flush=True)
    validation: list[Prepared] = []
    if args.validation:
        lines = [(*line, 1.0) for line in iterate_lines(args.validation)]
        step = max(1, len(lines) // 2000)
        validation = [r for r in pool.imap(prepare, lines[::step], chunksize=100) if not r.reason]
    total = sum(len(list(iterate_lines(p))[:: args.every]) for p in args.molecules)
    return rows, validation, reasons, total - len(rows) - len(reasons)


if __name__ == "__main__":
    sys.exit(main())
