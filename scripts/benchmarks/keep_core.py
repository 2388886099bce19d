"""Keep a core: candidates around well-known drugs whose Murcko scaffold is kept, beside the same search without that.

For each drug both searches score the same number of molecules. Counted are the distinct candidates (each plausible and
at least as similar as asked), the share of them that has the scaffold, and the best QED. Drugs without rings, or of
rings alone, have nothing to keep or nothing to change and are left out. Written to a file lead by lead; started again,
the command goes on.

Example:
    python scripts/benchmarks/keep_core.py --count 50 --drugs data/examples/drugs.csv clintox.csv --out keep.jsonl
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from design import append_entry, read_done
from rdkit.Chem import MolFromSmarts, MolToSmarts
from rdkit.Chem.Scaffolds.MurckoScaffold import GetScaffoldForMol
from rich.console import Console
from rich.table import Table

from molconvex.chem import read_molecules, standardize
from molconvex.chem.molecule import Molecule
from molconvex.design import GenerateSettings, Lead, generate
from molconvex.exceptions import MolconvexError
from molconvex.files import data_path

SIMILARITY = 0.4


def scaffold_of(lead: Molecule) -> str | None:
    """SMARTS of the Murcko scaffold, None where there is none or nothing beside it."""
    scaffold = GetScaffoldForMol(lead.mol)
    if scaffold.GetNumAtoms() in (0, lead.mol.GetNumAtoms()):
        return None
    return str(MolToSmarts(scaffold))


def drugs(files: Sequence[Path]) -> Iterator[Lead]:
    """Molecules of files, without rows that are none."""
    for file in files:
        for molecule in read_molecules(file):
            if molecule.smiles and not molecule.problem:
                yield Lead(molecule.smiles, molecule.name or f"{file.stem}, line {molecule.line}")


def searched(lead: str, core: str, budget: int, *, keep: bool) -> dict[str, Any]:
    """What one search found."""
    settings = GenerateSettings(
        leads=[lead],
        goals=["qed:max"],
        keep=[core] if keep else [],
        budget=budget,
        top=budget,
        similarity=SIMILARITY,
    )
    found = generate(settings).candidates
    pattern = MolFromSmarts(core)
    kept = [standardize(text).mol.HasSubstructMatch(pattern) for text in found["smiles"]]
    return {
        "candidates": len(found),
        "kept": float(np.mean(kept)) if kept else float("nan"),
        "best": float(found["qed"].max()) if len(found) else float("nan"),
    }


def print_table(entries: list[dict[str, Any]]) -> None:
    """Medians and means over leads, with and without keeping."""
    table = Table("scaffold", "leads", "candidates, median", "fewest", "share that has it, mean", "best QED, mean")
    for name in ("kept", "free"):
        own = [entry[name] for entry in entries]
        table.add_row(
            name,
            str(len(own)),
            f"{np.median([row['candidates'] for row in own]):.0f}",
            str(min(row["candidates"] for row in own)),
            f"{np.nanmean([row['kept'] for row in own]):.3f}",
            f"{np.nanmean([row['best'] for row in own]):.3f}",
        )
    Console(width=120).print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drugs", type=Path, nargs="+", help="files of molecules; data/examples/drugs.csv by default")
    parser.add_argument("--count", type=int, default=50, help="drugs with a scaffold and something beside it, at most")
    parser.add_argument("--budget", type=int, default=350)
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run goes on where it ended")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    entries = read_done(args.out)
    done = {entry["lead"] for entry in entries}
    for lead in drugs(args.drugs or [data_path("examples", "drugs.csv")]):
        if len(entries) >= args.count:
            break
        if str(lead) in done:
            continue
        try:
            core = scaffold_of(standardize(lead.smiles))
            if core is None:
                continue
            runs = {name: searched(str(lead), core, args.budget, keep=name == "kept") for name in ("kept", "free")}
        except MolconvexError as error:
            print(f"{lead.name}: {error}", file=sys.stderr)
            continue
        entries.append(append_entry(args.out, {"lead": str(lead), "core": core, **runs}))
        print(f"{lead.name}: {runs}", flush=True)
    print_table(entries)
    return 0


if __name__ == "__main__":
    sys.exit(main())
