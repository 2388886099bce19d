"""One password for a server that others can reach: kept as a salted scrypt hash, compared in constant time."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from molconvex.exceptions import ConfigError

SHORTEST = 10  # characters
COST = {"n": 2**14, "r": 8, "p": 1}  # scrypt: 16 MB and some tens of milliseconds a try
SALT = 16  # bytes
KIND = "scrypt"


def hashed(password: str) -> str:
    """A line that tells whether a password is the right one, and nothing else about it.

    Raises:
        ConfigError: If the password is too short.
    """
    if len(password) < SHORTEST:
        raise ConfigError(f"a password needs at least {SHORTEST} characters, got {len(password)}")
    salt = secrets.token_bytes(SALT)
    return f"{KIND}${salt.hex()}${_digest(password, salt).hex()}"


def is_right(password: str, line: str) -> bool:
    """Whether a password is the one of a line made by `hashed`.

    Raises:
        ConfigError: If the line is none.
    """
    kind, _, rest = line.strip().partition("$")
    salt, _, digest = rest.partition("$")
    try:
        wanted, seed = bytes.fromhex(digest), bytes.fromhex(salt)
    except ValueError:
        kind = ""
    if kind != KIND or len(seed) != SALT or not wanted:
        raise ConfigError("the password file holds no password made by molconvex app --password-file; make it again")
    return hmac.compare_digest(_digest(password, seed), wanted)


def write_password(path: Path, password: str) -> None:
    """Keep a password's hash in a new file that only its owner can read.

    Raises:
        ConfigError: If the password is too short, or the file is there or cannot be written.
    """
    line = hashed(password)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(f"the password file {path} cannot be written ({error.strerror})") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(line + "\n")


def read_password(path: Path) -> str:
    """The line of a password file.

    Raises:
        ConfigError: If it cannot be read or holds no password.
    """
    try:
        line = path.read_text(encoding="ascii")[:1000]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"the password file {path} cannot be read ({error})") from error
    is_right("", line)
    return line


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8"), salt=salt, **COST)
