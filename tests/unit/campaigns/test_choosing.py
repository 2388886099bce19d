"""Beliefs and choices: against slow, obvious computations."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from molconvex.campaigns.beliefs import fit_beliefs
from molconvex.campaigns.choosing import choose, expected_improvement
from molconvex.surrogate.model.structure_features import StructureFeatures, tanimoto_kernel


@pytest.fixture
def bits() -> np.ndarray:
    return (np.random.default_rng(0).random((40, 64)) < 0.3).astype(np.float32)


@pytest.fixture
def scores(bits) -> np.ndarray:
    return bits[:12] @ np.random.default_rng(1).normal(size=64)


def test_expected_improvement_is_the_integral() -> None:
    for mean, deviation, best in [(0.3, 0.7, 0.5), (-2.0, 0.5, 1.0), (3.0, 0.1, 1.0)]:
        wanted, _ = quad(
            lambda y, m=mean, s=deviation, b=best: (y - b) * norm.pdf(y, m, s), best, mean + 12 * deviation
        )
        found = expected_improvement(np.array([mean]), np.array([deviation]), best)[0]
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-12)
    assert expected_improvement(np.array([2.0, 0.5]), np.zeros(2), 1.0) == pytest.approx([1.0, 0.0])


def test_supposing_measurements_shrinks_uncertainty_as_measuring_them_would(bits, scores) -> None:
    beliefs = fit_beliefs(StructureFeatures.of_bits(bits), np.arange(12), scores)
    ranking = beliefs._ranking
    for row in (20, 33, 21):
        beliefs.suppose(row)
    known = np.r_[np.arange(12), 20, 33, 21]
    kernel = tanimoto_kernel(bits[known], bits[known]) + ranking.noise**2 * np.eye(15)
    near = tanimoto_kernel(bits, bits[known])
    wanted = ranking.spread**2 * (1.0 - np.einsum("mn,nk,mk->m", near, np.linalg.inv(kernel), near))
    assert beliefs.variance == pytest.approx(wanted, abs=1e-9)


def test_a_batch_has_no_compound_twice_and_none_that_is_closed(bits, scores) -> None:
    open_rows = list(range(12, 40, 2))
    chosen = choose(
        fit_beliefs(StructureFeatures.of_bits(bits), np.arange(12), scores), open_rows, float(scores.max()), 10, 0.3
    )
    rows = [item.row for item in chosen]
    assert len(set(rows)) == 10
    assert set(rows) <= set(open_rows)
    assert [item.why for item in chosen] == ["value"] * 7 + ["learning"] * 3
    assert len(choose(fit_beliefs(StructureFeatures.of_bits(bits), np.arange(12), scores), [13], 0.0, 10)) == 1


def test_the_first_choice_is_that_of_the_largest_expected_improvement(bits, scores) -> None:
    beliefs = fit_beliefs(StructureFeatures.of_bits(bits), np.arange(12), scores)
    gain = expected_improvement(beliefs.mean, beliefs.deviation, float(scores.max()))
    first = choose(beliefs, range(12, 40), float(scores.max()), 5)[0]
    assert first.row == 12 + int(np.argmax(gain[12:]))
    assert first.improvement == pytest.approx(gain[first.row])


def test_a_copy_of_what_was_chosen_is_not_chosen_next(bits, scores) -> None:
    best = choose(
        fit_beliefs(StructureFeatures.of_bits(bits), np.arange(12), scores), range(12, 40), float(scores.max()), 1
    )[0].row
    doubled = np.vstack([bits, bits[best]])
    chosen = choose(
        fit_beliefs(StructureFeatures.of_bits(doubled), np.arange(12), scores), range(12, 41), float(scores.max()), 3
    )
    assert not {best, 40} <= {item.row for item in chosen}


def test_a_surrogate_that_predicts_well_is_used_and_one_that_does_not_is_left(bits) -> None:
    truth = np.random.default_rng(2).normal(size=40)
    measured = np.arange(12)
    good = fit_beliefs(StructureFeatures.of_bits(bits), measured, truth[:12], truth + 0.01)
    assert good.uses_surrogate
    assert np.corrcoef(good.mean, truth)[0, 1] > 0.99
    assert not fit_beliefs(
        StructureFeatures.of_bits(bits), measured, truth[:12], 5 * np.random.default_rng(3).normal(size=40)
    ).uses_surrogate
