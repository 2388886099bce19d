"""Every expected error as one clear message: exit status 2, or 130 for Ctrl-C; never a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import typer

from molconvex.exceptions import MolconvexError

BROKEN, FAILED, STOPPED = 1, 2, 130
NOTHING_DONE = "stopped before anything was finished; nothing was written"


class Tell(Protocol):
    """Says what happens: "note", "error" or "stopped", with a text."""

    def __call__(self, event: str, text: str, /) -> None:
        """Say it."""


def tell_people(event: str, text: str, **facts: Any) -> None:
    """In words on stderr."""
    print(f"error: {text}" if event == "error" else text, file=sys.stderr, flush=True)


@contextmanager
def reported(tell: Tell = tell_people, at_once: str = NOTHING_DONE) -> Iterator[None]:
    """Run a command's body; its errors become a message on stderr and an exit status.

    Args:
        tell: Says what went wrong.
        at_once: Said where Ctrl-C ended the body.
    """
    try:
        yield
    except MolconvexError as error:
        tell("error", str(error))
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        tell("stopped", at_once)
        raise typer.Exit(STOPPED) from None
