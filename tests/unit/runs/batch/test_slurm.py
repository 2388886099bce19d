"""Jobs of SLURM: their script, jobs that are refused, a batch on jobs that a stand-in for `sbatch` runs at once."""

import os
import signal
import time
import warnings
from pathlib import Path

import pytest
from helpers import Listener

from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import ConfigError
from molconvex.runs.batch import executor_for, run_batch
from molconvex.runs.store import open_store
from molconvex.runs.store.batches import GivenLead

dask = pytest.importorskip("dask", reason="Dask is not installed: pip install 'molconvex[hpc]'")
pytest.importorskip("dask_jobqueue", reason="dask-jobqueue is not installed: pip install 'molconvex[hpc]'")
slurm = pytest.importorskip("molconvex.runs.batch.slurm")
pytestmark = pytest.mark.usefixtures("toy")
TAKES = """\
#!/bin/sh
echo submitted >>{folder}/submitted
number=1
while [ $number -le {most} ] && ! mkdir {folder}/taken$number 2>/dev/null; do number=$((number + 1)); done
[ $number -gt {most} ] && {{ echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2; exit 1; }}
cp "$1" {folder}/taken$number/script
setsid sh {folder}/taken$number/script >{folder}/job.log 2>&1 &
echo "Submitted batch job $!"
"""
ENDS = '#!/bin/sh\nkill -- "-$1" 2>/dev/null\nexit 0\n'


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Programs `sbatch` and `scancel` that run so many jobs at most, at once; the folder that they write in."""

    def install(most: int) -> Path:
        for name, text in (("sbatch", TAKES.format(folder=tmp_path, most=most)), ("scancel", ENDS)):
            path = tmp_path / "bin" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            path.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    return install


def script(**settings) -> str:
    with dask.config.set({f"jobqueue.slurm.{name}": value for name, value in settings.items()}):
        cluster = slurm.slurm_cluster()
        cluster.close()
        return cluster.job_script()


def test_a_job_has_one_core_4_gb_and_12_hours_where_nothing_else_is_said() -> None:
    lines = script().splitlines()
    assert {"#SBATCH -n 1", "#SBATCH --cpus-per-task=1", "#SBATCH --mem=4G", "#SBATCH -t 12:00:00"} <= set(lines)
    assert "--nthreads 1 --memory-limit 3.73GiB" in lines[-1]


def test_dasks_own_file_decides_about_jobs() -> None:
    own = script(cores=4, processes=2, memory="16GB", walltime="02:00:00", queue="long", account="chem")
    lines = own.splitlines()
    wanted = {"#SBATCH -p long", "#SBATCH -A chem", "#SBATCH --cpus-per-task=4", "#SBATCH -t 02:00:00"}
    assert wanted <= set(lines)
    assert "--nthreads 2 --memory-limit 7.45GiB --nworkers 2" in lines[-1]


def test_what_a_scheduler_shows_is_shown_on_its_machine_alone() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # as of a port that another scheduler has
        clusters = [slurm.slurm_cluster() for _ in range(2)]
    ports = {cluster.scheduler.http_server.port for cluster in clusters}
    assert len(ports) == 2
    for cluster in clusters:
        (place,) = cluster.scheduler.http_server._sockets.values()
        assert place.getsockname()[0] == "127.0.0.1"
        cluster.close()


def test_options_of_the_scheduler_in_dasks_own_file_hold(unused_port) -> None:
    with dask.config.set({"jobqueue.slurm.scheduler-options": {"port": unused_port}}):
        cluster = slurm.slurm_cluster()
    assert cluster.scheduler_address.endswith(f":{unused_port}")
    cluster.close()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as place:
        place.bind(("", 0))
        return place.getsockname()[1]


def test_a_machine_without_slurm_is_said_in_one_line(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError) as raised:
        executor_for("slurm:2", lambda: False)
    assert str(raised.value) == "no job of SLURM can be submitted (there is no sbatch on this machine)"


def test_what_slurm_refuses_is_said_in_one_line(jobs) -> None:
    jobs(most=0)
    with pytest.raises(ConfigError) as raised:
        executor_for("slurm:2", lambda: False)
    assert str(raised.value) == "no job of SLURM can be submitted (sbatch: error: QOSMaxSubmitJobPerUserLimit)"


def test_a_batch_goes_on_with_the_jobs_that_slurm_takes(jobs, tmp_path) -> None:
    folder = jobs(most=1)
    executor = executor_for("slurm:2", lambda: False)
    plain = GenerateSettings(leads=["C"], goals=["qed:max"], budget=6, analogues=10, programs=1).to_dict()
    store = open_store(tmp_path)
    batch = store.batches.add("one", plain, {}, [GivenLead(1, "m1", "COc1ccc(CN2CCOCC2)cc1")])
    now = run_batch(store, batch, executor, Listener(), lambda: False)
    store.close()
    assert (now.done, now.failed) == (1, 0), (folder / "job.log").read_text()
    assert (folder / "submitted").read_text().count("submitted") >= 2


@pytest.mark.parametrize("processes", [1, 2])
def test_a_job_that_is_gone_is_submitted_anew(jobs, monkeypatch, processes) -> None:
    from molconvex.runs.batch import own_cluster

    monkeypatch.setattr(own_cluster, "LOOK", 0.0)
    monkeypatch.setattr(own_cluster, "AWAY", 0.2)
    folder, own = jobs(most=2), {"cores": processes, "processes": processes, "memory": "2GB"}
    settings = {f"jobqueue.slurm.{name}": value for name, value in own.items()}
    with dask.config.set(settings):
        executor = executor_for("slurm:1", lambda: False)
        dask.config.set({"distributed.deploy.lost-worker-timeout": "0.2s"})
        until(lambda: executor.room() == processes)
        (job,) = executor._cluster.cluster.workers.values()
        os.killpg(int(job.job_id), signal.SIGKILL)
        until(lambda: executor.room() == 0)
        until(lambda: executor.room() == processes)
        executor.close()
    assert (folder / "submitted").read_text().count("submitted") == 2


def until(condition, seconds: float = 60.0) -> None:
    """Wait for something that comes sooner or later."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
