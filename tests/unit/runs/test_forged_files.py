"""Forged candidates.sdf: whatever a reader of the format would read otherwise than candidates.csv says is found."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from forging import problems_of, seal
from rdkit import Chem

from molconvex.runs import check_run

QED = re.compile(r">  <qed>\n[^\n]*\n\n")


def first(change: str | Callable[[re.Match], str]) -> Callable[[str], str]:
    """Replace the qed of the first molecule."""
    return lambda text: QED.sub(change, text, count=1)


FORGED = {
    "qed of 1-0001 is '0.999'": first("> <qed>\n0.999\n\n"),
    "qed of 1-0001 is '0.998'": first(">\t25 <qed> (x)\n0.998\n\n"),
    "qed of 1-0001 is missing": first(""),
    "qed of 1-0001 stands twice": first(lambda found: found[0] + "> <qed>\n0.999\n\n"),
    r"\n0.999', candidates.csv says": first(lambda found: found[0][:-1] + "0.999\n\n"),
    "best of 1-0001 is 'yes'": first(lambda found: found[0] + "> <best>\nyes\n\n"),
    " of 1-0001 is 'a remark'": first(lambda found: found[0] + "a remark\n\n"),
    "1-0001 is titled 'the best'": lambda text: "the best" + text[text.index("\n") :],
}


@pytest.mark.parametrize("reason", list(FORGED))
def test_fields_of_structures_are_the_cells_of_the_table(folder: Path, reason: str) -> None:
    path = folder / "candidates.sdf"
    path.write_text(FORGED[reason](path.read_text()))
    seal(folder)
    assert reason in problems_of(folder)


def test_the_check_reads_heads_as_rdkit_does(folder: Path) -> None:
    path = folder / "candidates.sdf"
    for head in ("> <qed>", ">25 <qed> (x)", "> x > <qed>"):
        path.write_text(QED.sub(f"{head}\n0.999\n\n", path.read_text()))
        with Chem.SDMolSupplier(str(path)) as molecules:
            assert {molecule.GetProp("qed") for molecule in molecules} == {"0.999"}
        path.write_text(re.sub(re.escape(head) + "\n", ">  <qed>\n", path.read_text()))
    assert not check_run(folder).ok
