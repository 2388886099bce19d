"""Tables as people save them are read exactly, or refused with the line and what to do."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from molconvex.chem.read.measured_values import parse_value
from molconvex.exceptions import DataError
from molconvex.surrogate import Target, read_assays
from molconvex.surrogate.data.assay_tables import unit_in

PIC50 = Target("pIC50", "", "maximize")
ACTIVE = Target("active", "", "classify", wanted=1)
SMILES = ["C" * size + "O" for size in range(1, 26)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(cells: list[str], header: str = "smiles,pIC50", encoding: str = "utf-8", separator: str = ",") -> Path:
        lines = [header, *(f"{smiles}{separator}{cell}" for smiles, cell in zip(SMILES, cells, strict=False))]
        path = tmp_path / "assays.csv"
        path.write_bytes("\n".join(lines).encode(encoding))
        return path

    return write


def numbers(n: int = 25) -> list[str]:
    return [f"{5 + 0.1 * i:.1f}" for i in range(n)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encodings_and_separators(write: Callable, encoding: str, separator: str) -> None:
    path = write(numbers(), f"smiles{separator}IC50 (µM)", encoding, separator)
    table = read_assays(path, [Target("IC50 (µM)", "µM", "minimize")])
    assert table.smiles == SMILES
    assert table.value[:, 0] == pytest.approx([float(x) for x in numbers()])


def test_gzip_windows_newlines_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "assays.csv.gz"
    rows = "\r\n".join(f'"{s}",{v},"a, b"' for s, v in zip(SMILES, numbers(), strict=True))
    path.write_bytes(gzip.compress(f"SMILES,pIC50,comment\r\n{rows}\r\n\r\n".encode()))
    table = read_assays(path, [PIC50], extra_columns=["comment"])
    assert len(table) == 25
    assert table.extra["comment"][0] == "a, b"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("7", (7.0, 0)),
        ("-1.5e-3", (-0.0015, 0)),
        (">10000", (10000.0, 1)),
        (">= 10,000", (10000.0, 1)),
        ("≥5", (5.0, 1)),
        ("< 0.1", (0.1, -1)),
        ("<=.5", (0.5, -1)),
        ("=3", (3.0, 0)),
        ("~3", (3.0, 0)),
        ("=>3", (3.0, 1)),
    ],
)
def test_values_and_bounds(cell: str, expected: tuple[float, int]) -> None:
    assert parse_value(cell) == expected


@pytest.mark.parametrize("cell", ["active", "5,3", "1.2.3", ">", "5 nM", "inf", "1e999", "5-6", "0x10", "١"])
def test_text_is_no_number(cell: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_value(cell)


def test_decimal_commas_only_where_semicolons_separate(write: Callable) -> None:
    table = read_assays(write([c.replace(".", ",") for c in numbers()], "smiles;pIC50", separator=";"), [PIC50])
    assert table.value[3, 0] == 5.3
    assert any("decimal sign" in note for note in table.notes)


TWO_WAYS = "which can mean 10 or 10000; write it without"


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["10,000", "1,234,567"], [10_000, 1_234_567]),
        (["10,000", "12,345.6"], [10_000, 12_345.6]),
        (["10,000", "5.3"], [10_000, 5.3]),
        (["10,000", "5,3"], [10, 5.3]),
        (["10,000", "0,250"], [10, 0.25]),
        (["10,000", "1.234,5"], [10, 1234.5]),
        ([">10,000", "<5,30"], [10, 5.3]),
        (["1.234", "5.3"], [1.234, 5.3]),
        (["5,3", "5.3"], [5.3, 5.3]),
        (["10,000"], TWO_WAYS),
        ([">10,000", "7"], TWO_WAYS),
        (["10,000", "5,3", "5.3"], TWO_WAYS),
        (["10.000", "5,3"], TWO_WAYS),
        (["10.000", "5,3", "5.3"], TWO_WAYS),
        (["5,3", "1,234,567"], "uses the comma in two ways: '5,3' on line 2, '1,234,567' on line 3"),
    ],
)
def test_a_comma_means_what_its_column_says_or_is_refused(write, separator, cells, expected) -> None:
    path = write(cells, f"smiles{separator}pIC50", separator=separator)
    if isinstance(expected, str):
        with pytest.raises(DataError, match=expected):
            read_assays(path, [PIC50], for_training=False)
    else:
        table = read_assays(path, [PIC50], for_training=False)
        assert table.value[:, 0].tolist() == expected


def test_commas_in_a_comma_separated_file_part_thousands(write: Callable) -> None:
    table = read_assays(write(['"10,000"', "7"]), [PIC50], for_training=False)
    assert table.value[:, 0].tolist() == [10_000, 7]
    with pytest.raises(DataError, match="'5,3', which is no number"):
        read_assays(write(['"5,3"']), [PIC50], for_training=False)


def test_censored_and_missing_values(write: Callable) -> None:
    table = read_assays(write([">9", "<4", "NaN", "n.d.", "", *numbers(20)]), [PIC50])
    assert len(table) == 22
    assert table.censor[:3, 0].tolist() == [1, -1, 0]
    assert table.lines[2] == (7,)
    assert "pIC50: 1 lower bound (>) and 1 upper bound (<) among the values" in table.notes
    assert any("3 of 25 rows" in note for note in table.notes)


def test_values_over_many_orders_bring_advice(write: Callable) -> None:
    table = read_assays(write([str(10.0 ** (i % 7)) for i in range(25)]), [PIC50])
    assert any("6.0 orders of magnitude" in note for note in table.notes)


def test_classes_in_words(write: Callable) -> None:
    words = ["active", "Inactive", "1", "0", "1.0", "yes", "NO", "true", "", *["0"] * 16]
    table = read_assays(write(words, "smiles,active"), [ACTIVE])
    assert table.value[:8, 0].tolist() == [1, 0, 1, 0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("cells", "header", "target", "part"),
    [
        ([*numbers(5), "active", *numbers(19)], "smiles,pIC50", PIC50, r"line 7: 'pIC50' holds 'active'"),
        ([*["0", "1"] * 10, "0.5"], "smiles,active", ACTIVE, r"line 22: 'active' holds '0.5'"),
        (numbers(), "smiles,pIC5O", PIC50, r"its columns are: smiles, pIC5O. Did you mean 'pIC5O'"),
        (numbers(), "molekuel,pIC50", PIC50, r"no column is called SMILES.*'molekuel', 'pIC50'"),
        (numbers(19), "smiles,pIC50", PIC50, r"19 values; at least 20"),
        (["5.0"] * 25, "smiles,pIC50", PIC50, r"no two different exact values"),
        ([">5"] * 25, "smiles,pIC50", PIC50, r"25 of them bounds"),
        (["1"] * 25, "smiles,active", ACTIVE, r"one class only \(25 times 1\)"),
        (numbers(), "smiles,pIC50", Target("pIC50", "", "window", 0, 99), r"same distance.*narrower window"),
        ([*numbers(3), "5,6"], "smiles,pIC50", PIC50, r"line 5 has 3 fields, the header has 2"),
        (numbers(), "smiles,smiles", PIC50, r"more than one column called 'smiles'"),
    ],
)
def test_unusable_tables_are_refused(write: Callable, cells: list[str], header: str, target: Target, part: str) -> None:
    with pytest.raises(DataError, match=part):
        read_assays(write(cells, header), [target])


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"PK\x03\x04rest of a workbook", "Excel workbook.*CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0old workbook", "Excel workbook"),
        (b"smiles,a\x00b\n", "zero bytes"),
        (b"\x1f\x8bnot gzip", "damaged gzip"),
    ],
)
def test_unreadable_files_are_named(tmp_path: Path, content: bytes, part: str) -> None:
    (tmp_path / "assays.csv").write_bytes(content)
    with pytest.raises(DataError, match=part):
        read_assays(tmp_path / "assays.csv", [PIC50])


def test_absent_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_assays(tmp_path / "nothing.csv", [PIC50])


def test_line_numbers_count_lines_inside_quotes(tmp_path: Path) -> None:
    rows = "\n".join(f"{s},{v}," for s, v in zip(SMILES, numbers(), strict=True))
    (tmp_path / "a.csv").write_text(f'smiles,pIC50,comment\nCCO,5.1,"two\nlines"\n\n{rows}\nCCCO,oops,\n')
    with pytest.raises(DataError, match="line 30: 'pIC50' holds 'oops'"):
        read_assays(tmp_path / "a.csv", [PIC50])


def test_property_may_be_called_differently_from_its_column(write: Callable) -> None:
    path = write(numbers(), "smiles,exp")
    table = read_assays(path, [Target("logd", "", "minimize")], columns={"logd": "exp"})
    assert table.properties == ["logd"]
    assert table.value[0, 0] == 5.0


def test_units_in_column_names() -> None:
    assert [unit_in(name) for name in ("IC50 (nM)", "logS [log mol/L]", "pIC50")] == ["nM", "log mol/L", ""]


def test_multi_task_keeps_rows_with_any_value(tmp_path: Path) -> None:
    rows = "\n".join(
        f"{s},{v if i % 2 else ''},{i % 3}" for i, (s, v) in enumerate(zip(SMILES * 2, numbers(50), strict=True))
    )
    (tmp_path / "a.csv").write_text(f"smiles,pIC50,rings\n{rows}\n")
    table = read_assays(tmp_path / "a.csv", [PIC50, Target("rings", "", "minimize")])
    assert table.value.shape == (50, 2)
    assert np.isnan(table.value[:, 0]).sum() == 25
