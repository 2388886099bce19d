"""Output whose reader has gone: what is printed from then on goes nowhere, and the work goes on to its end."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

GONE = (errno.EPIPE, errno.EIO)
"""Of a pipe that nobody reads any more, and of a terminal that was closed."""


@contextmanager
def unheard_output() -> Iterator[None]:
    """Within the block standard output and standard error outlive their readers.

    A night's work does not end because `tee` or a pager did, and `molconvex check RUN | head` still ends with the
    status of the whole check.
    """
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Outliving(stream) if stream is not None else stream for stream in before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, _Outliving):
                stream.flush()
        sys.stdout, sys.stderr = before


class _Outliving:
    """A text stream that turns to the null device once its reader has gone."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._turn_away(error)
            return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._turn_away(error)

    def _turn_away(self, error: OSError) -> None:
        if error.errno not in GONE:
            raise error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
