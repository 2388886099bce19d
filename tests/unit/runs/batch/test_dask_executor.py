"""Shards on Dask: done by workers, given up by a scheduler, a scheduler that goes away, a worker that is killed."""

import json
import os
import signal
import threading
import time
from concurrent.futures import CancelledError

import pytest
from helpers import Listener

from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ConfigError
from molconvex.runs.batch import executor_for, run_batch
from molconvex.runs.batch.shard_work import Failure, Task
from molconvex.runs.store import open_store
from molconvex.runs.store.batches import GivenLead
from molconvex.runs.store.shards import ShardState

distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install 'molconvex[hpc]'")
pytestmark = pytest.mark.usefixtures("toy")
LEADS = ["COc1ccc(CN2CCOCC2)cc1", "Cc1ccc(C(=O)N2CCOCC2)cc1", "CCc1ccc(CCO)cc1"]
SMALL = {"leads": ["C"], "goals": ["qed:max"], "budget": 6, "analogues": 10, "programs": 1}


@pytest.fixture
def three(tmp_path):
    """A batch of three leads in a store of its own."""
    store = open_store(tmp_path)
    plain = GenerateSettings(**SMALL).to_dict()
    yield store, store.batches.add("three", plain, {}, [GivenLead(n, f"m{n}", s) for n, s in enumerate(LEADS, start=1)])
    store.close()


@pytest.fixture
def scheduler():
    """A scheduler with one worker in this process."""
    from molconvex.runs.batch.schedulers import _dask

    _dask()
    cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None)
    yield cluster
    cluster.close()


def executor_of(cluster, patience: float = 20):
    from molconvex.runs.batch.dask_executor import DaskExecutor

    return DaskExecutor(distributed.Client(cluster.scheduler_address, timeout=patience))


def some_task() -> Task:
    return Task(json.dumps(GenerateSettings(**SMALL).to_dict()), 1, LEADS[0], "m1")


