"""Count ring systems and atom environments of a corpus: the tables that tell what a chemist would draw.

Reads a file with one standard SMILES a line and writes ring_systems.txt.gz, environments.safetensors and manifest.json.

Example:
    python scripts/build_plausibility_tables.py training.smi --out data/plausibility \
        --source "ZINC-250k training part, ChEMBL 22, MOSES test sets; held-out molecules left out"
"""

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rdkit
from safetensors.numpy import save

from molconvex.chem.plausibility.environments import NARROW, WIDE, environment_hashes
from molconvex.chem.plausibility.ring_systems import ring_systems
from molconvex.chem.plausibility.tables import ENVIRONMENTS, RINGS
from molconvex.chem.standardize import parse
from molconvex.files import sha256_of

MIN_WIDE_COUNT = 2
MIN_LISTED_RING_COUNT = 2
LICENCE = "counts of public molecules; sources and their terms in THIRD_PARTY.md"


@dataclass
class Counts:
    """In how many molecules each ring system and environment was seen."""

    molecules: int = 0
    rings: Counter[str] = field(default_factory=Counter)
    narrow: Counter[int] = field(default_factory=Counter)
    wide: list[np.ndarray] = field(default_factory=list)


def count(lines: Iterable[str]) -> Counts:
    """Counts over molecules, one standard SMILES as the first word of a line."""
    counts = Counts()
    for line in lines:
        mol = parse(line.split()[0])
        counts.molecules += 1
        counts.rings.update(set(ring_systems(mol)))
        counts.narrow.update(environment_hashes(mol, NARROW).tolist())
        counts.wide.append(environment_hashes(mol, WIDE))
        if counts.molecules % 100_000 == 0:
            print(f"{counts.molecules:,} molecules, {len(counts.rings):,} ring systems", flush=True)
    return counts


def write(counts: Counts, out: Path, source: str) -> None:
    """Write the tables and their manifest, the same bytes for the same counts."""
    out.mkdir(parents=True, exist_ok=True)
    ranked = sorted(counts.rings.items(), key=lambda item: (-item[1], item[0]))
    listed = [(label, number) for label, number in ranked if number >= MIN_LISTED_RING_COUNT]
    text = "\n".join(f"{label}\t{number}" for label, number in listed)
    (out / RINGS).write_bytes(gzip.compress(text.encode(), mtime=0))
    narrow = np.array(sorted(counts.narrow), dtype=np.uint32)
    seen, times = np.unique(np.concatenate(counts.wide), return_counts=True)
    wide = seen[times >= MIN_WIDE_COUNT].astype(np.uint32)
    arrays: dict[str, np.ndarray] = {
        "narrow": narrow,
        "narrow_counts": np.array([min(counts.narrow[key], 65_535) for key in narrow.tolist()], dtype=np.uint16),
        "wide_steps": np.diff(wide, prepend=np.uint32(0)),
    }
    (out / ENVIRONMENTS).write_bytes(save(arrays))
    manifest = {
        "molecules": counts.molecules,
        "ring_systems": len(listed),
        "ring_systems_seen_once": len(ranked) - len(listed),
        "narrow_environments": len(narrow),
        "wide_environments": len(wide),
        "wide_environments_seen_less": int((times < MIN_WIDE_COUNT).sum()),
        "min_wide_count": MIN_WIDE_COUNT,
        "rdkit": rdkit.__version__,
        "source": source,
        "licence": LICENCE,
        "files": {name: sha256_of(out / name) for name in (RINGS, ENVIRONMENTS)},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(manifest, indent=1))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("molecules", type=Path, help="file with a standard SMILES as first word of each line")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--source", required=True, help="where the molecules come from, for the manifest")
    args = parser.parse_args(argv)
    with args.molecules.open(encoding="utf-8") as lines:
        write(count(lines), args.out, args.source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
