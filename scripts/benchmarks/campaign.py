"""A campaign on a public assay whose measurements are hidden and given batch by batch: the best found after n of them.

Every arm begins with the same random molecules and then chooses five batches from the same pool. Per arm: area under
the curve of the best found so far, between the pool's mean (0) and its best molecule (1), over the measurements after
the start; the same for the mean of the ten best; and how many of the pool's best hundredth were found. Every seed and
arm is written to a file when done, with the latent model's fingerprint; started again, the command goes on, and with
another model begins anew.

Example:
    python scripts/benchmarks/campaign.py lipophilicity.csv.gz --column exp --out campaign.jsonl
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from molconvex.assays.training import encode_assays
from molconvex.campaigns.beliefs import fit_beliefs
from molconvex.campaigns.choosing import choose
from molconvex.chem import standardize
from molconvex.latent import LatentModel, load_bundled
from molconvex.objectives.learned_surrogates import can_learn, learn_surrogate
from molconvex.surrogate import Target
from molconvex.surrogate.model.structure_features import PropertyScale, StructureFeatures, structure_features

Array = NDArray[np.float64]
Rows = NDArray[np.int64]
TOP = 10
OURS = "campaign"


@dataclass(frozen=True)
class Pool:
    """Molecules with hidden scores; higher is better."""

    features: StructureFeatures
    z: torch.Tensor
    score: Array
    fingerprint: str


@dataclass(frozen=True)
class Plan:
    """Size of the start, of a batch, and number of batches."""

    start: int
    batch: int
    rounds: int


Arm = Callable[[Pool, Rows, int, int], list[int]]


def at_random(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """Any that are left."""
    left = np.setdiff1d(np.arange(len(pool.score)), measured)
    return [int(row) for row in np.random.default_rng(seed).permutation(left)[:size]]


def by_forest(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The highest predictions of a random forest on fingerprints."""
    return _by_forest(pool, pool.features.bits, measured, size, seed)


