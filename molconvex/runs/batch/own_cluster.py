"""A Dask cluster of one's own, kept at its size: workers that are gone for good are started again.

A nanny starts its worker again when that dies. Where this takes longer than `distributed.deploy.lost-worker-timeout`,
Dask gives up both, and starts no other one by itself; a job of SLURM whose time is over is gone likewise. Of a job with
several workers Dask does not even notice that: it takes the job's name for that of a worker.
"""

import contextlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from distributed.deploy.spec import SpecCluster

LOOK = 10.0  # seconds between two looks for workers that are gone
AWAY = 60.0  # seconds without any worker of a job that had some, after which the job is gone


class OwnCluster:
    """A cluster with as many workers as it was asked for, or jobs of some workers each.

    Args:
        cluster: Of local processes, or of jobs.
    """

    def __init__(self, cluster: "SpecCluster") -> None:
        self.cluster = cluster
        self._looked = time.monotonic()
        self._present: dict[object, float] = {}  # jobs of several workers, and when one of these was last there

    def grow(self, workers: int) -> None:
        """Ask for so many workers, and start them or submit their jobs.

        Raises:
            OSError, RuntimeError, ValueError: If none of them can be.
        """
        for _ in range(workers):
            self.cluster.worker_spec.update(self.cluster.new_worker_spec())
        try:
            self.cluster.sync(_filled, self.cluster)
        except (OSError, RuntimeError, ValueError):
            if not self._running():  # else some of the jobs were taken, and the others are submitted later
                raise

    def keep(self) -> None:
        """Start what is missing, now and then; does not wait for it."""
        if time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            away = self._away()
            if away or len(self._running()) < len(self.cluster.worker_spec):
                self.cluster.loop.add_callback(_refilled, self.cluster, away)  # type: ignore[union-attr]

    def _away(self) -> list[object]:
        """Jobs of several workers of which none has been there for a while; one that still waits in a queue is none."""
        names = [str(worker.name) for worker in list(self.cluster.scheduler.workers.values())]
        there, now = {name.rpartition("-")[0] for name in names}, time.monotonic()  # SLURMCluster-3-0 is of the job -3
        self._present |= {job: now for job in self.cluster.worker_spec if str(job) in there}
        away = [name for name, seen in self._present.items() if now - seen > AWAY]
        for name in away:
            del self._present[name]
        return away

    def close(self) -> None:
        """End all workers."""
        self.cluster.close()

    def _running(self) -> list[object]:
        return [name for name, worker in list(self.cluster.workers.items()) if worker.status not in _over()]


async def _filled(cluster: "SpecCluster") -> None:
    await cluster


async def _refilled(cluster: "SpecCluster", away: "Collection[object]" = ()) -> None:
    """Forget those that ended, never began or are away, then start them; what fails is tried again at the next look."""
    with contextlib.suppress(Exception):
        for name in [name for name, worker in cluster.workers.items() if worker.status in _over() or name in away]:
            await cluster.workers.pop(name).close()
        await cluster


def _over() -> tuple[object, ...]:
    """Where a worker stands that was not started, and will not be."""
    from distributed import Status

    return Status.created, Status.failed, Status.closed
