"""What convexity costs, and what the latents cost: rival models on the same molecules and splits, for every property.

Example:
    python scripts/benchmarks/price_of_convexity.py --assays tables/ --json price.json

    linear          ridge or logistic regression on the latents
    convex_single   one input-convex network
    convex          an ensemble of them: what `molconvex train` makes
    difference      one difference of two convex networks, whose minima are only local
    mlp_single      an unconstrained network of the same widths
    mlp             an ensemble of those
    forest          a random forest on Morgan counts, which knows nothing of the latents

Price is mlp minus convex: R2 for numbers, ROC-AUC for classes, the mean over the splits. Scaffold splits, but for the
Tox21 challenge with its own; its figure is the mean of the 12 assays. RDKit properties are of molecules from
`--molecules`, by default the bundled reference set. A property that the JSON file holds already, for the same latent
model and options, is not computed again; latents are kept in `--cache`. Forests learn from `--forest-molecules` at
most. Everything takes some ten minutes of one core. Needs scikit-learn (the extra "evaluate").
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
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor

from molconvex.assays.public_tables import MEASURED, TABLES, PublicTable
from molconvex.assays.training import encode_assays
from molconvex.chem import PROPERTIES, compute_properties, read_molecules
from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_latent_model, reference_set
from molconvex.surrogate import (
    Dataset,
    FitSettings,
    Split,
    Target,
    column_split,
    encode_molecules,
    evaluate,
    fit_difference_surrogates,
    fit_surrogates,
    make_dataset,
    scaffold_split,
)
from molconvex.surrogate.evidence.baselines import forest_values
from molconvex.surrogate.fit.divide import divide
from molconvex.surrogate.fit.standardized_data import Problem

ARMS = ("linear", "convex_single", "convex", "difference", "mlp_single", "mlp", "forest")
FEWEST_FOR_TEST = 0.2
"""Share of the molecules that is tested on: more than in training, since small test parts tell little."""


@dataclass(frozen=True)
class Subject:
    """A property, or the properties of one table: latents (n, d), values (n, T) and structures."""

    name: str
    z: Tensor
    value: NDArray[np.float64]
    censor: NDArray[np.int8]
    targets: list[Target]
    smiles: list[str]
    splits: list[Split]


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
    splits = [scaffold_split(smiles, fractions=(0.1, FEWEST_FOR_TEST), seed=args.seed)]
    for name, sense in MEASURED.items():
        value = values[name].to_numpy(dtype=float)[:, None]
        target = Target(name, PROPERTIES[name].unit, sense)
        yield Subject(name, encoded.z, value, np.zeros(value.shape, np.int8), [target], smiles, splits)


def assay_subject(table: PublicTable, model: LatentModel, args: argparse.Namespace) -> Subject:
    """A public table with several scaffold splits, or its own one."""
    targets = list(table.columns)
    data = encode_assays(
        args.assays / table.file,
        targets,
        model,
        table.assay_columns(),
        cache=args.cache,
    )
    smiles = data.table.smiles
    if table.split_column:
        splits = [column_split(data.table.extra[table.split_column], seed=args.seed)]
    else:
        seeds = range(args.seed, args.seed + args.splits)
        splits = [scaffold_split(smiles, fractions=(0.1, FEWEST_FOR_TEST), seed=seed) for seed in seeds]
    return Subject(table.name, data.z, data.table.value, data.table.censor, targets, smiles, splits)


def dataset(subject: Subject) -> Dataset:
    """The subject as data to be learned from."""
    return make_dataset(subject.z, subject.value, subject.targets, smiles=subject.smiles, censor=subject.censor)


def scores(subject: Subject, split: Split, args: argparse.Namespace) -> dict[str, list[float]]:
    """Per arm the R2 or AUC of each goal on the test part."""
    settings = FitSettings(members=args.members, split=split, baselines=True, seed=split.seed)
    data = dataset(subject)
    metric = "roc_auc" if subject.targets[0].kind == "classification" else "r2"
    convex = fit_surrogates(data, settings)
    found = {
        arm: [surrogate.card["price_of_convexity"][arm][metric]["value"] for surrogate in convex]
        for arm in ("linear", "convex_single", "convex", "mlp_single", "mlp")
    }
    local = fit_difference_surrogates(data, replace(settings, baselines=False, members=1))
    found["difference"] = [surrogate.card["metrics"][metric]["value"] for surrogate in local]
    if args.trees:
        found["forest"] = forest_scores(subject, split, settings, metric, args)
    return found


def forest_scores(
    subject: Subject, split: Split, settings: FitSettings, metric: str, args: argparse.Namespace
) -> list[float]:
    """The same of random forests."""
    data = dataset(subject)
    problem = Problem.of(data, divide(data, settings))
    predicted = forest_values(problem, split.seed, trees=args.trees, most_molecules=args.forest_molecules)
    return [
        evaluate(problem.test_truth(t), values, target.kind, resamples=1)[metric].value
        for t, (values, target) in enumerate(zip(predicted, subject.targets, strict=True))
    ]


def measure(subject: Subject, args: argparse.Namespace) -> dict[str, Any]:
    """The record of one subject: figures by arm, split and goal, and what they rest on."""
    begin, cpu = time.perf_counter(), time.process_time()
    by_split = [scores(subject, split, args) for split in subject.splits]
    return {
        "metric": "AUC" if subject.targets[0].kind == "classification" else "R2",
        "molecules": len(subject.smiles),
        "tested": [len(split.test) for split in subject.splits],
        "goals": [target.property for target in subject.targets],
        "scores": {arm: [found[arm] for found in by_split] for arm in ARMS if arm in by_split[0]},
        "seconds": round(time.perf_counter() - begin, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
    }


def mean(record: dict[str, Any], arm: str) -> float:
    """Mean over splits and goals; NaN where the arm was not run."""
    found = np.array(record["scores"].get(arm, [[np.nan]]), dtype=float)
    return float(np.nanmean(found)) if np.isfinite(found).any() else float("nan")


def deviation(record: dict[str, Any]) -> float:
    """Standard deviation of the price over the splits; NaN with one split."""
    price = [np.nanmean(np.subtract(m, c, dtype=float)) for m, c in zip(*_pair(record), strict=True)]
    return float(np.std(price, ddof=1)) if len(price) > 1 else float("nan")


def _pair(record: dict[str, Any]) -> tuple[list[list[float]], list[list[float]]]:
    return record["scores"]["mlp"], record["scores"]["convex"]


def show(records: dict[str, dict[str, Any]]) -> None:
    """One row per subject, and the mean price of each metric."""
    table = Table(
        title="Test molecules; price = mlp - convex, with its deviation over the splits", title_justify="left"
    )
    for column in ("property", "metric", "tested", *ARMS, "price"):
        table.add_column(column, justify="left" if column in ("property", "metric") else "right")
    for name, record in records.items():
        price, spread = mean(record, "mlp") - mean(record, "convex"), deviation(record)
        cells = [_cell(mean(record, arm)) for arm in ARMS]
        shown = f"{price:+.3f}" + (f" ± {spread:.3f}" if np.isfinite(spread) else "")
        tested = " ".join(str(n) for n in record["tested"])
        table.add_row(name, record["metric"], tested, *cells, shown)
    console = Console(width=150)
    console.print(table)
    for metric in ("R2", "AUC"):
        prices = [mean(r, "mlp") - mean(r, "convex") for r in records.values() if r["metric"] == metric]
        if prices:
            console.print(f"mean price in {metric} over {len(prices)} properties: {np.mean(prices):+.4f}")


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
    wanted = args.only or [*MEASURED, *(table.name for table in TABLES)]
    if any(name in wanted and name not in done for name in MEASURED):
        yield from (s for s in measured_subjects(model, args) if s.name in wanted and s.name not in done)
    for table in TABLES if args.assays else ():
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
    options.add_argument("--splits", type=int, default=2, help="scaffold splits of each assay")
    options.add_argument("--members", type=int, default=3, help="of each ensemble")
    options.add_argument("--trees", type=int, default=50, help="of each random forest; 0 leaves forests out")
    options.add_argument("--forest-molecules", type=int, default=4000, help="most molecules that a forest learns from")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--cache", type=Path, help="folder that keeps latents")
    options.add_argument("--json", type=Path, help="results; read again to go on where a run was stopped")
    return options


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        model = load_latent_model(args.model)
        names = ("count", "splits", "members", "trees", "forest_molecules", "seed")
        key = {name: getattr(args, name) for name in names}
        key |= {"latent_model": model.fingerprint, "molecules": args.molecules and args.molecules.name}
        records = load(args.json, key)
        if records:
            print(f"from {args.json}: {', '.join(records)}", flush=True)
        for subject in subjects(model, args, records):
            records[subject.name] = measure(subject, args)
            found = ", ".join(f"{arm} {_cell(mean(records[subject.name], arm))}" for arm in ARMS)
            print(f"{subject.name}: {found} ({records[subject.name]['cpu_seconds']} s of CPU)", flush=True)
            if args.json:
                args.json.write_text(json.dumps({"made_with": key, "records": records}, indent=1) + "\n")
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    show(records)
    return 0


if __name__ == "__main__":
    sys.exit(main())
