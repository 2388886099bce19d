"""Files and folders of our own: where the bundled ones lie, their checksums, and the one way to write one whole.

A file or folder is made under a hidden name beside its place, brought to disk, and moved there in one step: readers
see the old one or the new one, never half of one. Hidden leftovers of writers that were killed are tidied by the next
writer of the same name.
"""

import hashlib
import os
import stat
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from molconvex.documents import read_json
from molconvex.drafts import exchanged, hidden_draft, hidden_name, locked, remove_folder, to_disk
from molconvex.exceptions import DataError, MolconvexError, OutputExistsError, WeightsError

PACKAGE = Path(__file__).resolve().parent


def data_path(*parts: str) -> Path:
    """Path of a bundled file or folder, for example data_path("vae", "weights.safetensors").

    Raises:
        WeightsError: If it is missing.
    """
    root = PACKAGE / "_data" if (PACKAGE / "_data").is_dir() else PACKAGE.parent / "data"
    path = root.joinpath(*parts)
    if not path.exists():
        raise WeightsError(f"the bundled {'/'.join(parts)} is missing ({path}); install molconvex again")
    return path


def user_folder() -> Path:
    """Folder of what a user keeps: MOLCONVEX_HOME, else the one that the operating system names."""
    from platformdirs import user_data_path

    return Path(os.environ.get("MOLCONVEX_HOME") or user_data_path("molconvex", appauthor=False))


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """manifest.json of a folder, after checking the SHA-256 of every file that it names under "files".

    Raises:
        WeightsError: If the manifest or a file is missing, or a file was altered or cut short.
    """
    path = folder / "manifest.json"
    manifest = read_json(path, WeightsError)
    expected = manifest.get("files")
    if not isinstance(expected, dict) or not all(isinstance(digest, str) for digest in expected.values()):
        raise WeightsError(f"{path} names no files with their SHA-256; restore the folder or install molconvex again")
    for name, digest in expected.items():
        if not (folder / name).is_file():
            raise WeightsError(f"{folder / name} is missing; restore it or install molconvex again")
        if sha256_of(folder / name) != digest:
            raise WeightsError(
                f"{folder / name} was altered or cut short (its SHA-256 is not the manifest's); restore it"
            )
    return manifest


def check_replaceable(folder: str | Path, marker: str, kind: str, overwrite: bool) -> None:
    """Refuse a folder that may not be written to; asked before the work begins.

    Args:
        folder: Where something is to be written.
        marker: File by which a folder of this kind is known, such as "run.json"; other folders are left alone.
        kind: What messages call it, such as "a run".
        overwrite: Whether one of this kind may be replaced. An empty folder may always be filled.

    Raises:
        OutputExistsError: If it is a file, holds something else, or exists and overwrite is False.
    """
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputExistsError(f"{folder} is a file; name another folder for {kind}")
    if not any(folder.iterdir()):
        return
    if not (folder / marker).is_file():
        raise OutputExistsError(f"{folder} exists and holds something else than {kind}; it is left alone")
    if not overwrite:
        raise OutputExistsError(f"{folder} exists already; choose another folder or allow overwriting (--overwrite)")


def check_file_place(path: str | Path, overwrite: bool) -> None:
    """Refuse a file that may not be written; asked before the work begins.

    Raises:
        OutputExistsError: If it exists and overwrite is False.
        DataError: If it is a folder, pipe or device, or its folder cannot be written to.
    """
    path = Path(path)
    _check_place(_target(path), path, overwrite)
    check_parent(path)


def check_parent(path: str | Path) -> None:
    """Refuse a path in a folder that cannot be written to or made; asked before the work begins.

    Raises:
        DataError: If the nearest existing parent is no folder, or not ours to write to.
    """
    parent = next(folder for folder in _target(Path(path)).parents if folder.exists())
    if not parent.is_dir():
        raise DataError(f"{path} cannot be written: {parent} is a file; choose another place")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise DataError(f"{path} cannot be written: the folder {parent} is write-protected; choose another place")


