"""`check_run`: is the folder of a run what was written, and is what was written true?

Checked are the checksum of every file, every certificate with the independent checker, that the tables agree with the
certificates and with each other, and every measured property with RDKit. Latents of molecules (drift, re-encoded
predictions) and the report are held by their checksums alone.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from molconvex.exceptions import CertificateError, DataError, MolconvexError
from molconvex.files import sha256_of
from molconvex.runs.check_candidates import candidate_problems, file_problems
from molconvex.runs.check_programs import program_problems
from molconvex.runs.folder import FORMAT, FORMAT_VERSION, RECORD, record_digest
from molconvex.runs.stored_tables import StoredTables

READ_ERRORS = (MolconvexError, OSError, ValueError, KeyError, TypeError, IndexError, AttributeError)


@dataclass
class CheckReport:
    """What `check_run` found.

    Attributes:
        folder: The run.
        problems: One text each, naming the file; empty where all is well.
        passed: What was verified.
    """

    folder: Path
    problems: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def raise_if_failed(self) -> None:
        """Raise unless everything was verified.

        Raises:
            CertificateError: With the first problems.
        """
        if self.problems:
            raise CertificateError(f"{self.folder}: " + "; ".join(self.problems[:5]))

    def add(self, what: str, problems: Callable[[], Iterator[str]], file: str) -> None:
        """Run one part; an error in reading counts as a problem of its file."""
        before = len(self.problems)
        try:
            self.problems.extend(problems())
        except READ_ERRORS as error:
            self.problems.append(f"{file}: cannot be verified: {_words(error)}")
        if len(self.problems) == before:
            self.passed.append(what)


def check_run(folder: str | Path) -> CheckReport:
    """Verify a finished run without trusting what made it.

    Raises:
        DataError: If the folder is no run at all.
    """
    folder = Path(folder)
    record = _read_record(folder)
    report = CheckReport(folder)
    files = record.get("files", {})
    report.add("run.json has the checksum it was written with", lambda: _record_problems(record), RECORD)
    report.add(f"checksums of {len(files)} files", lambda: _checksum_problems(folder, files), RECORD)
    CHECKS[record["format"]](folder, record, report)
    return report


def check_tables(tables: StoredTables, report: CheckReport) -> None:
    """Certificates, programs and candidates of a run."""
    report.add(
        f"certificates of {tables.count('programs')} programs, and programs.csv agrees with them",
        lambda: program_problems(tables),
        "programs.csv",
    )
    report.add(
        f"properties, similarities, alerts and desirabilities of {tables.count('candidates')} candidates, "
        "and candidates.csv agrees with programs.csv",
        lambda: candidate_problems(tables),
        "candidates.csv",
    )
    report.add(
        "candidates.parquet and candidates.sdf hold what candidates.csv holds",
        lambda: file_problems(tables),
        "candidates.parquet, candidates.sdf",
    )


def _check_generation(folder: Path, record: dict[str, Any], report: CheckReport) -> None:
    check_tables(StoredTables(folder, record), report)


def _check_pareto(folder: Path, record: dict[str, Any], report: CheckReport) -> None:
    from molconvex.runs.check_fronts import ParetoTables, front_problems, measured_problems

    tables = ParetoTables(folder, record)
    check_tables(tables, report)
    report.add(
        f"sandwich gap and hypervolume of {len(record.get('fronts', []))} fronts, and front.csv",
        lambda: front_problems(tables),
        "front.csv",
    )
    report.add(
        f"{tables.count('molecules')} measured molecules that no other dominates",
        lambda: measured_problems(tables),
        "molecules.csv",
    )


def _check_path(folder: Path, record: dict[str, Any], report: CheckReport) -> None:
    from molconvex.runs.check_path import check_path

    check_path(folder, record, report)


CHECKS: dict[str, Callable[[Path, dict[str, Any], CheckReport], None]] = {
    FORMAT: _check_generation,
    "molconvex-pareto": _check_pareto,
    "molconvex-path": _check_path,
}
"""By the format that run.json names, what is checked beyond the checksums."""


def _read_record(folder: Path) -> dict[str, Any]:
    path = folder / RECORD
    if not path.is_file():
        raise DataError(f"{folder} is no run: it has no {RECORD}")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not isinstance(record, dict) or record.get("format") not in CHECKS:
        raise DataError(f"{path} is no record of a run (its format is none of {', '.join(CHECKS)})")
    if record.get("format_version") != FORMAT_VERSION:
        raise DataError(
            f"{path} has format version {record.get('format_version')}, this molconvex reads {FORMAT_VERSION}; "
            "use the version named in it"
        )
    return record


def _record_problems(record: dict[str, Any]) -> Iterator[str]:
    if record.get("sha256") != record_digest(record):
        yield f"{RECORD}: edited after it was written (its own checksum does not match)"


def _checksum_problems(folder: Path, files: dict[str, str]) -> Iterator[str]:
    for name, digest in files.items():
        if not (folder / name).is_file():
            yield f"{name}: missing"
        elif sha256_of(folder / name) != digest:
            yield f"{name}: edited or cut short after it was written (its checksum does not match)"


def _words(error: BaseException) -> str:
    return str(error) if isinstance(error, MolconvexError) else f"{type(error).__name__}: {error}"
