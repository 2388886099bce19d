"""Small files of settings and records, TOML and JSON: regular, bounded, of the right type, or one clear error."""

import json
import stat
import tomllib
from pathlib import Path
from typing import Any

from molconvex.exceptions import DataError, MolconvexError

LARGEST_DOCUMENT = 256 << 20
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RuntimeError)
"""What comes of reading a document whose values are of wrong types or sizes."""


def check_regular_file(path: Path, error: type[MolconvexError] = DataError) -> int:
    """Refuse what is no regular file (a pipe would hang the reader, a device never ends); returns the size in bytes.

    Raises:
        MolconvexError: Of the kind given, if there is no such file or it is a folder, pipe, socket or device.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise error(f"there is no file {path}") from None
    except (OSError, ValueError) as failure:
        raise error(f"{str(path)!r} cannot be read ({getattr(failure, 'strerror', None) or failure})") from failure
    if stat.S_ISDIR(status.st_mode):
        raise error(f"{path} is a folder; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise error(f"{path} is a pipe, socket or device; save what it gives as a file and name that")
    return status.st_size


def read_document(path: Path, error: type[MolconvexError] = DataError) -> str:
    """Text of a small UTF-8 file.

    Raises:
        MolconvexError: Of the kind given, if it is no regular file, larger than 256 MiB, or no UTF-8 text.
    """
    if check_regular_file(path, error) > LARGEST_DOCUMENT:
        raise error(f"{path} is larger than {LARGEST_DOCUMENT >> 20} MiB; that is no file of settings or records")
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as failure:
        raise error(f"{path} cannot be read ({failure.strerror or failure})") from failure
    except UnicodeDecodeError as failure:
        raise error(f"{path} is no UTF-8 text ({failure.reason} at byte {failure.start})") from failure


def read_json(path: Path, error: type[MolconvexError] = DataError) -> dict[str, Any]:
    """The object that a JSON file holds.

    Raises:
        MolconvexError: Of the kind given, if it cannot be read, is no JSON, nested too deeply, or holds no object.
    """
    text = read_document(path, error)
    try:
        content = json.loads(text)
    except RecursionError:
        raise error(f"{path} is nested too deeply for JSON of ours") from None
    except ValueError as failure:
        raise error(f"{path} is no valid JSON: {failure}") from failure
    if not isinstance(content, dict):
        raise error(f"{path} must hold a JSON object, it holds {_kind(content)}")
    return content


def read_toml(path: Path, error: type[MolconvexError] = DataError) -> dict[str, Any]:
    """Content of a TOML file.

    Raises:
        MolconvexError: Of the kind given, if it cannot be read, is no TOML or nested too deeply.
    """
    text = read_document(path, error)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise error(f"{path} is nested too deeply for settings") from None
    except ValueError as failure:  # TOMLDecodeError, and numbers of thousands of digits
        raise error(f"{path} is no valid TOML: {failure}") from failure


def _kind(value: object) -> str:
    return {list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(value), "nothing"
    )