def by_forest_with_properties(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The same on fingerprints and the properties that the process knows."""
    known = np.hstack([pool.features.bits, pool.features.properties])
    return _by_forest(pool, known, measured, size, seed)


def by_process(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """Expected improvement of a Gaussian process on fingerprints and properties, with a constant prior mean."""
    return _by_improvement(pool, measured, size, None, 0.0)


def by_process_and_learning(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The same, a tenth of the batch by what it teaches."""
    return _by_improvement(pool, measured, size, None, 0.1)


def by_surrogate_and_process(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The same process on what a convex surrogate leaves unexplained, where that predicts better."""
    return _by_improvement(pool, measured, size, _predicted(pool, measured, seed)[0], 0.0)


def as_campaigns_do(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The same, a tenth of the batch by what it teaches: what `molconvex campaign` does unless it is told otherwise."""
    return _by_improvement(pool, measured, size, _predicted(pool, measured, seed)[0], 0.1)


def by_surrogate(pool: Pool, measured: Rows, size: int, seed: int) -> list[int]:
    """The highest predictions of a convex surrogate."""
    predicted, _ = _predicted(pool, measured, seed)
    return at_random(pool, measured, size, seed) if predicted is None else _first(predicted, measured, size)


ARMS: dict[str, Arm] = {
    "random": at_random,
    "forest": by_forest,
    "forest, properties": by_forest_with_properties,
    "process": by_process,
    "process, learning": by_process_and_learning,
    "surrogate and process": by_surrogate_and_process,
    OURS: as_campaigns_do,
    "surrogate": by_surrogate,
}


def campaign(pool: Pool, arm: Arm, plan: Plan, seed: int) -> Rows:
    """Rows in the order of measuring, the start first."""
    measured = np.random.default_rng(seed).permutation(len(pool.score))[: plan.start]
    for number in range(plan.rounds):
        chosen = arm(pool, measured, plan.batch, 1000 * seed + number)
        measured = np.concatenate([measured, np.array(chosen, dtype=np.int64)])
    return measured


def outcome(pool: Pool, measured: Rows, plan: Plan) -> dict[str, float]:
    """Areas and the share of the best hundredth that was found."""
    low, high = float(pool.score.mean()), float(pool.score.max())
    top_mean = float(np.sort(pool.score)[-TOP:].mean())
    scores = pool.score[measured]
    ends = range(plan.start + 1, len(measured) + 1)
    best = [float(scores[:n].max()) for n in ends]
    tops = [float(np.sort(scores[:n])[-TOP:].mean()) for n in ends]
    hits = np.argsort(-pool.score)[: max(1, round(0.01 * len(pool.score)))]
    return {
        "best": (float(np.mean(best)) - low) / (high - low),
        "top10": (float(np.mean(tops)) - low) / (top_mean - low),
        "hits": float(np.isin(hits, measured).mean()),
        "last": (best[-1] - low) / (high - low),
    }


def read_pool(path: Path, column: str, sense: str, model: LatentModel, cache: Path) -> Pool:
    """The assay with latents of the model, which are kept in a folder."""
    target = Target(column, "", "minimize" if sense == "min" else "maximize")
    assays = encode_assays(path, [target], model, cache=cache)
    value = assays.table.value[:, 0]
    features = structure_features([standardize(text) for text in assays.table.smiles])
    return Pool(
        PropertyScale.of(features)(features), assays.z.double(), -value if sense == "min" else value, model.fingerprint
    )


def run_key(assay: Path, column: str, sense: str, plan: Plan, fingerprint: str) -> dict[str, Any]:
    """What an entry must share to count as done: the assay, the plan, and the model whose latents were learned from."""
    return {
        "assay": assay.name,
        "column": column,
        "sense": sense,
        **vars(plan),
        "latent_model": fingerprint[:16],
    }


def main(argv: list[str] | None = None) -> None:
    """Run what is missing, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay", type=Path)
    parser.add_argument("--column", required=True)
    parser.add_argument("--sense", choices=("max", "min"), default="max")
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--start", type=int, default=24)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("latents"))
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args(argv)
    torch.set_num_threads(1)
    plan = Plan(given.start, given.batch, given.rounds)
    model = load_bundled()
    key = run_key(given.assay, given.column, given.sense, plan, model.fingerprint)
    done = {(entry["arm"], entry["seed"]): entry for entry in _written(given.out) if key.items() <= entry.items()}
    pool = None
    for seed in range(given.seeds):
        for name in given.arms:
            if (name, seed) not in done:
                pool = pool or read_pool(given.assay, given.column, given.sense, model, given.cache)
                entry = key | {"arm": name, "seed": seed} | outcome(pool, campaign(pool, ARMS[name], plan, seed), plan)
                with given.out.open("a") as file:
                    file.write(json.dumps(entry) + "\n")
                done[name, seed] = entry
    print_table(given.arms, [entry for (_, seed), entry in done.items() if seed < given.seeds])


def print_table(arms: list[str], entries: list[dict[str, float]]) -> None:
    """Means over seeds with standard errors, as a table of Markdown; and how far campaigns are ahead, seed by seed."""
    print("| chosen by | seeds | best found | ten best | best hundredth found | campaign ahead, ten best |")
    print("|---|---|---|---|---|---|")
    ours = {entry["seed"]: entry["top10"] for entry in entries if entry["arm"] == OURS}
    for name in arms:
        own = [entry for entry in entries if entry["arm"] == name]
        if own:
            cells = [_cell([entry[measure] for entry in own]) for measure in ("best", "top10", "hits")]
            ahead = [ours[entry["seed"]] - entry["top10"] for entry in own if entry["seed"] in ours]
            cells.append("" if name == OURS or not ahead else f"{_cell(ahead)} ({sum(a > 0 for a in ahead)} seeds)")
            print(f"| {name} | {len(own)} | {' | '.join(cells)} |")


def _cell(values: list[float]) -> str:
    error = np.std(values, ddof=1) / len(values) ** 0.5 if len(values) > 1 else float("nan")
    return f"{np.mean(values):.3f} ± {error:.3f}"


def _by_forest(pool: Pool, known: NDArray[np.floating], measured: Rows, size: int, seed: int) -> list[int]:
    forest = RandomForestRegressor(200, max_features=0.3, random_state=seed, n_jobs=1)
    return _first(forest.fit(known[measured], pool.score[measured]).predict(known), measured, size)


def _by_improvement(pool: Pool, measured: Rows, size: int, predicted: Array | None, share: float) -> list[int]:
    scores = pool.score[measured]
    beliefs = fit_beliefs(pool.features, measured, scores, predicted)
    left = np.setdiff1d(np.arange(len(pool.score)), measured)
    return [item.row for item in choose(beliefs, left.tolist(), float(scores.max()), size, share)]


def _predicted(pool: Pool, measured: Rows, seed: int) -> tuple[Array | None, str]:
    """Scores by a convex surrogate, held-out ones for what is measured."""
    values = pool.score[measured]
    if not can_learn(values):
        return None, ""
    learned = learn_surrogate(
        pool.z[torch.from_numpy(measured)], values, Target("score", "", "maximize"), pool.fingerprint, seed=seed
    )
    predicted = learned.surrogate.predict(pool.z).numpy()
    predicted[measured] = learned.held_out
    return predicted, learned.surrogate.orientation


def _first(predicted: Array, measured: Rows, size: int) -> list[int]:
    open_ones = predicted.copy()
    open_ones[measured] = -np.inf
    return [int(row) for row in np.argsort(-open_ones, kind="stable")[:size]]


def _written(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


if __name__ == "__main__":
    main()
