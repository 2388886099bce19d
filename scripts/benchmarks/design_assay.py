"""What the search finds for an assay of one's own, judged by control models that no arm has seen.

The molecules of the assay are divided at random. A convex surrogate learns from one half, with what structures add to
its predictions (`--plain` without), and is the score for every arm alike; for `esol` a QED of at least 0.8 and an SA
score of at most 3.5 are required beside it, so that no arm gains by giving them up. Three models of other kinds learn
from the other half: a forest on fingerprints, a support vector machine with the Tanimoto kernel, and boosted trees on
descriptors. What counts is their mean over the ten molecules of highest score that are similar to the lead, plausible,
and within the limits. Every lead and arm is written to a file when done; started again, the command goes on.

Example:
    python scripts/benchmarks/design_assay.py esol esol.csv --leads opt_qed_valid.txt --out assay.jsonl
    python scripts/benchmarks/design_assay.py drd2 opt_drd2_train_pairs.txt.gz --leads opt_drd2_valid.txt --out d.jsonl
"""

import argparse
import gzip
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from design import append_entry, chosen_leads, read_done, run_arm
from design_arms import ARMS, Task
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.svm import SVC, SVR

from molconvex.chem import PROPERTIES, compute_properties, standardize
from molconvex.chem.fingerprints import fingerprint_bits
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ChemistryError, MolconvexError
from molconvex.latent import LatentModel, load_bundled, reference_set
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import any_surrogates
from molconvex.objectives.goals import Goal
from molconvex.objectives.required_surrogates import required_surrogates
from molconvex.objectives.requirements import Requirement
from molconvex.surrogate import FitSettings, Target, fit_surrogate, make_dataset
from molconvex.surrogate.data.encoding import encode_molecules
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features, tanimoto_kernel

Array = NDArray[np.float64]
BEST = 10
LEAST_SIMILARITY = 0.4
MOST = 3_000  # molecules of a half


