"""Text files as people have them, read line by line: gzip, byte-order marks and old encodings undone, the rest refused.

A file is looked through once before anything is made of it, so that a damaged, binary or endless one costs no memory.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from molconvex.documents import check_regular_file
from molconvex.exceptions import DataError

LARGEST_TEXT = 1 << 30
"""Bytes, after unpacking."""
LONGEST_LINE = 1 << 22
MOST_LINES = 20_000_000
CHUNK = 1 << 20
GZIP, UTF_16 = b"\x1f\x8b", (b"\xff\xfe", b"\xfe\xff")
SIGNATURES = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
}
REMEDY = {
    "Excel": "open it and save the sheet as CSV (in Excel: File > Save As > 'CSV UTF-8')",
    "": "save the molecules as .csv, .smi or .sdf",
}


@dataclass(frozen=True)
class TextFile:
    """A file that has been looked through and can be read as text.

    Attributes:
        path: Where it lies.
        packed: Whether it is gzip, whatever it is called.
        encoding: "utf-8-sig", "utf-16" or "cp1252".
    """

    path: Path
    packed: bool
    encoding: str

    def lines(self) -> Iterator[str]:
        r"""Its lines, each ending in "\n" but perhaps for the last, whatever line ends the file has.

        Raises:
            DataError: If a line is too long, or the file changes while it is read.
        """
        try:
            with _unpacked(self.path, self.packed) as stream:
                text = io.TextIOWrapper(stream, encoding=self.encoding, errors="replace", newline=None)
                for number in count(1):
                    line = text.readline(LONGEST_LINE + 1)
                    if len(line) > LONGEST_LINE:
                        raise DataError(f"{self.path}: line {number} is longer than {LONGEST_LINE:,} characters")
                    if not line:
                        return
                    yield line
        except (OSError, EOFError, zlib.error, UnicodeError) as error:
            raise DataError(f"{self.path} changed while it was read ({error}); try again") from error


def open_text(path: str | Path) -> TextFile:
    """Look a file through and say how to read it.

    Raises:
        DataError: If there is no such file, it is empty, damaged, too large, no regular file, or no text.
    """
    path = Path(path)
    if check_regular_file(path) > LARGEST_TEXT:
        raise DataError(f"{path} is larger than {LARGEST_TEXT >> 30} GiB; split it")
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
        return _looked_through(path, packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path} is a damaged gzip file ({error}); copy it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror or error})") from error


@contextmanager
def _unpacked(path: Path, packed: bool) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        if packed:
            with gzip.open(file) as stream:
                yield stream  # type: ignore[misc]
        else:
            yield file


def _looked_through(path: Path, packed: bool) -> TextFile:
    size, lines, blank, utf8 = 0, 0, True, codecs.getincrementaldecoder("utf-8")()
    wide: codecs.IncrementalDecoder | None = None
    encoding = "utf-8-sig"
    for chunk in _chunks(path, packed):
        if size == 0:
            _refuse_signature(chunk, path)
            if chunk.startswith(UTF_16):
                encoding, wide = "utf-16", codecs.getincrementaldecoder("utf-16")()
        size += len(chunk)
        if size > LARGEST_TEXT:
            raise DataError(f"{path} unpacks to more than {LARGEST_TEXT >> 30} GiB; split it")
        lines += max(chunk.count(b"\n"), chunk.count(b"\r"))
        if lines > MOST_LINES:
            raise DataError(f"{path} has more than {MOST_LINES:,} lines; split it")
        text = _wide_text(wide, chunk, path) if wide is not None else None
        if ("\0" in text) if text is not None else (b"\0" in chunk):
            raise DataError(f"{path} is a binary file, not text (it has zero bytes); {REMEDY['']}")
        blank = blank and not (text.strip() if text is not None else chunk.removeprefix(codecs.BOM_UTF8).strip())
        if encoding == "utf-8-sig" and not _decodes(utf8, chunk):
            encoding = "cp1252"
    if wide is not None:
        _wide_text(wide, b"", path)
    elif encoding == "utf-8-sig" and not _decodes(utf8, b""):
        encoding = "cp1252"  # only names can suffer from a wrong guess
    if blank:
        raise DataError(f"{path} is empty; a header line and one molecule per line are needed")
    return TextFile(path, packed, encoding)


def _chunks(path: Path, packed: bool) -> Iterator[bytes]:
    with _unpacked(path, packed) as stream:
        while chunk := stream.read(CHUNK):
            yield chunk


def _refuse_signature(start: bytes, path: Path) -> None:
    for signature, kind in SIGNATURES.items():
        if start.startswith(signature):
            raise DataError(f"{path} is {kind}, not text; {REMEDY['Excel' if 'Excel' in kind else '']}")


def _wide_text(decoder: codecs.IncrementalDecoder, chunk: bytes, path: Path) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is damaged or cut-short UTF-16 text ({error.reason}); copy it again") from error


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return True
