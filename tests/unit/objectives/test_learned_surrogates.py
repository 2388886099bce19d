"""Surrogates of values that come in: held-out predictions, orientation, units, and what too few values give."""

import numpy as np
import pytest
import torch

from molconvex.exceptions import DataError
from molconvex.objectives.goals import Goal
from molconvex.objectives.learned_surrogates import (
    LEAST,
    can_learn,
    constant_surrogate,
    is_constant,
    learn_surrogate,
)
from molconvex.objectives.oracle_goals import range_of, unlearned_goal, unlearned_requirement, with_measured
from molconvex.objectives.requirements import Requirement
from molconvex.surrogate import Target


@pytest.fixture(scope="module")
def bowl(toy_model):
    """Latents and the squared distance to one of them, in a unit far from 0 and 1."""
    z = toy_model.encode(toy_model.smiles).double()
    rows = torch.randperm(len(z), generator=torch.Generator().manual_seed(0))[:100]
    return z[rows], 500.0 + 20.0 * ((z - z[7]) ** 2).sum(dim=1)[rows].numpy()


@pytest.fixture(scope="module")
def learned(bowl, toy_model):
    return learn_surrogate(*bowl, Target("x", "nM", "maximize"), toy_model.fingerprint)


def test_the_side_that_predicts_the_folds_better_is_taken(bowl, toy_model, learned) -> None:
    assert learned.surrogate.orientation == "concave"  # small values are one convex set, and large ones are wanted
    assert np.mean(learned.loss["concave"]) < np.mean(learned.loss["convex"])
    other = learn_surrogate(*bowl, Target("x", "nM", "minimize"), toy_model.fingerprint)
    assert other.surrogate.orientation == "convex"


def test_members_speak_one_unit(bowl, learned) -> None:
    z, values = bowl
    members = learned.surrogate.value_of(learned.surrogate.member_costs(z)).numpy()
    for row in members:
        assert np.corrcoef(row, values)[0, 1] > 0.8
        assert abs(row.mean() - values.mean()) < 0.2 * values.std()


def test_each_held_out_prediction_is_of_a_member_that_did_not_see_the_molecule(bowl, learned) -> None:
    z, values = bowl
    members = learned.surrogate.value_of(learned.surrogate.member_costs(z)).numpy()
    nearest = np.abs(members - learned.held_out).min(axis=0)
    assert np.allclose(nearest, 0.0, atol=1e-3 * values.std())
    in_sample = float(np.mean((members.mean(axis=0) - values) ** 2))
    assert float(np.mean((learned.held_out - values) ** 2)) > in_sample


def test_an_orientation_that_is_asked_for_is_taken(bowl, toy_model) -> None:
    found = learn_surrogate(*bowl, Target("x", "", "maximize"), toy_model.fingerprint, orientation="convex")
    assert found.surrogate.convex_costs()
    assert list(found.loss) == ["convex"]


def test_noise_is_not_taken_for_knowledge(bowl, toy_model) -> None:
    z, values = bowl
    shuffled = np.random.default_rng(0).permutation(values)
    assert np.mean(learn_surrogate(z, shuffled, Target("x", "", "minimize"), "f").loss["convex"]) > 0.8


@pytest.mark.parametrize(("count", "enough"), [(LEAST - 1, False), (LEAST, True)])
def test_so_many_values_are_needed(count, enough) -> None:
    values = np.r_[np.arange(float(count)), np.nan]
    assert can_learn(values) is enough


def test_equal_values_teach_nothing(bowl) -> None:
    with pytest.raises(DataError, match="too few different values"):
        learn_surrogate(bowl[0], np.ones(len(bowl[0])), Target("x", "", "minimize"), "f")


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_what_knows_nothing_says_one_value_everywhere(sense) -> None:
    flat = constant_surrogate(Target("x", "", sense), 7.5, 3, "f")
    assert flat.predict(torch.randn(4, 3)).tolist() == [7.5] * 4
    assert is_constant(flat)


def test_a_goal_of_which_nothing_could_be_learned_says_the_mean_of_what_was_measured(toy_model) -> None:
    part = with_measured(unlearned_goal(Goal.parse("x:min", None), toy_model, ""), np.array([1.0, 3.0, np.nan]), (0, 4))
    assert part.surrogate.predict(torch.zeros(1, 6)).tolist() == [2.0]
    assert part.is_measurable
    assert part.value_range == (0, 4)


@pytest.mark.parametrize("text", ["x:<4", "x:>4"])
def test_nothing_is_ruled_out_before_it_is_measured(toy_model, text) -> None:
    limit = unlearned_requirement(Requirement.parse(text), toy_model, "")
    assert float(limit.surrogate.cost(torch.zeros(1, 6))) < limit.threshold


def test_the_range_holds_nine_tenths_of_the_values_and_the_best() -> None:
    values = np.r_[np.linspace(0, 10, 101), 1000.0, np.nan]
    low, high = range_of(values, [Goal.parse("x:min", None)])
    assert (low, high) == pytest.approx((-4.04, 14.14), abs=0.1)
    assert range_of(values, [Goal.parse("x:max", None)])[1] == 1000.0
    assert range_of(np.array([np.nan]), []) == (0.0, 1.0)
    assert range_of(np.array([3.0]), []) == (2.5, 3.5)
