"""A reader that goes away ends no command: what it would have read goes nowhere, and the status tells the truth."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest
import typer

from molconvex.cli import commands, main
from molconvex.cli.closed_output import unheard_output

MUCH = "x" * 200_000


@pytest.fixture
def deaf() -> Iterator[TextIO]:
    """A pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    yield stream
    stream.close()


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_work_goes_on_where_nobody_listens(name: str, deaf: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, name, deaf)
    done = []
    with unheard_output():
        for step in range(3):
            print(MUCH, file=getattr(sys, name), flush=True)
            done.append(step)
        print("and what was never flushed", file=getattr(sys, name))
    assert done == [0, 1, 2]
    assert getattr(sys, name) is deaf


def test_other_faults_of_output_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(text: str) -> int:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(sys.stdout, "write", full)
    with pytest.raises(OSError, match="no space"), unheard_output():
        print("something")


def test_a_command_ends_with_its_own_status(deaf: TextIO, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = []

    def work() -> None:
        from molconvex.cli.tables import console

        console().print(MUCH)
        print(MUCH, flush=True)
        print(MUCH, file=sys.stderr, flush=True)
        ended.append(True)
        raise typer.Exit(2)

    one = typer.Typer()
    one.command()(work)
    monkeypatch.setattr(commands, "app", one)
    monkeypatch.setattr(sys, "stdout", deaf)
    monkeypatch.setattr(sys, "stderr", deaf)
    assert main([]) == 2
    assert ended


def test_a_pager_that_is_closed_leaves_no_trace() -> None:
    command = f"{sys.executable} -m molconvex.cli info | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""
