"""The order of work: what is kept, tried again, set aside; several processes; a store that goes away and comes back."""

import sqlite3
import threading
import time

import pytest
from helpers import Listener, QuickExecutor, small_result
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from molconvex.exceptions import ConfigError, DataError
from molconvex.runs.batch import BatchOptions, progress_of, run_batch
from molconvex.runs.batch.shard_work import Failure, ShardFailure
from molconvex.runs.store import open_store
from molconvex.runs.store.batches import SILENCE
from molconvex.runs.store.shards import MOST_DEATHS, ShardState


def never() -> bool:
    return False


def fails(how: Failure, *numbers: int, times: int = 10**6):
    """Answers that fail for some leads, so many times."""
    left = dict.fromkeys(numbers, times)

    def answer(shard):
        if left.get(shard.number, 0) > 0:
            left[shard.number] -= 1
            return ShardFailure(how, "Trouble", f"lead {shard.number} is trouble")
        return small_result(shard.number)

    return answer


def test_every_lead_is_worked_on_once(store, batch) -> None:
    executor, listener = QuickExecutor(), Listener()
    now = run_batch(store, batch, executor, listener, never)
    assert sorted(executor.worked) == list(range(1, 11))
    assert (now.total, now.done, now.is_over, now.seconds_left) == (10, 10, True, None)
    assert sorted(listener.leads) == [(n, ShardState.DONE, "") for n in range(1, 11)]
    assert run_batch(store, batch, QuickExecutor(), Listener(), never).done == 10
    assert store.batches.at_work(batch.id) == []


def test_a_lead_that_fails_is_tried_again_after_the_others(store, batch) -> None:
    executor = QuickExecutor(fails(Failure.AGAIN, 2, times=2), at_once=1)
    now = run_batch(store, batch, executor, Listener(), never, BatchOptions(tries=3))
    assert now.done == 10
    assert executor.worked == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2, 2]


def test_a_lead_that_keeps_failing_is_set_aside_with_its_error(store, batch) -> None:
    executor = QuickExecutor(fails(Failure.AGAIN, 2, times=3), at_once=1)
    now = run_batch(store, batch, executor, Listener(), never, BatchOptions(tries=3))
    assert (now.done, now.failed) == (9, 1)
    (aside,) = store.shards.each(batch.id, [ShardState.FAILED])
    assert (aside.error_kind, aside.error, aside.tries) == ("Trouble", "lead 2 is trouble", 3)


@pytest.mark.parametrize(
    ("how", "state", "worked"),
    [(Failure.ASIDE, ShardState.FAILED, 10), (Failure.UNUSABLE, ShardState.REJECTED, 10)],
)
def test_what_would_fail_again_is_not_tried_again(store, batch, how, state, worked) -> None:
    executor = QuickExecutor(fails(how, 5))
    run_batch(store, batch, executor, Listener(), never)
    assert len(executor.worked) == worked
    assert [shard.number for shard in store.shards.each(batch.id, [state])] == [5]


def test_the_lead_of_a_dead_worker_is_done_again_and_costs_no_try(store, batch) -> None:
    executor = QuickExecutor(fails(Failure.DIED, 3, times=4), at_once=1)
    assert run_batch(store, batch, executor, Listener(), never, BatchOptions(tries=1)).done == 10
    assert executor.worked.count(3) == 5


def test_what_was_taken_in_a_lost_answer_is_not_waited_for(store, batch, monkeypatch) -> None:
    """The store took the shards, but its answer never came: the process has them and does not know it."""
    claim, lost = store.shards.claim, []

    def answers_late(*arguments):
        taken = claim(*arguments)
        if taken and not lost:
            lost.extend(shard.number for shard in taken)
            raise OperationalError("claim", None, sqlite3.OperationalError("database is locked"))
        return taken

    monkeypatch.setattr(type(store.shards), "claim", lambda self, *arguments: answers_late(*arguments))
    executor, looks = QuickExecutor(), iter(range(60))
    now = run_batch(store, batch, executor, Listener(), lambda: next(looks, None) is None)
    assert (now.done, now.is_over) == (10, True)
    assert lost == [1, 2, 3]
    assert sorted(executor.worked) == list(range(1, 11))
    assert {shard.tries for shard in store.shards.each(batch.id)} == {1}


def test_what_its_place_gave_up_waits_again_and_costs_no_try(store, batch) -> None:
    executor, listener = QuickExecutor(fails(Failure.STOPPED, 4, times=5), at_once=1), Listener()
    assert run_batch(store, batch, executor, listener, never, BatchOptions(tries=1)).done == 10
    assert executor.worked.count(4) == 6
    assert listener.leads == [(n, ShardState.DONE, "") for n in range(1, 11)]


