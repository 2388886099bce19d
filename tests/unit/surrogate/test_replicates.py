"""Replicates are merged by the stated rule and conflicts are told."""

import numpy as np
import pytest

from molconvex.surrogate import AssayTable, Target, merge_replicates

NUMBER = Target("pIC50", "", "maximize")
CLASS = Target("active", "", "classify", wanted=1)


def table(smiles: list[str], values: list[float], censor: list[int] | None = None) -> AssayTable:
    n = len(smiles)
    bound = np.array(censor or [0] * n, dtype=np.int8)[:, None]
    return AssayTable(smiles, ["p"], np.array(values)[:, None], bound, [(i + 2,) for i in range(n)])


@pytest.mark.parametrize(
    ("values", "censor", "merged", "bound", "conflict"),
    [
        ([5.0, 5.2, 5.1], [0, 0, 0], 5.1, 0, False),
        ([5.0, 9.0], [0, 0], 7.0, 0, True),
        ([5.0, 4.0], [0, 1], 5.0, 0, False),
        ([5.0, 6.0], [0, 1], 5.0, 0, True),
        ([4.0, 5.0], [1, 1], 5.0, 1, False),
        ([4.0, 5.0], [-1, -1], 4.0, -1, False),
        ([4.0, 5.0], [1, -1], 4.5, 0, False),
        ([5.0, 4.0], [1, -1], np.nan, 0, True),
        ([np.nan, 5.0], [0, 0], 5.0, 0, False),
        ([np.nan, np.nan], [0, 0], np.nan, 0, False),
    ],
)
def test_rule_for_numbers(values: list, censor: list, merged: float, bound: int, conflict: bool) -> None:
    others = [3.0, 4.0, 5.0, 6.0]
    data = table(["CO"] * len(values) + list("ABCD"), values + others, censor + [0] * 4)
    result, conflicts = merge_replicates(data, [NUMBER], data.smiles)
    assert result.value[0, 0] == pytest.approx(merged, nan_ok=True)
    assert result.censor[0, 0] == bound
    assert bool(conflicts) is conflict


@pytest.mark.parametrize(
    ("votes", "merged", "conflict"),
    [([1, 1], 1.0, False), ([1, 1, 0], 1.0, True), ([0, 1, 0], 0.0, True), ([0, 1], np.nan, True)],
)
def test_rule_for_classes(votes: list[float], merged: float, conflict: bool) -> None:
    data = table(["CO"] * len(votes), votes)
    result, conflicts = merge_replicates(data, [CLASS], data.smiles)
    assert result.value[0, 0] == pytest.approx(merged, nan_ok=True)
    assert bool(conflicts) is conflict


ALANINES = ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC(N)C(=O)O"]


@pytest.mark.parametrize(
    ("drawn", "stereoisomers"),
    [
        (ALANINES[:2], True),
        ([ALANINES[0], ALANINES[2]], False),
        ([ALANINES[0], "N[C@@H](C)C(=O)O"], False),
        ([ALANINES[0], "C[C@H]([NH3+])C(=O)[O-]"], False),
        (["F/C=C/Cl", "F/C=C\\Cl"], True),
        ([ALANINES[0], "not readable @"], False),
    ],
)
def test_stereoisomers_that_become_one_are_called_so(drawn: list[str], stereoisomers: bool) -> None:
    data = table([*drawn, "CCO"], [1.0, 5.0, 3.0])
    result, conflicts = merge_replicates(data, [NUMBER], ["x", "x", "CCO"])
    assert [conflict.stereoisomers for conflict in conflicts] == [stereoisomers]
    assert ("stereoisomers" in str(conflicts[0])) is stereoisomers
    assert any("1 molecules stand for several stereoisomers" in note for note in result.notes) is stereoisomers


def test_stereoisomers_that_agree_are_told_without_a_conflict() -> None:
    data = table([*ALANINES[:2], "CCO"], [1.0, 1.0, 3.0])
    result, conflicts = merge_replicates(data, [NUMBER], ["x", "x", "CCO"])
    assert not conflicts
    assert "lines 2, 3" in result.notes[0]


@pytest.mark.parametrize(("rows", "more"), [(6, ""), (7, "1 more")])
def test_a_conflict_of_many_rows_is_told_in_one_short_line(rows: int, more: str) -> None:
    data = table(["CO"] * rows, [float(i) for i in range(rows)])
    _, conflicts = merge_replicates(data, [NUMBER], ["C" * 500] * rows)
    text = str(conflicts[0])
    assert len(text) < 300
    assert ("more" in text) is bool(more)
    assert more in text
    assert len(conflicts[0].lines) == rows


def test_different_spellings_of_one_molecule_meet_and_the_conflict_tells_the_lines() -> None:
    data = table(["OC", "CCO", "CO"], [1.0, 5.0, 9.0], [0, 0, 1])
    result, conflicts = merge_replicates(data, [NUMBER], ["CO", "CCO", "CO"])
    assert result.smiles == ["CO", "CCO"]
    assert result.lines == [(2, 4), (3,)]
    assert str(conflicts[0]) == "CO: pIC50 is 1 and >9 (lines 2, 4); kept: 1"
