"""Detached signatures of runs: proof of origin, which checksums cannot give.

run.json holds the checksum of every other file, so its bytes stand for the whole run. `run.json.sig` holds their
ed25519 signature and the public key; whoever knows that key to be yours knows the run to be yours.

Reference: Josefsson & Liusvaara (2017), RFC 8032, Edwards-curve digital signature algorithm.
"""

import base64
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from molconvex.documents import check_regular_file, read_json
from molconvex.exceptions import CertificateError, ConfigError, MissingExtraError
from molconvex.files import write_file_whole
from molconvex.runs.folder import RECORD, SIGNATURE, read_record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "ed25519"
KEY_HELP = "make one with: ssh-keygen -t ed25519 -f KEY, or: openssl genpkey -algorithm ed25519 -out KEY"


def sign_run(folder: str | Path, key: str | Path) -> Path:
    """Sign a run with an ed25519 key, in PEM or OpenSSH form and without a passphrase; returns the signature's file.

    Raises:
        DataError: If the folder is no run.
        ConfigError: If the key cannot be used.
        MissingExtraError: If the cryptography library is not installed.
    """
    folder = Path(folder)
    read_record(folder)
    private = _private_key(Path(key))
    content = (folder / RECORD).read_bytes()
    signature = {
        "algorithm": ALGORITHM,
        "public_key": _text(_raw(private.public_key())),
        "signature": _text(private.sign(content)),
    }
    return write_file_whole(folder / SIGNATURE, json.dumps(signature, indent=1) + "\n")


def signing_key(folder: Path) -> str:
    """The public key that a signature names, in base64."""
    return str(read_json(folder / SIGNATURE, CertificateError).get("public_key"))


def can_verify() -> bool:
    """Whether the cryptography library is installed."""
    return find_spec("cryptography") is not None


def signature_problems(folder: Path, wanted: bytes | None = None) -> Iterator[str]:
    """Why the run is not signed by the public key wanted, or, without one, by the key that its signature names."""
    path = folder / SIGNATURE
    if not path.is_file():
        yield f"{SIGNATURE}: missing, the run is not signed"
        return
    stated = read_json(path, CertificateError)
    try:
        named, signature = _bytes(stated["public_key"]), _bytes(stated["signature"])
    except (KeyError, TypeError, ValueError) as error:
        yield f"{SIGNATURE}: is damaged ({error})"
        return
    if wanted is not None and named != wanted:
        yield f"{SIGNATURE}: made with another key, {stated['public_key']}"
    elif stated.get("algorithm") != ALGORITHM or not _is_valid(named, signature, (folder / RECORD).read_bytes()):
        yield f"{SIGNATURE}: not a signature of this {RECORD} by the key it names"


def _is_valid(public: bytes, signature: bytes, content: bytes) -> bool:
    crypto = _cryptography()
    try:
        crypto.ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (crypto.invalid_signature, ValueError):
        return False
    return True


def _private_key(path: Path) -> "Ed25519PrivateKey":
    crypto = _cryptography()
    content = _key_content(path)
    for load in (crypto.serialization.load_pem_private_key, crypto.serialization.load_ssh_private_key):
        try:
            key = load(content, password=None)
        except (ValueError, TypeError, crypto.unsupported):
            continue
        if isinstance(key, crypto.ed25519.Ed25519PrivateKey):
            return key
    raise ConfigError(f"{path} holds no ed25519 key without a passphrase; {KEY_HELP}")


def read_public_key(path: str | Path) -> bytes:
    """An ed25519 public key from a file in PEM or OpenSSH form, 32 bytes.

    Raises:
        ConfigError: If the file holds none.
        MissingExtraError: If the cryptography library is not installed.
    """
    crypto = _cryptography()
    content = _key_content(Path(path))
    for load in (crypto.serialization.load_pem_public_key, crypto.serialization.load_ssh_public_key):
        try:
            key = load(content)
        except (ValueError, TypeError, crypto.unsupported):
            continue
        if isinstance(key, crypto.ed25519.Ed25519PublicKey):
            return _raw(key)
    raise ConfigError(f"{path} holds no ed25519 public key in PEM or OpenSSH form")


def _key_content(path: Path) -> bytes:
    check_regular_file(path, ConfigError)
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the key {path} cannot be read ({error.strerror or error})") from error


def _raw(key: "Ed25519PublicKey") -> bytes:
    return key.public_bytes_raw()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _cryptography() -> Any:
    try:
        from types import SimpleNamespace

        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        raise MissingExtraError("signatures need the cryptography library: pip install 'molconvex[sign]'") from error
    return SimpleNamespace(
        ed25519=ed25519,
        serialization=serialization,
        invalid_signature=InvalidSignature,
        unsupported=UnsupportedAlgorithm,
    )
