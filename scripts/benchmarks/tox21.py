"""Tox21 on our latents: convex networks of different initialization and training against their rivals.

The split of the Tox21 challenge, twelve assays with missing labels, latents of the bundled model. Arms:

    logistic               regularized logistic regression
    published ...          the published code's training (Hoedt & Klambauer 2023): Adam, dropout, no early stopping;
                           an unconstrained network, and convex ones of default (He-normal, clipped) and principled
                           initialization, without and with passthrough
    MLP                    unconstrained, in molconvex's training: its defaults or more dropout, as validation says
    ours, ours ensemble    convex, in molconvex's training: its defaults, or more dropout and a start at logistic
                           regression, as validation says; one network, and the mean of three

Each seed draws its own validation part, a tenth of what is not tested; the published training uses none.

    python scripts/benchmarks/tox21.py TABLE --results results/ --markdown tox21.md

TABLE is the challenge's CSV (columns smiles, set and the assays), .gz or not. Every finished run is kept under a name
that tells weights, table and settings, so the command continues where it was interrupted and never mixes runs.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from tox21_arms import ARMS, Choices, Recipe, Run, settings_of
from tox21_data import ASSAYS, VALID_FRACTION, Tox21, load_tox21

from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_bundled
from molconvex.surrogate import TrainingSettings

Runs = dict[str, list[Run]]


def run_all(options: argparse.Namespace, choices: Choices) -> Runs:
    """Runs by arm, one a seed; trains those that the results folder lacks."""
    model = load_bundled()
    table = hashlib.sha256(options.table.read_bytes()).hexdigest()
    about = {"latents": model.fingerprint, "table": table, "valid_fraction": VALID_FRACTION}
    data: Tox21 | None = None
    runs: Runs = {}
    for seed in range(options.seeds):
        for arm in options.arms:
            key = json.dumps([about, arm, settings_of(arm, choices)], sort_keys=True)
            path = options.results / f"{_slug(arm)}-{seed}-{hashlib.sha256(key.encode()).hexdigest()[:10]}.json"
            found = _read(path)
            if found is None:
                data = data or _load(options, model)
                found = ARMS[arm](data.divided(seed), choices, seed)
                _write(path, found)
                for suffix, run in found.items():
                    shown = f"{arm}{suffix}, seed {seed}: AUC {np.mean(run.auc):.4f}, {run.seconds:.1f} s"
                    print(shown, file=sys.stderr, flush=True)
            for suffix, run in found.items():
                runs.setdefault(arm + suffix, []).append(run)
    return runs


def _load(options: argparse.Namespace, model: LatentModel) -> Tox21:
    data = load_tox21(options.table, model, options.results / "latents")
    print(data, file=sys.stderr, flush=True)
    return data


def _slug(arm: str) -> str:
    return "-".join(arm.replace(",", "").split())


def _read(path: Path) -> dict[str, Run] | None:
    """Stored runs, or None where there are none or the file is damaged."""
    try:
        return {suffix: Run(**run) for suffix, run in json.loads(path.read_text()).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _write(path: Path, runs: dict[str, Run]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps({suffix: asdict(run) for suffix, run in runs.items()}))
    os.replace(part, path)


def epochs_to_reach(run: Run, share: float = 0.99) -> float:
    """First recorded epoch at which the mean test AUC is at least this share of the final one; NaN without a curve."""
    reached = np.flatnonzero(np.array(run.curve) >= share * np.mean(run.auc))
    return run.epochs[reached[0]] if len(reached) else float("nan")


def best_on_validation(run: Run) -> float:
    """Mean test AUC at the least validation loss of the curve: what early stopping would have kept."""
    return run.curve[int(np.argmin(run.valid_loss))] if run.curve else float(np.mean(run.auc))


def spread(values: Sequence[float], digits: int = 3) -> str:
    """Median and, if there are several values, their 5 % and 95 % quantiles."""
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    if np.isnan(middle):
        return "-"
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" if high > low else f"{middle:.{digits}f}"


def summary(runs: Runs) -> list[list[str]]:
    """One line an arm: mean AUC, the same with early stopping, epochs to 99 % of it, wall time."""
    lines = [["arm", "mean AUC", "with early stopping", "epochs to 99 %", "seconds"]]
    for arm, of_arm in runs.items():
        lines.append(
            [
                arm,
                spread([float(np.mean(run.auc)) for run in of_arm]),
                spread([best_on_validation(run) for run in of_arm]),
                spread([epochs_to_reach(run) for run in of_arm], 0),
                f"{np.median([run.seconds for run in of_arm]):.1f}",
            ]
        )
    return lines


def by_assay(runs: Runs) -> list[list[str]]:
    """One line an assay, one column an arm."""
    lines = [["assay", *runs]]
    for task, assay in enumerate(ASSAYS):
        lines.append([assay, *(spread([run.auc[task] for run in of_arm]) for of_arm in runs.values())])
    lines.append(["mean", *(spread([float(np.mean(run.auc)) for run in of_arm]) for of_arm in runs.values())])
    return lines


def markdown(lines: list[list[str]]) -> str:
    """A Markdown table; the first line is its header."""
    rows = ["| " + " | ".join(line) + " |" for line in lines]
    rule = "|---|" + "---:|" * (len(lines[0]) - 1)
    return "\n".join([rows[0], rule, *rows[1:]]) + "\n"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="the challenge's table")
    parser.add_argument(
        "--results", type=Path, default=Path("tox21-results"), help="folder of finished runs (default: %(default)s)"
    )
    parser.add_argument("--markdown", type=Path, help="file to write the tables to")
    parser.add_argument("--seeds", type=int, default=10, help="runs an arm (default: %(default)s)")
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS), metavar="ARM", help=", ".join(ARMS))
    parser.add_argument("--epochs", type=int, default=Recipe().epochs, help="of the published training")
    parser.add_argument("--input-dropout", type=float, default=Recipe().input_dropout, help="of the published training")
    parser.add_argument("--dropout", type=float, default=Recipe().dropout, help="of the published training")
    parser.add_argument("--steps", type=int, help="limit of steps in our training, for a quick look")
    parser.add_argument("--threads", type=int, default=1, help="of torch (default: %(default)s)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; exit status 2 for bad input."""
    options = parse(argv)
    torch.set_num_threads(options.threads)
    recipe = Recipe(epochs=options.epochs, input_dropout=options.input_dropout, dropout=options.dropout)
    training = TrainingSettings()
    if options.steps:
        training = replace(training, least_steps=options.steps, most_steps=options.steps)
    try:
        runs = run_all(options, Choices(recipe, training))
    except (MolconvexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    header = f"{options.seeds} seeds, median (5 to 95 %), published training {options.epochs} epochs"
    text = f"{header}\n\n{markdown(summary(runs))}\n{markdown(by_assay(runs))}"
    print(text)
    if options.markdown:
        options.markdown.write_text(text)
    return 0


if __name__ == "__main__":
    torch.set_flush_denormal(True)  # decayed weights end as denormal numbers, on which processors are slow
    raise SystemExit(main())
