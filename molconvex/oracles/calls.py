"""One call of a program: SMILES in, values out, within its time; whatever hangs, crashes or floods is ended."""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from molconvex.oracles.answers import LONGEST, Answer, CallFailedError, read_answers

LARGEST_OUTPUT = 64 << 20  # bytes that a call may print
LOOK = 0.1  # seconds between two looks at whether to stop
DRAIN = 5.0  # seconds for the last lines of a program that has ended


class CallStoppedError(Exception):
    """A call was ended because the user stopped the run."""


def call_program(
    argv: Sequence[str], smiles: Sequence[str], timeout: float, stopped: Callable[[], bool] = lambda: False
) -> list[Answer]:
    """Start a program in a group of its own, hand it n SMILES, and read n answers.

    Args:
        argv: Program and arguments.
        smiles: One a line on its standard input.
        timeout: Seconds after which it is ended, with whatever it started.
        stopped: Asked meanwhile; True ends it at once.

    Raises:
        CallFailedError: If it cannot be started, ends with an error, takes too long or prints too much or too little.
        CallStoppedError: If `stopped` says so.
    """
    with tempfile.TemporaryFile() as given:
        given.write("".join(f"{text}\n" for text in smiles).encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                argv, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
            )
        except (OSError, ValueError) as error:
            raise CallFailedError(f"could not be started ({getattr(error, 'strerror', None) or error})") from None
        try:
            printed, complaint = _watched(process, timeout, stopped)
        finally:
            _end(process)
    if process.returncode != 0:
        raise CallFailedError(_how_it_ended(process.returncode) + _last_line(complaint))
    return read_answers(smiles, printed.decode("utf-8", "replace"))


def _watched(process: "subprocess.Popen[bytes]", timeout: float, stopped: Callable[[], bool]) -> tuple[bytes, bytes]:
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors = _Reader(process.stdout), _Reader(process.stderr)
    end = time.monotonic() + timeout
    while process.poll() is None:
        if stopped():
            raise CallStoppedError
        if output.is_full or errors.is_full:
            raise CallFailedError(f"printed more than {LARGEST_OUTPUT >> 20} MiB")
        if time.monotonic() >= end:
            raise CallFailedError(f"took longer than {timeout:g} s")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(min(LOOK, max(end - time.monotonic(), 0.0)))
    if output.is_full or errors.is_full:
        raise CallFailedError(f"printed more than {LARGEST_OUTPUT >> 20} MiB")
    end = time.monotonic() + DRAIN
    return output.content(end), errors.content(end)


class _Reader:
    """Reads a pipe in a thread, so that a program never waits for us, up to a limit."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._content = stream, bytearray()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        return len(self._content) > LARGEST_OUTPUT

    def content(self, end: float) -> bytes:
        """What came until now; all of it, unless a child of the program holds the pipe open until `end`."""
        self._thread.join(max(end - time.monotonic(), 0.0))
        return bytes(self._content)

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError), self._stream:
            while not self.is_full and (part := os.read(self._stream.fileno(), 1 << 16)):
                self._content += part


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the program and everything that it started in its group."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _how_it_ended(code: int) -> str:
    return f"crashed with signal {-code}" if code < 0 else f"ended with code {code}"


def _last_line(complaint: bytes) -> str:
    lines = complaint.decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1].strip()[:LONGEST]}" if lines else ""
