"""Results of a batch: every candidate in every format, a row a lead, what was left out; whole or not at all."""

import json

import pandas as pd
import pytest
from helpers import Listener, QuickExecutor, small_result
from rdkit import Chem

from molconvex.cli import main
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ConfigError, OutputExistsError
from molconvex.runs.batch import run_batch, write_rejects, write_results
from molconvex.runs.batch.results import REJECTS
from molconvex.runs.batch.shard_work import Failure, ShardFailure, parquet_bytes
from molconvex.runs.store.batches import GivenLead

PLAIN = GenerateSettings(leads=["C"], goals=["qed:max"]).to_dict()


def never() -> bool:
    return False


@pytest.fixture
def mixed(store):
    """Four leads: two done, the second with other columns; one set aside, one rejected."""
    leads = [GivenLead(n + 1, f"m{n}", "C" * n) for n in range(1, 4)] + [GivenLead(9, "bad", "C1(", "cannot be read")]
    batch = store.batches.add("mixed", PLAIN, {}, leads)

    def answer(shard):
        if shard.number == 2:
            return ShardFailure(Failure.ASIDE, "DataError", "=trouble")
        result = small_result(shard.number)
        if shard.number == 3:
            table = pd.DataFrame({"lead": [3], "rank": [1], "smiles": ["NNN"], "desirability": [1], "more": ["x"]})
            object.__setattr__(result, "candidates", parquet_bytes(table))
        return result

    run_batch(store, batch, QuickExecutor(answer, at_once=1), Listener(), never)
    return batch


def test_all_formats_hold_all_candidates(store, mixed, tmp_path) -> None:
    folder = write_results(store, mixed, tmp_path / "out")
    table = pd.read_csv(folder / "candidates.csv")
    assert table[["lead", "rank", "smiles"]].to_numpy().tolist() == [[1, 1, "CCO"], [1, 2, "N"], [3, 1, "NNN"]]
    assert table["more"].isna().tolist() == [True, True, False]
    assert table["desirability"].tolist() == [0.9, 0.5, 1.0]
    programs = pd.read_parquet(folder / "candidates.parquet")
    assert programs["smiles"].tolist() == table["smiles"].tolist()
    with Chem.SDMolSupplier(str(folder / "candidates.sdf")) as records:
        assert [Chem.MolToSmiles(record) for record in records] == table["smiles"].tolist()
    record = json.loads((folder / "batch.json").read_text())
    assert record["leads"]["done"] == 2
    assert record["settings"] == {name: value for name, value in mixed.settings.items() if name != "leads"}
    page = (folder / "report.html").read_text()
    assert "mixed" in page
    assert "trouble" in page


def test_each_lead_has_a_row_and_what_gave_nothing_its_reason(store, mixed, tmp_path) -> None:
    folder = write_results(store, mixed, tmp_path / "out", ["csv"])
    leads = pd.read_csv(folder / "leads.csv", keep_default_na=False)
    assert leads["state"].tolist() == ["done", "failed", "done", "rejected"]
    assert leads["best_gain"].tolist() == ["0.1", "", "0.30000000000000004", ""]
    assert leads["funnel_scored_of"].tolist() == ["4", "", "4", ""]
    rejects = pd.read_csv(folder / "rejects.csv")
    assert rejects.columns.tolist() == list(REJECTS)
    assert rejects.to_numpy().tolist() == [
        [3, "m2", "CC", "failed", "'=trouble"],
        [9, "bad", "C1(", "rejected", "cannot be read"],
    ]
    assert sorted(path.name for path in folder.iterdir()) == [
        "batch.json",
        "candidates.csv",
        "leads.csv",
        "rejects.csv",
    ]


def test_results_are_whole_or_not_there(store, mixed, tmp_path) -> None:
    with pytest.raises(ConfigError, match="no format 'xlsx'; known are csv, parquet, sdf, report"):
        write_results(store, mixed, tmp_path / "out", ["csv", "xlsx"])
    assert not (tmp_path / "out").exists()
    write_results(store, mixed, tmp_path / "out", ["csv"])
    with pytest.raises(OutputExistsError):
        write_results(store, mixed, tmp_path / "out", ["parquet"])
    write_results(store, mixed, tmp_path / "out", ["parquet"], overwrite=True)
    assert not (tmp_path / "out" / "candidates.csv").exists()


def test_a_batch_without_a_candidate_has_no_file_of_candidates(store, batch, tmp_path) -> None:
    folder = write_results(store, batch, tmp_path / "out", ["csv", "parquet", "sdf"])
    assert not list(folder.glob("candidates.*"))
    assert len(pd.read_csv(folder / "leads.csv")) == 10


def test_a_file_of_rejects_says_how_it_is_now(store, mixed, batch, tmp_path) -> None:
    place = tmp_path / "rejects.csv"
    assert write_rejects(store, batch, place) == 0
    assert not place.exists()
    assert write_rejects(store, mixed, place) == 2
    assert len(pd.read_csv(place)) == 2
    assert write_rejects(store, batch, place) == 0
    assert place.read_text() == ",".join(REJECTS) + "\n", "none of the earlier rows is left"


