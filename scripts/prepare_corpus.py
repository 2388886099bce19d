"""Turn standard SMILES into the array files for training the latent model.

Reads training.smi and validation.smi of scripts/standardize_corpus.py, learns the tokenizer, and writes

    OUT/corpus.safetensors   tokens, Morgan counts (sparse), descriptors, hashes of the SMILES; a training and a
                             validation part
    OUT/series.safetensors   the training molecules that share a core or a ring scaffold
    OUT/tokenizer.json       the symbols and the merges over them
    OUT/corpus.json          what was read, what did not fit, checksums

Example:
    python scripts/prepare_corpus.py --standard corpus --out corpus
"""

import argparse
import json
import multiprocessing
import sys
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.pool import Pool
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from molconvex.chem.descriptors import TRAINING_DESCRIPTORS, morgan_counts, training_descriptors
from molconvex.chem.series import one_cut_hashes, ring_scaffold
from molconvex.chem.standardize import parse
from molconvex.exceptions import ChemistryError
from molconvex.files import sha256_of
from molconvex.latent.training.corpus import smiles_hash
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer
from molconvex.latent.vae.smiles_tokenizer import SmilesTokenizer
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer

LANGUAGES: dict[str, type[SymbolTokenizer]] = {"smiles": SmilesTokenizer, "selfies": SelfiesTokenizer}
TOKENIZER_MOLECULES = 250_000


def _empty() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Prepared:
    """One molecule ready for training, or the reason why it is not."""

    smiles: str
    symbols: str = ""  # joined by blanks
    bins: np.ndarray = field(default_factory=_empty)
    counts: np.ndarray = field(default_factory=_empty)
    descriptors: np.ndarray | None = None
    cores: np.ndarray = field(default_factory=_empty)
    substituents: np.ndarray = field(default_factory=_empty)
    scaffold: int = 0
    reason: str = ""


def prepare(task: tuple[str, str, float, bool]) -> Prepared:
    """Compute what training needs of one standard SMILES; never raises."""
    smiles, language, descriptor_share, series = task
    try:
        symbols = LANGUAGES[language].to_symbols(smiles)
        mol = parse(smiles)
        bins, counts = morgan_counts(mol)
        wanted = smiles_hash(smiles) % 1000 < 1000 * descriptor_share
        cores, substituents = one_cut_hashes(mol) if series else (np.zeros(0, np.uint64),) * 2
        scaffold = ring_scaffold(mol) if series else ""
        return Prepared(
            smiles,
            " ".join(symbols),
            bins,
            counts,
            training_descriptors(mol) if wanted else None,
            cores,
            substituents,
            smiles_hash("scaffold " + scaffold) if scaffold else 0,
        )
    except ChemistryError as error:
        return Prepared(smiles, reason=str(error))


