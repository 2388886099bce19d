"""Files of molecules as text: gzip, byte-order marks and old encodings undone, workbooks and binaries refused."""

import gzip
import zlib
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path

from molconvex.exceptions import DataError

MAX_BYTES = 1 << 30
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}
REMEDY = {"Excel": "open it and save the sheet as CSV", "": "save the molecules as .csv, .smi or .sdf"}


@dataclass(frozen=True)
class InputMolecule:
    """One molecule as its file gives it; nothing has been checked by chemistry yet.

    Attributes:
        line: Line of the (unpacked) file on which it begins, from 1.
        name: "" where the file has none.
        smiles: As given, blanks around it removed.
        problem: What is broken in the line itself, as in "line 7 has 3 fields, the header has 4"; "" where nothing
            is. A row with a problem is to be reported, not used.
    """

    line: int
    name: str
    smiles: str
    problem: str = ""


def read_text(path: Path) -> str:
    """The whole file as text with "\\n" line ends.

    Raises:
        DataError: If there is no such file, it is empty, damaged, too large, or no text.
    """
    data = _unpacked(_bytes(path), path)
    _refuse_binary(data, path)
    text = _decoded(data)
    if not text.strip():
        raise DataError(f"{path} is empty; it needs at least one molecule")
    return StringIO(text, newline=None).read()


def _bytes(path: Path) -> bytes:
    if not path.is_file():
        raise DataError(f"{path} is a folder; name a file in it" if path.is_dir() else f"there is no file {path}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES >> 30} GiB; split it")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error


def _unpacked(data: bytes, path: Path) -> bytes:
    """Gzip is known by its first bytes, whatever the file is called."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(BytesIO(data)) as stream:
            content = stream.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}); copy it again") from error
    if len(content) > MAX_BYTES:
        raise DataError(f"{path} unpacks to more than {MAX_BYTES >> 30} GiB; split it")
    return content


def _refuse_binary(data: bytes, path: Path) -> None:
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            remedy = REMEDY["Excel" if "Excel" in kind else ""]
            raise DataError(f"{path} is {kind}, not text; {remedy}")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{path} is a binary file, not text; {REMEDY['']}")


def _decoded(data: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252; only names can suffer from a wrong guess."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