def write_file_whole(
    path: str | Path, content: bytes | str | Callable[[Path], object], *, overwrite: bool = True
) -> Path:
    """Write a file whole or not at all; after a failure what stood there stands.

    Work that is finished is never thrown away: where another writer has taken the name in the meantime and overwrite
    is False, the file gets the next free name ("table-2.csv") and a warning says so.

    Args:
        path: The file; its folder is made if need be. A link is followed.
        content: Bytes, text (written as UTF-8), or what writes the file to the path given to it, of the same ending.
        overwrite: Replace a file of that name.

    Returns:
        Where it stands: `path`, or the free name beside it.

    Raises:
        OutputExistsError: If the file exists and overwrite is False.
        DataError: If it cannot be written, or is a folder, pipe or device.
    """
    path = Path(path)
    target = _target(path)
    try:
        _check_place(target, path, overwrite)
        target.parent.mkdir(parents=True, exist_ok=True)
        with hidden_draft(target, Path.touch, target.suffix) as draft:
            _fill(draft, content)
            placed = _place_file(draft, target, overwrite)
    except MolconvexError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror or error})") from error
    return _where_it_stands(path, target, placed)


def write_folder_whole(
    folder: str | Path,
    content: Mapping[str, bytes | str] | Callable[[Path], object],
    *,
    marker: str,
    kind: str,
    overwrite: bool = False,
) -> Path:
    """Write a folder whole or not at all, otherwise as `write_file_whole`.

    Args:
        folder: Where; its parent is made if need be. A link is followed.
        content: Files by name, or what writes them into the empty folder given to it.
        marker: File by which a folder of this kind is known, as in `check_replaceable`.
        kind: What the folder holds, in words, as in `check_replaceable`.
        overwrite: Replace an earlier one, as in `check_replaceable`.

    Returns:
        Where it stands: `folder`, or the free name beside it.

    Raises:
        OutputExistsError: As in `check_replaceable`.
        DataError: If it cannot be written.
    """
    folder = Path(folder)
    check_replaceable(folder, marker, kind, overwrite)
    target = _target(folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with hidden_draft(target, Path.mkdir) as draft:
            _fill_folder(draft, content)
            placed = _place_folder(draft, target, marker, overwrite)
    except MolconvexError:
        raise
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror or error})") from error
    return _where_it_stands(folder, target, placed)


def _where_it_stands(asked: Path, target: Path, placed: Path) -> Path:
    if placed == target:
        return asked
    beside = asked.with_name(placed.name)
    warnings.warn(f"{asked} was taken by another writer in the meantime; written to {beside}", stacklevel=3)
    return beside


def _target(path: Path) -> Path:
    """Where a path leads, links followed."""
    try:
        return Path(os.path.realpath(path))
    except ValueError as error:
        raise DataError(f"{str(path)!r} is no path ({error})") from error


def _check_place(target: Path, path: Path, overwrite: bool) -> None:
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe, socket or device"
        raise DataError(f"{path} is {what}; name a file to write")
    if not overwrite:
        raise OutputExistsError(f"{path} exists already; choose another name or allow overwriting (--overwrite)")


def _fill(draft: Path, content: bytes | str | Callable[[Path], object]) -> None:
    if callable(content):
        content(draft)
    else:
        draft.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    to_disk(draft)


def _fill_folder(draft: Path, content: Mapping[str, bytes | str] | Callable[[Path], object]) -> None:
    if callable(content):
        content(draft)
    else:
        for name, data in content.items():
            (draft / name).write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    for path in [*draft.rglob("*"), draft]:
        to_disk(path)


def _place_file(draft: Path, target: Path, overwrite: bool) -> Path:
    with locked(target.parent):
        if not overwrite and target.exists():
            target = _free_name(target)
        os.replace(draft, target)
    to_disk(target.parent)
    return target


def _place_folder(draft: Path, target: Path, marker: str, overwrite: bool) -> Path:
    with locked(target.parent):
        if overwrite and (target / marker).is_file():
            _swap(draft, target)
            return target
        while not _moved(draft, target):
            target = _free_name(target)
    to_disk(target.parent)
    return target


def _moved(draft: Path, target: Path) -> bool:
    """Move the draft to its place; False where that is taken (an empty folder is replaced, a full one never)."""
    try:
        os.rename(draft, target)
    except OSError:
        if target.exists():
            return False
        raise
    return True


def _swap(draft: Path, target: Path) -> None:
    """Put the draft in the place of a folder, in one step where the system can; the old one is gone or the draft now.

    Elsewhere there is a moment between two steps in which a killed writer leaves the old folder under a hidden name;
    the next writer of the folder brings it back.
    """
    if exchanged(draft, target):
        to_disk(target.parent)
        return
    old = hidden_name(target, "old")
    os.rename(target, old)
    try:
        os.rename(draft, target)
    except OSError:
        os.rename(old, target)
        raise
    to_disk(target.parent)
    remove_folder(old)


def _free_name(target: Path) -> Path:
    number = 2
    while (free := target.with_name(f"{target.stem}-{number}{target.suffix}")).exists():
        number += 1
    return free
