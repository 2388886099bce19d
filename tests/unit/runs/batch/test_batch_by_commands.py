"""`molconvex batch`, `status` and `results` from beginning to end with the toy model, killed in the middle too."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from molconvex.cli.commands import app
from molconvex.runs.store import open_store
from molconvex.runs.store.shards import ShardState

LEADS = ["COc1ccc(CN2CCOCC2)cc1", "Cc1ccc(C(=O)N2CCOCC2)cc1", "CCc1ccc(CCO)cc1", "CN(C)c1ccc(CC(N)=O)cc1"]
SMALL = ("-g", "qed:max", "--budget", "6", "--analogues", "10", "--programs", "1")
pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in a folder of its own with a file of four leads and two broken rows."""
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("leads.smi").write_text("\n".join([*LEADS[:2], "C1CC(", *LEADS[2:], LEADS[0]]) + "\n")
    return lambda *words: CliRunner().invoke(app, [*words])


def tables(store: str, folder: str) -> dict[str, str]:
    """What came out, but for times."""
    done = CliRunner().invoke(app, ["results", "--store", store, "--out", folder, "--format", "csv"])
    assert done.exit_code == 0, done.output
    found = {
        name: pd.read_csv(Path(folder, name), dtype=str) for name in ("leads.csv", "candidates.csv", "rejects.csv")
    }
    return {name: table.drop(columns="seconds", errors="ignore").to_csv() for name, table in found.items()}


def test_a_batch_from_beginning_to_end(run) -> None:
    done = run("batch", "leads.smi", *SMALL, "--store", "s.sqlite")
    assert done.exit_code == 0, done.output
    assert "leads: 4 of 6 leads done, 2 rows rejected" in done.output
    assert "2 rows gave nothing; see leads-rejects.csv" in done.output
    rejects = pd.read_csv("leads-rejects.csv")
    assert rejects["line"].tolist() == [3, 6]
    assert rejects["reason"].iloc[1] == "the same molecule as line 1"
    told = run("status", "leads", "--store", "s.sqlite", "--log-format", "json")
    assert json.loads(told.output) | {"name": "leads", "done": 4, "failures": []} == json.loads(told.output)
    written = run("results", "leads", "--store", "s.sqlite")
    assert written.exit_code == 0, written.output
    folder = Path("leads-results")
    assert len(pd.read_csv(folder / "leads.csv")) == 6
    assert len(pd.read_parquet(folder / "candidates.parquet")) == len(pd.read_csv(folder / "candidates.csv")) == 24
    assert "report.html" in written.output.replace("\n", "")
    again = run("batch", "leads.smi", *SMALL, "--store", "s.sqlite")
    assert (again.exit_code, "4 of 6 leads done" in again.output) == (0, True)
    other = run("batch", "leads.smi", *SMALL, "--budget", "7", "--store", "s.sqlite")
    assert other.exit_code == 2
    assert "budget: 6 -> 7" in other.output


def test_a_lead_of_a_batch_has_the_candidates_that_generate_finds(run) -> None:
    assert run("batch", "leads.smi", *SMALL, "--store", "s.sqlite").exit_code == 0
    from toy_pipeline import model, reference

    from molconvex.design import GenerateSettings, Lead, generate

    store = open_store("home", f"sqlite:///{Path('s.sqlite').resolve()}")
    (batch,) = store.batches.all()
    settings = GenerateSettings(**batch.settings | {"leads": [Lead(LEADS[0], "line 1")]})
    alone = generate(settings, latent_model=model(), reference=reference()).candidates
    run("results", "--store", "s.sqlite", "--format", "csv")
    table = pd.read_csv("leads-results/candidates.csv")
    assert table.loc[table["lead"] == 1, "smiles"].tolist() == alone["smiles"].tolist()
    store.close()


def test_a_batch_killed_twice_gives_the_tables_of_an_undisturbed_one(run) -> None:
    assert run("batch", "leads.smi", *SMALL, "--store", "calm.sqlite").exit_code == 0
    command = [sys.executable, "-m", "molconvex.cli", "batch", "leads.smi", *SMALL, "--store", "hit.sqlite"]
    for done_before in (1, 2):
        killed_after_a_lead(command)
        store = open_store("home", f"sqlite:///{Path('hit.sqlite').resolve()}")
        (batch,) = store.batches.all()
        assert done_before <= store.shards.counts(batch.id)[ShardState.DONE] < len(LEADS)
        store.close()
    assert run("batch", "leads.smi", *SMALL, "--store", "hit.sqlite").exit_code == 0
    assert tables("hit.sqlite", "hit") == tables("calm.sqlite", "calm")


