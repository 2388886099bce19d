"""Shards in the store: taken by one process, kept once, free again when a process is gone."""

import time

import pytest
from helpers import small_leads, small_result

from molconvex.exceptions import ConfigError
from molconvex.runs.store.batch_tables import BatchProcessRow, ShardResultRow
from molconvex.runs.store.batches import SILENCE, GivenLead
from molconvex.runs.store.shards import MOST_DEATHS, ShardState


def rows(store, kind) -> int:
    import sqlalchemy as sa

    with store.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(kind)).scalar_one()


def change_process(store, process: int, **values) -> None:
    import sqlalchemy as sa

    with store.engine.begin() as connection:
        connection.execute(sa.update(BatchProcessRow).where(BatchProcessRow.id == process).values(**values))


def test_a_batch_is_there_with_all_its_leads(store) -> None:
    leads = [*small_leads(2500), GivenLead(2502, "bad", "C1CC(", "cannot be read")]
    made = store.batches.add("many", {"budget": 3}, {"budget": 3}, leads)
    assert store.batches.find("many") == made
    assert [one.name for one in store.batches.all()] == ["many"]
    found = list(store.shards.each(made.id))
    assert [(s.number, s.line, s.name, s.given) for s in found] == [
        (n, lead.line, lead.name, lead.smiles) for n, lead in enumerate(leads, start=1)
    ]
    assert store.shards.counts(made.id)[ShardState.WAITING] == 2500
    assert [s.error for s in store.shards.each(made.id, [ShardState.REJECTED])] == ["cannot be read"]


def test_a_batch_whose_leads_break_off_is_not_there(store) -> None:
    def broken():
        yield from small_leads(3)
        raise OSError("the file went away")

    with pytest.raises(OSError, match="went away"):
        store.batches.add("half", {}, {}, broken())
    assert store.batches.find("half") is None


def test_two_processes_begin_the_same_batch(store, together) -> None:
    made = together(4, lambda _: store.batches.add("same", {}, {}, small_leads(50)))
    assert len({one.id for one in made}) == 1
    assert sum(store.shards.counts(made[0].id).values()) == 50


@pytest.mark.parametrize("name", ["", "x" * 121])
def test_names_have_borders(store, name) -> None:
    with pytest.raises(ConfigError, match="1 to 120"):
        store.batches.add(name, {}, {}, small_leads(1))
    assert store.batches.add("x" * 120, {}, {}, small_leads(1)).name == "x" * 120


def test_each_shard_is_taken_once(store, batch, together) -> None:
    processes = [store.batches.join(batch.id) for _ in range(4)]

    def take(place: int) -> list[int]:
        taken: list[int] = []
        while got := store.shards.claim(batch.id, processes[place], 2):
            taken += [shard.number for shard in got]
        return taken

    taken = [number for part in together(4, take) for number in part]
    assert sorted(taken) == list(range(1, 11))


def test_what_a_shard_gave_is_kept_once(store, batch) -> None:
    mine, other = store.batches.join(batch.id), store.batches.join(batch.id)
    (shard,) = store.shards.claim(batch.id, mine, 1)
    assert not store.shards.finish(shard.id, other, small_result(1))
    assert rows(store, ShardResultRow) == 0
    assert store.shards.finish(shard.id, mine, small_result(1))
    assert store.shards.finish(shard.id, mine, small_result(1)), "a second call after a lost answer is fine"
    assert not store.shards.finish(shard.id, other, small_result(1))
    assert rows(store, ShardResultRow) == 1
    (done,) = store.shards.each(batch.id, [ShardState.DONE])
    assert (done.summary, done.seconds) == (small_result(1).summary, 0.25)
    ((_, content),) = store.shards.results(batch.id)
    assert content == small_result(1).candidates


def test_a_result_that_cannot_be_kept_whole_is_not_kept_at_all(store, batch) -> None:
    from dataclasses import replace

    mine = store.batches.join(batch.id)
    (shard,) = store.shards.claim(batch.id, mine, 1)
    broken = replace(small_result(1), candidates=None)
    with pytest.raises(Exception, match=r"NOT NULL|not-null"):
        store.shards.finish(shard.id, mine, broken)
    assert rows(store, ShardResultRow) == 0
    assert store.shards.counts(batch.id)[ShardState.WORKING] == 1
    assert store.shards.finish(shard.id, mine, small_result(1))


def test_leaving_frees_what_was_taken_as_if_it_never_was(store, batch) -> None:
    mine = store.batches.join(batch.id)
    store.shards.claim(batch.id, mine, 3)
    store.batches.leave(mine)
    assert store.shards.counts(batch.id)[ShardState.WAITING] == 10
    assert {(s.tries, s.deaths) for s in store.shards.each(batch.id)} == {(0, 0)}
    assert store.batches.bury(batch.id) == 0


