"""Whether the intervals beside predictions hold, on scaffolds that had no part in making them.

Example:
    python scripts/benchmarks/interval_coverage.py --assays tables/ --only esol lipophilicity --json coverage.json

Each split keeps a fifth of the molecules apart, whole scaffolds. Of the others a surrogate is made as `molconvex train
--refine` makes it: splits of its own give the errors that its intervals are taken from. Of the molecules kept apart the
share is counted whose value lies in its interval, at each level, by the convex and by the refined prediction: of all,
of those outside the applicability domain, and of the tenth that is predicted best, which is what a search takes. Width
is the median of the whole interval at 90 %, in the property's unit. What the JSON file holds already is not computed
again.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from price_of_convexity import load
from rich.console import Console
from rich.table import Table

from molconvex.assays.public_tables import TABLES, PublicTable
from molconvex.assays.training import assay_dataset, encode_assays
from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_latent_model
from molconvex.surrogate import ConvexSurrogate, Dataset, FitSettings, fit_surrogate, make_dataset, scaffold_split
from molconvex.surrogate.model.conformal import LEVELS, Conformal

Array = NDArray[np.float64]
NINETY = LEVELS.index(0.9)
PREDICTIONS = ("convex", "refined")
GROUPS = ("all", "outside the domain", "best tenth")
NUMBERS = [table.name for table in TABLES if all(target.kind == "regression" for target in table.columns)]


def table_data(table: PublicTable, model: LatentModel, args: argparse.Namespace) -> Dataset:
    """Its molecules, or a random choice of them."""
    targets = list(table.columns)
    assays = encode_assays(args.assays / table.file, targets, model, table.assay_columns(), cache=args.cache)
    data = assay_dataset(assays, targets, model)
    rows = np.sort(np.random.default_rng(args.seed).permutation(len(data))[: args.most])
    return part_of(data, rows)


def part_of(data: Dataset, rows: NDArray[np.int64]) -> Dataset:
    """Some of the molecules, as if there were no others."""
    return make_dataset(
        data.z[rows],
        data.value[rows],
        data.targets,
        latent_fingerprint=data.latent_fingerprint,
        smiles=[(data.smiles or [])[row] for row in rows],
        censor=data.censor[rows],
        sample_weight=data.weight[rows],
    )


def measured_coverage(data: Dataset, seed: int, args: argparse.Namespace) -> dict[str, Any]:
    """Of one split: per prediction and group the tested molecules and their shares within intervals."""
    split = scaffold_split(data.smiles or [], fractions=(0.1, args.apart), seed=seed)
    settings = FitSettings(
        members=args.members, evidence=True, refine=True, rivals=(), repeats=args.repeats, resamples=0, seed=seed
    )
    surrogate = fit_surrogate(part_of(data, np.sort(np.concatenate([split.train, split.valid]))), settings)
    apart = part_of(data, split.test)
    z, truth = apart.z, np.where(apart.censor[:, 0] == 0, apart.value[:, 0], np.nan)
    distance = surrogate.distance_to_training(z).numpy()
    record: dict[str, Any] = {"refinement kept": surrogate.refinement is not None}
    for name, predicted, intervals in predictions_of(surrogate, z, apart.smiles or []):
        error, best = truth - predicted, best_tenth(predicted, surrogate.target.sense)
        record[name] = {
            "rmse": float(np.sqrt(np.nanmean(error**2))),
            "width": float(np.median(2.0 * intervals.half_width(distance, 0.9))),
            **{
                group: held(error[rows], distance[rows], intervals)
                for group, rows in zip(GROUPS, (np.isfinite(error), distance > 1, best), strict=True)
            },
        }
    return record


def predictions_of(surrogate: ConvexSurrogate, z: Any, smiles: list[str]) -> list[tuple[str, Array, Conformal]]:
    """Name, values and intervals of the predictions that the surrogate gives."""
    found = [("convex", surrogate.predict(z).numpy(), surrogate.conformal)]
    if surrogate.refinement is not None:
        found.append(("refined", surrogate.predict_refined(z, smiles), surrogate.refinement.conformal))
    return [(name, value, intervals) for name, value, intervals in found if intervals is not None]


def best_tenth(predicted: Array, sense: str) -> NDArray[np.bool_]:
    """Which molecules are predicted best."""
    good = predicted if sense == "maximize" else -predicted
    return np.asarray(good >= np.quantile(good, 0.9))


def held(error: Array, distance: Array, intervals: Conformal) -> dict[str, Any]:
    """How many molecules have a value, and how many of these lie within their interval at each level."""
    known = np.isfinite(error)
    within = [np.abs(error[known]) <= intervals.half_width(distance[known], level) for level in LEVELS]
    return {"tested": int(known.sum()), "within": [int(hits.sum()) for hits in within]}


def show(records: dict[str, dict[str, Any]]) -> None:
    """One row per table, prediction and group, over all splits."""
    table = Table(title="Share of molecules whose value its interval holds", title_justify="left")
    for column in ("table", "prediction", "molecules", "tested", *(f"at {level:.0%}" for level in LEVELS)):
        table.add_column(column)
    for column in ("each split, at 90%", "width at 90%", "RMSE"):
        table.add_column(column, justify="right")
    for name, splits in records.items():
        for prediction in PREDICTIONS:
            found = [record[prediction] for record in splits.values() if prediction in record]
            for group in GROUPS if found else ():
                table.add_row(name, prediction, group, *cells(found, group))
    Console(width=170).print(table)


def cells(found: list[dict[str, Any]], group: str) -> list[str]:
    """Of one prediction and group: tested, shares, range of the shares at 90 % over splits, width and error."""
    tested = np.array([record[group]["tested"] for record in found])
    within = np.array([record[group]["within"] for record in found])
    shares = within.sum(axis=0) / max(1, tested.sum())
    each = within[tested > 0, NINETY] / tested[tested > 0]
    spread = f"{each.min():.0%} to {each.max():.0%}" if len(each) else "-"
    beside = [f"{np.mean([record[key] for record in found]):.3g}" for key in ("width", "rmse")]
    return [str(tested.sum()), *(f"{share:.1%}" for share in shares), spread, *(beside if group == "all" else ["", ""])]


def parser() -> argparse.ArgumentParser:
    """The command's options."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", default="bundled", help="latent model: bundled, a folder or a plug-in")
    options.add_argument("--assays", type=Path, required=True, help="folder of the public tables")
    options.add_argument("--only", nargs="+", choices=NUMBERS, default=NUMBERS, help="only these tables")
    options.add_argument("--splits", type=int, default=5, help="each keeps other scaffolds apart")
    options.add_argument("--apart", type=float, default=0.2, help="share of the molecules kept apart")
    options.add_argument("--repeats", type=int, help="as of train")
    options.add_argument("--members", type=int, default=3, help="as of train")
    options.add_argument("--most", type=int, help="random molecules of a table at most")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--cache", type=Path, help="folder that keeps latents")
    options.add_argument("--json", type=Path, help="results; read again to go on where a run was stopped")
    return options


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        model = load_latent_model(args.model)
        key = {name: getattr(args, name) for name in ("apart", "repeats", "members", "most", "seed")}
        key["latent_model"] = model.fingerprint
        records: dict[str, dict[str, Any]] = load(args.json, key)
        for table in (table for table in TABLES if table.name in args.only):
            data = table_data(table, model, args)
            found = records.setdefault(table.name, {})
            for seed in range(args.seed, args.seed + args.splits):
                if str(seed) in found:
                    continue
                begin = time.process_time()
                found[str(seed)] = measured_coverage(data, seed, args)
                print(f"{table.name}, split {seed}: {time.process_time() - begin:.0f} CPU s", flush=True)
                if args.json:
                    args.json.write_text(json.dumps({"made_with": key, "records": records}, indent=1) + "\n")
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    show(records)
    return 0


if __name__ == "__main__":
    sys.exit(main())