def flat(arrays: list[np.ndarray], dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Concatenation and offsets (n + 1,) of ragged rows."""
    offsets = np.zeros(len(arrays) + 1, dtype=np.int64)
    np.cumsum([len(a) for a in arrays], out=offsets[1:])
    return np.concatenate(arrays).astype(dtype) if arrays else np.zeros(0, dtype), offsets


def part(rows: list[Prepared], tokens: list[list[int]], prefix: str) -> dict[str, np.ndarray]:
    """Arrays of one part of the corpus; names begin with `prefix`."""
    described = {i: row.descriptors for i, row in enumerate(rows) if row.descriptors is not None}
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
        f"{prefix}described": np.asarray(list(described), np.int64),
        f"{prefix}descriptors": np.stack(list(described.values())) if described else np.zeros((0, width), np.float32),
        f"{prefix}smiles_hash": np.asarray([smiles_hash(r.smiles) for r in rows], np.uint64),
    }


def series_arrays(rows: list[Prepared]) -> dict[str, np.ndarray]:
    """Members of every series of two or more molecules: rows, substituents (0 for scaffolds) and offsets."""
    cores, offsets = flat([r.cores for r in rows], np.uint64)
    substituents, _ = flat([r.substituents for r in rows], np.uint64)
    scaffolds = np.array([r.scaffold for r in rows], np.uint64)
    with_scaffold = np.flatnonzero(scaffolds)
    keys = np.concatenate([cores, scaffolds[with_scaffold]])
    members = np.concatenate([np.repeat(np.arange(len(rows)), np.diff(offsets)), with_scaffold]).astype(np.int32)
    labels = np.concatenate([substituents, np.zeros(len(with_scaffold), np.uint64)])
    order = np.lexsort((members, keys))
    keys, members, labels = keys[order], members[order], labels[order]
    repeated = np.zeros(len(keys), bool)
    repeated[1:] = (keys[1:] == keys[:-1]) & (members[1:] == members[:-1])
    keys, members, labels = keys[~repeated], members[~repeated], labels[~repeated]
    _, sizes = np.unique(keys, return_counts=True)
    kept = np.repeat(sizes >= 2, sizes)
    return {
        "members": members[kept],
        "substituents": labels[kept],
        "offsets": np.concatenate([[0], np.cumsum(sizes[sizes >= 2])]).astype(np.int64),
    }


def read_smiles(path: Path, every: int) -> list[str]:
    return path.read_text(encoding="utf-8").split()[::every]


def prepared(smiles: list[str], args: argparse.Namespace, pool: Pool, *, training: bool) -> list[Prepared]:
    share = args.descriptor_share if training else 1.0
    tasks = ((s, args.tokens, share, training) for s in smiles)
    rows: list[Prepared] = []
    stream = pool.imap(prepare, tasks, chunksize=200)
    while block := list(islice(stream, 100_000)):
        rows += block
        print(f"{len(rows):,} of {len(smiles):,} molecules", flush=True)
    return rows


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--standard", type=Path, required=True, help="folder of scripts/standardize_corpus.py")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--tokens", choices=sorted(LANGUAGES), default="smiles")
    parser.add_argument("--vocabulary-size", type=int, default=1000)
    parser.add_argument("--max-tokens", type=int, default=62)
    parser.add_argument("--descriptor-share", type=float, default=0.4, help="share of molecules with descriptors")
    parser.add_argument("--every", type=int, default=1, help="take every n-th training molecule only (for trials)")
    parser.add_argument("--tokenizer", type=Path, help="use this tokenizer instead of learning one")
    parser.add_argument("--workers", type=int, default=multiprocessing.cpu_count())
    args = parser.parse_args(argv)
    sources = [args.standard / name for name in ("training.smi", "validation.smi")]
    if missing := [p for p in sources if not p.exists()]:
        parser.error(f"no such file: {', '.join(map(str, missing))}; run scripts/standardize_corpus.py first")

    args.out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
        read = {
            "training": prepared(read_smiles(sources[0], args.every), args, pool, training=True),
            "validation": prepared(read_smiles(sources[1], 1), args, pool, training=False),
        }
    write(read, args)
    return 0


def write(read: dict[str, list[Prepared]], args: argparse.Namespace) -> None:
    """Learn or load the tokenizer, and write all files of the corpus."""
    kind = LANGUAGES[args.tokens]
    rows = [r for r in read["training"] if not r.reason]
    if args.tokenizer:
        tokenizer = kind.load(args.tokenizer)
    else:
        learned_on = rows[:: max(1, len(rows) // TOKENIZER_MOLECULES)]
        tokenizer = kind.train([r.symbols.split() for r in learned_on], args.vocabulary_size)
    tokenizer.save(args.out / "tokenizer.json")

    arrays: dict[str, np.ndarray] = {}
    standard = json.loads((args.standard / "standard.json").read_text())
    summary: dict[str, object] = {k: v for k, v in standard.items() if k not in {"training", "validation"}}
    for name, prefix in [("training", ""), ("validation", "valid_")]:
        members = [r for r in read[name] if not r.reason]
        known = [r for r in members if tokenizer.knows(r.symbols.split())]
        tokens = tokenizer.encode_batch([r.symbols.split() for r in known])
        fits = [i for i, t in enumerate(tokens) if len(t) <= args.max_tokens]
        chosen = [known[i] for i in fits]
        arrays |= part(chosen, [tokens[i] for i in fits], prefix)
        if name == "training":
            series = series_arrays(chosen)
            save_file(series, args.out / "series.safetensors")
            summary["series"] = len(series["offsets"]) - 1
        summary[name] = {
            "molecules": len(fits),
            "not_expressible": len(read[name]) - len(members),
            "rare_symbols": len(members) - len(known),
            "too_long": len(known) - len(fits),
            "mean_tokens": float(np.mean([len(tokens[i]) for i in fits])) if fits else None,
        }
    save_file(arrays, args.out / "corpus.safetensors")
    summary |= {
        "tokens": args.tokens,
        "every_training_molecule": args.every,
        "descriptors": list(TRAINING_DESCRIPTORS),
        "vocabulary": tokenizer.size,
        "max_tokens": args.max_tokens,
        "sha256": sha256_of(args.out / "corpus.safetensors"),
    }
    (args.out / "corpus.json").write_text(json.dumps(summary, indent=1) + "\n")
    print(json.dumps({k: v for k, v in summary.items() if k not in {"refused_lines", "descriptors"}}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
