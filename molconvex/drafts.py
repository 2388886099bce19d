"""Hidden drafts of files and folders beside their place: made, locked while worked on, brought to disk, tidied."""

import contextlib
import ctypes
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

try:
    import fcntl
except ImportError:  # no advisory locks on this system: leftovers stay, two swaps at one moment are not serialised
    fcntl = None  # type: ignore[assignment]

AT_FDCWD, EXCHANGE = -100, 2


@contextlib.contextmanager
def hidden_draft(target: Path, make: Callable[[Path], None], suffix: str = "") -> Iterator[Path]:
    """A hidden file or folder beside the target, known as being worked on; gone when the block ends, if still there."""
    with contextlib.ExitStack() as stack:
        with locked(target.parent):
            _remove_leftovers(target)
            draft = hidden_name(target, "new", suffix)
            make(draft)
            stack.enter_context(locked(draft))
            stack.enter_context(_as_own(draft))
        try:
            yield draft
        finally:
            _remove(draft)


def hidden_name(target: Path, role: str, suffix: str = "") -> Path:
    """A name beside the target that `_remove_leftovers` knows."""
    return target.with_name(f".{_stem(target)}.{uuid4().hex[:12]}.{role}{suffix}")


def _stem(target: Path) -> str:
    return os.fsdecode(os.fsencode(target.name)[:180])  # hidden names must not pass the 255 bytes of file systems


def _remove_leftovers(target: Path) -> None:
    """Tidy what killed writers of this name left: drafts go, a folder that was moved away comes back."""
    ours = re.compile(rf"\.{re.escape(_stem(target))}\.[0-9a-f]{{12}}\.(new|old)(?:{re.escape(target.suffix)})?")
    for path in target.parent.iterdir():
        match = ours.fullmatch(path.name)
        if match is None or not _is_abandoned(path):
            continue
        with contextlib.suppress(OSError):
            if match.group(1) == "old" and not target.exists():
                os.rename(path, target)
            else:
                _remove(path)


def exchanged(a: Path, b: Path) -> bool:
    """Let two folders exchange their names in one step; False where the system or its file system cannot.

    Reference: renameat2(2) with RENAME_EXCHANGE, Linux.
    """
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None) if os.name == "posix" else None
    return renameat2 is not None and renameat2(AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), EXCHANGE) == 0


def remove_folder(folder: Path) -> None:
    """Remove a folder so that nobody who reads it meets half of it, however soon the process is killed.

    Raises:
        OSError: If it cannot be moved away.
    """
    spent = hidden_name(folder, "new")  # from here on it must not come back, however little of it is left
    os.rename(folder, spent)
    shutil.rmtree(spent, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_abandoned(path: Path) -> bool:
    """Whether no living writer holds the lock of `locked`."""
    if fcntl is None:
        return False
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True


_own_drafts: set[Path] = set()
"""Folders that this process is filling: a file written whole into one must not wait for the lock of its own draft."""


@contextlib.contextmanager
def _as_own(draft: Path) -> Iterator[None]:
    _own_drafts.add(draft)
    try:
        yield
    finally:
        _own_drafts.discard(draft)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """While the block lasts, others see that `path` is being worked on, or wait; the lock dies with the process."""
    if fcntl is None or path in _own_drafts:
        yield
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def to_disk(path: Path) -> None:
    """Flush a file or folder, so that a power cut after the move does not leave an empty name."""
    if path.is_dir():
        with contextlib.suppress(OSError):  # not every system can flush a folder
            _flush(path)
    else:
        _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
