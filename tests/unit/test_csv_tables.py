"""Our CSV files: nothing that a spreadsheet would run, and everything read back as it was."""

import csv
import os
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molconvex.chem import read_molecules
from molconvex.exceptions import DataError, WeightsError
from molconvex.tables import csv_text, guarded, read_csv_table, unguarded

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")', "'=1", "''-x"]
PLAIN = ["CCO", "", "'quoted'", "a=b", "1-butanol", "NA", "None", "nan", "'"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_get_an_apostrophe_and_lose_it_again(text):
    assert guarded(text) == "'" + text
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_stays(text):
    assert guarded(text) == unguarded(text) == text


@given(st.text(alphabet="'=+-@\t\rab ", max_size=6))
def test_every_text_comes_back(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers_and_text_comes_back(tmp_path):
    table = pd.DataFrame(
        {"name": [*FORMULAS, *PLAIN], "value": np.linspace(-1e-7, 1 / 3, len(FORMULAS) + len(PLAIN)), "=x": 1}
    )
    (tmp_path / "a.csv").write_text(csv_text(table), newline="")
    cells = list(csv.reader(StringIO(csv_text(table))))
    assert not any(row[0].startswith(("=", "+", "-", "@", "\t", "\r")) for row in cells)
    assert float(cells[1][1]) == -1e-7
    back = read_csv_table(tmp_path / "a.csv")
    assert back["name"].fillna("").tolist() == table["name"].tolist()
    assert back["value"].tolist() == table["value"].tolist()
    assert list(back.columns) == ["name", "value", "=x"]


def test_our_reader_of_molecules_gives_names_back(tmp_path):
    table = pd.DataFrame({"smiles": ["CCO"] * 5, "name": ["=1+1", "-ol", "@home", "'=x", "plain"]})
    (tmp_path / "a.csv").write_text(csv_text(table))
    assert [m.name for m in read_molecules(tmp_path / "a.csv")] == table["name"].tolist()


def test_unreadable_and_doubled_tables_are_named(tmp_path):
    (tmp_path / "a.csv").write_text("z0,z1,z0\n1,2,3\n")
    with pytest.raises(DataError, match=r"a\.csv has more than one column called 'z0'"):
        read_csv_table(tmp_path / "a.csv")
    for content in (b"", b"a,b\n1,2,3,4\n1\n", b"\xff\xfe\x00", b'a\n"', b"a,b\n1,2\n1,2,3\n"):
        (tmp_path / "b.csv").write_bytes(content)
        with pytest.raises(WeightsError, match=r"b\.csv cannot be read as a table"):
            read_csv_table(tmp_path / "b.csv", WeightsError)
    os.mkfifo(tmp_path / "c.csv")
    with pytest.raises(DataError, match="is a pipe"):
        read_csv_table(tmp_path / "c.csv")
