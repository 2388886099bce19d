"""Values that are probably wrong are named with their rows; ordinary columns stay silent."""

import numpy as np
import pytest

from molconvex.surrogate import Target, read_assays
from molconvex.surrogate.data.value_warnings import value_warnings

RNG = np.random.default_rng(5)
PIC50 = RNG.normal(6.5, 1.0, 40).round(2)
NANOMOLAR = (10.0 ** RNG.normal(2.5, 1.0, 40)).round(1)
LOG_SOLUBILITY = RNG.uniform(-25, 3, 40).round(2)
LINES = list(range(2, 42))


def told(values, name="y", sense="minimize", **goal):
    return value_warnings(np.asarray(values, dtype=float), LINES[: len(values)], Target(name, "", sense, **goal), name)


def replaced(values, rows, new):
    changed = np.array(values, dtype=float)
    changed[rows] = new
    return changed


@pytest.mark.parametrize(
    ("values", "name", "sense"),
    [
        (PIC50, "pIC50", "maximize"),
        (NANOMOLAR, "IC50", "minimize"),
        (LOG_SOLUBILITY, "logS", "maximize"),
        (RNG.normal(0, 1, 40), "y", "maximize"),
        (RNG.integers(0, 5, 40), "count", "minimize"),
        (RNG.uniform(0, 100, 40), "percent", "maximize"),
        (RNG.exponential(1.0, 40), "clearance", "minimize"),
        (RNG.uniform(100, 300, 40), "Kinetic", "maximize"),
        (np.full(40, 3.0), "constant", "maximize"),
        ([], "empty", "maximize"),
    ],
)
def test_ordinary_columns_bring_no_warning(values, name, sense):
    assert told(values, name, sense) == []


def test_one_slip_among_many_is_named_by_its_line():
    (note,) = told(replaced(LOG_SOLUBILITY, [16], 1e5), "logS")
    assert "line 18 hold 100000, far from all others" in note
    (note,) = told(replaced(PIC50, [3, 4], [5_300, 41_000]), "activity")
    assert "lines 5, 6 hold 5300, 41000" in note


@pytest.mark.parametrize(("times", "warned"), [(9.0, False), (12.0, True)])
def test_far_begins_at_ten_spreads_beyond_the_quartiles(times, warned):
    values = np.linspace(-1, 1, 40)
    low, high = np.quantile(replaced(values, [39], 50), [0.25, 0.75])
    assert bool(told(replaced(values, [39], high + times * (high - low)))) is warned


def test_half_a_column_in_another_unit_is_two_groups():
    micromolar = RNG.uniform(0.5, 9, 40).round(2)
    values = replaced(micromolar, slice(0, None, 2), micromolar[::2] * 1_000)
    (note,) = told(values, "IC50")
    assert "two groups" in note
    assert "lines 3, 5, 7, 9, 11 and 15 more" in note
    assert "lines 2, 4, 6, 8, 10 and 15 more" in note


@pytest.mark.parametrize(("factor", "warned"), [(4.9, False), (5.1, True)])
def test_groups_are_parted_by_a_factor_of_five(factor, warned):
    assert bool(told([*np.linspace(1, 2, 20), *np.linspace(2 * factor, 3 * factor, 20)])) is warned


@pytest.mark.parametrize(("small", "words"), [(8, "two groups"), (7, "far from all others")])
def test_a_group_is_a_fifth_of_the_values_and_fewer_are_single_ones(small, words):
    values = [*np.linspace(1, 1.01, 40 - small), *np.linspace(500, 600, small)]
    (note,) = told(values)
    assert words in note


def test_concentrations_under_the_name_of_a_logarithm():
    (note,) = told(replaced(PIC50, slice(0, 20), NANOMOLAR[:20] + 20), "pIC50", "maximize")
    assert "is a negative logarithm, but lines 2, 3, 4, 5, 6 and 15 more" in note
    assert "nM" in note
    assert told(replaced(PIC50, [0], 16.0), "pIC50", "maximize") == told(PIC50, "pIC50", "maximize")
    assert "line 2 hold" in told(replaced(PIC50, [0], 16.01), "pIC50", "maximize")[0]


@pytest.mark.parametrize("name", ["IC50", "IC50 (nM)", "EC50_nM", "Ki", "Kd [nM]", "MIC"])
def test_weak_compounds_as_a_goal_are_questioned(name):
    assert any("means a weak compound" in note for note in told(NANOMOLAR, name, "maximize"))
    assert told(NANOMOLAR, name, "minimize") == []


@pytest.mark.parametrize("name", ["pIC50", "LD50", "kinetics", "Kidney", "micrograms"])
def test_other_names_are_not(name):
    assert not any("weak" in note for note in told(RNG.uniform(4, 9, 40), name, "maximize"))


def test_labels_as_numbers_are_questioned():
    labels = [0, 1] * 20
    (note,) = told(labels, "active", "maximize")
    assert "only 0 and 1 (first on lines 2, 3, 4, 5, 6 and 35 more)" in note
    assert told(labels, "active", "classify", wanted=1) == []
    assert told([0, 1, 2] * 10, "count", "maximize") == []


def test_warnings_reach_the_reader_of_a_table_with_the_lines_of_its_file(tmp_path):
    rows = [f"{'C' * (i + 1)}O,{value}" for i, value in enumerate(replaced(LOG_SOLUBILITY, [7], 1e5))]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,logS", *rows[:3], "", *rows[3:]]))
    table = read_assays(tmp_path / "a.csv", [Target("logS", "", "maximize")])
    assert any("line 10 hold 100000" in note for note in table.notes)
