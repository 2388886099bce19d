"""A Dask cluster of jobs of SLURM, as Dask's own settings say; only imported where dask-jobqueue is installed."""

from typing import Any

import dask
from dask_jobqueue import SLURMCluster
from dask_jobqueue.slurm import SLURMJob
from distributed.deploy.spec import ProcessInterface

USUAL = {"cores": 1, "processes": 1, "memory": "4GB", "walltime": "12:00:00"}
NOWHERE = "127.0.0.1:0"  # any free port, for this machine alone
UNSET = (None, "00:30:00")  # what Dask's own file has where nobody changed it


class Job(SLURMJob):
    """A job that says when it is closed: a cluster with one that was refused would wait for that at its end."""

    async def close(self) -> None:
        """Cancel it, if it was taken."""
        await super().close()
        await ProcessInterface.close(self)


def slurm_cluster() -> SLURMCluster:
    """A cluster without jobs so far: sizes by `jobqueue.slurm`, one core, 4 GB and 12 hours where that is silent."""
    own = {name: value for name, value in USUAL.items() if _set(name) in UNSET}
    options: dict[str, Any] = {"dashboard_address": NOWHERE, **(_set("scheduler-options") or {})}
    return SLURMCluster(job_cls=Job, scheduler_options=options, silence_logs="critical", **own)  # type: ignore[arg-type]


def told_by_slurm(error: Exception) -> str:
    """What SLURM answered, or why it could not be asked."""
    if isinstance(error, FileNotFoundError):
        return f"there is no {error.filename} on this machine"
    answer = str(error).partition("stderr:\n")[2] or str(error)
    return " ".join(answer.split())


def _set(name: str) -> Any:
    return dask.config.get(f"jobqueue.slurm.{name}", None)
