"""Ways to look for molecules, each given the same leads, the same score and the same number of scored molecules."""

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import selfies
import torch

from molconvex.chem import standardize, tanimoto
from molconvex.chem.molecule import Molecule
from molconvex.chem.plausibility import Plausibility
from molconvex.chem.structure_rules import StructureRules
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel
from molconvex.objectives.goal_scores import GoalScores
from molconvex.search import Budget, Measured, Screen, Search
from molconvex.search.analogues import analogues_of
from molconvex.search.proposers import (
    CertifiedPrograms,
    Crossover,
    GraphGA,
    LatentMoves,
    MolecularEdits,
    Proposer,
    RandomDirections,
)
from molconvex.search.rules import LeadRules

RADIUS = 0.75  # of the lead's distance from the origin: first radius of programs and random steps
ANALOGUES = 300


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

    def __call__(self, molecule: Molecule) -> float:
        """Score of a molecule.

        Raises:
            Spent: If the budget is used up.
        """
        if molecule.smiles not in self.scored:
            if len(self.scored) >= self.budget:
                raise Spent
            self.scored[molecule.smiles] = self.value(molecule)
        return self.scored[molecule.smiles]


@dataclass(frozen=True)
class Task:
    """One lead with its score.

    Attributes:
        lead: Standard molecule.
        value: Score of a molecule, similarity to the lead left out.
        similarity: Least similarity to the lead.
        model: Latent model of the engine's arms.
        scores: Goals with surrogates, which predict the score.
    """

    lead: Molecule
    value: Callable[[Molecule], float]
    similarity: float
    model: LatentModel
    scores: GoalScores

    def likeness(self, molecule: Molecule) -> float:
        """Tanimoto similarity to the lead."""
        return float(tanimoto(self.lead, [molecule])[0])


@dataclass(frozen=True)
class ScoreObjective:
    """A task's score as the engine's objective."""

    task: Task
    score: Score

    def measure(self, molecules: Sequence[Molecule], z: torch.Tensor) -> list[Measured]:
        """Scores of n molecules."""
        return [Measured(self.score(molecule), {}) for molecule in molecules]

    def predict(self, z: torch.Tensor) -> np.ndarray:
        """Scores predicted at n latents."""
        return self.task.scores.predicted(z)


def engine(names: Sequence[str], *, ranked: bool = True, plausible: bool = True, widens: bool = True) -> "Arm":
    """The project's search with these proposers; without ranking it is a control, which draws its batches by lot."""

    def run(task: Task, score: Score, seed: int) -> None:
        structure = StructureRules(task.lead, min_similarity=task.similarity)
        rules = LeadRules(structure, Plausibility.REJECT if plausible else Plausibility.OFF).rules()
        budget = Budget(score.budget)
        if not ranked:
            budget.pool_factor, budget.generations = 1, 1
        screen = Screen(rules, task.model, ScoreObjective(task, score))
        radius = RADIUS * float(task.model.encode([task.lead])[0].norm())
        makers: dict[str, Callable[[], Proposer]] = {
            "edits": MolecularEdits,
            "crossover": Crossover,
            "ga": GraphGA,
            "latent": lambda: LatentMoves(task.model),
            "programs": lambda: CertifiedPrograms(task.scores, task.model, radius),
            "random": lambda: RandomDirections(task.model, radius),
        }
        generator = torch.Generator().manual_seed(seed)
        search = Search(screen, [makers[name]() for name in names], budget, generator, ranked=ranked)
        if not widens:
            search.widen_after = None
        search.start([task.lead], scores_count=True)
        if ranked and "edits" in names:
            search.pool += analogues_of(search, ANALOGUES)
        search.run()

    return run


def mol_ga(population: int, offspring: int, *, screened: bool) -> "Arm":
    """The graph genetic algorithm of the package mol_ga, from the lead.

    Where it is not screened, molecules below the similarity are scored too and pay what they lack, as a GA with a
    penalty does; where it is, they cost nothing.
    """

    def run(task: Task, score: Score, seed: int) -> None:
        from mol_ga.general_ga import run_ga_maximization
        from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation
        from mol_ga.sample_population import uniform_quantile_sampling

        def fitness(text: str) -> float:
            try:
                molecule = standardize(text)
            except ChemistryError:
                return -1.0
            lacking = max(0.0, task.similarity - task.likeness(molecule))
            return -lacking if screened and lacking > 0 else score(molecule) - lacking

        run_ga_maximization(
            scoring_func=lambda texts: [fitness(text) for text in texts],
            starting_population_smiles={task.lead.smiles},
            sampling_func=uniform_quantile_sampling,
            offspring_gen_func=graph_ga_blended_generation,
            selection_func=heapq.nlargest,
            max_generations=2_000,
            population_size=population,
            offspring_size=offspring,
            rng=random.Random(seed),
        )

    return run


def stoned(task: Task, score: Score, seed: int) -> None:
    """Random mutations of the SELFIES of the best molecules so far, one to three symbols at a time.

    Reference: Nigam et al. (2021), Chem. Sci. 12, 7079.
    """
    source = random.Random(seed)
    alphabet = sorted(selfies.get_semantic_robust_alphabet())
    score(task.lead)
    while True:
        best = heapq.nlargest(20, score.scored, key=lambda smiles: score.scored[smiles])
        symbols = list(selfies.split_selfies(selfies.encoder(source.choice([task.lead.smiles, *best]))))
        for _ in range(source.randint(1, 3)):
            place, kind = source.randrange(len(symbols)), source.choice(("replace", "insert", "delete"))
            if kind == "insert":
                symbols.insert(place, source.choice(alphabet))
            elif kind == "replace":
                symbols[place] = source.choice(alphabet)
            elif len(symbols) > 1:
                del symbols[place]
        try:
            molecule = standardize(selfies.decoder("".join(symbols)))
        except ChemistryError:
            continue
        if task.likeness(molecule) >= task.similarity:
            score(molecule)


Arm = Callable[[Task, Score, int], None]

ARMS: dict[str, Arm] = {
    "ours": engine(("edits", "crossover")),
    "ours and latent moves, programs": engine(("edits", "crossover", "latent", "programs")),
    "ours without widening": engine(("edits", "crossover"), widens=False),
    "ours without crossover": engine(("edits",)),
    "ours without ranking": engine(("edits", "crossover"), ranked=False),
    "ours without plausibility": engine(("edits", "crossover"), plausible=False),
    "graph GA, screened and ranked as ours": engine(("ga",)),
    "graph GA, screened as ours": engine(("ga",), ranked=False),
    "mol_ga as installed": mol_ga(10_000, 25, screened=False),
    "mol_ga, population 20, screened": mol_ga(20, 20, screened=True),
    "edits alone": engine(("edits",), ranked=False, plausible=False),
    "STONED": stoned,
    "latent moves alone": engine(("latent",)),
    "programs alone": engine(("programs",)),
    "random directions": engine(("random",), ranked=False),
}
