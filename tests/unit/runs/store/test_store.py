"""The store: what is kept is there again, and nothing half-done is."""

import sqlite3
import threading
import time

import pytest

from molconvex.exceptions import ConfigError, DataError
from molconvex.runs.store import QueueLimits, RunState, open_store
from molconvex.runs.store.molecules import Measurement
from molconvex.runs.store.profiles import Profile
from molconvex.runs.store.queue import in_turn
from molconvex.runs.store.runs import STALE


def test_everything_is_there_again_after_it_was_opened_anew(store) -> None:
    run = store.runs.add("generate", {"leads": ["CCO"]}, title="ethanol", owner="ann")
    store.molecules.mark("CCO", "star", run.id)
    store.molecules.note("CCO", "smells nice")
    store.profiles.save(Profile("soft", ("qed:max",), ("logp:<4",), "logp < 3 or tpsa < 90"))
    store.close()
    again = open_store(store.folder)
    assert again.runs.get(run.id) == run
    assert [(m.smiles, m.note, m.run_id) for m in again.molecules.starred()] == [("CCO", "smells nice", run.id)]
    assert list(again.profiles.all()) == [Profile("soft", ("qed:max",), ("logp:<4",), "(logp <= 3) | (tpsa <= 90)")]
    again.close()


def test_sqlite_is_in_wal_mode(store) -> None:
    with sqlite3.connect(store.folder / "store.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_migrations_make_the_tables_that_the_code_expects(store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from molconvex.runs.store import batch_tables  # noqa: F401  (its tables belong to Base)
    from molconvex.runs.store.tables import Base

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_store_of_a_later_version_is_left_alone(store) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    with pytest.raises(DataError, match="later version"):
        open_store(store.folder)


def test_what_is_no_database_is_said_so(tmp_path) -> None:
    (tmp_path / "store.sqlite").write_text("not a database, but long enough to be read as one" * 10)
    with pytest.raises(DataError, match="is no database of SQLite"):
        open_store(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be made"):
        open_store(tmp_path / "file" / "below")


def test_a_run_is_claimed_once(store) -> None:
    run = store.runs.add("generate", {})
    won = []
    threads = [threading.Thread(target=lambda n=n: won.append(store.runs.claim(run.id, str(n)))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    assert store.runs.get(run.id).state is RunState.RUNNING


def test_an_end_is_noted_once(store) -> None:
    run = store.runs.add("generate", {})
    assert store.runs.claim(run.id, "w")
    assert store.runs.end(run.id, RunState.FINISHED, summary={"candidates": 3}, folder="runs/x")
    assert not store.runs.end(run.id, RunState.FAILED, error=ValueError("late"))
    assert not store.runs.lose(run.id, "gone")
    ended = store.runs.get(run.id)
    assert (ended.state, ended.summary, ended.error) == (RunState.FINISHED, {"candidates": 3}, "")


def test_waiting_runs_are_withdrawn_and_running_ones_asked(store) -> None:
    waiting, running = store.runs.add("generate", {}), store.runs.add("generate", {})
    store.runs.claim(running.id, "w")
    store.runs.stop(waiting.id)
    store.runs.stop(running.id)
    assert store.runs.get(waiting.id).state is RunState.WITHDRAWN
    assert store.runs.get(running.id).state is RunState.RUNNING
    assert store.runs.beat(running.id, {"solve": (3, 9)})
    assert store.runs.get(running.id).stages == {"solve": (3, 9)}


def test_stages_keep_the_order_in_which_they_began(store) -> None:
    run = store.runs.add("generate", {})
    store.runs.claim(run.id, "w")
    assert not store.runs.beat(run.id, {"load": (1, 1), "train qed": (2, 9), "calibrate": (0, 1)})
    assert list(store.runs.get(run.id).stages) == ["load", "train qed", "calibrate"]


def test_silent_workers_are_noticed_at_the_border(store) -> None:
    run = store.runs.add("generate", {})
    before = time.time()
    store.runs.claim(run.id, "w")
    assert store.runs.lose_stale(before + STALE) == 0
    assert store.runs.lose_stale(time.time() + STALE + 0.001) == 1
    assert store.runs.get(run.id).state is RunState.LOST


def test_lists_are_searched_and_deletion_is_undone(store) -> None:
    one = store.runs.add("generate", {"leads": ["CCO"]}, title="100% soluble")
    two = store.runs.add("train", {"table": "a.csv"}, title="assay")
    for run in (one, two):
        store.runs.claim(run.id, "w")
        store.runs.end(run.id, RunState.FINISHED)
    assert [run.id for run in store.runs.find()] == [two.id, one.id]
    assert [run.id for run in store.runs.find("0% SOL")] == [one.id]
    assert store.runs.find("0_") == []
    assert [run.id for run in store.runs.find("cco")] == [one.id]
    assert [run.id for run in store.runs.find(kinds=["train"])] == [two.id]
    store.runs.delete(one.id)
    assert [run.id for run in store.runs.find()] == [two.id]
    store.runs.restore(one.id)
    assert len(store.runs.find()) == 2


def test_a_run_at_work_cannot_be_deleted(store) -> None:
    run = store.runs.add("generate", {})
    store.runs.delete(run.id)
    assert store.runs.get(run.id).deleted is None


def test_owners_take_turns(store) -> None:
    for owner in "aaabb":
        store.runs.add("generate", {}, title=owner, owner=owner)
    assert [run.title for run in in_turn(store.runs.active())] == ["a", "b", "a", "b", "a"]
    first = in_turn(store.runs.active())[0]
    store.runs.claim(first.id, "w")
    assert [run.title for run in in_turn(store.runs.active())] == ["b", "a", "b", "a"]


def test_the_queue_has_limits_on_both_sides(store) -> None:
    limits = QueueLimits(per_owner=2, in_all=3)
    store.runs.add("generate", {}, owner="a")
    limits.check(store.runs.active(), "a")
    store.runs.add("generate", {}, owner="a")
    with pytest.raises(ConfigError, match="2 of your runs"):
        limits.check(store.runs.active(), "a")
    limits.check(store.runs.active(), "b")
    store.runs.add("generate", {}, owner="b")
    with pytest.raises(ConfigError, match="3 runs wait"):
        limits.check(store.runs.active(), "c")


def test_marks_notes_and_findings(store) -> None:
    run = store.runs.add("generate", {})
    store.molecules.record_findings(run.id, [("CCO", 1, 1, 0.9), ("CCN", 1, 2, None)])
    store.molecules.record_findings(run.id, [("CCO", 1, 1, 0.9), ("CCN", 1, 2, 0.8)])
    assert store.molecules.runs_with("CCN") == [run.id]
    assert store.molecules.runs_with("C") == []
    store.molecules.mark("CCO", "star")
    store.molecules.mark("CCN", "reject")
    store.molecules.note("CCN", "made before")
    store.molecules.mark("CCN", "")
    marks = store.molecules.marks(["CCN"])
    assert (marks["CCN"].mark, marks["CCN"].note) == ("", "made before")
    store.molecules.note("CCN", " ")
    assert store.molecules.marks(["CCN"]) == {}
    assert [item.smiles for item in store.molecules.starred()] == ["CCO"]
    with pytest.raises(ConfigError, match="'star' or 'reject'"):
        store.molecules.mark("CCO", "love")


def test_many_molecules_at_once(store) -> None:
    run = store.runs.add("generate", {})
    smiles = ["C" * n for n in range(1, 1202)]
    store.molecules.record_findings(run.id, [(text, 1, n, None) for n, text in enumerate(smiles)])
    assert store.molecules.runs_with(smiles[-1]) == [run.id]


def test_measurements_and_rounds(store) -> None:
    run = store.runs.add("generate", {})
    value = Measurement("CCO", "pic50", 6.5, "", "plate 3", 12.0)
    assert store.molecules.record_measurements([value], run.id) == 1
    assert store.molecules.measurements("pic50") == [value]
    assert store.molecules.measurements("other") == []
    store.molecules.record_round(run.id, 1, 2, {"best": 0.5})
    store.molecules.record_round(run.id, 1, 1, {"best": 0.4})
    store.molecules.record_round(run.id, 1, 2, {"best": 0.6})
    assert store.molecules.rounds(run.id) == [(1, 1, {"best": 0.4}), (1, 2, {"best": 0.6})]


def test_profiles_are_checked_and_cloned(store) -> None:
    store.profiles.save(Profile("soft", ("qed:max",), ("logp:<4",), "logp < 3 or tpsa < 90"))
    copy = Profile("soft 2", ("qed:max",), ("logp:<4",), "(logp <= 3) | (tpsa <= 90)")
    assert store.profiles.clone("soft") == copy
    assert store.profiles.clone("soft").name == "soft 3"
    with pytest.raises(ConfigError, match="no profile is called"):
        store.profiles.clone("hard")
    with pytest.raises(ConfigError, match="is no goal"):
        store.profiles.save(Profile("bad", ("qed",)))
    with pytest.raises(ConfigError, match="no condition"):
        store.profiles.save(Profile("bad", ("qed:max",), (), "logp"))
    with pytest.raises(ConfigError, match="1 to 120"):
        store.profiles.save(Profile("x" * 121, ("qed:max",)))
    assert store.profiles.save(Profile("x" * 120, ("qed:max",))).name == "x" * 120
    store.profiles.delete("soft")
    assert [p.name for p in store.profiles.all()] == ["soft 2", "soft 3", "x" * 120]


def test_a_folder_outside_the_store_is_never_given(store) -> None:
    run = store.runs.add("generate", {})
    store.runs.claim(run.id, "w")
    store.runs.end(run.id, RunState.FINISHED, folder="../..")
    assert store.folder_of(store.runs.get(run.id)) is None
