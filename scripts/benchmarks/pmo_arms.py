"""Ways to look for molecules from a start population, each with the same start and the same number of scored ones."""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from design_arms import Score
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from molconvex.chem import standardize
from molconvex.chem.fingerprints import fingerprint_bits
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.search import Budget, LearnedObjective, Rule, population_search
from molconvex.search.population import PLAUSIBLE, denovo_proposers
from molconvex.search.ranking import rows_to_condition_on
from molconvex.surrogate.model.structure_features import tanimoto_kernel

BATCH = 15  # molecules at once, with few calls
ROUNDS = 200  # with many
OFFSPRING = 5  # a generation, as mol_ga's authors advise for small budgets
POPULATION = 10_000
POOL = 10  # times the batch, in two generations, as the arms that rank them have it


def batch_size(calls: int) -> int:
    """Molecules scored at once by the arms that rank them."""
    return max(BATCH, calls // ROUNDS)


@dataclass(frozen=True)
class Task:
    """One oracle with its start.

    Attributes:
        start: Scored by every arm first.
        library: SMILES to screen.
        model: Latent model of the engine.
        reference: Molecules with latents for the engine.
    """

    start: Sequence[Molecule]
    library: Sequence[str]
    model: LatentModel
    reference: Callable[[], ReferenceSet]


def screening(task: Task, score: Score, seed: int) -> None:
    """Molecules of the library in random order."""
    source = random.Random(seed)
    for molecule in task.start:
        score(molecule)
    while True:
        try:
            score(standardize(source.choice(task.library)))
        except ChemistryError:
            continue


def mol_ga(task: Task, score: Score, seed: int) -> None:
    """The graph genetic algorithm of the package mol_ga.

    Reference: Tripp & Hernández-Lobato (2023), arXiv:2310.09267.
    """
    from mol_ga.general_ga import run_ga_maximization
    from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
    from mol_ga.sample_population import uniform_quantile_sampling

    def fitness(text: str) -> float:
        try:
            return score(standardize(text))
        except ChemistryError:
            return -1.0

    run_ga_maximization(
        scoring_func=lambda texts: [fitness(text) for text in texts],
        starting_population_smiles={molecule.smiles for molecule in task.start},
        sampling_func=uniform_quantile_sampling,
        offspring_gen_func=graph_ga_blended_generation,
        selection_func=heapq.nlargest,
        max_generations=100_000,
        population_size=POPULATION,
        offspring_size=OFFSPRING,
        rng=random.Random(seed),
    )


@dataclass
class TanimotoGP:
    """A Gaussian process of mean 0 and scale 1 with the Tanimoto kernel.

    Attributes:
        noise: Variance of the noise.
        optimism: Weight of the standard deviation in the acquisition.
    """

    noise: float = 1e-4
    optimism: float = 0.5
    _bits: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    def fit(self, bits: np.ndarray, scores: np.ndarray) -> None:
        """Condition on scored molecules, (n, bits) and (n,)."""
        kernel = tanimoto_kernel(bits, bits) + self.noise * np.eye(len(bits))
        self._bits, self._factor = bits, cho_factor(kernel, lower=True)
        self._weights = cho_solve(self._factor, scores)

    def acquisition(self, bits: np.ndarray) -> np.ndarray:
        """Mean plus some of the standard deviation, (m,)."""
        near = tanimoto_kernel(bits, self._bits)
        known = np.square(solve_triangular(self._factor[0], near.T, lower=True)).sum(axis=0)
        return near @ self._weights + self.optimism * np.sqrt(np.clip(1.0 - known, 0.0, None))


def gp_with_ga(task: Task, score: Score, seed: int) -> None:
    """Batches of the highest acquisition that two generations of mol_ga's offspring reach."""
    from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
    from mol_ga.sample_population import uniform_quantile_sampling

    source, process, size = random.Random(seed), TanimotoGP(), batch_size(score.budget)
    for molecule in task.start:
        score(molecule)
    bits = {molecule.smiles: fingerprint_bits(molecule.fingerprint) for molecule in task.start}
    while True:
        texts, scores = list(score.scored), np.array(list(score.scored.values()))
        rows = rows_to_condition_on(scores)
        process.fit(np.stack([bits[texts[row]] for row in rows]), scores[rows])
        population = [(value, text) for text, value in score.scored.items()]
        pool: dict[str, float] = {}
        for _ in range(2):
            parents = uniform_quantile_sampling(population, POOL * size, source)
            made = sorted(graph_ga_blended_generation(parents, POOL * size // 2, source, None))
            fresh = _standard(made, {*score.scored, *pool})
            bits.update({molecule.smiles: fingerprint_bits(molecule.fingerprint) for molecule in fresh})
            if fresh:
                value = process.acquisition(np.stack([bits[molecule.smiles] for molecule in fresh]))
                pool.update(zip((molecule.smiles for molecule in fresh), value.tolist(), strict=True))
            population += [(pool[molecule.smiles], molecule.smiles) for molecule in fresh]
        for text in heapq.nlargest(size, pool, key=lambda text: pool[text]):
            score(Molecule(text))
        bits = {text: bits[text] for text in score.scored}


def _standard(texts: Sequence[str], known: set[str]) -> list[Molecule]:
    """Standard molecules, each once, without the known ones."""
    found: dict[str, Molecule] = {}
    for text in texts:
        try:
            molecule = standardize(text)
        except ChemistryError:
            continue
        if molecule.smiles not in known:
            found.setdefault(molecule.smiles, molecule)
    return list(found.values())


def engine(*, reference: bool = True, learned: bool = True, rules: Sequence[Rule] = ()) -> "Arm":
    """The project's search over a population.

    Args:
        reference: Whether the nearest molecules of the reference set are proposed too.
        learned: Whether convex networks on latents predict, beneath the Gaussian process.
        rules: What a molecule must fulfil.
    """

    def run(task: Task, score: Score, seed: int) -> None:
        objective = LearnedObjective(score, task.model.fingerprint, seed, 60 if learned else None)
        generator = torch.Generator().manual_seed(seed)
        budget = Budget(score.budget, largest_batch=batch_size(score.budget), pool_factor=POOL)
        proposers = denovo_proposers(task.reference() if reference else None)
        search = population_search(
            task.start, objective, task.model, budget, generator, proposers=proposers, rules=rules
        )
        search.run()

    return run


Arm = Callable[[Task, Score, int], None]

ARMS: dict[str, Arm] = {
    "screening": screening,
    "mol_ga": mol_ga,
    "Tanimoto GP with a GA": gp_with_ga,
    "ours": engine(),
    "ours, plausible": engine(rules=(PLAUSIBLE,)),
    "ours without reference": engine(reference=False),
    "ours without convex prediction": engine(learned=False),
}
