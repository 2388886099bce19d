"""The rounds: nothing twice, nothing that a rule forbids, deterministic, ahead of the same search without ranking."""

from collections import Counter

import numpy as np
import pytest
import torch

from molconvex.chem import Molecule, standardize, tanimoto
from molconvex.chem.druglikeness import qed
from molconvex.exceptions import CancelledError
from molconvex.search import Budget, Measured, RoundReport, Rule, Screen, Search, selection
from molconvex.search.archive import Archive, Member
from molconvex.search.budget import StopReason
from molconvex.search.proposers import Crossover, GraphGA, LatentMoves, MolecularEdits, RandomDirections
from molconvex.search.proposers.latent_moves import noise_scale
from molconvex.search.proposers.proposer import Proposed
from molconvex.search.selection import choose_batch

LEAD = standardize("Cc1ccc(C(=O)N2CCOCC2)cc1")


class Qed:
    """QED, measured; nothing predicts it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def measure(self, molecules, z) -> list[Measured]:
        self.asked += [molecule.smiles for molecule in molecules]
        return [Measured(qed(molecule.mol), {}) for molecule in molecules]

    def predict(self, z) -> np.ndarray:
        return np.full(len(z), np.nan)


def similar(molecule) -> str:
    return "" if tanimoto(LEAD, [molecule])[0] >= 0.3 else "too far"


def searched(model, seed: int = 0, budget: int = 60, proposers=None, ranked: bool = True, cancelled=lambda: False):
    objective = Qed()
    search = Search(
        Screen((Rule("similar", similar),), model, objective),
        proposers or [MolecularEdits(), Crossover()],
        Budget(budget, pool_factor=10),
        torch.Generator().manual_seed(seed),
        cancelled=cancelled,
        ranked=ranked,
    )
    search.start([LEAD])
    search.run()
    return search, objective


def test_every_molecule_is_scored_once_passes_the_rules_and_the_budget_is_kept(toy_model) -> None:
    search, objective = searched(toy_model)
    assert len(objective.asked) == len(set(objective.asked)) == 61
    assert all(tanimoto(LEAD, [text])[0] >= 0.3 for text in objective.asked)
    assert search.screen.counts["similar"] > 0
    assert search.stopped is not None
    assert {member.ancestry.proposer for member in search.archive} == {"lead", "edits", "crossover"}


def test_every_round_is_reported_with_the_best_so_far(toy_model) -> None:
    reports: list[RoundReport] = []
    screen = Screen((Rule("similar", similar),), toy_model, Qed())
    budget = Budget(40, pool_factor=10)
    search = Search(screen, [MolecularEdits(), Crossover()], budget, torch.Generator().manual_seed(1))
    search.observe = reports.append
    search.start([LEAD])
    search.run()
    assert [report.number for report in reports] == list(range(1, len(reports) + 1))
    assert len(reports) > 1
    last, best = reports[-1], search.archive.best(10)
    assert (last.best_smiles, last.best) == (best[0].smiles, best[0].score)
    assert last.mean == pytest.approx(np.mean([member.score for member in best]))
    assert (last.scored, last.budget) == (len(search.archive) - 1, 40)
    assert last.seen == len(search.archive.seen) > last.scored
    assert sum(last.shares.values()) == pytest.approx(1.0)


def test_a_seed_gives_the_same_molecules_in_the_same_order(toy_model) -> None:
    first, again, other = (searched(toy_model, seed)[1].asked for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_measured_values_steer(toy_model) -> None:
    """Mean score of what is scored late, over seeds, beside the same search drawing its batches by lot."""

    def later_half(ranked: bool) -> float:
        runs = [searched(toy_model, seed, ranked=ranked)[0].archive.scores for seed in range(3)]
        return float(np.mean([scores[30:].mean() for scores in runs]))

    assert later_half(True) > later_half(False) + 0.01


@pytest.mark.parametrize("kind", ["latent", "random", "ga"])
def test_every_proposer_fills_a_search(toy_model, kind: str) -> None:
    pytest.importorskip("mol_ga")
    maker = {"latent": LatentMoves(toy_model), "random": RandomDirections(toy_model, 2.0), "ga": GraphGA()}[kind]
    search, _ = searched(toy_model, budget=10, proposers=[maker])
    assert len(search.archive) > 1
    assert {member.ancestry.proposer for member in search.archive} == {"lead", kind}


def test_a_stop_keeps_what_is_scored(toy_model) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 8

    objective = Qed()
    search = Search(
        Screen((), toy_model, objective),
        [MolecularEdits()],
        Budget(1000),
        torch.Generator().manual_seed(0),
        cancelled=cancelled,
    )
    search.start([LEAD])
    with pytest.raises(CancelledError):
        search.run()
    assert len(search.archive) == len(objective.asked) > 1


def test_a_batch_prefers_value_but_not_near_copies(toy_model) -> None:
    search, _ = searched(toy_model, budget=10)
    pool = [*search.pool[:30]]
    value = np.zeros(len(pool))
    value[[0, 1]] = 1.0
    rows = choose_batch(pool, value, search.archive, 3)
    assert set(rows[:2]) == {0, 1}
    double = [pool[0], pool[0], *pool[2:]]
    rows = choose_batch(double, np.ones(len(double)), search.archive, 2)
    assert rows[0] == 0
    assert rows[1] != 1


def plain_batch(pool: list[Member], value: np.ndarray, archive: Archive, size: int) -> list[int]:
    """As `choose_batch`, every scaffold looked at for every place."""
    crowd = Counter(member.scaffold for member in archive)
    best = [int(row) for row in np.argsort(-value, kind="stable")[: selection.CONSIDERED * size]]
    chosen: list[int] = []
    for _ in range(size):
        damped = []
        for row in best:
            taken = [pool[other].molecule for other in chosen]
            near = max(tanimoto(pool[row].molecule, taken), default=0.0)
            full = crowd[pool[row].scaffold] // selection.BUCKET
            cost = float(np.std(value)) * (selection.DAMPING * full + selection.NEAR_COPY * near)
            damped.append(-np.inf if row in chosen else value[row] - cost)
        chosen.append(best[int(np.argmax(damped))])
        crowd[pool[chosen[-1]].scaffold] += 1
    return chosen


@pytest.mark.parametrize("bucket", [1, 3, 25])
def test_a_batch_is_that_of_a_plain_loop_whichever_scaffolds_are_full(
    toy_model, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    search, _ = searched(toy_model, budget=30)
    monkeypatch.setattr(selection, "BUCKET", bucket)
    pool = [Member(member.molecule, member.z, member.ancestry) for member in search.pool]
    for value in (np.linspace(1.0, 0.0, len(pool)), np.round(np.sin(np.arange(len(pool))), 1)):
        assert choose_batch(pool, value, search.archive, 8) == plain_batch(pool, value, search.archive, 8)


class Silent:
    """Proposes nothing for some rounds, then edits."""

    name = "silent"

    def __init__(self, rounds: int) -> None:
        self.calls, self.left = 0, 2 * rounds  # two generations a round

    def propose(self, parents, count, generator):
        self.calls, self.left = self.calls + 1, self.left - 1
        return [] if self.left >= 0 else MolecularEdits().propose(parents, count, generator)


@pytest.mark.parametrize(("silent", "goes_on"), [(4, True), (5, False)])
def test_a_search_is_exhausted_after_five_empty_rounds(toy_model, silent: int, goes_on: bool) -> None:
    proposer = Silent(silent)
    search, objective = searched(toy_model, budget=20, proposers=[proposer])
    assert (len(objective.asked) > 1) == goes_on
    assert (search.stopped is StopReason.EXHAUSTED) != goes_on
    if not goes_on:
        assert proposer.calls == 10


def test_noise_is_as_long_as_parents_are_apart_however_often_they_come() -> None:
    a, b = torch.zeros(4), torch.tensor([3.0, 4.0, 0.0, 0.0])
    assert noise_scale(torch.stack([a, b, b, a, b])) == pytest.approx(5.0 / 2.0)
    one = torch.tensor([[0.0, 8.0, 0.0, 0.0]]).repeat(50, 1) + 0.1
    assert noise_scale(one) == pytest.approx(0.75 * float(one[0].norm()) / 2.0)


@pytest.mark.parametrize(
    ("structure", "outcome"), [(Molecule("c1cccc1"), "unreadable"), (Molecule("CC1CC1"), "passed")]
)
def test_a_molecule_that_a_rule_cannot_parse_is_unreadable(toy_model, structure: Molecule, outcome: str) -> None:
    screen = Screen((Rule("parsed", lambda molecule: "" if molecule.mol else "empty"),), toy_model, Qed())
    found = screen.admit([Proposed(structure)], "edits", 1, Archive())
    assert dict(screen.counts) == {outcome: 1}
    assert len(found) == (outcome == "passed")


@pytest.mark.parametrize(("most", "asked_for_words"), [(2, 2), (3, 3), (4, 3)])
def test_words_are_found_as_long_as_they_are_kept(toy_model, most: int, asked_for_words: int) -> None:
    words: list[str] = []

    def reason(molecule: Molecule) -> str:
        words.append(molecule.smiles)
        return "small" if molecule.mol.GetNumAtoms() < 5 else ""

    rule = Rule("large", reason, lambda molecule: molecule.mol.GetNumAtoms() >= 5)
    screen = Screen((rule,), toy_model, Qed(), most_rejected=most)
    structures = ["CC", "CCC", "CCCC"]
    found = screen.admit([Proposed(text) for text in structures], "edits", 1, Archive())
    assert found == []
    assert screen.counts == {"large": 3}
    assert screen.rejected == dict.fromkeys(structures[:most], "small")
    assert words == structures[:asked_for_words]
    found = screen.admit([Proposed("CCCCC")], "edits", 2, Archive())
    assert [member.smiles for member in found] == ["CCCCC"]
    assert len(words) == asked_for_words + (most == 4)
