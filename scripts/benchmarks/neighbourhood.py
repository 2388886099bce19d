"""Whether a point near a molecule means an analogue that a chemist would draw: one table, and the same as JSON.

Example:
    python scripts/benchmarks/neighbourhood.py --zinc-test zinc_test.smi.gz --chembl chembl.smi.gz --json near.json

Leads are the drugs of data/examples/drugs.csv and molecules of both files that no model has seen: the ZINC test part,
and the sixtieth of ChEMBL that `held_out_by_hash` keeps from training. "Per 100" is per 100 valid decodings, the first
100 of a lead. Plausible is what `molconvex.chem.plausibility` has nothing against. Rates are per second of processor
time.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from latent import gaussian_like, held_out, reconstruction
from neighbourhood_counts import Counts, around, best_distance, plausible_share
from neighbourhood_moves import difference_counts, drift, leaving_distance, matched_pairs, pair_differences, walks
from neighbourhood_programs import program_counts
from neighbourhood_surrogates import fitted, rank_rows
from rich.console import Console
from rich.table import Table

from molconvex.chem import compute_properties, read_molecules, standardize, tanimoto
from molconvex.exceptions import MolconvexError
from molconvex.files import data_path
from molconvex.latent.vae.model import TextVAE
from molconvex.surrogate import ConvexSurrogate

Row = tuple[str, str, float]
MARK = "<!-- table -->"
DISTANCES = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)
FITTED = 6_000  # molecules that the surrogates are fitted to
POOL = 10_000  # molecules among which matched pairs are looked for


class Setup:
    """The model and the molecules that several sections share; every generator begins anew."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.model = TextVAE.load(args.model or data_path("vae"))

    @property
    def numbers(self) -> np.random.Generator:
        return np.random.default_rng(self.args.seed)

    @property
    def generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.args.seed)

    @cached_property
    def drugs(self) -> list[str]:
        return [standardize(m.smiles).smiles for m in read_molecules(data_path("examples", "drugs.csv"))]

    @cached_property
    def zinc(self) -> list[str]:
        return held_out(self.args.zinc_test, self.args.molecules, self.numbers)

    @cached_property
    def chembl(self) -> list[str]:
        return held_out(self.args.chembl, self.args.molecules, self.numbers, by_hash=True)

    @cached_property
    def groups(self) -> dict[str, list[str]]:
        """Leads by origin."""
        third = self.args.leads // 3
        fitting = {"drugs": self.drugs, "held-out ChEMBL": self.chembl, "ZINC test": self.zinc}
        return {name: self._fit(smiles)[:third] for name, smiles in fitting.items()}

    @cached_property
    def leads(self) -> list[str]:
        return [lead for group in self.groups.values() for lead in group]

    def _fit(self, smiles: list[str]) -> list[str]:
        few = smiles[: 2 * self.args.leads]
        return [s for s, ok in zip(few, self.model.try_encode(few).mask.tolist(), strict=True) if ok]

    @cached_property
    def pool(self) -> list[str]:
        return held_out(self.args.chembl, POOL, self.numbers)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        return matched_pairs(self.pool, 500, self.args.seed)

    @cached_property
    def surrogates(self) -> dict[str, ConvexSurrogate]:
        return {name: fitted(self.model, self.pool[:FITTED], name) for name in ("qed", "logp", "tpsa")}

    @cached_property
    def calibration(self) -> tuple[float, dict[float, Counts]]:
        return best_distance(self.model, self.leads[:: max(1, len(self.leads) // 30)], DISTANCES, 30, self.args.seed)

    @property
    def distance(self) -> float:
        """The latent distance with most plausible analogues."""
        return self.calibration[0]


def count_rows(counts: Counts, on: str, what: str) -> list[Row]:
    new = counts.similar + counts.far
    return [
        (f"new similar per 100 valid, {what}", on, counts.per_valid(counts.similar)),
        (f"  plausible of them per 100 valid, {what}", on, counts.per_valid(counts.plausible)),
        (f"  share that is plausible, {what}", on, counts.plausible / max(1, counts.similar)),
        (f"  plausible share of the new but far, {what}", on, counts.plausible_far / max(1, counts.far)),
        (f"  share that is the lead, {what}", on, counts.lead / max(1, counts.decoded)),
        (f"  share of repeats, {what}", on, counts.repeats / max(1, counts.decoded)),
        (f"  share new, {what}", on, new / max(1, counts.decoded)),
        (f"  first token sequence invalid, {what}", on, counts.first_invalid / max(1, counts.decoded)),
        (f"  nothing valid, {what}", on, counts.invalid / max(1, counts.decoded)),
    ]


def reconstruction_section(setup: Setup) -> list[Row]:
    rows = []
    for name, smiles in (("ZINC test", setup.zinc), ("held-out ChEMBL", setup.chembl), ("drugs", setup.drugs)):
        rows += reconstruction(setup.model, smiles, name)[:1]
    return rows


def distance_section(setup: Setup) -> list[Row]:
    best, counts = setup.calibration
    rows: list[Row] = [("calibrated distance", "most plausible analogues", best)]
    for distance, found in counts.items():
        on = f"distance {distance:g}, {found.leads} leads x 30"
        rows.append(("plausible new similar per 100 valid", on, found.per_valid(found.plausible)))
        rows.append(("  share that is the lead", on, found.lead / found.decoded))
        rows.append(("  first token sequence invalid", on, found.first_invalid / found.decoded))
    return rows


def random_section(setup: Setup) -> list[Row]:
    rows: list[Row] = []
    for name, leads in setup.groups.items():
        counts = around(setup.model, leads, setup.distance, 150, setup.generator, valid=100)
        rows += count_rows(counts, f"{len(leads)} leads, {name}", "100 random directions")
    counts = around(setup.model, setup.leads, setup.distance, setup.args.each, setup.generator, valid=None)
    on = f"{counts.leads} leads x {setup.args.each}"
    rows += count_rows(counts, on, f"{setup.args.each} random directions")
    real = plausible_share(setup.chembl[:1000])
    return [*rows, ("plausible share of real molecules", "held-out ChEMBL", real)]


def difference_section(setup: Setup) -> list[Row]:
    differences = pair_differences(setup.model, setup.pairs)
    moved, random = difference_counts(setup.model, setup.leads, differences, 30, setup.generator)
    on = f"{moved.leads} leads x 30"
    rows: list[Row] = []
    for name, counts in (("differences of analogues", moved), ("random, same lengths", random)):
        share = 300 * counts.plausible / counts.decoded
        rows.append((f"plausible new similar of 300, {name}", on, share))
    lengths = differences.norm(dim=1)
    z = setup.model.encode(setup.leads[:60])
    left = leaving_distance(setup.model, setup.leads[:60], z, setup.generator)
    return [
        *rows,
        ("distance of matched pairs, median", f"{len(lengths)} pairs", float(lengths.median())),
        ("distance at which random directions leave the lead, median", "60 leads x 8", left),
        ("  first over second", "", float(lengths.median()) / left),
    ]


def drift_section(setup: Setup) -> list[Row]:
    z = setup.model.encode(setup.leads)
    unit = torch.nn.functional.normalize(torch.randn(len(z), 10, z.shape[1], generator=setup.generator), dim=-1)
    differences = pair_differences(setup.model, setup.pairs)
    chosen = differences[torch.randint(len(differences), (len(z), 10), generator=setup.generator)]
    on = f"{len(z)} leads x 10"
    return [
        ("drift over the step, random directions", on, drift(setup.model, z, setup.distance * unit)),
        ("drift over the step, differences of analogues", on, drift(setup.model, z, chosen)),
    ]


def program_section(setup: Setup) -> list[Row]:
    counts, drifted = program_counts(
        setup.model, setup.surrogates, setup.leads, setup.distance, setup.args.programs, setup.args.seed
    )
    on = f"{counts.leads} leads x {setup.args.programs} programs"
    return [*count_rows(counts, on, "programs"), ("drift over the step, programs", on, drifted)]


def walk_section(setup: Setup) -> list[Row]:
    fitting = [s for s, ok in zip(setup.drugs, setup.model.try_encode(setup.drugs).mask.tolist(), strict=True) if ok]
    order = setup.numbers.permutation(len(fitting))
    ends = [(fitting[a], fitting[b]) for a, b in zip(order[::2], order[1::2], strict=False)][:20]
    found = walks(setup.model, ends, stops=21)
    on = f"{len(ends)} pairs of drugs, 21 stops"
    return [
        ("walks: plausible share of stops", on, found["plausible_stops"]),
        ("walks: largest jump of Tanimoto, median", on, found["largest_jump"]),
    ]


def sample_section(setup: Setup) -> list[Row]:
    """Samples of the Gaussian fitted to encoded ChEMBL molecules: distinct, good and diverse."""
    encoding = setup.model.try_encode(setup.pool[:5000])
    count = setup.args.samples
    z = gaussian_like(encoding.z[encoding.mask], count, setup.generator)
    decoded = setup.model.decode(z)
    unique = sorted({s for s in decoded if s})
    table = compute_properties(unique, ["qed", "sa_score"])
    good = int(((table["qed"] >= 0.6) & (table["sa_score"] <= 4.0)).sum())
    some = unique[:: max(1, len(unique) // 300)]
    similarity = np.mean([np.mean(tanimoto(s, [t for t in some if t != s])) for s in some])
    on = f"{count:,} samples of the fitted Gaussian"
    return [
        ("samples: unique share", on, len(unique) / count),
        ("samples: quality share (valid, unique, QED >= 0.6, SA <= 4)", on, good / count),
        ("samples: diversity", on, float(1.0 - similarity)),
        ("samples: plausible share of the unique", on, plausible_share(unique[:1000])),
    ]


def throughput_section(setup: Setup) -> list[Row]:
    batch = (setup.zinc + setup.chembl)[:2000]
    batch = [s for s, ok in zip(batch, setup.model.try_encode(batch).mask.tolist(), strict=True) if ok]
    begin = time.process_time()
    z = setup.model.encode(batch)
    middle = time.process_time()
    setup.model.decode(z)
    end = time.process_time()
    return [
        ("encode, molecules a second of one core", f"{len(batch):,}", len(batch) / (middle - begin)),
        ("decode, molecules a second of one core", f"{len(batch):,}", len(batch) / (end - middle)),
    ]


SECTIONS: dict[str, Callable[[Setup], list[Row]]] = {
    "reconstruction": reconstruction_section,
    "distance": distance_section,
    "random": random_section,
    "differences": difference_section,
    "drift": drift_section,
    "walks": walk_section,
    "ranks": lambda setup: rank_rows(setup.model, setup.surrogates, setup.leads, setup.distance, setup.args.seed),
    "programs": program_section,
    "samples": sample_section,
    "throughput": throughput_section,
}


def measure(setup: Setup, only: list[str], target: Path | None) -> dict[str, list[dict]]:
    """Rows of the sections asked for; the JSON file is renewed after each, and keeps the other sections' rows."""
    kept = json.loads(target.read_text()) if target and target.exists() else {}
    for name in only:
        begin = time.process_time()
        kept[name] = [{"measure": m, "on": o, "value": float(v)} for m, o, v in SECTIONS[name](setup)]
        print(f"{name}: {time.process_time() - begin:.0f} s of processor time", file=sys.stderr, flush=True)
        if target:
            ordered = {section: kept[section] for section in SECTIONS if section in kept}
            target.write_text(json.dumps(ordered, indent=1) + "\n")
    return kept


def into_page(page: str, rows: list[dict]) -> str:
    """A Markdown page whose table between the two marks is made anew."""
    lines = ["| measure | on | value |", "|---|---|---|"]
    lines += [f"| {row['measure'].strip()} | {row['on']} | {row['value']:,.3g} |" for row in rows]
    before, _, rest = page.partition(MARK)
    _, _, after = rest.partition(MARK)
    return f"{before}{MARK}\n" + "\n".join(lines) + f"\n{MARK}{after}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="folder of the latent model; default the bundled one")
    parser.add_argument("--zinc-test", type=Path, required=True)
    parser.add_argument("--chembl", type=Path, required=True)
    parser.add_argument("--json", type=Path, help="results; sections that are there already are kept")
    parser.add_argument("--markdown", type=Path, help="page whose table between two marks <!-- table --> is made anew")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to measure")
    parser.add_argument("--leads", type=int, default=100)
    parser.add_argument("--each", type=int, default=500, help="decodings a lead")
    parser.add_argument("--programs", type=int, default=30, help="a lead")
    parser.add_argument("--molecules", type=int, default=2000, help="of each file, for reconstruction")
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        kept = measure(Setup(args), args.only, args.json)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    rows = [row for section in SECTIONS for row in kept.get(section, [])]
    table = Table("measure", "on", "value")
    for row in rows:
        table.add_row(row["measure"], row["on"], f"{row['value']:,.3g}")
    Console(width=140).print(table)
    if args.markdown:
        args.markdown.write_text(into_page(args.markdown.read_text(), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
