"""The work on a batch: shards are taken, worked on and kept, one transaction each, until none is left.

Any number of processes may work on one batch. Each beats in the store while it lives; what a dead one had taken waits
again, and what a shard gave is kept only by the process that has it. So a kill at any moment loses at most what was
half done, and nothing is kept twice.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from molconvex.exceptions import ConfigError
from molconvex.runs.batch.executor import Executor, Outcome
from molconvex.runs.batch.progress import BatchProgress, Observer, progress_from
from molconvex.runs.batch.shard_work import Failure, ShardFailure, Task
from molconvex.runs.store import Store
from molconvex.runs.store.batches import StoredBatch
from molconvex.runs.store.patience import Patience
from molconvex.runs.store.shards import Shard, ShardState

BEAT = 5.0  # seconds between two signs of life
PAUSE = 1.0  # seconds between two looks where nothing is to be done
COUNT = 2.0  # seconds between two counts


@dataclass(frozen=True)
class BatchOptions:
    """How a batch is worked on.

    Attributes:
        tries: Of a shard that fails, before it is set aside.
        store_wait: Seconds that a store that does not answer is waited for.
        settings: Of `generate` as plain values, with places of files as they are now; the batch's own where None.
    """

    tries: int = 3
    store_wait: float = 600.0
    settings: dict[str, object] | None = None


def run_batch(
    store: Store,
    batch: StoredBatch,
    executor: Executor,
    observer: Observer,
    cancelled: Callable[[], bool],
    options: BatchOptions | None = None,
) -> BatchProgress:
    """Work on a batch until every lead is over, by this process or another one, or until stopped.

    Args:
        store: Where the batch is.
        batch: From `begin_batch`.
        executor: Where shards are worked on; closed at the end.
        observer: Told of everything.
        cancelled: Asked often; True stops, and what was half done waits again.
        options: Tries and patience.

    Returns:
        Where the batch stands.

    Raises:
        ConfigError: If no shard can be worked on, since models or surrogates cannot be loaded.
        DataError: If the store cannot be written, or does not answer for long.
    """
    how = options or BatchOptions()
    ask = Patience(how.store_wait, observer.note)
    ask(store.batches.bury, batch.id)
    work = _Work(store, batch, executor, observer, ask, how, ask(store.batches.join, batch.id))
    try:
        with _beating(store, work.process):
            while not cancelled() and work.step():
                pass
    finally:
        executor.close()
        with suppress(Exception):  # whoever starts next finds that this process is gone
            store.batches.leave(work.process)
    return work.count()


class _Work:
    """One process at work on a batch."""

    def __init__(
        self,
        store: Store,
        batch: StoredBatch,
        executor: Executor,
        observer: Observer,
        ask: Patience,
        options: BatchOptions,
        process: int,
    ) -> None:
        self._store, self._batch, self._executor, self._observer = store, batch, executor, observer
        self._ask, self._options, self.process = ask, options, process
        self._settings = json.dumps(options.settings or batch.settings, sort_keys=True)
        self._began, self._counted, self._over = time.monotonic(), 0.0, 0
        self._told = ""

    def step(self) -> bool:
        """Take what there is room for, keep what is over; False where every lead of the batch is over."""
        if room := self._executor.room():
            for shard in self._ask(self._store.shards.claim, self._batch.id, self.process, room):
                self._executor.submit(shard, Task(self._settings, shard.number, shard.given, shard.name))
        if not self._executor.busy():
            return self._wait_for_others(room)
        for shard, outcome in self._executor.finished(PAUSE):
            self._keep(shard, outcome)
            if time.monotonic() - self._counted > COUNT:
                self.count()
        return True

    def count(self) -> BatchProgress:
        """Count anew and tell."""
        counts = self._ask(self._store.shards.counts, self._batch.id)
        now = progress_from(self._batch.name, counts, self._over, time.monotonic() - self._began)
        self._counted = time.monotonic()
        self._observer.progress(now)
        return now

    def _wait_for_others(self, room: int) -> bool:
        """Nothing is with this process: all is over, or others have the rest, or no worker is there yet.

        What the store says is with it was taken in an answer that got lost on the way, and waits again.
        """
        if self._ask(self._store.shards.give_back, self.process):
            return True
        counts = self._ask(self._store.shards.counts, self._batch.id)
        waiting, working = counts[ShardState.WAITING], counts[ShardState.WORKING]
        if not waiting and not working:
            return False
        if not self._ask(self._store.batches.bury, self._batch.id):
            self._tell_once("waiting for workers" if not room else "waiting for leads that another process has")
            time.sleep(PAUSE)
        return True

    def _tell_once(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._observer.note(text)

    def _keep(self, shard: Shard, outcome: Outcome) -> None:
        if isinstance(outcome, ShardFailure):
            self._keep_failure(shard, outcome)
        elif self._ask(self._store.shards.finish, shard.id, self.process, outcome):
            self._over += 1
            self._observer.lead(shard, ShardState.DONE, "", outcome.seconds)

    def _keep_failure(self, shard: Shard, failure: ShardFailure) -> None:
        if failure.how is Failure.UNPREPARED:
            raise ConfigError(f"no lead can be worked on: {failure.error}")
        if failure.how is Failure.STOPPED:
            self._ask(self._store.shards.give_back, self.process, [shard.id])
            return
        if failure.how is Failure.DIED:
            lost = self._ask(self._store.shards.lose, shard.id, self.process)
            self._over += lost.state is ShardState.FAILED
            self._observer.lead(shard, lost.state, lost.error or failure.error, None)
            return
        state = self._state_after(shard, failure)
        if self._ask(self._store.shards.fail, shard.id, self.process, failure.kind, failure.error, state):
            self._over += state is not ShardState.WAITING
            self._observer.lead(shard, state, failure.error, None)

    def _state_after(self, shard: Shard, failure: ShardFailure) -> ShardState:
        if failure.how is Failure.UNUSABLE:
            return ShardState.REJECTED
        if failure.how is Failure.AGAIN and shard.tries < self._options.tries:
            return ShardState.WAITING
        return ShardState.FAILED


@contextmanager
def _beating(store: Store, process: int) -> Iterator[None]:
    """Signs of life from a thread of their own, for a shard may take long."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT):
            with suppress(Exception):  # a store that is down hears the next one
                store.batches.beat(process)

    thread = threading.Thread(target=beat, name="molconvex-batch-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
