"""What convexity costs, and what the latents cost: rival models on the same molecules and splits, for every property.

Example:
    python scripts/benchmarks/price_of_convexity.py --assays tables/ --json price.json

    linear          ridge or logistic regression on the latents
    refined         with --refine: a third of convex, the rest a Gaussian process over fingerprints and properties
    convex          an ensemble of input-convex networks, what `molconvex train` makes: held-out molecules choose which
                    side of the property is the convex set, anew for every split
    one_side        the same with the molecules that are wanted as the convex set, whatever the data say
    mlp             an ensemble of unconstrained networks of the same widths
    svm             a support vector machine on the latents
    random_forest   a random forest on Morgan counts, which knows nothing of the latents

Price is mlp minus convex: R2 for numbers, ROC-AUC for classes, the mean over the splits with its 95 % interval (for
overlapping splits; over molecules where there is one split). By scaffold and at random, `--repeats` of each, but for
the Tox21 challenge with its own split; its figure is the mean of the 12 assays. RDKit properties are of molecules from
`--molecules`, by default the bundled reference set. A property that the JSON file holds already, for the same latent
model and options, is not computed again; latents are kept in `--cache`. With `--most`, so many random molecules of a
larger table are taken.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from molconvex.assays.public_tables import MEASURED, STUDIED, TABLES, PublicTable
from molconvex.assays.training import assay_dataset, encode_assays
from molconvex.chem import PROPERTIES, compute_properties, read_molecules
from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_latent_model, reference_set
from molconvex.surrogate import (
    ConvexSurrogate,
    Dataset,
    FitSettings,
    Split,
    Target,
    column_split,
    encode_molecules,
    fit_surrogates,
    make_dataset,
    scaffold_split,
)
from molconvex.surrogate.evidence.paired_difference import over_splits

ARMS = ("linear", "convex", "refined", "one_side", "mlp", "svm", "random_forest")


@dataclass(frozen=True)
class Subject:
    """A property, or the properties of one table, and the split to begin with: its own, or None for by scaffold."""

    name: str
    data: Dataset
    split: Split | None


def measured_subjects(model: LatentModel, args: argparse.Namespace) -> Iterator[Subject]:
    """RDKit properties of molecules of a file or of the reference set."""
    if args.molecules:
        known = [molecule.smiles for molecule in read_molecules(args.molecules) if not molecule.problem]
    else:
        known = reference_set().smiles
    chosen = np.random.default_rng(args.seed).permutation(len(known))[: args.count]
    encoded = encode_molecules(model, [known[i] for i in chosen], cache=args.cache)
    smiles = [known[chosen[i]] for i in encoded.kept]
    values = compute_properties(smiles, list(MEASURED))
    for name, sense in MEASURED.items():
        target = Target(name, PROPERTIES[name].unit, sense)
        yield Subject(name, make_dataset(encoded.z, values[name].to_numpy(dtype=float), target, smiles=smiles), None)


def assay_subject(table: PublicTable, model: LatentModel, args: argparse.Namespace) -> Subject:
    """A public table, or a random choice of its molecules."""
    targets = list(table.columns)
    assays = encode_assays(args.assays / table.file, targets, model, table.assay_columns(), cache=args.cache)
    split = None
    if table.split_column:
        split = column_split(assays.table.extra[table.split_column], seed=args.seed)
    elif args.most and len(assays.table) > args.most:
        kept = np.sort(np.random.default_rng(args.seed).permutation(len(assays.table))[: args.most])
        assays = replace(assays, z=assays.z[kept], table=assays.table.rows(kept))
    return Subject(table.name, assay_dataset(assays, targets, model), split)


def fitted(subject: Subject, args: argparse.Namespace, *, orientation: str) -> list[ConvexSurrogate]:
    """Surrogates with their evidence."""
    settings = FitSettings(
        members=args.members,
        orientation=orientation,  # type: ignore[arg-type]
        split=subject.split or "scaffold",
        test_fraction=args.test,
        evidence=orientation == "auto",
        refine=args.refine and orientation == "auto",
        repeats=args.repeats,
        rivals=tuple(args.rivals),
        seed=args.seed,
    )
    return fit_surrogates(subject.data, settings)


def one_side_scores(subject: Subject, args: argparse.Namespace, metric: str) -> list[list[float]]:
    """Per scaffold split and goal the score where the wanted molecules are the convex set."""
    splits = [subject.split]
    if subject.split is None:
        count, smiles = args.repeats or 5, subject.data.smiles or []
        splits = [scaffold_split(smiles, fractions=(0.1, args.test), seed=args.seed + k) for k in range(count)]
    data = replace(subject.data, rows=np.arange(len(subject.data)), handed_over=len(subject.data))
    return [
        [
            surrogate.card["metrics"][metric]["value"]
            for surrogate in fitted(
                Subject(subject.name, subject.data if subject.split else data, split), args, orientation="convex"
            )
        ]
        for split in splits
    ]


def measure(subject: Subject, args: argparse.Namespace) -> dict[str, Any]:
    """The record of one subject: figures by kind of split, arm, split and goal, and what they rest on."""
    begin = time.process_time()
    surrogates = fitted(subject, args, orientation="auto")
    seconds = time.process_time() - begin
    evidence = [surrogate.card["evidence"] for surrogate in surrogates]
    metric = evidence[0]["metric"]
    record: dict[str, Any] = {
        "metric": metric,
        "molecules": len(subject.data),
        "goals": [surrogate.target.property for surrogate in surrogates],
        "orientation": [surrogate.orientation for surrogate in surrogates],
        "coverage": [surrogate.card.get("conformal") for surrogate in surrogates],
        "cpu_seconds": round(seconds, 1),
        "methods": {},
    }
    for method in evidence[0]["methods"]:
        parts = [goal["methods"][method] for goal in evidence]
        scores = {
            arm: [list(of_split) for of_split in zip(*(p["scores"][arm][metric] for p in parts), strict=True)]
            for arm in parts[0]["scores"]
        }
        record["methods"][method] = {
            "scores": scores,
            "tested": parts[0]["tested"],
            "test_share": args.test / (1 - args.test),
            "differences": [p["differences"]["mlp"] for p in parts],
        }
    if args.one_side:
        main = record["methods"].get("scaffold") or next(iter(record["methods"].values()))
        main["scores"]["one_side"] = one_side_scores(subject, args, metric)
    return record


def mean(method: dict[str, Any], arm: str) -> float:
    """Mean over splits and goals; NaN where the arm was not run."""
    found = np.array(method["scores"].get(arm, [[np.nan]]), dtype=float)
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def price(method: dict[str, Any]) -> tuple[float, float, float]:
    """Mean price of convexity with the ends of its interval."""
    scores = method["scores"]
    each = [np.nanmean(np.subtract(m, c, dtype=float)) for m, c in zip(scores["mlp"], scores["convex"], strict=True)]
    if len(each) > 1:
        found = over_splits(np.array(each), method["test_share"])
        return found.mean, found.low, found.high
    # one split: the goals' intervals over molecules, taken as independent
    differences = method["differences"]
    half = np.sqrt(sum(((d["high"] - d["low"]) / 2) ** 2 for d in differences)) / len(differences)
    return float(each[0]), float(each[0] - half), float(each[0] + half)


def show(records: dict[str, dict[str, Any]]) -> None:
    """One row per subject and kind of split."""
    table = Table(title="Test molecules; price = mlp - convex with its 95 % interval", title_justify="left")
    for column in ("property", "splits", "tested", "convex set", *ARMS, "price", "CPU s"):
        table.add_column(column, justify="left" if column in ("property", "splits") else "right")
    for name, record in records.items():
        sides = record["orientation"]
        for method, found in record["methods"].items():
            middle, low, high = price(found)
            cells = [_cell(mean(found, arm)) for arm in ARMS]
            tested = f"{min(found['tested'])}-{max(found['tested'])}"
            side = sides[0] if len(set(sides)) == 1 else f"{sides.count('concave')}/{len(sides)} concave"
            shown = f"{middle:+.3f} ({low:+.3f} to {high:+.3f})"
            number = f"{len(found['tested'])} {method}"
            table.add_row(name, number, tested, side, *cells, shown, f"{record['cpu_seconds']:.0f}")
    Console(width=170).print(table)


def _cell(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def load(path: Path | None, key: dict[str, Any]) -> dict[str, Any]:
    """Records of an earlier run with the same latent model and options; none where there is no such run."""
    if path is None or not path.exists():
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return stored["records"] if stored["made_with"] == key else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def subjects(model: LatentModel, args: argparse.Namespace, done: dict[str, Any]) -> Iterator[Subject]:
    """What is left to measure; a table that is missing is said and left out."""
    tables = (*TABLES, *STUDIED)
    wanted = args.only or [*MEASURED, *(table.name for table in tables)]
    if any(name in wanted and name not in done for name in MEASURED):
        yield from (s for s in measured_subjects(model, args) if s.name in wanted and s.name not in done)
    for table in tables if args.assays else ():
        if table.name not in wanted or table.name in done:
            continue
        if (args.assays / table.file).exists():
            yield assay_subject(table, model, args)
        else:
            print(f"{table.name}: {args.assays / table.file} is missing; left out", flush=True)


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", default="bundled", help="latent model: bundled, a folder or a plug-in")
    options.add_argument("--molecules", type=Path, help="file of molecules for the RDKit properties")
    options.add_argument("--count", type=int, default=4000, help="molecules for the RDKit properties")
    options.add_argument("--assays", type=Path, help="folder of the public tables")
    options.add_argument("--only", nargs="+", metavar="PROPERTY", help="only these, such as: qed bbbp tox21")
    options.add_argument("--repeats", type=int, help="splits of each kind; default 5, and 2 beyond 5,000 molecules")
    options.add_argument("--test", type=float, default=0.1, help="share of the molecules that is tested on")
    options.add_argument("--most", type=int, help="molecules of a table at most")
    options.add_argument("--members", type=int, default=3, help="of each ensemble")
    options.add_argument("--rivals", nargs="+", default=["linear", "mlp", "svm", "random_forest"], help="others")
    options.add_argument("--one-side", action="store_true", help="also with the wanted molecules as the convex set")
    options.add_argument("--refine", action="store_true", help="also refined by structure")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--cache", type=Path, help="folder that keeps latents")
    options.add_argument("--json", type=Path, help="results; read again to go on where a run was stopped")
    return options


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        model = load_latent_model(args.model)
        names = ("count", "rivals", "repeats", "test", "most", "members", "one_side", "refine", "seed")
        key = {name: getattr(args, name) for name in names}
        key |= {"latent_model": model.fingerprint, "molecules": args.molecules and args.molecules.name}
        records = load(args.json, key)
        if records:
            print(f"from {args.json}: {', '.join(records)}", flush=True)
        for subject in subjects(model, args, records):
            records[subject.name] = measure(subject, args)
            show({subject.name: records[subject.name]})
            if args.json:
                args.json.write_text(json.dumps({"made_with": key, "records": records}, indent=1) + "\n")
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    show(records)
    return 0


if __name__ == "__main__":
    sys.exit(main())
