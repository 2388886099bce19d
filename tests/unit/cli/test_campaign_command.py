"""`molconvex campaign`: one round by commands, and errors as one line."""

import pandas as pd
import pytest
from typer.testing import CliRunner

from molconvex.cli.commands import app

POOL = ["CCO", "CCCO", "CCCCO", "CCN", "CCCN", "c1ccccc1O", "c1ccccc1N", "CC(=O)O", "CCC(=O)O", "CCOC", "CCCl", "CCBr"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("MOLCONVEX_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pool.smi").write_text("\n".join(POOL))
    return lambda *words: CliRunner().invoke(app, ["campaign", *words])


def test_a_round_by_commands(run, tmp_path) -> None:
    begun = run("new", "--name", "first", "--goal", "pIC50:max", "--pool", "pool.smi", "--batch", "5")
    assert begun.exit_code == 0, begun.output
    assert "12 compounds" in begun.output
    assert "batch 1: 5 compounds" in run("propose", "first").output
    assert run("export", "first").output.strip() == "first-batch-1.csv"
    table = pd.read_csv("first-batch-1.csv")
    table["pIC50"] = range(5)
    table.to_csv("back.csv", index=False)
    went_on = run("next", "first", "back.csv")
    assert went_on.exit_code == 0, went_on.output
    assert "5 values, 0 failed, 0 still waiting" in went_on.output
    assert (tmp_path / "first-batch-2.csv").is_file()
    assert "first" in run("status").output
    assert "Gaussian process on structures" in run("status", "first").output
    assert run("report", "first").exit_code == 0
    assert "Predicted against measured" not in (tmp_path / "first.html").read_text()  # batch 1 had no predictions


def test_a_round_is_not_begun_where_its_file_may_not_be_written(run, tmp_path) -> None:
    for words in (NEW, ("propose", "first"), ("export", "first")):
        assert run(*words).exit_code == 0
    table = pd.read_csv("first-batch-1.csv")
    table["pIC50"] = range(5)
    table.to_csv("back.csv", index=False)
    (tmp_path / "first-batch-2.csv").write_text("mine")
    assert "exists already" in run("next", "first", "back.csv").output
    assert "is a file" in run("next", "first", "back.csv", "--out", "back.csv/new.csv").output
    went_on = run("next", "first", "back.csv", "--overwrite")
    assert went_on.exit_code == 0, went_on.output
    assert "batch 2: 5 compounds" in went_on.output


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["propose", "none"], "there is no campaign 'none'"),
        (["new", "--name", "x", "--goal", "pIC50", "--pool", "pool.smi"], "is no goal"),
        (["new", "--name", "x", "--goal", "pIC50:max", "--pool", "none.smi"], "none.smi"),
    ],
)
def test_errors_are_one_line_with_status_2(run, words, text) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert text in done.output
    assert "Traceback" not in done.output


NEW = ("new", "--name", "first", "--goal", "pIC50:max", "--pool", "pool.smi", "--batch", "5")


def test_a_store_is_a_file_as_with_every_other_command(run, tmp_path) -> None:
    assert run(*NEW, "--store", "mine.sqlite").exit_code == 0
    assert (tmp_path / "mine.sqlite").is_file()
    assert "first" in run("status", "--store", f"sqlite:///{tmp_path / 'mine.sqlite'}").output
    assert run("status").output == "no campaigns\n"
    missing = run("propose", "first", "--store", "typo.sqlite")
    assert (missing.exit_code, missing.output) == (2, "error: there is no store typo.sqlite\n")
    assert not (tmp_path / "typo.sqlite").exists()


def test_a_store_that_cannot_be_written_is_said_in_one_line(run, tmp_path) -> None:
    assert run(*NEW, "--store", "mine.sqlite").exit_code == 0
    read_only = f"sqlite:///file:{tmp_path / 'mine.sqlite'}?mode=ro&uri=true"
    assert "first" in run("status", "--store", read_only).output
    done = run("propose", "first", "--store", read_only)
    assert done.exit_code == 2
    assert done.output.startswith("error: the store cannot be used (attempt to write a readonly database)")
    assert done.output.count("\n") == 1


def test_the_store_is_closed_when_a_command_is_over(run, monkeypatch) -> None:
    from molconvex.runs.store import Store

    closed = []
    monkeypatch.setattr(Store, "close", lambda self: closed.append(self))
    run(*NEW)
    run("status")
    run("propose", "none")
    assert len(closed) == 3


def test_a_file_of_another_campaign_is_called_so_where_its_column_is_missing_too(run) -> None:
    assert run(*NEW).exit_code == 0
    assert run("new", "--name", "second", "--goal", "logD:1..3", "--pool", "pool.smi").exit_code == 0
    assert run("propose", "second").exit_code == run("export", "second").exit_code == 0
    done = run("import", "first", "second-batch-1.csv")
    expected = "error: second-batch-1.csv has compounds of the campaign 'second'; nothing was imported\n"
    assert (done.exit_code, done.output) == (2, expected)
    table = pd.read_csv("second-batch-1.csv").drop(columns="logD")
    table.to_csv("cut.csv", index=False)
    assert "has no column 'logD'" in run("import", "second", "cut.csv").output


def test_rounds_are_lines_of_80_characters() -> None:
    from molconvex.campaigns.history import ROUND_COLUMNS
    from molconvex.campaigns.proposing import MODELS
    from molconvex.cli.campaign import rounds_text

    nan = float("nan")
    first = (1, 24, 20, 4, 123456.789, 123456.789, nan, nan, nan, MODELS["none"], "", nan)
    later = (2, 24, 24, 0, 98765.4321, 123456.789, 1234.5678, 0.95833333, -0.123456, MODELS["both"], "convex", 98765.4)
    text = rounds_text(pd.DataFrame([first, later], columns=list(ROUND_COLUMNS)))
    assert max(map(len, text.splitlines())) <= 80
    assert text.splitlines()[0].split()[-3:] == ["error", "inside", "rank"]
    assert text.splitlines()[3] == "batch 1: none yet: compounds far apart from each other"
    assert "side convex, proved bound 9.88e+04" in " ".join(text.split())