def test_another_file_is_not_taken_for_rejects(store, mixed, tmp_path) -> None:
    place = tmp_path / "leads.csv"
    place.write_text("line,name,given,state\n")
    with pytest.raises(OutputExistsError, match="holds no rejects of a batch"):
        write_rejects(store, mixed, place)
    assert place.read_text() == "line,name,given,state\n"


@pytest.fixture
def half_refined(store):
    """Four leads: ranked by the convex prediction, by the refined one, one without a candidate, one that failed."""
    batch = store.batches.add("half", PLAIN, {}, [GivenLead(n + 1, f"m{n}", "C" * n) for n in range(1, 5)])

    def answer(shard):
        if shard.number == 4:
            return ShardFailure(Failure.ASIDE, "DataError", "trouble")
        result, rows = small_result(shard.number), 0 if shard.number == 3 else 1
        table = pd.DataFrame({"lead": [shard.number], "rank": [1], "smiles": ["N"], "predicted_potency": [5.0]})
        if shard.number > 1:
            table["predicted_refined_potency"] = 5.5
        object.__setattr__(result, "candidates", parquet_bytes(table.head(rows)))
        return result

    run_batch(store, batch, QuickExecutor(answer, at_once=1), Listener(), never)
    return batch


@pytest.mark.parametrize("formats", [["csv"], ["report"]])
def test_leads_that_an_earlier_version_ranked_otherwise_are_said(store, half_refined, tmp_path, formats) -> None:
    folder = write_results(store, half_refined, tmp_path / "out", formats)
    leads = pd.read_csv(folder / "leads.csv", keep_default_na=False)
    assert leads["refined"].tolist() == ["False", "True", "", ""]
    (note,) = json.loads((folder / "batch.json").read_text())["notes"]
    assert note.startswith("Of the 2 leads with candidates 1 was done by a version that did not rank by refined")
    assert ((folder / "report.html").exists() and note in (folder / "report.html").read_text()) == ("report" in formats)
    if "csv" in formats:
        table = pd.read_csv(folder / "candidates.csv")
        assert table["predicted_refined_potency"].isna().tolist() == [True, False]


def test_the_command_says_it_too(half_refined, store, tmp_path, monkeypatch, capsys) -> None:
    if store.engine.dialect.name != "sqlite":
        pytest.skip("one kind of store is enough")
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    assert main(["results", "half", "--out", str(tmp_path / "out"), "--format", "csv"]) == 0
    assert "ranked by the convex prediction alone" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [{}, {"predicted_refined_potency": 5.5}])
def test_leads_that_are_all_ranked_alike_need_no_word(store, tmp_path, columns) -> None:
    batch = store.batches.add("alike", PLAIN, {}, [GivenLead(n + 1, f"m{n}", "C" * n) for n in range(1, 3)])

    def answer(shard):
        result = small_result(shard.number)
        table = pd.DataFrame({"lead": [shard.number], "rank": [1], "smiles": ["N"]}).assign(**columns)
        object.__setattr__(result, "candidates", parquet_bytes(table))
        return result

    run_batch(store, batch, QuickExecutor(answer, at_once=1), Listener(), never)
    folder = write_results(store, batch, tmp_path / "out", ["csv"])
    assert "refined" not in pd.read_csv(folder / "leads.csv")
    assert "notes" not in json.loads((folder / "batch.json").read_text())


@pytest.mark.parametrize(
    ("remarks", "said"),
    [
        ({}, []),
        ({1: ["a: small"]}, ["Of 2 leads 1 has a remark in leads.csv"]),
        ({1: ["a: small", "a: alike"], 3: ["c: small"]}, ["Of 2 leads 2 have a remark in leads.csv"]),
    ],
)
def test_remarks_on_leads_are_counted_and_goal_notes_said_once(store, tmp_path, capsys, remarks, said) -> None:
    leads = [GivenLead(n + 1, f"m{n}", "C" * n) for n in range(1, 4)]
    batch = store.batches.add("told", PLAIN, {}, leads)

    def answer(shard):
        if shard.number == 2:
            return ShardFailure(Failure.ASIDE, "DataError", "trouble")
        result = small_result(shard.number)
        if remarks:
            result.summary.update(remarks=remarks.get(shard.number, []), goal_notes=["pic50 is ranked by one model"])
        return result

    run_batch(store, batch, QuickExecutor(answer, at_once=1), Listener(), never)
    folder = write_results(store, batch, tmp_path / "out")
    notes = json.loads((folder / "batch.json").read_text()).get("notes", [])
    assert len(notes) == len(said) + bool(remarks)
    page = (folder / "report.html").read_text()
    assert page.count("pic50 is ranked by one model") == bool(remarks)
    assert all(any(note.startswith(text) for note in notes) and text in page for text in said)
    column = pd.read_csv(folder / "leads.csv", keep_default_na=False)["remarks"].tolist()
    assert column == ["; ".join(remarks.get(n, [])) for n in (1, 2, 3)]
