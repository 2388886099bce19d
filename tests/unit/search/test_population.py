"""De-novo search: from a population, with an objective that is learned on the way."""

import numpy as np
import pytest
import torch

from molconvex.chem import standardize
from molconvex.chem.druglikeness import qed
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ConfigError
from molconvex.latent.model import Encoding
from molconvex.search import Ancestry, Budget, LearnedObjective, Member, population_search
from molconvex.search.learned_objective import GROWTH, LEAST
from molconvex.search.population import denovo_proposers
from molconvex.search.rules import implausible_alone

CUMULENE = "CC=C=C=CC"


def of_qed(molecule) -> float:
    return qed(molecule.mol)


def searched(model, reference=None, start: int = 70, budget: int = 110, seed: int = 0):
    population = [standardize(text) for text in model.smiles[:start]]
    search = population_search(
        population,
        LearnedObjective(of_qed, model.fingerprint, seed),
        model,
        Budget(budget, pool_factor=6, largest_batch=10),
        torch.Generator().manual_seed(seed),
        proposers=denovo_proposers(reference),
    )
    search.run()
    return search


@pytest.fixture(scope="module")
def search(toy_model, toy_reference):
    return searched(toy_model, toy_reference)


def test_the_start_counts_and_everything_knows_where_it_came_from(search) -> None:
    assert len(search.archive) == 110
    origins = [member.ancestry.proposer for member in search.archive]
    assert origins[:70] == ["start"] * 70
    assert "start" not in origins[70:]
    proposed = {name for (name, outcome), count in search.screen.by_proposer.items() if count and outcome == "passed"}
    assert {"crossover", "edits", "reference"} == proposed >= set(origins[70:])
    assert not any(implausible_alone(member.molecule) for member in search.archive.members[70:])


def test_a_population_never_widens(search) -> None:
    search.budget._stale = 99
    assert not search.is_wide
    search.widen_after = 99
    assert search.is_wide
    search.budget._stale, search.widen_after = 0, None


def test_what_is_measured_is_learned(search) -> None:
    assert np.isfinite(search.archive.predicted).all()
    assert np.corrcoef(search.archive.predicted, search.archive.scores)[0, 1] > 0.3
    assert all(np.isfinite(member.predicted) for member in search.pool)


def test_a_seed_gives_the_same_search(toy_model) -> None:
    runs = [[m.smiles for m in searched(toy_model, start=62, budget=82, seed=seed).archive] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


def test_it_gets_better_than_its_start(search) -> None:
    scores = search.archive.scores
    assert np.sort(scores)[-10:].mean() > np.sort(scores[:70])[-10:].mean() + 0.05


def test_implausible_molecules_are_kept_out_and_may_be_let_in() -> None:
    assert implausible_alone(standardize(CUMULENE))
    assert not implausible_alone(standardize("Cc1ccccc1"))


@pytest.mark.parametrize(("start", "budget", "words"), [(0, 10, "at least one molecule"), (5, 5, "must be larger")])
def test_a_start_that_cannot_be_is_named(toy_model, start: int, budget: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        searched(toy_model, start=start, budget=budget)


def test_a_budget_of_one_more_than_the_start_is_enough(toy_model) -> None:
    assert len(searched(toy_model, start=5, budget=6).archive) == 6


class Falling:
    """Scores that fall with the distance from the origin, of molecules that are nothing but names."""

    def __init__(self, count: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.z = torch.randn(count, 4, generator=generator, dtype=torch.float64)
        self.molecules = [Molecule("C" * (row + 1)) for row in range(count)]

    def __call__(self, molecule: Molecule) -> float:
        return -float(self.z[len(molecule.smiles) - 1].square().sum())

    def measured(self, objective: LearnedObjective, begin: int, end: int) -> list[Member]:
        rows = range(begin, end)
        found = objective.measure(self.molecules[begin:end], self.z[begin:end])
        return [
            Member(self.molecules[row], self.z[row], Ancestry("start"), score=found[row - begin].score) for row in rows
        ]


def test_learning_waits_for_enough_and_for_enough_that_is_new() -> None:
    enough = round(GROWTH * LEAST)
    values = Falling(enough)
    objective = LearnedObjective(values, "toy")

    def predicted(begin: int, end: int) -> float:
        values.measured(objective, begin, end)
        objective.learn()
        return float(objective.predict(values.z[:1])[0])

    assert np.isnan(predicted(0, LEAST - 1))
    first = predicted(LEAST - 1, LEAST)
    assert np.isfinite(first)
    assert predicted(LEAST, enough - 1) == first
    assert predicted(enough - 1, enough) != first


def test_measured_members_get_predictions_of_networks_that_saw_them_not() -> None:
    values = Falling(LEAST + 10)
    objective = LearnedObjective(values, "toy")
    scored = values.measured(objective, 0, LEAST)
    pool = values.measured(LearnedObjective(values, "toy"), LEAST, LEAST + 10)
    objective.learn()
    objective.renew(scored, pool)
    assert [member.predicted for member in pool] == objective.predict(values.z[LEAST:]).tolist()
    assert all(np.isfinite(member.predicted) for member in scored)
    seen = objective.predict(values.z[:LEAST])
    assert not np.allclose([member.predicted for member in scored], seen)


def test_equal_scores_teach_nothing_and_least_none_never_learns() -> None:
    values = Falling(LEAST)
    flat = LearnedObjective(lambda molecule: 1.0, "toy")
    never = LearnedObjective(values, "toy", least=None)
    for objective in (flat, never):
        values.measured(objective, 0, LEAST)
        objective.learn()
        assert np.isnan(objective.predict(values.z)).all()


def test_what_cannot_be_measured_has_a_reason() -> None:
    measured = LearnedObjective(lambda molecule: float("nan"), "toy").measure([standardize("CCO")], torch.zeros(1, 2))
    assert np.isnan(measured[0].score)
    assert measured[0].reason


def test_a_start_that_the_model_cannot_encode_is_said_so(toy_model) -> None:
    stranger = standardize("C[Si](C)(C)C")

    class Blind:
        fingerprint = "blind"

        def try_encode(self, molecules):
            return Encoding(torch.full((len(molecules), 2), torch.nan), ["too strange"] * len(molecules))

    with pytest.raises(ConfigError, match="can encode no molecule of the start population; the first: too strange"):
        population_search(
            [stranger], LearnedObjective(of_qed, "blind"), Blind(), Budget(10), torch.Generator().manual_seed(0)
        )
