"""Build the table of fragments in chemical contexts, which the molecular edits draw from.

Cuts up one molecule of each Murcko scaffold (scaffolds with many molecules first) and counts which piece was seen
between which neighbours. Pieces that a chemist would strike out are left out.

Example:
    python scripts/build_fragments.py chembl.smi.gz --held-out test.smi.gz drugs.csv --out data/fragments

Reference: Polishchuk (2020), J. Cheminform. 12, 28.
"""

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from rdkit import Chem

from molconvex.chem import murcko_scaffold, parse, standardize
from molconvex.chem.edits.contexts import HYDROGEN, ContextFinder
from molconvex.chem.edits.edit_sites import MAX_CUTS, MAX_PIECE_ATOMS, find_sites
from molconvex.chem.edits.fragments import context_hash, pack_fragments, save_fragments
from molconvex.chem.plausibility import load_plausibility_tables, unstable_groups
from molconvex.chem.plausibility.judgement import MIN_RING_COUNT
from molconvex.chem.plausibility.ring_systems import ring_systems
from molconvex.exceptions import ChemistryError
from molconvex.files import sha256_of
from molconvex.latent.training.corpus import held_out_by_hash, smiles_hash
from scripts.standardize_corpus import iterate_lines

RADII = (1, 2, 3)
ATOMS = (12, 36)
ELEMENTS = frozenset({6, 7, 8, 9, 16, 17, 35})


def is_typical(mol: Chem.Mol) -> bool:
    """Whether a molecule is of a size and of elements that edits of drug-like leads want."""
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


def count_fragments(smiles: list[str]) -> Counter[tuple[int, str]]:
    """How often each (hashed context, fragment) is seen in some molecules."""
    counts: Counter[tuple[int, str]] = Counter()
    for number, text in enumerate(smiles, start=1):
        mol = parse(text)
        finder = ContextFinder(mol)
        for site in find_sites(mol):
            for radius in RADII:
                context = finder.context(site, radius)
                counts[int(context_hash(context.key)), context.piece] += 1
        if number % 1_000 == 0:
            print(f"{number:,} molecules, {len(counts):,} fragments in contexts", flush=True)
    return counts


@cache
def is_plausible(fragment: str) -> bool:
    """Whether a fragment has no unstable group and no rare ring system once its open ends carry carbon.

    Surroundings of atoms are not looked at: with carbon at its open ends a small piece is a molecule like ethane.
    """
    if fragment == HYDROGEN:
        return True
    mol = Chem.MolFromSmiles(re.sub(r"\[\*:\d\]", "C", fragment))
    if mol is None or unstable_groups(mol):
        return False
    known = load_plausibility_tables().ring_systems
    return all(known.get(label, 0) >= MIN_RING_COUNT for label in ring_systems(mol))


def heavy_atoms(fragment: str) -> int:
    """Heavy atoms of a fragment without its open ends."""
    return sum(atom.GetAtomicNum() > 1 for atom in Chem.MolFromSmiles(fragment).GetAtoms())


def write(smiles: list[str], min_count: int, out: Path, record: dict[str, object]) -> None:
    """Count, leave out what is rare or implausible, and write table and manifest."""
    counted = count_fragments(smiles)
    kept = {key: number for key, number in counted.items() if number >= min_count and is_plausible(key[1])}
    sizes = {fragment: heavy_atoms(fragment) for fragment in {fragment for _, fragment in kept}}
    table = pack_fragments(kept, sizes)
    out.mkdir(parents=True, exist_ok=True)
    files = save_fragments(table, out)
    manifest = record | {
        "radii": RADII,
        "max_cuts": MAX_CUTS,
        "max_fragment_atoms": MAX_PIECE_ATOMS,
        "min_count": min_count,
        "molecules": len(smiles),
        "fragments": len(table.fragments),
        "contexts": len(table.contexts),
        "rows": len(table.members),
        "licence": "CC BY-SA 3.0, as ChEMBL; attribution in THIRD_PARTY.md",
        "files": {name: sha256_of(out / name) for name in files},
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    print(f"{sum((out / name).stat().st_size for name in files):,} bytes", json.dumps(manifest, indent=1))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("molecules", nargs="+", type=Path)
    parser.add_argument("--held-out", nargs="*", type=Path, default=[], help="files whose molecules are left out")
    parser.add_argument("--every", type=int, default=1, help="take every n-th line only")
    parser.add_argument("--wanted", type=int, default=12_000, help="molecules to cut up")
    parser.add_argument("--min-count", type=int, default=1, help="how often a fragment must be seen in a context")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    held = set(read_standard(args.held_out, 1))
    pool = [s for s in read_standard(args.molecules, args.every) if s not in held and not held_out_by_hash(s)]
    typical = [s for s in pool if is_typical(parse(s))]
    record = {
        "source": "fragments counted in molecules of " + ", ".join(path.name for path in args.molecules),
        "held_out": [path.name for path in args.held_out],
        "every": args.every,
    }
    write(one_of_each_scaffold(typical, args.wanted), args.min_count, args.out, record)
    return 0


if __name__ == "__main__":
    sys.exit(main())
