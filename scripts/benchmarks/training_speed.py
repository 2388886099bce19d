"""How long training takes once molecules are encoded: 8,000 molecules with 12 assays, until early stopping.

Example:
    python scripts/benchmarks/training_speed.py --table tox21_challenge.csv.gz --cache latents/

The table is read and encoded twice with the same cache: the second time nothing may be encoded. Then one network and an
ensemble are trained on the challenge's own split. Seconds of this process's CPU stand beside the wall clock, which on a
busy machine says little.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from molconvex.assays.public_tables import TABLES
from molconvex.assays.training import EncodedAssays, assay_dataset, encode_assays
from molconvex.exceptions import MolconvexError
from molconvex.latent import LatentModel, load_latent_model
from molconvex.surrogate import ConvexSurrogate, FitSettings, column_split, fit_surrogates

Result = TypeVar("Result")


class CountingModel:
    """A latent model that counts the molecules it encodes."""

    def __init__(self, model: LatentModel) -> None:
        self.model, self.encoded = model, 0
        self.latent_dim, self.fingerprint = model.latent_dim, model.fingerprint

    def try_encode(self, smiles: Sequence[str]) -> Any:
        """As the model does."""
        self.encoded += len(smiles)
        return self.model.try_encode(smiles)


def timed(work: Callable[[], Result]) -> tuple[Result, float, float]:
    """Result, seconds of wall clock and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def train(data: EncodedAssays, model: LatentModel, members: int, seed: int) -> list[ConvexSurrogate]:
    """Surrogates of the 12 assays, with default settings."""
    tox21 = TABLES[-1]
    split = column_split(data.table.extra[str(tox21.split_column)], seed=seed)
    settings = FitSettings(members=members, split=split, seed=seed)
    return fit_surrogates(assay_dataset(data, list(tox21.columns), model), settings)


def describe(surrogates: list[ConvexSurrogate]) -> str:
    """Steps of each member, and the mean AUC on the test molecules."""
    training = surrogates[0].card["training"]
    steps = ", ".join(f"{record['steps']} steps (best {record['best_step']})" for record in training)
    auc = np.mean([surrogate.card["metrics"]["roc_auc"]["value"] for surrogate in surrogates])
    return f"{steps}; mean AUC {auc:.3f}"


def measure(table: Path, cache: Path, model: LatentModel, sizes: list[int], seed: int) -> list[dict[str, Any]]:
    """Rows of what was done, seconds and remarks."""
    rows = []
    tox21 = TABLES[-1]
    for what in ("read and encode", "again, from the cache"):
        counting: Any = CountingModel(model)  # of a latent model no more than encoding needs
        data, wall, cpu = timed(
            partial(encode_assays, table, list(tox21.columns), counting, tox21.assay_columns(), cache=cache)
        )
        remark = f"{counting.encoded:,} of {len(data.z):,} molecules encoded"
        rows.append({"what": what, "wall": wall, "cpu": cpu, "remark": remark})
    for members in sizes:
        surrogates, wall, cpu = timed(partial(train, data, model, members, seed))
        what = f"train {members} network{'s' * (members > 1)}, {len(data.z):,} x {len(surrogates)}"
        rows.append({"what": what, "wall": wall, "cpu": cpu, "remark": describe(surrogates)})
    return rows


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", type=Path, required=True, help="tox21_challenge.csv.gz")
    parser.add_argument("--model", default="bundled", help="latent model: bundled, a folder or a plug-in")
    parser.add_argument("--cache", type=Path, help="folder that keeps latents; by default a temporary one")
    parser.add_argument("--members", type=int, nargs="+", default=[1, 3], help="sizes of the ensembles")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args(argv)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        with tempfile.TemporaryDirectory() as temporary:
            model = load_latent_model(args.model)
            rows = measure(args.table, args.cache or Path(temporary), model, args.members, args.seed)
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    table = Table("what", "seconds", "CPU seconds", "", title=f"{torch.get_num_threads()} threads, one process")
    for row in rows:
        table.add_row(row["what"], f"{row['wall']:.1f}", f"{row['cpu']:.1f}", row["remark"])
    Console(width=130).print(table)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
