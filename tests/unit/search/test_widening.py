"""A search that stands still draws its parents among the best of many scaffolds, and until then does as it did."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from molconvex.chem import standardize
from molconvex.search import Budget, Measured, Screen, Search
from molconvex.search.parents import A_SCAFFOLD, WIDE_ELITES, spread_over_scaffolds
from molconvex.search.proposers import MolecularEdits
from molconvex.search.rounds import STANDSTILL

LEAD = standardize("Cc1ccc(C(=O)N2CCOCC2)cc1")


class Steps:
    """Every molecule of a batch has the same score, which rises with the batches named."""

    def __init__(self, better: tuple[int, ...] = ()) -> None:
        self.better, self.batch, self.level = better, -1, 0.5
        self.asked: list[list[str]] = []

    def measure(self, molecules, z) -> list[Measured]:
        self.batch += 1
        self.level += 0.1 * (self.batch in self.better)
        self.asked.append([molecule.smiles for molecule in molecules])
        return [Measured(self.level, {}) for _ in molecules]

    def predict(self, z) -> np.ndarray:
        return np.full(len(z), np.nan)


class Watched(MolecularEdits):
    """Edits that remember their parents, call by call; two calls a round."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list] = []

    def propose(self, parents, count, generator):
        self.calls.append(list({parent.smiles: parent for parent in parents}.values()))
        return super().propose(parents, count, generator)

    def is_spread(self, number: int) -> bool:
        """Whether no scaffold has more than its share of the parents of a round."""
        scaffolds = Counter(parent.scaffold for parent in self.calls[2 * number - 1])
        return max(scaffolds.values()) <= A_SCAFFOLD


def searched(model, rounds: int, *, better: tuple[int, ...] = (), **options):
    objective, proposer = Steps(better), Watched()
    budget = Budget(1_000, rounds=rounds, pool_factor=5)
    search = Search(Screen((), model, objective), [proposer], budget, torch.Generator().manual_seed(2), **options)
    search.start([LEAD])
    search.run()
    return search, objective, proposer


@pytest.mark.parametrize(("rounds", "wide"), [(STANDSTILL, False), (STANDSTILL + 1, True)])
def test_parents_are_spread_over_scaffolds_after_rounds_without_a_better_molecule(
    toy_model, rounds: int, wide: bool
) -> None:
    _, _, proposer = searched(toy_model, rounds)
    assert proposer.is_spread(rounds) is wide


def test_until_it_stands_still_a_search_scores_what_it_scored_without_widening(toy_model) -> None:
    asked, never = (searched(toy_model, STANDSTILL + 1, widen_after=after)[1].asked for after in (STANDSTILL, None))
    assert asked[: STANDSTILL + 1] == never[: STANDSTILL + 1]
    assert asked[STANDSTILL + 1] != never[STANDSTILL + 1]


def test_a_better_molecule_ends_it(toy_model) -> None:
    search, _, proposer = searched(toy_model, STANDSTILL + 2, better=(STANDSTILL + 1,))
    assert proposer.is_spread(STANDSTILL + 1)
    assert not proposer.is_spread(STANDSTILL + 2)
    assert not search.is_wide


def test_progress_in_every_round_never_widens(toy_model) -> None:
    steady, never = (
        searched(toy_model, 5, better=(1, 2, 3, 4, 5), widen_after=after)[1].asked for after in (STANDSTILL, None)
    )
    assert steady == never


def test_a_control_never_widens(toy_model) -> None:
    control, never = (
        searched(toy_model, STANDSTILL + 2, ranked=False, widen_after=after)[1].asked for after in (STANDSTILL, None)
    )
    assert control == never


def test_every_scaffold_has_two_before_any_has_a_third_and_one_alone_has_all() -> None:
    def rows(scaffolds: str, most: int) -> list[int]:
        members = [SimpleNamespace(scaffold=name) for name in scaffolds]
        return spread_over_scaffolds(members, -np.arange(len(members), dtype=float), most)

    assert A_SCAFFOLD == 2
    assert rows("aaaabba", 4) == [0, 1, 4, 5]
    assert rows("aaaabba", 5) == [0, 1, 4, 5, 2]
    assert rows("aaa", 9) == [0, 1, 2]
    assert len(rows("a" * 100, WIDE_ELITES)) == WIDE_ELITES
    best_last = spread_over_scaffolds([SimpleNamespace(scaffold="a")] * 3, np.array([0.1, 0.3, 0.2]), 2)
    assert best_last == [1, 2]