def killed_after_a_lead(command: list[str]) -> None:
    """Start a batch, and kill it as soon as it says that a lead is done."""
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen([*command, "--log-format", "json"], stderr=subprocess.PIPE, text=True, env=env) as process:
        for line in process.stderr:
            if line.startswith("{") and json.loads(line)["event"] == "lead":
                process.kill()
                break
    assert process.returncode == -9


def test_a_batch_stopped_by_ctrl_c_says_how_to_go_on(run, monkeypatch) -> None:
    from molconvex.cli import batch as command

    monkeypatch.setattr(command, "stoppable", lambda tell: _Asked())
    done = run("batch", "leads.smi", *SMALL, "--store", "s.sqlite")
    assert done.exit_code == 130
    assert "4 waiting" in done.output
    assert "start the same command again to go on" in done.output


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_every_line_of_a_batch_that_is_ended_by_sigterm_is_in_the_chosen_form(run, log_format) -> None:
    command = [sys.executable, "-m", "molconvex.cli", "batch", "leads.smi", *SMALL, "--store", "s.sqlite"]
    with subprocess.Popen(
        [*command, "--log-format", log_format],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    ) as process:
        said = process.stdout.readline()  # of the rejected rows, before the first lead
        process.send_signal(signal.SIGTERM)
        said += process.stdout.read()
    assert process.returncode == 130, said
    if log_format == "text":
        assert said.startswith("2 rows gave nothing; see leads-rejects.csv\nstopping; ")
        assert said.endswith("stopped; start the same command again to go on\n")
        return
    events = [json.loads(line) for line in said.splitlines()]
    assert events[0]["text"] == "2 rows gave nothing; see leads-rejects.csv"
    assert any(event.get("text", "").startswith("stopping; ") for event in events)
    assert (events[-1]["event"], events[-1]["rejected"]) == ("stopped", 2)
    assert events[-1]["waiting"] > 0


class _Asked:
    """Somebody pressed Ctrl-C before the first lead."""

    def __enter__(self):
        return lambda: True

    def __exit__(self, *_):
        return None


def test_what_was_set_aside_is_tried_again_and_leaves_the_rejects(run) -> None:
    broken = Path("broken").resolve()
    broken.touch()
    Path("fails.sh").write_text(f'#!/bin/sh\n[ -e {broken} ] && exit 1\nwhile read s; do echo "${{#s}}"; done\n')
    Path("fails.sh").chmod(0o755)
    Path("goals.toml").write_text(
        f'goals = ["length:min"]\noracles.length = {{command = "{Path("fails.sh").resolve()}", retries = 0}}\n'
    )
    Path("leads.smi").write_text("\n".join(LEADS[:2]) + "\n")
    words = ("batch", "leads.smi", *SMALL[2:], "--budget", "9", "--config", "goals.toml")
    done = run(*words, "--store", "s.sqlite")
    assert "0 of 2 leads done, 2 set aside" in done.output
    assert len(pd.read_csv("leads-rejects.csv")) == 2
    assert "set aside: line 1 (line 1): " in run("status", "leads", "--store", "s.sqlite").output
    broken.unlink()
    assert "0 of 2 leads done" in run(*words, "--store", "s.sqlite").output, "only if asked to"
    again = run(*words, "--store", "s.sqlite", "--retry")
    assert again.exit_code == 0, again.output
    assert "2 of 2 leads done" in again.output
    assert len(pd.read_csv("leads-rejects.csv")) == 0


def test_an_empty_store_says_that_there_is_no_batch(run) -> None:
    open_store("home", f"sqlite:///{Path('s.sqlite').resolve()}").close()
    for words in (("results",), ("results", "leads"), ("status", "leads")):
        done = run(*words, "--store", "s.sqlite")
        assert (done.exit_code, done.output) == (
            2,
            "error: the store has no batches yet; begin one by molconvex batch\n",
        )
    assert run("status", "--store", "s.sqlite").output == "no batches\n"
