"""Molecules that a run turned down: by kind of reason, by structure, by words."""

from types import SimpleNamespace

import pandas as pd
import pytest
from reading import words

from app.components.turned_down import KINDS, OTHER, _missing, kind_of, searched

TABLE = pd.DataFrame(
    {
        "smiles": ["CCOc1ccccc1", "CCN", "OC=C"],
        "reason": ["similarity 0.2 to the lead, 0.4 to 1.0 wanted", "not among the top 2", "enol"],
    }
)


@pytest.mark.parametrize(
    ("reason", "place"),
    [
        ("similarity 0.349 to the lead, 0.4 to 1.0 wanted", 0),
        ("22 heavy atoms, at least 23 wanted; similarity 0.3 to the lead, 0.4 to 1.0 wanted", 1),
        ("not among the top 100", 2),
        ("Molecular weight at most 420 g/mol required, got 421", 3),
        ("lacks the part to keep [#6]-[#16]", 4),
        ("has C#N, which is to be avoided", 4),
        ("7 or more atoms changed, at most 6 wanted", 5),
        ("N,O-acetal; similarity 0.3 to the lead, 0.4 to 1.0 wanted", None),
        ("3 surroundings of atoms never seen, as in C(C)(C)N", None),
    ],
)
def test_reasons_have_a_kind(reason: str, place: int | None) -> None:
    assert kind_of(reason) == (OTHER if place is None else KINDS[place][0])


def test_a_molecule_is_found_however_it_is_written() -> None:
    assert searched(TABLE, " c1ccccc1OCC ")["smiles"].tolist() == ["CCOc1ccccc1"]
    assert searched(TABLE, "ENOL")["smiles"].tolist() == ["OC=C"]
    assert searched(TABLE, "0.4 to 1.0")["smiles"].tolist() == ["CCOc1ccccc1"]
    assert searched(TABLE, "CCCCO").empty
    assert len(searched(TABLE, "")) == 3


def test_what_is_not_there_is_explained() -> None:
    found = SimpleNamespace(candidates=pd.DataFrame({"smiles": ["CCCO"], "rank": [4]}))
    assert _missing(found, "OCCC") == "This is candidate 4."
    assert "nothing proposed it" in _missing(found, "CCCCO")


def test_the_page_finds_what_was_turned_down(open_app, finished) -> None:
    page = open_app("design", finished)
    key = f"{finished.id}_1"
    assert not page.exception
    page.text_input(key=f"rejected_find_{key}").set_value("no such word").run()
    assert "nothing proposed it" in words(page)
    page.text_input(key=f"rejected_find_{key}").set_value("similarity").run()
    assert "nothing proposed it" not in words(page)
    page.text_input(key=f"rejected_find_{key}").set_value("").run()
    assert len({kind_of(reason) for reason in reasons(page)}) > 1
    page.selectbox(key=f"rejected_kind_{key}").set_value(KINDS[0][0]).run()
    assert not page.exception
    assert {kind_of(reason) for reason in reasons(page)} == {KINDS[0][0]}


def reasons(page) -> list[str]:
    """Of the molecules that are drawn."""
    return [reason for table in page.dataframe if "reason" in table.value for reason in table.value["reason"]]
