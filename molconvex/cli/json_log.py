"""A log for programs: every line of stderr is one JSON object, whatever happens while it is open."""

import json
import logging
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from molconvex.cli.errors import BROKEN, Tell, tell_people


@contextmanager
def speaking(log_format: str | None) -> Iterator[Tell]:
    """How a command says what happens: in words, or as JSON, where warnings, loggers and faults are told so too."""
    if log_format != "json":
        yield tell_people
        return
    with _heard():
        try:
            yield write_event
        except (typer.Exit, typer.Abort):
            raise
        except typer.BadParameter as error:
            write_event("error", error.format_message())
            raise typer.Exit(error.exit_code) from None
        except Exception as error:
            write_event("error", f"{type(error).__name__}: {error}", traceback=traceback.format_exc())
            raise typer.Exit(BROKEN) from None


def write_event(event: str, text: str | None = None, **facts: Any) -> None:
    """One line: time, event, text, and what belongs to it.

    It is written by one call, for a signal may come at any moment and be told of in between.
    """
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    words = {} if text is None else {"text": text}
    sys.stderr.write(json.dumps({"time": stamp, "event": event, **words, **facts}) + "\n")
    sys.stderr.flush()


class _Records(logging.Handler):
    """Records of loggers as notes."""

    def emit(self, record: logging.LogRecord) -> None:
        write_event("note", record.getMessage(), logger=record.name)


@contextmanager
def _heard() -> Iterator[None]:
    """Warnings and what loggers have to say become notes."""
    records = _Records(logging.WARNING)
    logging.getLogger().addHandler(records)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: write_event("note", str(message))
            yield
    finally:
        logging.getLogger().removeHandler(records)