def test_silence_has_a_border(store, batch) -> None:
    far = store.batches.join(batch.id)
    change_process(store, far, host="another/machine/", heartbeat=1000.0)
    store.shards.claim(batch.id, far, 1)
    assert store.batches.bury(batch.id, 1000.0 + SILENCE) == 0
    assert store.batches.bury(batch.id, 1000.0 + SILENCE + 0.001) == 1
    assert store.shards.counts(batch.id)[ShardState.WAITING] == 10


def test_a_dead_process_of_this_machine_is_noticed_at_once_and_its_shard_comes_last(store, batch) -> None:
    dead, mine = store.batches.join(batch.id), store.batches.join(batch.id)
    change_process(store, dead, pid=2**22 + 5)  # beyond the numbers that Linux gives
    (lost,) = store.shards.claim(batch.id, dead, 1)
    assert store.batches.bury(batch.id) == 1
    assert not store.shards.finish(lost.id, dead, small_result(1))
    order = [shard.number for shard in store.shards.claim(batch.id, mine, 10)]
    assert order == [2, 3, 4, 5, 6, 7, 8, 9, 10, 1]


def test_a_process_number_of_another_machine_says_nothing(store, batch) -> None:
    far = store.batches.join(batch.id)
    change_process(store, far, host="another/machine/", pid=2**22 + 5)
    assert store.batches.bury(batch.id) == 0
    assert [(host, pid) for host, pid, _ in store.batches.at_work(batch.id)] == [("another", 2**22 + 5)]


def test_a_shard_that_brings_its_processes_down_is_set_aside_at_the_border(store, batch) -> None:
    mine = store.batches.join(batch.id)
    everything = store.shards.claim(batch.id, mine, 10)
    for _ in range(MOST_DEATHS - 1):
        store.shards.lose(everything[0].id, mine)
        assert store.shards.counts(batch.id)[ShardState.WAITING] == 1
        store.shards.claim(batch.id, mine, 1)
    store.shards.lose(everything[0].id, mine)
    (aside,) = store.shards.each(batch.id, [ShardState.FAILED])
    assert (aside.number, aside.error_kind, aside.deaths) == (1, "WorkerDied", MOST_DEATHS)
    assert store.shards.ended_since(batch.id, 0) == 1
    assert "died 10 times" in aside.error
    assert store.shards.retry(batch.id) == 1
    (again,) = store.shards.claim(batch.id, mine, 1)
    assert (again.number, again.deaths, again.tries) == (1, 0, 1)


def test_what_became_over_is_counted_from_a_moment_on(store, batch) -> None:
    mine, before = store.batches.join(batch.id), time.time()
    (shard,) = store.shards.claim(batch.id, mine, 1)
    store.shards.finish(shard.id, mine, small_result(1))
    assert store.shards.ended_since(batch.id, before - 1) == 1
    assert store.shards.ended_since(batch.id, time.time() + 1) == 0


def test_what_waits_again_is_not_counted_as_over(store, batch) -> None:
    mine, before = store.batches.join(batch.id), time.time() - 1
    again, aside, lost = store.shards.claim(batch.id, mine, 3)
    store.shards.fail(again.id, mine, "Trouble", "for once", ShardState.WAITING)
    store.shards.lose(lost.id, mine)
    assert store.shards.ended_since(batch.id, before) == 0
    store.shards.fail(aside.id, mine, "Trouble", "for good", ShardState.FAILED)
    assert store.shards.ended_since(batch.id, before) == 1
    store.shards.retry(batch.id)
    assert store.shards.ended_since(batch.id, before) == 0


def test_shards_are_given_back_one_by_one_or_all(store, batch) -> None:
    mine, other = store.batches.join(batch.id), store.batches.join(batch.id)
    first, *_ = store.shards.claim(batch.id, mine, 3)
    store.shards.claim(batch.id, other, 2)
    assert store.shards.give_back(mine, [first.id]) == 1
    assert store.shards.counts(batch.id)[ShardState.WORKING] == 4
    assert store.shards.give_back(mine) == 2
    assert store.shards.give_back(mine) == 0
    assert store.shards.counts(batch.id)[ShardState.WORKING] == 2, "the other's stay"


def test_taking_a_lead_looks_at_no_other_one(store, batch) -> None:
    """However many wait: neither are all of them sorted, nor is each compared with what was chosen."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("SQLite says how it goes about a statement; the same indices are in PostgreSQL")
    import sqlalchemy as sa

    said = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *given: said.append(given[2:4]))
    assert [shard.number for shard in store.shards.claim(batch.id, store.batches.join(batch.id), 2)] == [1, 2]
    (statement,) = [item for item in said if item[0].lstrip().startswith(("WITH", "UPDATE shards"))]
    with store.engine.connect() as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement[0]}", statement[1])]
    assert any("USING INTEGER PRIMARY KEY" in step for step in steps), steps
    assert any("shards_in_order" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps
