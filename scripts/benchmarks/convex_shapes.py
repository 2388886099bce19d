"""Do other convex networks fit better: wider, shallower or deeper ones, maxout units, the least of several pieces?

Example:
    python scripts/benchmarks/convex_shapes.py --molecules zinc250k_split_valid.smi.gz --only qed --json shapes.json
    python scripts/benchmarks/convex_shapes.py --assays tables/ --only bbbp --splits 5 --json shapes.json

    128 x 2 ...     input-convex networks of these hidden widths, as `molconvex train` makes them
    maxout          two layers of 128 units that are the larger of two affine functions each
    pieces          c(z) - max_k (a_k.z + b_k): a trained network goes on with K affine functions taken off it
    longer          the control of that: the trained network goes on for as many steps without them
    mlp             an unconstrained network of two layers of 128

One network each, on scaffold splits; R2 of the property, ROC-AUC of a class, on the test molecules, with the mean
difference to the first row. What was measured stays in the JSON file, and is not measured again.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from molconvex.assays.public_tables import MEASURED, TABLES
from molconvex.assays.training import assay_dataset, encode_assays
from molconvex.chem import PROPERTIES, compute_properties, read_molecules
from molconvex.exceptions import MolconvexError
from molconvex.icnn import ICNN
from molconvex.icnn.layers import ConvexLinear
from molconvex.latent import load_bundled
from molconvex.surrogate import Dataset, Target, TrainingSettings, encode_molecules, make_dataset, scaffold_split
from molconvex.surrogate.evidence.metrics import r2, roc_auc
from molconvex.surrogate.evidence.rivals import mlp_trials
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import fit_network
from molconvex.surrogate.fit.trainable_networks import build_convex, build_unconstrained

Scores = dict[str, list[float]]  # by arm, one per split
SHAPES = ((128, 128), (256,), (512,), (256, 256), (64, 64, 64))
PIECES = (4, 16)
START_AT_LINEAR = 0.1


class Maxout(nn.Module):
    """A convex network whose hidden units are the larger of two affine functions of what comes before."""

    def __init__(self, latent_dim: int, hidden: tuple[int, ...], dropout: float, generator: torch.Generator) -> None:
        super().__init__()
        self.first = nn.Linear(latent_dim, 2 * hidden[0])
        self.layers = nn.ModuleList(ConvexLinear(a, 2 * b) for a, b in pairwise(hidden))
        self.views = nn.ModuleList(nn.Linear(latent_dim, 2 * width, bias=False) for width in hidden[1:])
        self.output, self.linear = ConvexLinear(hidden[-1], 1), nn.Linear(latent_dim, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        with torch.no_grad():
            for layer in (self.first, *self.views):
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) / latent_dim**0.5)

    def forward(self, z: Tensor) -> Tensor:
        """Convex values, (n, d) to (n, 1)."""
        hidden = _larger(self.first(z))
        for layer, view in zip(self.layers, self.views, strict=True):
            hidden = _larger(layer(self.dropout(hidden)) + view(z))
        return self.output(self.dropout(hidden)) + self.linear(z)

    @torch.no_grad()
    def begin_at(self, slope: Tensor, offset: float) -> None:
        """Start at a linear model, with a tenth of the free part."""
        self.output.set_weight_(START_AT_LINEAR * self.output.weight)
        self.linear.weight.copy_(slope[None])
        self.output.bias.fill_(offset)


def _larger(units: Tensor) -> Tensor:
    return units.unflatten(1, (-1, 2)).amax(2)


class Pieces(nn.Module):
    """A convex network minus the largest of K affine functions: the least of K convex functions."""

    def __init__(self, network: ICNN, count: int, generator: torch.Generator) -> None:
        super().__init__()
        self.network, self.tilts = network, nn.Linear(network.input_dim, count)
        with torch.no_grad():
            self.tilts.weight.copy_(0.05 * torch.randn(self.tilts.weight.shape, generator=generator))
            self.tilts.bias.zero_()

    def forward(self, z: Tensor) -> Tensor:
        """(n, d) to (n, 1)."""
        return self.network(z) - self.tilts(z).amax(1, keepdim=True)


def measure(problem: Problem, seed: int) -> dict[str, float]:
    """The score of every arm on the test molecules of one split."""
    training, split = TrainingSettings(), problem.split
    train, valid = problem.parts(split)
    test, truth = problem.examples.z[torch.from_numpy(split.test)], problem.test_truth(0)
    start = problem.start(split, training)
    metric = roc_auc if problem.examples.logistic[0] else r2
    dim, found = test.shape[1], {}

    def score(name: str, network: nn.Module, settings: TrainingSettings) -> None:
        begin = time.process_time()
        generator = torch.Generator().manual_seed(seed + 1)
        fit_network(network, train, valid, settings, generator=generator)
        with torch.no_grad():
            cost = problem.signs[0] * network(test)[:, 0].double()
        found[name] = metric(truth, problem.scalers[0].value_of(cost.numpy()))
        print(f"  {name}: {found[name]:.4f} ({time.process_time() - begin:.0f} CPU s)", flush=True)

    def convex(hidden: tuple[int, ...]) -> ICNN:
        return build_convex(dim, 1, replace(training, hidden=hidden), torch.Generator().manual_seed(seed), start)

    trained = {}
    for hidden in SHAPES:
        trained[hidden] = convex(hidden)
        score(" x ".join(map(str, hidden)), trained[hidden], replace(training, hidden=hidden))
    maxout = Maxout(dim, (128, 128), training.dropout, torch.Generator().manual_seed(seed))
    if start is not None:
        maxout.begin_at(start.linear.weight[:, 0].float(), float(start.linear.bias[0]))
    score("maxout", maxout, training)
    begun = {name: tensor.clone() for name, tensor in trained[SHAPES[0]].state_dict().items()}
    for count in (None, *PIECES):
        again = convex(SHAPES[0])
        again.load_state_dict(begun)
        pieces = again if count is None else Pieces(again, count, torch.Generator().manual_seed(seed))
        score("longer" if count is None else f"{count} pieces", pieces, replace(training, learning_rate=1e-3))
    settings = mlp_trials(training)[0]
    score("mlp", build_unconstrained(dim, 1, settings, torch.Generator().manual_seed(seed)), settings)
    return found


def subjects(args: argparse.Namespace) -> dict[str, Callable[[], Dataset]]:
    """What can be measured, by name."""
    model = load_bundled()

    def measured(name: str) -> Dataset:
        known = [molecule.smiles for molecule in read_molecules(args.molecules) if not molecule.problem]
        chosen = np.random.default_rng(args.seed).permutation(len(known))[: args.count]
        encoded = encode_molecules(model, [known[i] for i in chosen], cache=args.cache)
        smiles = [known[chosen[i]] for i in encoded.kept]
        value = compute_properties(smiles, [name])[name].to_numpy(dtype=float)
        target = Target(name, PROPERTIES[name].unit, MEASURED[name])
        return make_dataset(encoded.z, value, target, smiles=smiles)

    def assay(name: str) -> Dataset:
        table = next(table for table in TABLES if table.name == name)
        targets = list(table.columns)
        assays = encode_assays(args.assays / table.file, targets, model, table.assay_columns(), cache=args.cache)
        return assay_dataset(assays, targets, model)

    found: dict[str, Callable[[], Dataset]] = {}
    if args.molecules:
        found |= {name: lambda name=name: measured(name) for name in MEASURED}  # type: ignore[misc]
    if args.assays:
        single = [table.name for table in TABLES if len(table.columns) == 1]
        found |= {name: lambda name=name: assay(name) for name in single}  # type: ignore[misc]
    return found


def show(name: str, scores: Scores) -> None:
    """Mean score of each arm, and its mean difference to the first with the standard error over splits."""
    table = Table(title=f"{name}: {len(next(iter(scores.values())))} scaffold splits", title_justify="left")
    for column in ("network", "score", "to the first"):
        table.add_column(column, justify="left" if column == "network" else "right")
    first = np.array(next(iter(scores.values())))
    for arm, values in scores.items():
        difference = np.array(values) - first
        error = difference.std(ddof=1) / len(difference) ** 0.5 if len(difference) > 1 else float("nan")
        table.add_row(arm, f"{np.mean(values):.3f}", f"{difference.mean():+.3f} ± {error:.3f}")
    Console(width=100).print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--molecules", type=Path, help="file of molecules, for RDKit properties")
    parser.add_argument("--count", type=int, default=20_000, help="molecules for RDKit properties")
    parser.add_argument("--assays", type=Path, help="folder of the public tables")
    parser.add_argument("--only", nargs="+", default=["qed"], metavar="PROPERTY", help="what to learn")
    parser.add_argument("--orientation", choices=("convex", "concave"), default="convex")
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path, help="folder that keeps latents")
    parser.add_argument("--json", type=Path, help="results; read again to go on where a run was stopped")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        known = subjects(args)
        done = json.loads(args.json.read_text(encoding="utf-8")) if args.json and args.json.exists() else {}
        for name in args.only:
            data = known[name]()
            for seed in range(args.splits):
                key = f"{name} {args.orientation} {len(data)} {seed}"
                if key not in done:
                    print(f"{name}, split {seed + 1} of {args.splits}", flush=True)
                    split = scaffold_split(data.smiles or [], seed=seed)
                    done[key] = measure(Problem.of(data, split, args.orientation), seed)
                if args.json:
                    args.json.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
            each = [done[f"{name} {args.orientation} {len(data)} {seed}"] for seed in range(args.splits)]
            show(name, {arm: [scores[arm] for scores in each] for arm in each[0]})
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
