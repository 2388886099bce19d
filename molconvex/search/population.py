"""De-novo design: a search that starts from a population, without a lead, a similarity to keep or a design region."""

from collections.abc import Sequence

import torch

from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ConfigError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.search.budget import Budget
from molconvex.search.objective import Objective
from molconvex.search.proposers import Crossover, MolecularEdits, Proposer, ReferenceNeighbors
from molconvex.search.rounds import Search
from molconvex.search.rules import plausible_alone
from molconvex.search.screening import Rule, Screen

POPULATION = "start"
PLAUSIBLE = plausible_alone()


def population_search(
    start: Sequence[Molecule],
    objective: Objective,
    model: LatentModel,
    budget: Budget,
    generator: torch.Generator,
    *,
    proposers: Sequence[Proposer] | None = None,
    rules: Sequence[Rule] = (PLAUSIBLE,),
) -> Search:
    """A search that has scored its start population, which counts; `run` does the rest.

    Example:
        objective = LearnedObjective(score, model.fingerprint)
        search = population_search(start, objective, model, Budget(1_000, largest_batch=15), generator)
        best = search.run().best(10)

    Args:
        start: Molecules to begin with; those that the model cannot encode are left out. The archive says that they come
            from "start". They need not pass the rules.
        objective: What is wanted; a `LearnedObjective` where only measuring tells it.
        model: Gives molecules their latents.
        budget: Scored molecules, the start among them.
        generator: The only source of randomness.
        proposers: Crossover and edits by default (see `denovo_proposers`).
        rules: What a molecule must fulfil; by default that a chemist would draw it.

    Raises:
        ConfigError: If the start is empty, leaves nothing of the budget, or has no molecule that the model encodes.
    """
    unique = list({molecule.smiles: molecule for molecule in start}.values())
    if not unique:
        raise ConfigError("a start population needs at least one molecule, got none")
    if budget.scored <= len(unique):
        raise ConfigError(
            f"the start population has {len(unique)} molecules and they count, so the budget must be larger; "
            f"it is {budget.scored}"
        )
    screen = Screen(rules, model, objective)
    # a population has molecules of many scaffolds from the start
    makers = list(proposers or denovo_proposers())
    search = Search(screen, makers, budget, generator, widen_after=None, by_properties=True)
    search.start(unique, scores_count=True, origin=POPULATION)
    if not len(search.archive):
        why = next(iter(search.screen.rejected.values()))
        raise ConfigError(f"the latent model can encode no molecule of the start population; the first: {why}")
    return search


def denovo_proposers(reference: ReferenceSet | None = None) -> list[Proposer]:
    """Crossover, edits, and the nearest molecules of a reference set where there is one."""
    made: list[Proposer] = [Crossover(), MolecularEdits()]
    return made if reference is None else [*made, ReferenceNeighbors(reference)]
