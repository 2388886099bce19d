"""Little files that people have: molecules and assay values are read from each alike, or refused alike."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from molconvex.chem import read_molecules
from molconvex.chem.read import text_files
from molconvex.chem.read.delimited import read_header, read_text_table
from molconvex.exceptions import DataError
from molconvex.surrogate import Target, read_assays

Y = Target("y", "", "minimize")
EXPECTED = ["CCO", "c1ccccc1"]
LITTLE = {
    "comma": "smiles,name,y\nCCO,ethanol,1\nc1ccccc1,benzene,2\n",
    "smi": "smi,y\nCCO,1\nc1ccccc1,2\n",
    "structure": "Structure;y\nCCO;1\nc1ccccc1;2\n",
    "sep line": "sep=;\nsmiles;y\nCCO;1\nc1ccccc1;2\n",
    "quoted sep line": '"sep=,"\nsmiles,y\nCCO,1\nc1ccccc1,2\n',
    "tab sep line": "sep=\t\nsmiles\ty\nCCO\t1\nc1ccccc1\t2\n",
    "pipes": "smiles|name|y\nCCO|ethanol|1\nc1ccccc1|benzene|2\n",
    "cxsmiles": 'CXSMILES,y\nCCO |$;;O$|,1\n"c1ccccc1 |c:0,2,4|",2\n',
    "smiles and name in a cell": "smiles,y\nCCO ethanol,1\nc1ccccc1 benzene,2\n",
    "molecule": "molecule\ty\nCCO\t1\nc1ccccc1\t2\n",
    "canonical and isomeric": "isomeric_smiles,canonical_smiles,y\nC[O],CCO,1\nC[O],c1ccccc1,2\n",
    "empty columns of a spreadsheet": "smiles,y,,\nCCO,1,,\nc1ccccc1,2,,\n",
    "more semicolons in the header": "a, b, c;smiles;y\nx;CCO;1\nx;c1ccccc1;2\n",
    "header over two lines": 'smiles,"IC50\n(nM)",y\nCCO,5,1\nc1ccccc1,6,2\n',
    "spelled in any case": "  Isomeric-SMILES , y \nCCO, 1\nc1ccccc1, 2\n",
}


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", [".csv", ".txt", ".tsv"])
@pytest.mark.parametrize("content", LITTLE.values(), ids=LITTLE)
def test_molecules_and_assays_are_read_alike(tmp_path, content, ending):
    path = write(tmp_path / f"a{ending}", content)
    assert [m.smiles for m in read_molecules(path)] == EXPECTED
    assert not any(m.problem for m in read_molecules(path))
    table = read_assays(path, [Y], for_training=False)
    assert table.smiles == EXPECTED
    assert table.value[:, 0].tolist() == [1, 2]
    assert [line for (line,) in table.lines] == [m.line for m in read_molecules(path)]


TWO_READINGS = "smiles,x;smiles\nCCO,1;CCN\nCCC,2;CCCl\n"
REFUSED = {
    "two readings": (
        TWO_READINGS,
        r"two ways.*comma \(columns 'smiles', 'x;smiles'\).*semicolon.*'smiles,x', 'smiles'",
    ),
    "no structures": ("a,b\nCCO,1\n", "no column is called SMILES"),
    "doubled": ("smiles,smiles,y\nCCO,CCN,1\n", "more than one column called 'smiles'"),
    "several": ("smiles_a,smiles_b,y\nCCO,CCN,1\n", "2 columns that may hold SMILES"),
    "lone quotes": ('""', "nothing else"),
    "NUL in the header": ("smiles,a\0b\nCCO,1\n", "zero bytes"),
    "NUL in a name": ("smiles,y\nCCO,\0\n", "zero bytes"),
    "nothing": ("", "is empty"),
    "only a mark": ("\ufeff", "is empty"),
    "only sep": ("sep=;\n", "nothing else"),
    "cut UTF-16": ("smiles,y\nCCO,1\n".encode("utf-16")[:-1], "cut-short UTF-16"),
    "cut gzip": (gzip.compress(b"smiles,y\nCCO,1\n" * 99)[:40], "damaged gzip"),
    "gzip with a wrong checksum": (gzip.compress(b"smiles,y\nCCO,1\n")[:-8] + bytes(8), "damaged gzip"),
    "no gzip": (b"\x1f\x8bnot gzip", "damaged gzip"),
    "never closed": ('smiles,y\nCCO,"1\n' + "CCO,1\n" * 50, "opened on line 2 is never closed"),
    "never closed and long": ('smiles,y\nCCO,"1\n' + "CCO,1\n" * 50_000, "opened on line 2 is never closed"),
}


@pytest.mark.parametrize(("content", "part"), REFUSED.values(), ids=REFUSED)
def test_both_refuse_in_the_same_words(tmp_path, content, part):
    path = write(tmp_path / "a.csv", content)
    for read in (read_molecules, lambda p: read_assays(p, [Y], for_training=False)):
        with pytest.raises(DataError, match=part) as caught:
            read(path)
        assert len(str(caught.value)) <= 500
        assert "a.csv" in str(caught.value)


def test_two_readings_become_one_by_a_sep_line_or_by_the_rows(tmp_path):
    path = write(tmp_path / "a.csv", "sep=;\n" + TWO_READINGS)
    assert read_header(path) == ("smiles,x", "smiles")
    path = write(tmp_path / "b.csv", TWO_READINGS + "CCBr,3\n")  # no semicolon: only commas fit every row
    assert [m.smiles for m in read_molecules(path)] == ["CCO", "CCC", "CCBr"]


def test_a_long_field_is_a_problem_of_its_row(tmp_path):
    fits, too_long = "x" * 131_072, "x" * 131_073
    path = write(tmp_path / "a.csv", f"smiles,note,y\nCCO,{too_long},1\nCCN,{fits},2\n")
    first, second = read_molecules(path)
    assert first.problem == "line 2 has a field of more than 131,072 characters"
    assert (second.smiles, second.problem) == ("CCN", "")
    with pytest.raises(DataError, match="line 2 has a field of more than 131,072"):
        read_assays(path, [Y], for_training=False)


def test_rows_swallowed_by_quotation_marks_are_named(tmp_path):
    path = write(tmp_path / "a.csv", 'smiles,note\nCCO,"open\nCCN,x\nCCC,closed" late\nCCCC,y\n')
    rows = read_molecules(path)
    assert rows[0].problem.startswith("lines 2 to 4 have misplaced quotation marks")
    assert rows[1].smiles == "CCCC"


@pytest.mark.parametrize("ending", [".smi", ".txt"])
def test_lists_take_names_and_extensions(tmp_path, ending):
    content = "# mine\nSMILES name\nCCO ethanol, pure\nCCN |$;;N$| amine\nC1CC1 |r|\nCCC\tpropane\tgas\n"
    rows = read_molecules(write(tmp_path / f"a{ending}", content))
    assert [(m.smiles, m.name) for m in rows] == [
        ("CCO", "ethanol, pure"),
        ("CCN", "amine"),
        ("C1CC1", ""),
        ("CCC", "propane\tgas"),
    ]


@pytest.mark.parametrize("heading", ["smi\tid", "SMILES id", "structure\tid", "canonical_smiles\tid", "smiles"])
def test_headings_of_lists_are_no_molecules(tmp_path, heading):
    rows = read_molecules(write(tmp_path / "a.smi", f"{heading}\nCCO\tx\n"))
    assert [(m.smiles, m.name) for m in rows] == [("CCO", "x")]


def test_pipes_devices_and_folders_do_not_hang_the_reader(tmp_path):
    os.mkfifo(tmp_path / "a.csv")
    for path in (tmp_path / "a.csv", tmp_path, Path("/dev/zero")):
        with pytest.raises(DataError, match=r"pipe, socket or device|is a folder"):
            read_molecules(path)
        with pytest.raises(DataError, match=r"pipe, socket or device|is a folder"):
            read_assays(path, [Y])


@pytest.mark.parametrize(("limit", "fits"), [(100, True), (99, False)])
def test_the_largest_text_is_read_and_no_larger_plain_or_unpacked(tmp_path, monkeypatch, limit, fits):
    monkeypatch.setattr(text_files, "LARGEST_TEXT", limit)
    content = b"smiles\n" + b"CCO\n" * 23 + b"C"
    assert len(content) == 100
    for path in (write(tmp_path / "a.csv", content), write(tmp_path / "b.csv.gz", gzip.compress(content))):
        if fits:
            assert len(read_molecules(path)) == 24
        else:
            with pytest.raises(DataError, match=r"larger than|unpacks to more than"):
                read_molecules(path)


@pytest.mark.parametrize(("limit", "fits"), [(2, True), (1, False)])
def test_the_most_rows_are_read_and_no_more(tmp_path, monkeypatch, limit, fits):
    monkeypatch.setattr("molconvex.chem.read.delimited.MOST_ROWS", limit)
    monkeypatch.setattr("molconvex.chem.read.molecules.MOST_ROWS", limit)
    for name, content in (("a.csv", "smiles,y\nCCO,1\n\nCCN,2\n"), ("a.smi", "CCO\nCCN\n")):
        path = write(tmp_path / name, content)
        if fits:
            assert len(read_molecules(path)) == 2
        else:
            with pytest.raises(DataError, match=r"more than 1 (rows|molecules)"):
                read_molecules(path)


@pytest.mark.parametrize(("limit", "fits"), [(9, True), (8, False)])
def test_the_longest_line_and_the_most_lines(tmp_path, monkeypatch, limit, fits):
    path = write(tmp_path / "a.csv", "smiles,y\nCCO,1\n")
    monkeypatch.setattr(text_files, "LONGEST_LINE", limit)
    if fits:
        assert len(read_molecules(path)) == 1
    else:
        with pytest.raises(DataError, match="line 1 is longer than 8 characters"):
            read_molecules(path)
    monkeypatch.setattr(text_files, "LONGEST_LINE", 100)
    monkeypatch.setattr(text_files, "MOST_LINES", limit - 7)
    if fits:
        assert len(read_molecules(path)) == 1
    else:
        with pytest.raises(DataError, match="more than 1 lines"):
            read_molecules(path)


def test_a_file_of_nothing_but_broken_rows_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("molconvex.chem.read.molecules.HOPELESS", 3)
    with pytest.raises(DataError, match=r"none of the first 3 molecules.*line 2 has 1 field, the header has 2"):
        read_molecules(write(tmp_path / "a.csv", "smiles,y\n" + "CCO\n" * 3))
    rows = read_molecules(write(tmp_path / "b.csv", "smiles,y\n" + "CCO\n" * 2 + "CCN,1\n" + "CCO\n" * 9))
    assert sum(bool(m.problem) for m in rows) == 11


def test_an_sdf_record_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("molconvex.chem.read.sdf.LONGEST_RECORD", 50)
    with pytest.raises(DataError, match=r"begins on line 1 has more than 50 lines"):
        read_molecules(write(tmp_path / "a.sdf", "x" + "\n" * 60))


LIMITED = """
import resource, sys
from molconvex.chem import read_molecules
from molconvex.exceptions import DataError
import rdkit.Chem
base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    print(len(read_molecules(sys.argv[1])))
except DataError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024)
"""


def read_apart(path: Path) -> tuple[str, int]:
    """What reading gave, and by how many MiB it made a process grow."""
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    words, grown = done.stdout.strip().split("\n")
    return words, int(grown)


@pytest.mark.parametrize("unit", [b"\n", b"C", b'"a\n', b"\0"], ids=["blank", "one line", "quotes", "NUL"])
def test_a_small_gzip_that_unpacks_to_much_costs_no_memory(tmp_path, unit):
    block = unit * (10_000_000 // len(unit))
    with gzip.open(tmp_path / "a.csv.gz", "wb", compresslevel=1) as file:
        file.write(b"smiles,y\n")
        for _ in range(6):
            file.write(block)
    words, grown = read_apart(tmp_path / "a.csv.gz")
    assert grown < 60
    assert not words.isdigit()


def test_columns_that_are_not_asked_for_are_not_kept(tmp_path):
    path = write(tmp_path / "a.csv", "smiles,a,b\nCCO,1,2\n")
    assert read_text_table(path, ["b"]).columns == {"b": ["2"], "smiles": ["CCO"]}