def until(condition, seconds: float = 60.0) -> None:
    """Wait for something that comes sooner or later."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_the_scheduler_gives_up_comes_back_as_no_fault_of_the_lead(scheduler, three) -> None:
    store, batch = three
    scheduler.scale(0)  # so that nothing is ever finished
    until(lambda: not scheduler.scheduler_info["workers"])
    executor = executor_of(scheduler)
    first, second, _ = store.shards.claim(batch.id, store.batches.join(batch.id), 3)
    executor.submit(first, some_task())
    executor.submit(second, some_task())
    (given_up,) = [future for future, shard in executor._futures.items() if shard is second]
    threading.Timer(0.3, executor._client.cancel, ([given_up],), {"force": True}).start()
    outcomes = list(executor.finished(60.0))
    assert [(shard.number, outcome.how) for shard, outcome in outcomes] == [(2, Failure.STOPPED)]
    assert executor.busy() == 1
    assert list(executor.finished(0.1)) == []
    executor.close()


@pytest.mark.parametrize(
    ("error", "how"),
    [
        (distributed.KilledWorker("lead-1", "tcp://127.0.0.1:1", 1), Failure.DIED),
        (CancelledError(), Failure.STOPPED),
        (OSError("Timed out trying to connect"), Failure.AGAIN),
    ],
)
def test_a_result_that_is_lost_on_its_way_is_no_end_of_the_batch(error, how) -> None:
    """A worker may die after it is done and before its result was fetched."""
    from molconvex.runs.batch.dask_executor import _outcome

    class Finished:
        status = "finished"

        def result(self, timeout):
            raise error

    assert _outcome(Finished()).how is how


def test_while_a_scheduler_is_away_there_is_no_room(scheduler, three) -> None:
    store, batch = three
    executor = executor_of(scheduler, patience=2)
    assert executor.room() == 1
    (first,) = store.shards.claim(batch.id, store.batches.join(batch.id), 1)
    executor.submit(first, some_task())
    assert executor.room() == 0
    scheduler.close()
    until(lambda: executor._client.status == "connecting")
    assert executor.room() == 0
    assert [outcome.how for _, outcome in executor.finished(0.1)] == [Failure.STOPPED]
    executor.close()


def test_a_scheduler_that_stays_away_ends_the_batch_in_one_line(scheduler, three) -> None:
    store, batch = three
    executor = executor_of(scheduler, patience=0.3)

    class Closing(Listener):
        def lead(self, shard, state, error, seconds) -> None:
            super().lead(shard, state, error, seconds)
            scheduler.close()

    with pytest.raises(ConfigError, match="the Dask scheduler went away; what is finished is kept"):
        run_batch(store, batch, executor, Closing(), lambda: False)
    counts = store.shards.counts(batch.id)
    assert counts[ShardState.WORKING] == counts[ShardState.FAILED] == 0
    assert counts[ShardState.DONE] >= 1
    assert {shard.deaths for shard in store.shards.each(batch.id)} == {0}
    with pytest.raises(ConfigError, match="went away"):
        executor.submit(next(store.shards.each(batch.id)), some_task())


def test_nobody_at_an_address_is_said_so() -> None:
    from molconvex.runs.batch import schedulers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schedulers, "CONNECTING", 0.2)
        with pytest.raises(ConfigError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
            executor_for("tcp://127.0.0.1:1", lambda: False)


def test_workers_that_cannot_be_started_are_said_in_one_line(monkeypatch) -> None:
    monkeypatch.setattr(distributed.Nanny, "instantiate", _fails)
    with pytest.raises(ConfigError, match=r"1 workers cannot be started \(Nanny failed to start.*Do the same again"):
        executor_for("local:1", lambda: False)


async def _fails(self):
    return distributed.Status.failed


def test_a_killed_worker_costs_no_lead_and_changes_no_result(three) -> None:
    store, batch = three
    executor = executor_for("local:1", lambda: False)

    class Killing(Listener):
        def lead(self, shard, state, error, seconds) -> None:
            super().lead(shard, state, error, seconds)
            (worker,) = executor._cluster.cluster.workers.values()
            if len(self.leads) == 1:
                until(lambda: worker.process is not None and worker.process.pid)
                os.kill(worker.process.pid, signal.SIGKILL)

    now = run_batch(store, batch, executor, Killing(), lambda: False)
    assert (now.done, now.failed) == (3, 0)
    before = {shard.number: content for shard, content in store.shards.results(batch.id)}
    again = store.batches.add("again", batch.settings, {}, [GivenLead(n, f"m{n}", s) for n, s in enumerate(LEADS, 1)])
    run_batch(store, again, executor_for("here", lambda: False), Listener(), lambda: False)
    assert {shard.number: content for shard, content in store.shards.results(again.id)} == before


def test_a_worker_that_dask_gave_up_is_started_anew(monkeypatch) -> None:
    """A worker that needs longer than the timeout to start again, as on a busy machine, or was killed while it did."""
    import dask

    from molconvex.runs.batch import own_cluster

    monkeypatch.setattr(own_cluster, "LOOK", 0.0)
    executor = executor_for("local:1", lambda: False)
    assert executor.room() == 1
    ((name, first),) = executor._cluster.cluster.workers.items()
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "0.01s"}):
        os.kill(first.process.pid, signal.SIGKILL)
        until(lambda: executor._cluster.cluster.workers.get(name) is not first)  # it waits for no one
        until(lambda: executor.room() == 1)
    executor.close()


def test_a_worker_that_could_not_be_started_anew_is_tried_again(monkeypatch) -> None:
    import dask

    from molconvex.runs.batch import own_cluster

    monkeypatch.setattr(own_cluster, "LOOK", 0.0)
    executor = executor_for("local:1", lambda: False)
    workers = executor._cluster.cluster.workers
    ((name, first),) = workers.items()
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "0.01s"}), pytest.MonkeyPatch.context() as patch:
        patch.setattr(distributed.Nanny, "instantiate", _fails)
        os.kill(first.process.pid, signal.SIGKILL)
        until(lambda: executor.room() == 0 and workers.get(name) not in (None, first))
    until(lambda: executor.room() == 1)
    executor.close()


def test_a_result_that_does_not_come_is_asked_for_again(scheduler, three, monkeypatch) -> None:
    """Where a worker died with a result that was not fetched yet, Dask makes it anew and tells nobody."""
    from molconvex.runs.batch import dask_executor

    store, batch = three
    executor = executor_of(scheduler)
    (first,) = store.shards.claim(batch.id, store.batches.join(batch.id), 1)
    executor.submit(first, some_task())
    (future,) = executor._futures
    until(lambda: future.status == "finished")
    monkeypatch.setattr(dask_executor, "FETCHING", 0.0)
    assert list(executor.finished(0.0)) == []
    assert executor.busy() == 1
    monkeypatch.undo()
    ((shard, outcome),) = executor.finished(60.0)
    assert (shard, outcome.summary["smiles"]) == (first, LEADS[0])
    executor.close()


def test_while_a_client_closes_there_is_no_room(scheduler) -> None:
    executor = executor_of(scheduler)
    assert executor.room() == 1
    executor._client.status, known = "closing", executor._client._scheduler_identity
    executor._client._scheduler_identity = {}  # as Client.close leaves it
    assert executor.room() == 0
    executor._client.status, executor._client._scheduler_identity = "running", known
    executor.close()


def test_dask_says_nothing_of_workers_that_die(scheduler) -> None:
    """Its lines would stand between those of a log that programs read."""
    import logging

    for name in ("scheduler", "nanny", "client", "worker"):
        assert not logging.getLogger(f"distributed.{name}").isEnabledFor(logging.ERROR)
