"""The folder of a run and its run.json, which holds the checksum of every other file and of itself."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from molconvex.documents import read_json
from molconvex.exceptions import DataError
from molconvex.files import check_parent, check_replaceable, sha256_of

GENERATION, PARETO, PATH = "molconvex-run", "molconvex-pareto", "molconvex-path"
FORMATS = {GENERATION: 1, PARETO: 2, PATH: 1}
"""Kinds of runs with the version of their files."""
RECORD, SIGNATURE = "run.json", "run.json.sig"
RUN = "a run"


def check_output(folder: str | Path, overwrite: bool = False) -> None:
    """Refuse a folder that a run may not be written to; asked before the work begins.

    Raises:
        OutputExistsError: If it exists and overwrite is False, or holds something else than a run.
        DataError: If it lies in a file, or in a folder that is not ours to write to.
    """
    check_replaceable(folder, RECORD, RUN, overwrite)
    check_parent(folder)


def write_record(record: Mapping[str, Any], folder: Path) -> None:
    """run.json with the version of its format and the checksums of all other files of the folder."""
    versioned = {"format": record["format"], "format_version": FORMATS[record["format"]], **record}
    (folder / RECORD).write_text(record_text({**versioned, "files": checksums(folder)}), encoding="utf-8")


def read_record(folder: Path) -> dict[str, Any]:
    """run.json of a run, of a format and version that can be checked.

    Raises:
        DataError: If the folder is no run.
    """
    path = folder / RECORD
    if not path.is_file():
        raise DataError(f"{folder} is no run: it has no {RECORD}")
    record = read_json(path)
    wanted = FORMATS.get(str(record.get("format")))
    if wanted is None:
        raise DataError(f"{path} is no record of a run (its format is none of {', '.join(FORMATS)})")
    if record.get("format_version") != wanted:
        raise DataError(
            f"{path} has format version {record.get('format_version')}, this molconvex reads {wanted}; "
            "use the version named in it, or make the run again"
        )
    if "files" not in record:
        raise DataError(f"{path} is no record of a run: it names no files")
    for name in ("settings", "latent", "files", "counts"):
        if not isinstance(record.get(name, {}), dict):
            raise DataError(f"{path} is no record of a run: its {name} are {record[name]!r:.40}, no JSON object")
    return record


def record_text(record: Mapping[str, Any]) -> str:
    """run.json with a checksum of its own, so that no number in it can be edited unseen."""
    plain = {key: value for key, value in record.items() if key != "sha256"}
    return json.dumps(plain | {"sha256": record_digest(plain)}, indent=1, ensure_ascii=False) + "\n"


def record_digest(record: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the record without its own checksum."""
    plain = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Hex SHA-256 of every file of a run but run.json and its signature, by path within the folder."""
    apart = (folder / RECORD, folder / SIGNATURE)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path not in apart)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def record_problems(record: Mapping[str, Any]) -> Iterator[str]:
    """Whether run.json was edited after it was written."""
    if record.get("sha256") != record_digest(record):
        yield f"{RECORD}: edited after it was written (its own checksum does not match)"


def checksum_problems(folder: Path, record: Mapping[str, Any]) -> Iterator[str]:
    """Files that are missing or were edited."""
    files, found = record["files"], checksums(folder)
    for name, digest in files.items():
        if name not in found:
            yield f"{name}: missing"
        elif found[name] != digest:
            yield f"{name}: edited or cut short after it was written (its checksum does not match)"


def unknown_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Files of the folder that run.json does not name."""
    return sorted(set(checksums(folder)) - set(record["files"]))
