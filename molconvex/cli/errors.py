"""Every expected error as one clear message: exit status 2, or 130 for Ctrl-C; never a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from molconvex.exceptions import MolconvexError

FAILED, STOPPED = 2, 130


@contextmanager
def reported() -> Iterator[None]:
    """Run a command's body; its errors become a message on stderr and an exit status."""
    try:
        yield
    except MolconvexError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        print("stopped before anything was finished; nothing was written", file=sys.stderr)
        raise typer.Exit(STOPPED) from None
    except BrokenPipeError:
        # the reader of our output has gone: what was to be printed has no one to see it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
