"""Parts are disjoint, complete, repeatable, and respect scaffolds, columns and time."""

import numpy as np
import pytest

from molconvex.chem import murcko_scaffold
from molconvex.exceptions import DataError
from molconvex.surrogate import Split, column_split, random_split, scaffold_split, time_split

SHARES = (0.2, 0.2)
RINGS = ["c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCNCC1", "c1ccoc1", "c1ccsc1", "C1CCOC1", "c1cnccn1", "C1CC1", "C1CCC1"]
MOLECULES = [f"{'C' * size}{ring}" for ring in RINGS for size in range(1, 9)] + ["C" * size for size in range(1, 21)]


def assert_partition(split: Split, n: int) -> None:
    rows = np.concatenate([split.train, split.valid, split.test])
    assert sorted(rows.tolist()) == list(range(n))
    for part in (split.train, split.valid, split.test):
        assert part.tolist() == sorted(part.tolist())


def test_random_split_has_the_sizes_asked_for_and_follows_the_seed() -> None:
    split = random_split(200, fractions=(0.1, 0.2), seed=1)
    assert_partition(split, 200)
    assert (len(split.valid), len(split.test)) == (20, 40)
    assert np.array_equal(split.test, random_split(200, fractions=(0.1, 0.2), seed=1).test)
    assert not np.array_equal(split.test, random_split(200, fractions=(0.1, 0.2), seed=2).test)


@pytest.mark.parametrize("seed", range(5))
def test_no_scaffold_is_in_two_parts(seed: int) -> None:
    split = scaffold_split(MOLECULES, fractions=(0.2, 0.2), seed=seed)
    assert_partition(split, len(MOLECULES))
    scaffolds = [{murcko_scaffold(MOLECULES[i]) for i in part} for part in (split.train, split.valid, split.test)]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert not scaffolds[a] & scaffolds[b]
    assert "" in scaffolds[0]


def test_members_divide_the_rest_anew_but_never_touch_the_test_part() -> None:
    split = scaffold_split(MOLECULES, fractions=(0.2, 0.2), seed=0)
    other = split.resplit(7)
    assert_partition(other, len(MOLECULES))
    assert np.array_equal(other.test, split.test)
    assert not np.array_equal(other.valid, split.valid)
    assert not set(split.group[other.valid]) & set(split.group[other.train])


def test_one_scaffold_cannot_be_divided() -> None:
    with pytest.raises(DataError, match="scaffold split leaves no molecule"):
        scaffold_split(["C" * size for size in range(1, 40)])


def test_column_split_reads_usual_words_and_makes_validation_rows_if_there_are_none() -> None:
    split = column_split(["Training"] * 20 + ["validation"] * 5 + [" test "] * 5)
    assert (len(split.train), len(split.valid), len(split.test)) == (20, 5, 5)
    made = column_split(["train"] * 20 + ["test"] * 5, seed=3)
    assert_partition(made, 25)
    assert (len(made.valid), made.test.tolist()) == (2, list(range(20, 25)))
    with pytest.raises(DataError, match="it holds holdout"):
        column_split(["train", "holdout", "test"])
    with pytest.raises(DataError, match="no molecule for test"):
        column_split(["train"] * 20)


def test_time_split_tests_on_the_latest() -> None:
    years = np.random.default_rng(0).permutation(np.arange(1990, 2020))
    split = time_split(years, fractions=(0.1, 0.2))
    assert_partition(split, 30)
    assert years[split.train].max() < years[split.valid].min()
    assert years[split.valid].max() < years[split.test].min()
    with pytest.raises(DataError, match="row 2 has no time"):
        time_split([2001.0, float("nan"), 2003.0])


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(DataError, match="sum below 1"):
        random_split(100, fractions=(0.6, 0.5))


@pytest.mark.parametrize("method", ["scaffold", "random"])
def test_another_division_of_the_same_groups_is_the_one_made_from_the_molecules(method: str) -> None:
    def made(seed: int) -> Split:
        if method == "scaffold":
            return scaffold_split(MOLECULES, fractions=SHARES, seed=seed)
        return random_split(40, fractions=SHARES, seed=seed)

    again, wanted = made(0).again(3, SHARES), made(3)
    for part in ("train", "valid", "test", "group"):
        assert np.array_equal(getattr(again, part), getattr(wanted, part))
    assert (again.method, again.seed) == (method, 3)
    assert not np.array_equal(again.test, made(0).test)
