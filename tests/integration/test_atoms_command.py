"""`molconvex atoms`: numbers as --keep takes them, printed and drawn; errors are one message."""

from pathlib import Path

import pytest

from molconvex.cli import main


@pytest.fixture(autouse=True)
def empty(monkeypatch, tmp_path) -> Path:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_atoms_are_numbered_along_the_standard_smiles(capfd) -> None:
    assert main(["atoms", "paracetamol", "--keep", "[OH]"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "CC(=O)Nc1ccc(O)cc1",
        "               11",
        "12  3 45 678 9 01",
        "             ^",
        "kept by '[OH]': atoms 9",
    ]


def test_what_standardizing_changed_is_said(capfd) -> None:
    assert main(["atoms", "OCCc1ccccc1.Cl phenethyl alcohol"]) == 0
    printed = capfd.readouterr()
    assert printed.out.splitlines() == ["OCCc1ccccc1", "1234 56789"]
    assert "(used as OCCc1ccccc1)" in printed.err


def test_lists_of_atoms_are_one_part_and_what_passes_for_it_is_named(capfd) -> None:
    assert main(["atoms", "CCOc1ccc(OCC)c(C)c1", "--keep", "1-2", "--keep", "3"]) == 0
    printed = capfd.readouterr().out
    assert "kept by '1-2,3': atoms 1-3" in printed
    assert "a candidate may have atoms 8-10 in their place" in printed


def test_a_drawing_is_written_and_an_earlier_one_kept(empty, capfd) -> None:
    arguments = ["atoms", "paracetamol", "--out", "drawn.svg"]
    assert main(arguments) == 0
    assert "wrote drawn.svg" in capfd.readouterr().out
    assert Path("drawn.svg").read_text(encoding="utf-8").startswith("<svg")
    Path("drawn.svg").write_text("mine", encoding="utf-8")
    assert main(arguments) == 2
    assert "drawn.svg exists already" in capfd.readouterr().err
    assert Path("drawn.svg").read_text(encoding="utf-8") == "mine"
    assert main([*arguments, "--overwrite"]) == 0
    assert Path("drawn.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["paracetamol", "--keep", "12"], "numbers from 1 to 11"),
        (["paracetamol", "--keep", "CN1"], "cannot read 'CN1' as SMARTS"),
        (["paracetamol", "--keep", "CF"], "lacks the part to keep"),
        (["paracetamoll"], "did you mean paracetamol?"),
        (["leads.smi"], "is called like a file"),
        ([" "], "a lead is a SMILES"),
    ],
)
def test_errors_are_one_message_and_write_nothing(empty, capfd, arguments: list[str], says: str) -> None:
    assert main(["atoms", *arguments, "--out", "drawn.svg"]) == 2
    assert says in " ".join(capfd.readouterr().err.split())
    assert list(empty.iterdir()) == []
