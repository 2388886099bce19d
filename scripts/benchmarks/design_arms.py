"""Ways to look for molecules, each given the same leads, the same score and the same number of scored molecules."""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from molconvex.chem import standardize, tanimoto
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel
from molconvex.search import Budget, Measured, Objective, Rule, Screen, Search
from molconvex.search.proposers import CertifiedPrograms, Crossover, LatentMoves, MolecularEdits, RandomDirections
from molconvex.search.proposers.proposer import Proposer


class Spent(Exception):
    """The budget of scored molecules is used up."""


@dataclass
class Score:
    """Scores molecules, counts the distinct ones and remembers them in order; repeats are free.

    Attributes:
        value: Of a standard molecule, to be as high as possible.
        budget: Distinct molecules that may be scored.
    """

    value: Callable[[Molecule], float]
    budget: int
    scored: dict[str, float] = field(default_factory=dict)

    def __call__(self, text: str) -> float:
        """Score of a SMILES; -1 where it cannot be read.

        Raises:
            Spent: If the budget is used up.
        """
        try:
            molecule = standardize(text)
        except ChemistryError:
            return -1.0
        if molecule.smiles not in self.scored:
            if len(self.scored) >= self.budget:
                raise Spent
            self.scored[molecule.smiles] = self.value(molecule)
        return self.scored[molecule.smiles]


@dataclass(frozen=True)
class ScoreObjective:
    """A `Score` as objective of the engine; predictions come from `predictor`, or there are none."""

    score: Score
    predictor: Callable[[torch.Tensor], np.ndarray] | None = None

    def measure(self, molecules: Sequence[Molecule], z: torch.Tensor) -> list[Measured]:
        """Scores of n molecules."""
        return [Measured(self.score(molecule.smiles), {}) for molecule in molecules]

    def predict(self, z: torch.Tensor) -> np.ndarray:
        """Predicted scores of n latents."""
        return np.full(len(z), np.nan) if self.predictor is None else self.predictor(z)


@dataclass(frozen=True)
class Task:
    """One lead with its score.

    Attributes:
        lead: Standard molecule.
        value: Score of a molecule, similarity to the lead left out.
        similarity: Least similarity to the lead.
        rules: What the engine's screen asks, beside similarity.
        scores: Goals with surrogates, for programs; None where there are none.
    """

    lead: Molecule
    value: Callable[[Molecule], float]
    similarity: float
    rules: tuple[Rule, ...]
    model: LatentModel
    scores: object
    radius: float = 3.0

    def similar(self, molecule: Molecule) -> float:
        """Tanimoto similarity to the lead."""
        return float(tanimoto(self.lead, [molecule])[0])


def engine(task: Task, score: Score, seed: int, names: Sequence[str], *, ranked: bool = True, **budget: int) -> None:
    """The project's own search with these proposers."""
    objective: Objective = ScoreObjective(score, task.scores.predicted if task.scores else None)
    floor = task.similarity
    similar = Rule("similar", lambda m: "" if task.similar(m) >= floor else f"similarity below {floor:g}")
    screen = Screen((similar, *task.rules), task.model, objective)
    makers: dict[str, Callable[[], Proposer]] = {
        "edits": MolecularEdits,
        "crossover": Crossover,
        "latent": lambda: LatentMoves(task.model),
        "programs": lambda: CertifiedPrograms(task.scores, task.model, task.radius),
        "random": lambda: RandomDirections(task.model, task.radius),
    }
    search = Search(
        screen,
        [makers[name]() for name in names],
        Budget(score.budget, **budget),
        torch.Generator().manual_seed(seed),
        ranked=ranked,
    )
    search.start([task.lead], scores_count=True)
    search.run()


def mol_ga(task: Task, score: Score, seed: int) -> None:
    """The graph genetic algorithm of the package mol_ga, as it is installed, from the lead."""
    from mol_ga.general_ga import run_ga_maximization
    from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
    from mol_ga.sample_population import uniform_quantile_sampling

    def scores(texts: list[str]) -> list[float]:
        return [_penalized(task, score, text) for text in texts]

    run_ga_maximization(
        scoring_func=scores,
        starting_population_smiles={task.lead.smiles},
        sampling_func=uniform_quantile_sampling,
        offspring_gen_func=graph_ga_blended_generation,
        selection_func=heapq.nlargest,
        max_generations=10_000,
        population_size=10_000,
        offspring_size=25,
        rng=random.Random(seed),
    )


def _penalized(task: Task, score: Score, text: str) -> float:
    """The score, less what is missing in similarity; molecules far below the floor are scored too, as a GA does."""
    value = score(text)
    try:
        similarity = task.similar(standardize(text))
    except ChemistryError:
        return -1.0
    return value - max(0.0, task.similarity - similarity)


CONTROL = {"ranked": False, "pool_factor": 1, "generations": 1}
ALL = ("edits", "crossover", "latent", "programs")
ARMS: dict[str, Callable[[Task, Score, int], None]] = {
    "ours": lambda t, s, seed: engine(t, s, seed, ("edits", "crossover")),
    "ours, all proposers": lambda t, s, seed: engine(t, s, seed, ALL),
    "edits alone, unranked": lambda t, s, seed: engine(
        t, s, seed, ("edits",), ranked=False, pool_factor=1, generations=1
    ),
    "edits alone, ranked": lambda t, s, seed: engine(t, s, seed, ("edits",)),
    "crossover alone": lambda t, s, seed: engine(t, s, seed, ("crossover",)),
    "latent alone": lambda t, s, seed: engine(t, s, seed, ("latent",)),
    "programs alone": lambda t, s, seed: engine(t, s, seed, ("programs",)),
    "random directions": lambda t, s, seed: engine(t, s, seed, ("random",), **CONTROL),
    "mol_ga": mol_ga,
}
