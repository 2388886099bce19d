"""A search for a front: its score, and how the budget is spread over mixes of the goals."""

import numpy as np
import pytest
import torch

from molconvex.chem import standardize
from molconvex.icnn import ReluNetwork
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import Goal
from molconvex.search import Ancestry, Budget, Member, Screen, Search
from molconvex.search.front_objective import FrontObjective
from molconvex.search.front_search import A_MIX, search_front
from molconvex.search.proposers import CertifiedPrograms, MolecularEdits
from molconvex.surrogate import ConvexSurrogate, TargetScaler

LEAD = standardize("Cc1ccc(C(=O)N2CCOCC2)cc1")
MIXES = [(1.0, 0.0), (0.5, 0.5), (0.1, 0.9)]


@pytest.fixture(scope="module")
def scores(toy_model) -> GoalScores:
    """QED up, logP down, each predicted by a linear function of the latent."""
    goals = []
    for row, text in enumerate(("qed:max", "logp:min")):
        goal = Goal.parse(text)
        slope = torch.eye(toy_model.latent_dim, dtype=torch.float64)[row]
        surrogate = ConvexSurrogate(TargetScaler(goal.target(), 0.0, 1.0), [ReluNetwork.affine(slope)])
        goals.append(GoalSurrogate(goal, surrogate, "given"))
    return GoalScores(goals)


def members(*values: tuple[float, float]) -> list[Member]:
    made = [Member(LEAD, torch.zeros(6), Ancestry("edits")) for _ in values]
    for member, (qed, logp) in zip(made, values, strict=True):
        member.values = {"qed": qed, "logp": logp}
    return made


def test_a_dominated_molecule_scores_lower_for_every_mix(scores) -> None:
    objective = FrontObjective(scores)
    better, worse, other, missing = members((0.8, 2.0), (0.8, 2.5), (0.3, 1.0), (float("nan"), 1.0))
    for mix in MIXES:
        objective.turn(np.array(mix), [better, worse, other, missing])
        assert better.score > worse.score
        assert np.isnan(missing.score)
    assert objective.ideal.tolist() == pytest.approx([-0.8, 1.0])
    assert objective.scale.tolist() == pytest.approx([0.5, 1.5])


def test_a_mix_decides_between_molecules_of_the_front(scores) -> None:
    objective = FrontObjective(scores)
    high, low = members((0.9, 3.0), (0.4, 1.0))
    objective.turn(np.array([0.9, 0.1]), [high, low])
    assert high.score > low.score
    objective.turn(np.array([0.1, 0.9]), [high, low])
    assert high.score < low.score


def test_a_range_of_nothing_counts_as_unknown(scores) -> None:
    objective = FrontObjective(scores)
    objective.turn(np.array([0.5, 0.5]), members((0.5, 2.0), (0.509, 2.011)))
    assert objective.scale.tolist() == pytest.approx([1.0, 0.011])


def searched(toy_model, scores, budget: int, rounds: int | None = None) -> tuple[Search, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    objective = FrontObjective(scores)
    search = Search(
        Screen((), toy_model, objective),
        [MolecularEdits()],
        Budget(budget, rounds, pool_factor=4),
        torch.Generator().manual_seed(0),
        progress=lambda done, total: told.append((done, total)),
    )
    search.start([LEAD])
    search_front(search, objective)
    return search, told


def test_the_budget_is_spread_over_the_mixes_and_kept(toy_model, scores) -> None:
    budget = 4 * A_MIX
    search, told = searched(toy_model, scores, budget)
    assert len(search.archive) == 1 + budget
    assert told == sorted(told)
    assert told[-1] == (budget, budget)
    rounds = [member.ancestry.round for member in search.archive]
    assert max(rounds) == search.round
    mixes = 4
    assert search.round >= mixes * A_MIX / 8 * 0.9  # no mix is skipped: each begins with small batches again


@pytest.mark.parametrize("rounds", [1, 3])
def test_rounds_are_those_of_all_mixes_together(toy_model, scores, rounds: int) -> None:
    assert searched(toy_model, scores, 60, rounds)[0].round == rounds


def test_programs_end_when_they_are_spent_and_stay_near_their_center(toy_model, scores) -> None:
    member = Member(LEAD, toy_model.encode([LEAD.smiles])[0].double(), Ancestry("lead"))
    generator = torch.Generator().manual_seed(0)
    proposer = CertifiedPrograms(scores, toy_model, 1.0, samples=1, programs=3)
    assert proposer.propose([member], 4, generator)
    assert proposer.programs == 1
    proposer.propose([member], 20, generator)
    assert proposer.propose([member], 20, generator) == []
    away = member.z + torch.eye(6, dtype=torch.float64)[0]
    for spread, found in ((0.99, False), (1.0, True)):
        near = CertifiedPrograms(scores, toy_model, 1.0, center=away, spread=spread)
        assert bool(near.propose([member], 6, generator)) is found