@pytest.mark.parametrize(("deaths", "state"), [(MOST_DEATHS - 1, ShardState.DONE), (MOST_DEATHS, ShardState.FAILED)])
def test_the_last_death_is_told_as_setting_aside(store, batch, deaths, state) -> None:
    executor, listener = QuickExecutor(fails(Failure.DIED, 3, times=deaths), at_once=1), Listener()
    now = run_batch(store, batch, executor, listener, never)
    told = [(at, error) for number, at, error in listener.leads if number == 3]
    assert len(told) == MOST_DEATHS
    assert told[0] == (ShardState.WAITING, "lead 3 is trouble")
    assert told[-1][0] == state
    assert ("died 10 times" in told[-1][1]) == (state is ShardState.FAILED)
    assert now.per_minute is not None
    assert (now.done, now.failed) == ((10, 0) if state is ShardState.DONE else (9, 1))


def test_where_nothing_can_be_loaded_all_stops_and_nothing_is_blamed(store, batch) -> None:
    executor = QuickExecutor(fails(Failure.UNPREPARED, *range(1, 11)))
    with pytest.raises(ConfigError, match="no lead can be worked on: lead 3 is trouble"):
        run_batch(store, batch, executor, Listener(), never)
    assert store.shards.counts(batch.id)[ShardState.WAITING] == 10


def test_a_stop_leaves_what_was_half_done_for_the_next_start(store, batch) -> None:
    executor = QuickExecutor()
    now = run_batch(store, batch, executor, Listener(), lambda: len(executor.worked) == 4)
    assert (now.done, now.waiting, now.working) == (4, 6, 0)
    again = QuickExecutor()
    run_batch(store, batch, again, Listener(), never)
    assert sorted([*executor.worked, *again.worked]) == list(range(1, 11))


def test_several_processes_share_a_batch(store, batch, together) -> None:
    executors = [QuickExecutor() for _ in range(3)]
    ended = together(3, lambda n: run_batch(store, batch, executors[n], Listener(), never))
    assert sorted(n for executor in executors for n in executor.worked) == list(range(1, 11))
    assert {now.done for now in ended} == {10}


def test_who_finds_the_rest_taken_waits_for_it(store, batch) -> None:
    other = store.batches.join(batch.id)
    taken = store.shards.claim(batch.id, other, 1)

    class Answering(Listener):
        def note(self, text: str) -> None:
            super().note(text)
            store.shards.finish(taken[0].id, other, small_result(1))

    executor, listener = QuickExecutor(), Answering()
    assert run_batch(store, batch, executor, listener, never).done == 10
    assert 1 not in executor.worked
    assert listener.notes == ["waiting for leads that another process has"]


def test_progress_tells_rate_and_time_left(store, batch) -> None:
    listener = Listener()
    run_batch(store, batch, QuickExecutor(), listener, never)
    last = listener.seen[-1]
    assert last.per_minute > 0
    assert progress_of(store, batch).per_minute is None, "no one is at work any more"


def test_a_full_disk_stops_the_batch_and_what_is_finished_stays(tmp_path) -> None:
    from helpers import small_leads

    store = open_store(tmp_path)
    batch = store.batches.add("full", {}, {}, small_leads(60))

    @event.listens_for(store.engine, "connect")
    def limit(connection, _):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    store.engine.dispose()
    with pytest.raises(DataError, match=r"disk is full.*make room.*do the same again"):
        run_batch(store, batch, QuickExecutor(), Listener(), never)
    store.close()
    more = open_store(tmp_path)
    done = more.shards.counts(batch.id)[ShardState.DONE]
    assert 0 < done < 60
    executor = QuickExecutor()
    assert run_batch(more, batch, executor, Listener(), never).done == 60
    assert len(executor.worked) == 60 - done
    more.close()


def test_a_server_that_goes_away_is_waited_for(postgres, tmp_path) -> None:
    from helpers import small_leads

    store = open_store(tmp_path, postgres.new_url())
    batch = store.batches.add("ten", {}, {}, small_leads(10))
    listener = Listener()

    def answer(shard):
        if shard.number in (3, 7):
            postgres.stop()
            threading.Timer(0.7, postgres.start).start()
        return small_result(shard.number)

    executor = QuickExecutor(answer, at_once=1)
    now = run_batch(store, batch, executor, listener, never, BatchOptions(store_wait=60))
    assert now.done == 10
    assert executor.worked == list(range(1, 11)), "nothing is done twice"
    assert sum("waiting for it" in note for note in listener.notes) == 2
    store.close()


def test_a_server_that_stays_away_ends_the_batch_in_one_line(postgres, tmp_path) -> None:
    from helpers import small_leads

    store = open_store(tmp_path, postgres.new_url())
    batch = store.batches.add("ten", {}, {}, small_leads(10))

    def answer(shard):
        if shard.number == 3:
            postgres.stop()
        return small_result(shard.number)

    try:
        with pytest.raises(DataError, match=r"did not answer for 0.5 seconds.*do the same again"):
            run_batch(store, batch, QuickExecutor(answer, at_once=1), Listener(), never, BatchOptions(store_wait=0.5))
    finally:
        postgres.start()
    store.batches.bury(batch.id, time.time() + 2 * SILENCE)  # this process lives on, as the first one would not
    assert run_batch(store, batch, QuickExecutor(), Listener(), never).done == 10
    store.close()
