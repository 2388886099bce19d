"""Shards on the workers of a Dask cluster: local processes, machines behind an address, jobs of SLURM."""

import contextlib
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING
from uuid import uuid4

from molconvex.exceptions import ConfigError
from molconvex.runs.batch.executor import Outcome
from molconvex.runs.batch.own_cluster import OwnCluster
from molconvex.runs.batch.shard_work import Failure, ShardFailure, Task, work_on
from molconvex.runs.store.shards import Shard

if TYPE_CHECKING:
    from distributed import Client, Future

GONE = "the Dask scheduler went away; what is finished is kept: start it and do the same again"
FETCHING = 10.0  # seconds in which the result of a shard that is over must be here, else it is asked for again


class DaskExecutor:
    """One shard for each thread of each worker that is there at the moment.

    A worker that dies takes its shard with it, and no other: none wait on workers. Where the scheduler goes away, what
    was with its workers waits again, and the client tries to reach it for a while.

    Args:
        client: Of the cluster.
        cluster: Closed at the end, if it is one's own.
    """

    def __init__(self, client: "Client", cluster: OwnCluster | None = None) -> None:
        self._client, self._cluster = client, cluster
        self._futures: dict[Future, Shard] = {}

    def room(self) -> int:
        """Threads that have nothing to do.

        Raises:
            ConfigError: If the scheduler went away.
        """
        if self._client.status == "closed":
            raise ConfigError(GONE)
        if self._cluster is not None:
            self._cluster.keep()
        workers = self._client.scheduler_info(n_workers=-1).get("workers", {}).values()  # none while a client closes
        return max(0, sum(int(worker["nthreads"]) for worker in workers) - len(self._futures))

    def submit(self, shard: Shard, task: Task) -> None:
        """Send a shard to a worker; its result is asked for once.

        Raises:
            ConfigError: If the scheduler went away.
        """
        from distributed.client import ClosedClientError

        try:
            future = self._client.submit(work_on, task, key=f"lead-{shard.number}-{uuid4().hex}")
        except ClosedClientError:
            raise ConfigError(GONE) from None
        self._futures[future] = shard

    def busy(self) -> int:
        """How many shards are with workers."""
        return len(self._futures)

    def finished(self, patience: float) -> Iterator[tuple[Shard, Outcome]]:
        """Shards that are over; nothing within the patience where none is."""
        from distributed import wait

        if self._futures and all(future.status == "pending" for future in self._futures):
            with contextlib.suppress(TimeoutError, CancelledError):
                wait(list(self._futures), timeout=patience, return_when="FIRST_COMPLETED")
        done = [future for future in self._futures if future.status != "pending"]
        for future in sorted(done, key=lambda item: self._futures[item].number):
            outcome = _outcome(future)
            if outcome is not None:
                yield self._futures.pop(future), outcome
                future.release()

    def close(self) -> None:
        """End the workers that are one's own; what others are busy with is of no use any more."""
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._futures), force=True)
        self._futures.clear()
        for one in (self._client, self._cluster):
            if one is not None:
                with contextlib.suppress(Exception):
                    one.close()


def _outcome(future: "Future") -> Outcome | None:
    """What became of a shard; None where its result was lost with its worker on the way here, and is made again."""
    from distributed import KilledWorker

    if future.status == "lost":
        return ShardFailure(Failure.STOPPED, "Lost", "the scheduler lost it")
    try:
        result: Outcome = future.result(timeout=FETCHING)
    except TimeoutError:
        return None
    except KilledWorker:
        return ShardFailure(Failure.DIED, "WorkerDied", "its worker died")
    except CancelledError:
        return ShardFailure(Failure.STOPPED, "Cancelled", "the scheduler gave it up")
    except Exception as error:
        return ShardFailure(Failure.AGAIN, type(error).__name__, str(error))
    return result
