"""Build the fragment table of the molecular edits from a file of drug-like molecules, with CReM's fragmentation.

Three steps, each resumable on its own: `select` writes the molecules that are cut up (one of each Murcko scaffold,
scaffolds seen often first), `cut` lets CReM write its SQLite database from them, `pack` writes the compact table that
is bundled. A fragment in a context says: this piece has been seen between these neighbours so many times.

Example:
    python scripts/build_fragments.py select chembl.smi.gz --held-out test.smi.gz drugs.csv --every 3 --work work
    python scripts/build_fragments.py cut --work work
    python scripts/build_fragments.py pack --work work --out data/fragments

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

import argparse
import json
import re
import sqlite3
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

from rdkit import Chem

from molconvex.bundled import sha256_of
from molconvex.chem.fragments import pack_fragments, save_fragments
from molconvex.chem.plausibility import implausible_features
from molconvex.chem.scaffolds import murcko_scaffold
from molconvex.chem.standardize import parse, standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent.corpus import held_out_by_hash, smiles_hash
from scripts.prepare_corpus import iterate_lines

RADII = (1, 2, 3)
MIN_COUNTS = {1: 3, 2: 1, 3: 1}
MAX_FRAGMENT_ATOMS = 10
ATOMS = (12, 36)
ELEMENTS = frozenset({6, 7, 8, 9, 16, 17, 35})


def is_typical(smiles: str) -> bool:
    """Whether a molecule is of a size and of elements that edits of drug-like leads want."""
    mol = parse(smiles)
    elements = {atom.GetAtomicNum() for atom in mol.GetAtoms()}
    return ATOMS[0] <= mol.GetNumHeavyAtoms() <= ATOMS[1] and elements <= ELEMENTS


def read_standard(paths: list[Path], every: int) -> list[str]:
    """Distinct standard SMILES of every n-th line, in a fixed order; what cannot be read is left out."""
    found: set[str] = set()
    for path in paths:
        for _, number, text in iterate_lines(path):
            if number % every == 0:
                try:
                    found.add(standardize(text).smiles)
                except ChemistryError:
                    continue
    return sorted(found, key=smiles_hash)


def one_of_each_scaffold(smiles: list[str], wanted: int) -> list[str]:
    """The first molecule of each scaffold, scaffolds with the most molecules first."""
    groups: dict[str, list[str]] = defaultdict(list)
    for text in smiles:
        groups[murcko_scaffold(text)].append(text)
    ranked = sorted(groups.values(), key=lambda group: (-len(group), smiles_hash(group[0])))
    return [group[0] for group in ranked[:wanted]]


def select(args: argparse.Namespace) -> None:
    held = set(read_standard(args.held_out, 1))
    pool = [s for s in read_standard(args.molecules, args.every) if s not in held and not held_out_by_hash(s)]
    typical = [s for s in pool if is_typical(s)]
    chosen = one_of_each_scaffold(typical, args.wanted)
    chosen.sort(key=smiles_hash)
    (args.work / "selected.smi").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    record = {
        "files": [path.name for path in args.molecules],
        "held_out": [path.name for path in args.held_out],
        "every": args.every,
        "read": len(pool),
        "typical": len(typical),
        "selected": len(chosen),
    }
    (args.work / "selected.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(record)


def cut(args: argparse.Namespace) -> None:
    from crem.db import create_db

    create_db(
        args.work / "selected.smi",
        args.work / "fragments.db",
        "molecules",
        radii=RADII,
        ncpu=args.workers,
        max_heavy_atoms=MAX_FRAGMENT_ATOMS,
        frag_mode="acyclic",
        chunk_size=50,
        flush_every=10,
        processed_chunks=args.work / "cut.done",
        log_every=10,
    )


def cut_rows(database: Path, radii: tuple[int, ...] = RADII) -> Iterator[tuple[int, str, str, int, int]]:
    """(radius, environment, fragment, heavy atoms, count) of every row of a database that CReM wrote."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for radius in radii:
            yield from connection.execute(
                f"SELECT {radius}, e.env, f.core_smi, r.core_num_atoms, r.molecules FROM radius{radius} r "
                "JOIN envs e ON r.env_id = e.env_id JOIN frags f ON r.core_smi_id = f.core_smi_id"
            )


def is_kept(row: tuple[int, str, str, int, int], plausible: Callable[[str], bool]) -> bool:
    """Whether a row goes into the table: seen often enough for its radius, and no fragment that a chemist would strike."""
    radius, _, fragment, _, count = row
    return count >= MIN_COUNTS[radius] and plausible(fragment)


@cache
def is_plausible_fragment(fragment: str) -> bool:
    """Whether a fragment has no unstable group and no unknown ring system once its open ends carry carbon."""
    mol = Chem.MolFromSmiles(re.sub(r"\[\*:\d\]", "C", fragment))
    return mol is not None and not implausible_features(mol)


def pack(args: argparse.Namespace) -> None:
    rows = [row for row in cut_rows(args.work / "fragments.db") if is_kept(row, is_plausible_fragment)]
    table = pack_fragments(rows)
    args.out.mkdir(parents=True, exist_ok=True)
    files = save_fragments(table, args.out)
    manifest = {
        "radii": RADII,
        "min_counts": MIN_COUNTS,
        "max_fragment_atoms": MAX_FRAGMENT_ATOMS,
        "fragments": len(table.fragments),
        "contexts": len(table.contexts),
        "rows": len(table.members),
        "made_from": json.loads((args.work / "selected.json").read_text(encoding="utf-8")),
        "source": "fragments counted in molecules of ChEMBL 22, cut by CReM 0.3",
        "licence": "CC BY-SA 3.0 (as ChEMBL); attribution in THIRD_PARTY.md",
        "files": {name: sha256_of(args.out / name) for name in files},
    }
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{args.out}: {sum((args.out / name).stat().st_size for name in files):,} bytes", manifest)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(required=True)
    selecting = steps.add_parser("select")
    selecting.add_argument("molecules", nargs="+", type=Path)
    selecting.add_argument("--held-out", nargs="*", type=Path, default=[])
    selecting.add_argument("--every", type=int, default=1, help="take every n-th line only")
    selecting.add_argument("--wanted", type=int, default=12_000, help="molecules to cut up")
    selecting.set_defaults(step=select)
    cutting = steps.add_parser("cut")
    cutting.add_argument("--workers", type=int, default=1)
    cutting.set_defaults(step=cut)
    packing = steps.add_parser("pack")
    packing.add_argument("--out", type=Path, required=True)
    packing.set_defaults(step=pack)
    for step in (selecting, cutting, packing):
        step.add_argument("--work", type=Path, required=True, help="folder of the steps' files")
    args = parser.parse_args(argv)
    args.work.mkdir(parents=True, exist_ok=True)
    args.step(args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
