"""With JSON chosen, every line that a batch writes is one JSON object: stops, errors, warnings, faults; else words."""

import json
import logging
import os
import signal
import subprocess
import sys
import warnings

import pytest
import typer

from molconvex.cli.errors import reported
from molconvex.cli.json_log import speaking, write_event
from molconvex.cli.working import stoppable
from molconvex.exceptions import ConfigError


def events(text: str) -> list[dict]:
    """Every line as an object; no other line is allowed."""
    found = [json.loads(line) for line in text.splitlines()]
    assert all({"time", "event"} <= item.keys() for item in found)
    return found


def interrupted_twice(log_format: str) -> None:
    with speaking(log_format) as tell, reported(tell, "at once"), stoppable(tell) as asked:
        os.kill(os.getpid(), signal.SIGINT)
        assert asked()
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_ctrl_c_is_answered_in_the_form_that_was_chosen(log_format, capsys) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(typer.Exit) as ended:
        interrupted_twice(log_format)
    signal.signal(signal.SIGINT, before)
    assert ended.value.exit_code == 130
    said = capsys.readouterr().err
    if log_format == "text":
        assert said == "stopping; what is finished will be written (Ctrl-C again: at once)\nat once\n"
    else:
        assert [(item["event"], item["text"][:8]) for item in events(said)] == [
            ("note", "stopping"),
            ("stopped", "at once"),
        ]


@pytest.mark.parametrize(
    ("error", "status", "text"),
    [
        (ConfigError("no such goal"), 2, "no such goal"),
        (typer.BadParameter("write NAME=VALUE"), 2, "Invalid value: write NAME=VALUE"),
        (ZeroDivisionError("by zero"), 1, "ZeroDivisionError: by zero"),
    ],
)
def test_errors_and_faults_are_events(error, status, text, capsys) -> None:
    with pytest.raises(typer.Exit) as ended, speaking("json") as tell, reported(tell):
        raise error
    assert ended.value.exit_code == status
    (event,) = events(capsys.readouterr().err)
    assert (event["event"], event["text"]) == ("error", text)
    assert ("Traceback" in event.get("traceback", "")) == (status == 1)


def test_in_words_a_fault_of_the_program_keeps_its_traceback(capsys) -> None:
    with pytest.raises(ZeroDivisionError), speaking("text") as tell, reported(tell):
        raise ZeroDivisionError
    with pytest.raises(typer.Exit), speaking(None) as tell, reported(tell):
        raise ConfigError("no such goal")
    assert capsys.readouterr().err == "error: no such goal\n"


def test_warnings_and_loggers_become_notes_only_while_json_is_written(capsys) -> None:
    with speaking("json"):
        warnings.warn("slow disk", stacklevel=1)
        logging.getLogger("some.library").warning("lost %d", 3)
        logging.getLogger("some.library").info("of no interest")
    heard = events(capsys.readouterr().err)
    assert [(item["event"], item["text"], item.get("logger")) for item in heard] == [
        ("note", "slow disk", None),
        ("note", "lost 3", "some.library"),
    ]
    with pytest.warns(UserWarning, match="slow disk"), speaking("text"):
        warnings.warn("slow disk", stacklevel=1)
    assert capsys.readouterr().err == ""


def test_a_line_is_written_by_one_call(monkeypatch) -> None:
    """A signal may come between two, and what it says would stand within the line."""
    calls = []

    class Stream:
        def write(self, text: str) -> None:
            calls.append(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(sys, "stderr", Stream())
    write_event("note", "hello", lead=3)
    (line,) = calls
    assert line.endswith("\n")
    assert {"event": "note", "text": "hello", "lead": 3}.items() <= json.loads(line).items()


def test_a_wrong_command_is_told_as_json_too(tmp_path) -> None:
    for words in (
        ["batch", "none.smi", "-g", "qed:max", "--store", str(tmp_path / "s.sqlite")],
        ["status", "--store", "no"],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "molconvex.cli", *words, "--log-format", "json"], capture_output=True, text=True,
            cwd=tmp_path,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (2, "")
        (event,) = events(done.stderr)
        assert event["event"] == "error"
