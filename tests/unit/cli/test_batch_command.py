"""`molconvex batch`, `status` and `results`: their errors and messages; what they do is tested where it is done."""

import json
import runpy
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from molconvex.cli.commands import app
from molconvex.runs.store import open_store


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leads.smi").write_text("CCO\n")
    return lambda *words: CliRunner().invoke(app, [*words])


def test_a_store_that_cannot_be_written_is_said_in_one_line(run, tmp_path) -> None:
    open_store(tmp_path, f"sqlite:///{tmp_path / 'mine.sqlite'}").close()
    read_only = f"sqlite:///file:{tmp_path / 'mine.sqlite'}?mode=ro&uri=true"
    done = run("batch", "leads.smi", "-g", "qed:max", "--store", read_only)
    assert done.exit_code == 2
    assert done.output.startswith("error: the store cannot be used (attempt to write a readonly database)")
    assert done.output.count("\n") == 1


def test_a_store_that_is_not_there_is_not_made_by_looking(run, tmp_path) -> None:
    for command in ("status", "results"):
        done = run(command, "--store", "none.sqlite")
        assert (done.exit_code, done.output) == (2, "error: there is no store none.sqlite\n")
    assert not (tmp_path / "none.sqlite").exists()


def test_the_script_for_schedulers_ends_with_the_status_of_the_command(run, monkeypatch, capsys) -> None:
    script = Path(__file__).parents[3] / "scripts" / "generate_candidates.py"
    monkeypatch.setattr(sys, "argv", [str(script), "none.smi", "-g", "qed:max", "--store", "s.sqlite"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 2
    assert json.loads(capsys.readouterr().err)["event"] == "error"


def test_a_scheduler_that_there_is_not_is_refused_before_anything_is_begun(run, tmp_path) -> None:
    done = run("batch", "leads.smi", "-g", "qed:max", "--store", "s.sqlite", "--scheduler", "local:none")
    assert (done.exit_code, done.output.count("\n")) == (2, 1)
    assert "needs a number of workers" in done.output
    assert not (tmp_path / "s.sqlite").exists()


def test_a_name_that_is_a_path_is_refused(run, tmp_path) -> None:
    done = run("batch", "leads.smi", "-g", "qed:max", "--store", "s.sqlite", "--name", "../tonight")
    assert done.exit_code == 2
    assert done.output == "error: a batch needs a name without / and \\, for files are called by it; got ../tonight\n"
    assert not (tmp_path.parent / "tonight-rejects.csv").exists()