@dataclass(frozen=True)
class Assay:
    """Standard SMILES with values, and the goals of the arms.

    Attributes:
        target: What the surrogate learns.
        limits: Required beside it.
    """

    smiles: list[str]
    value: Array
    target: Target
    limits: tuple[str, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether values are 0 and 1."""
        return self.target.sense == "classify"

    def part(self, rows: NDArray[np.int64]) -> "Assay":
        """Some molecules."""
        return Assay([self.smiles[row] for row in rows], self.value[rows], self.target, self.limits)

    def halves(self, seed: int) -> tuple["Assay", "Assay"]:
        """Two disjoint halves at random, of at most MOST molecules each."""
        order = np.random.default_rng(seed).permutation(len(self.smiles))
        middle = len(order) // 2
        return self.part(order[:middle][:MOST]), self.part(order[middle:][:MOST])


def read_esol(path: Path) -> Assay:
    """Solubility, wanted high within limits of QED and the SA score."""
    table = pd.read_csv(path)
    pairs = zip(table["smiles"], table["measured log solubility in mols per litre"], strict=True)
    smiles, value = distinct(pairs)
    return Assay(smiles, value, Target("assay", "log mol/L", "maximize"), ("qed:>0.8", "sa_score:<3.5"))


def read_drd2(path: Path) -> Assay:
    """Sources of the training pairs as inactive, their targets as active; as many of either."""
    lines = [line.split() for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    sources, targets = ({line[side] for line in lines} for side in (0, 1))
    source = np.random.default_rng(0)
    few = min(2 * MOST, len(sources - targets), len(targets))
    pairs = [
        (smiles, float(active))
        for active, group in enumerate((sorted(sources - targets), sorted(targets)))
        for smiles in source.choice(group, few, replace=False).tolist()
    ]
    smiles, value = distinct(pairs)
    return Assay(smiles, value, Target("assay", "", "classify", wanted=1))


READERS = {"esol": read_esol, "drd2": read_drd2}


def distinct(pairs: Any) -> tuple[list[str], Array]:
    """Standard molecules, each once with its first value."""
    found: dict[str, float] = {}
    for text, value in pairs:
        try:
            found.setdefault(standardize(text).smiles, float(value))
        except ChemistryError:
            continue
    return list(found), np.array(list(found.values()))


class OwnScore:
    """The score of every arm: measured where RDKit can, predicted at the molecule's own latent else."""

    def __init__(self, assay: Assay, model: LatentModel, cache: Path, *, is_refined: bool = True) -> None:
        encoded = encode_molecules(model, assay.smiles, cache=cache)
        data = make_dataset(
            encoded.z,
            assay.value[encoded.kept],
            assay.target,
            latent_fingerprint=model.fingerprint,
            smiles=[assay.smiles[row] for row in encoded.kept],
        )
        surrogate = fit_surrogate(data, FitSettings(split="random", members=5))
        if is_refined:
            features = structure_features(assay.smiles)
            surrogate = replace(surrogate, refinement=fit_refinement(features, assay.value, assay.target))
        self.model, self.orientation = model, surrogate.orientation
        goals = any_surrogates([Goal.parse("assay:max", known=None)], model, given={"assay": surrogate})
        limits = [Requirement.parse(text) for text in assay.limits]
        self.scores = GoalScores(goals, required_surrogates(limits, model, reference=reference_set))
        self.names = [limit.property for limit in limits]

    def __call__(self, molecule: Molecule) -> float:
        """Desirability of a molecule, 0 where it has no latent."""
        encoding = self.model.try_encode([molecule.smiles])
        if not bool(encoding.mask[0]):
            return 0.0
        table = compute_properties([molecule.smiles], self.names)
        measured = {name: table[name].to_numpy(dtype=np.float64) for name in self.names}
        return float(self.scores.measured(measured, encoding.z, [molecule])[0][0])


class Controls:
    """Three models of other kinds, trained on molecules that the score has not seen."""

    def __init__(self, assay: Assay) -> None:
        self.assay = assay
        bits, described = self._bits(assay.smiles), self._described(assay.smiles)
        value = assay.value
        if assay.has_classes:
            self.forest = RandomForestClassifier(300, random_state=0).fit(bits, value)
            self.kernel = SVC(kernel="precomputed", probability=True, random_state=0)
            self.boosted = HistGradientBoostingClassifier(random_state=0).fit(described, value)
        else:
            self.forest = RandomForestRegressor(300, max_features=0.3, random_state=0).fit(bits, value)
            self.kernel = SVR(kernel="precomputed", C=4.0 * float(value.std()), epsilon=0.1 * float(value.std()))
            self.boosted = HistGradientBoostingRegressor(random_state=0).fit(described, value)
        self.kernel.fit(tanimoto_kernel(bits, bits), value)
        self.bits = bits

    def __call__(self, smiles: Sequence[str]) -> Array:
        """Mean prediction of the three, (n,)."""
        bits, described = self._bits(smiles), self._described(smiles)
        inputs = (bits, tanimoto_kernel(bits, self.bits), described)
        models = (self.forest, self.kernel, self.boosted)
        if self.assay.has_classes:
            each = [model.predict_proba(rows)[:, 1] for model, rows in zip(models, inputs, strict=True)]
        else:
            each = [model.predict(rows) for model, rows in zip(models, inputs, strict=True)]
        return np.asarray(np.mean(each, axis=0), dtype=np.float64)

    @staticmethod
    def _bits(smiles: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([fingerprint_bits(standardize(text).fingerprint) for text in smiles])

    @cached_property
    def names(self) -> list[str]:
        """Descriptors."""
        return list(PROPERTIES)

    def _described(self, smiles: Sequence[str]) -> Array:
        return compute_properties(list(smiles), self.names)[self.names].to_numpy(dtype=np.float64)


def measures(entry: dict[str, Any], controls: Controls, limits: Sequence[Requirement]) -> dict[str, float]:
    """One lead and arm: what the controls say of its best molecules, and what these are otherwise."""
    similar = np.array(entry["similarity"]) >= LEAST_SIMILARITY
    fresh = np.array([smiles != entry["lead"] for smiles in entry["smiles"]])
    order = np.argsort(-np.array(entry["score"]), kind="stable")
    near = [row for row in order if similar[row] and fresh[row]]
    fine = within_limits(entry, [row for row in near if entry["plausible"][row]], limits)
    smiles = [entry["smiles"][row] for row in fine[:BEST]] or [entry["lead"]]
    judged, lead = controls(smiles), controls([entry["lead"]])[0]
    table = compute_properties(smiles, ["qed", "sa_score"])
    return {
        "score": float(np.mean([entry["score"][row] for row in fine[:BEST]])) if fine else np.nan,
        "gain by controls": float(judged.mean() - lead),
        "success": float(judged.max() >= 0.5),
        "QED": float(table["qed"].mean()),
        "SA": float(table["sa_score"].mean()),
        "plausible of the ten best": float(np.mean([entry["plausible"][row] for row in near[:BEST]]))
        if near
        else np.nan,
        "CPU s": entry["seconds"],
    }


def within_limits(entry: dict[str, Any], rows: list[int], limits: Sequence[Requirement]) -> list[int]:
    """Those of the rows of an arm's molecules that meet every limit."""
    table = compute_properties([entry["smiles"][row] for row in rows], [limit.property for limit in limits])
    met = np.ones(len(rows), dtype=bool)
    for limit in limits:
        met &= limit.is_met(table[limit.property].to_numpy())
    return [row for row, fine in zip(rows, met.tolist(), strict=True) if fine]


def print_table(entries: list[dict[str, Any]], controls: Controls, limits: Sequence[Requirement], budget: int) -> None:
    """One row an arm: means over leads. Success is a molecule among the ten best that the controls call active."""
    columns = ["leads", "score", "gain by controls", "success", "QED", "SA"]
    columns += ["plausible of the ten best", "CPU s"]
    table = Table("arm", *columns, title=f"{budget} scored molecules a lead, the ten best within limits")
    for name in ARMS:
        own = [measures(entry, controls, limits) for entry in entries if entry["arm"] == name]
        if own:
            means = {column: float(np.nanmean([row[column] for row in own])) for column in own[0]}
            means["leads"] = len(own)
            table.add_row(name, *(f"{means[column]:.3g}" for column in columns))
    Console(width=180).print(table)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=list(READERS))
    parser.add_argument("assay", type=Path, help="ESOL's table, or the pairs of the DRD2 task")
    parser.add_argument("--leads", type=Path, required=True, help="file of leads")
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--budget", type=int, default=350)
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="the convex prediction alone is the score")
    parser.add_argument("--cache", type=Path, help="folder that keeps latents")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines; a run goes on where it ended")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    try:
        known, hidden = READERS[args.kind](args.assay).halves(args.seed)
        leads = chosen_leads(args.leads, args.kind, args.count, args.seed)
        score = OwnScore(known, load_bundled(), args.cache, is_refined=not args.plain)
    except (MolconvexError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(known.smiles)} molecules for the score ({score.orientation}), {len(hidden.smiles)} for the controls")
    entries = read_done(args.out)
    done = {(entry["arm"], entry["lead"]) for entry in entries}
    for number, lead in enumerate(leads):
        for name in args.arms:
            if (name, lead.smiles) not in done:
                task = Task(lead, score, LEAST_SIMILARITY, score.model, score.scores)
                entries.append(append_entry(args.out, run_arm(name, task, args.budget, args.seed + number)))
                print(f"{number + 1}/{len(leads)} {name}: {entries[-1]['seconds']:.0f} CPU s", flush=True)
    wanted, limits = {lead.smiles for lead in leads}, [limit.requirement for limit in score.scores.required]
    print_table([entry for entry in entries if entry["lead"] in wanted], Controls(hidden), limits, args.budget)
    return 0


if __name__ == "__main__":
    sys.exit(main())
