"""What is expected of unscored molecules: by fingerprints, and by properties where a search asks for that."""

import numpy as np
import pytest
import torch

from molconvex.chem import compute_properties, standardize
from molconvex.search import Ancestry, Member, ranking
from molconvex.search.archive import QUICK
from molconvex.search.ranking import fit_ranking, rows_to_condition_on

SMILES = [f"{'C' * (i % 7 + 1)}c1ccccc1{'O' * (i // 7 % 3)}{'CN' * (i // 21 % 3)}C" for i in range(60)]


@pytest.fixture
def members() -> list[Member]:
    """Scored by their polar surface, which fingerprints tell badly."""
    found = [Member(standardize(text), torch.zeros(1), Ancestry("edits")) for text in dict.fromkeys(SMILES)]
    for member in found:
        member.score = member.properties[QUICK.index("tpsa")] ** 1.5
    return found


def test_properties_of_a_member_are_those_of_rdkit(members) -> None:
    wanted = compute_properties([member.smiles for member in members], QUICK).to_numpy()
    np.testing.assert_allclose([member.properties for member in members], wanted)


def test_properties_rank_what_fingerprints_cannot(members) -> None:
    known, asked = members[::3], [member for row, member in enumerate(members) if row % 3]
    truth = np.array([member.score for member in asked])
    right = [np.corrcoef(fit_ranking(known, by_properties=by).value(asked), truth)[0, 1] for by in (True, False)]
    assert 1 - right[0] < 0.5 * (1 - right[1]), right


def test_nothing_is_ranked_before_a_score_is_known(members) -> None:
    for member in members[:3]:
        member.score = float("nan")
    assert fit_ranking(members[:3], by_properties=True) is None
    assert fit_ranking([], by_properties=False) is None
    ranking = fit_ranking(members[:4], by_properties=True)
    assert ranking.value(members[:4]).shape == (4,)


def test_up_to_the_bound_everything_is_told_and_beyond_it_the_best_and_the_latest() -> None:
    scores = np.array([3.0, 9.0, 1.0, 9.0, 2.0, 0.0, 4.0])
    assert rows_to_condition_on(scores, 7) == list(range(7))
    assert rows_to_condition_on(scores, 6) == [1, 2, 3, 4, 5, 6], "best 1, 3, 6; the latest others 2, 4, 5"
    assert rows_to_condition_on(scores, 3) == [1, 5, 6], "of equal scores the earlier; one best, two latest"


def test_a_process_grows_no_further_than_the_bound(members, monkeypatch) -> None:
    monkeypatch.setattr(ranking, "rows_to_condition_on", lambda scores: rows_to_condition_on(scores, 10))
    told = fit_ranking(members, by_properties=True).process
    assert len(told.weights) == 10
