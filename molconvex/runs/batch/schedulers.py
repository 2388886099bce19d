"""Schedulers by name: this process, local workers, an address of a Dask scheduler, SLURM."""

import logging
import os
from collections.abc import Callable
from typing import Any

from molconvex.exceptions import ConfigError, MissingExtraError
from molconvex.runs.batch.executor import Executor, HereExecutor
from molconvex.runs.batch.own_cluster import OwnCluster

SCHEDULERS = ("here", "local:N", "tcp://HOST:PORT", "tls://HOST:PORT", "slurm:N")
MOST_WORKERS = 10_000
CONNECTING = 20.0  # seconds in which a scheduler must answer, and come back where it went away
SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,  # a death is counted in the store, and the shard comes last
    "distributed.deploy.lost-worker-timeout": "60s",  # in which a worker that died may start again
    "distributed.worker.daemon": False,
    "distributed.admin.low-level-log-length": 0,  # memory stays flat over many thousand shards
    "distributed.diagnostics.nvml": False,
}


def executor_for(scheduler: str, cancelled: Callable[[], bool]) -> Executor:
    """The executor that a text names: "here", "local:4", "tcp://host:8786", "tls://host:8786" or "slurm:20".

    Raises:
        ConfigError: If it names none, no one answers at an address, or workers cannot be started.
        MissingExtraError: If Dask is not installed.
    """
    check_scheduler(scheduler)
    kind, _, number = scheduler.partition(":")
    if kind == "here":
        return HereExecutor(cancelled)
    if kind in ("tcp", "tls"):
        return _at_address(scheduler)
    return {"local": _local, "slurm": _slurm}[kind](int(number))


def check_scheduler(scheduler: str) -> None:
    """Refuse a text that names no scheduler, without asking one.

    Raises:
        ConfigError: With what may be written.
    """
    kind, _, number = scheduler.partition(":")
    if scheduler == "here" or (kind in ("tcp", "tls") and number.startswith("//")):
        return
    if kind not in ("local", "slurm"):
        raise ConfigError(f"no scheduler {scheduler!r}; write {', '.join(SCHEDULERS[:-1])} or {SCHEDULERS[-1]}")
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= MOST_WORKERS):
        raise ConfigError(f"a scheduler {scheduler!r} needs a number of workers, 1 to {MOST_WORKERS:,}, as in local:4")


def _dask() -> Any:
    """The package distributed, set as batches need it."""
    try:
        import dask
        import distributed
    except ModuleNotFoundError as error:
        raise MissingExtraError("workers need Dask: pip install 'molconvex[hpc]'") from error
    dask.config.set(SETTINGS)
    for name in ("distributed", "distributed.client"):  # what becomes of workers is told by the batch itself
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return distributed


def _local(workers: int) -> Executor:
    distributed = _dask()
    from molconvex.runs.batch.dask_executor import DaskExecutor

    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    os.environ |= threads  # the workers' processes inherit it before they load anything
    try:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            memory_limit=0,
            silence_logs=logging.CRITICAL,
        )
    except (RuntimeError, OSError, TimeoutError) as error:
        raise ConfigError(
            f"{workers} workers cannot be started ({error}); is the machine out of memory, or are there fewer cores? "
            "Do the same again, with fewer workers if need be"
        ) from error
    return DaskExecutor(distributed.Client(cluster), OwnCluster(cluster))


def _at_address(address: str) -> Executor:
    distributed = _dask()
    from molconvex.runs.batch.dask_executor import DaskExecutor

    try:
        return DaskExecutor(distributed.Client(address, timeout=CONNECTING))
    except (OSError, TimeoutError, ValueError) as error:
        raise ConfigError(
            f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler"
        ) from error


def _slurm(jobs: int) -> Executor:
    distributed = _dask()
    try:
        from molconvex.runs.batch.slurm import slurm_cluster, told_by_slurm
    except ModuleNotFoundError as error:
        raise MissingExtraError("SLURM needs dask-jobqueue: pip install 'molconvex[hpc]'") from error
    from molconvex.runs.batch.dask_executor import DaskExecutor

    cluster = OwnCluster(slurm_cluster())
    try:
        cluster.grow(jobs)
    except (OSError, RuntimeError, ValueError) as error:
        cluster.close()
        raise ConfigError(f"no job of SLURM can be submitted ({told_by_slurm(error)})") from error
    return DaskExecutor(distributed.Client(cluster.cluster), cluster)
