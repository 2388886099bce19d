"""Family trees of candidates."""

import pandas as pd

from molconvex.runs.ancestry import DEPTH, WIDTH, ancestry

LEAD = "CCO"


def table(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["smiles", "proposer", "parents", "round"])
    return found.assign(rank=range(1, len(rows) + 1), desirability=0.5)


def test_a_tree_goes_back_to_the_lead_and_says_who_proposed_what() -> None:
    candidates = table(("CCCCO", "crossover", "CCCO CCN", 3), ("CCCO", "edits", "CCO", 1))
    own, parents, first = ancestry(candidates, LEAD, "CCCCO")
    assert [(item.kind, item.proposer, item.round, item.rank) for item in own] == [("candidate", "crossover", 3, 1)]
    assert [(item.smiles, item.kind) for item in parents] == [("CCCO", "candidate"), ("CCN", "other")]
    assert parents[1].rank is None
    assert [(item.smiles, item.kind) for item in first] == [("CCO", "lead")]


def test_molecules_that_were_made_from_each_other_end_the_tree() -> None:
    candidates = table(("CCCO", "edits", "CCN", 1), ("CCN", "edits", "CCCO", 2))
    assert [[item.smiles for item in generation] for generation in ancestry(candidates, LEAD, "CCCO")] == [
        ["CCCO"],
        ["CCN"],
    ]


def test_trees_are_cut_where_they_are_deep_or_wide() -> None:
    chain = table(*[("C" * n, "edits", "C" * (n + 1), 1) for n in range(1, 20)])
    assert len(ancestry(chain, LEAD, "C")) == DEPTH
    wide = table(("CN", "edits", " ".join("C" * n for n in range(2, 9)), 1))
    assert len(ancestry(wide, LEAD, "CN")[1]) == WIDTH


def test_a_molecule_of_unknown_origin_stands_alone() -> None:
    candidates = table(("CCCO", "edits", float("nan"), 1))
    assert [len(generation) for generation in ancestry(candidates, LEAD, "CCCO")] == [1]
