"""The beginning of a batch: every row of the file becomes a lead or is left out with its reason, and nobody waits."""

import sqlite3

import pytest

from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ConfigError, DataError
from molconvex.runs.batch import begin_batch
from molconvex.runs.store import open_store
from molconvex.runs.store.shards import ShardState

ROWS = "smiles,name\nCCO,ethanol\nC1CC(,broken\n,empty\nOCC,again\n[Na+].[Cl-],salt\nCCN,\n"


@pytest.fixture
def own(tmp_path, toy):
    """A store of SQLite, and a file of leads some of which are broken."""
    (tmp_path / "leads.csv").write_text(ROWS)
    opened = open_store(tmp_path / "home")
    yield opened
    opened.close()


def settings(**more) -> GenerateSettings:
    return GenerateSettings(**{"leads": ["C"], "goals": ["qed:max"], "budget": 4} | more)


def test_each_row_is_a_lead_or_has_its_line_and_reason(own, tmp_path) -> None:
    batch = begin_batch(own, "b", settings(), tmp_path / "leads.csv")
    found = list(own.shards.each(batch.id))
    assert [(s.number, s.line, s.name, s.given) for s in found] == [
        (1, 2, "ethanol", "CCO"),
        (2, 3, "broken", "C1CC("),
        (3, 4, "empty", ""),
        (4, 5, "again", "OCC"),
        (5, 6, "salt", "[Na+].[Cl-]"),
        (6, 7, "line 7", "CCN"),
    ]
    assert [s.number for s in found if s.state is ShardState.WAITING] == [1, 6]
    reasons = {s.name: s.error for s in found if s.state is ShardState.REJECTED}
    assert "cannot be parsed" in reasons["broken"] or "C1CC(" in reasons["broken"]
    assert reasons["again"] == "the same molecule as line 2"
    assert "SMILES" in reasons["empty"]
    assert reasons["salt"]


def test_nobody_waits_for_the_store_while_leads_are_checked(own, tmp_path) -> None:
    written = []

    def write(done: int, total: int) -> None:
        with sqlite3.connect(own.folder / "store.sqlite", timeout=0) as other:
            other.execute("BEGIN IMMEDIATE")
            written.append((done, total))

    begin_batch(own, "b", settings(), tmp_path / "leads.csv", write)
    assert written == [(6, 6)]


def test_a_file_without_a_usable_lead_makes_no_batch(own, tmp_path) -> None:
    (tmp_path / "none.smi").write_text("C1CC(\n\nN1CC(\nO1CC(\nS1CC(\n")
    with pytest.raises(DataError, match=r"no lead can be used \(line 1: .*; line 3: .*; line 4: [^;]*\)$"):
        begin_batch(own, "b", settings(), tmp_path / "none.smi")
    assert own.batches.all() == []


def test_the_same_start_goes_on_and_another_is_refused_with_what_differs(own, tmp_path) -> None:
    first = begin_batch(own, "b", settings(), tmp_path / "leads.csv")
    told = []
    assert begin_batch(own, "b", settings(), tmp_path / "leads.csv", lambda *at: told.append(at)).id == first.id
    assert told == [], "leads are checked once"
    with pytest.raises(ConfigError, match=r"'b' was begun with other settings \(budget: 4 -> 5\)"):
        begin_batch(own, "b", settings(budget=5), tmp_path / "leads.csv")
    (tmp_path / "leads.csv").write_text(ROWS + "CCCC,more\n")
    with pytest.raises(ConfigError, match=r"\(leads file: other contents\)"):
        begin_batch(own, "b", settings(), tmp_path / "leads.csv")
    assert begin_batch(own, "other", settings(budget=5), tmp_path / "leads.csv").id != first.id
