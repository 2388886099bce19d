"""The folder of a run: every file written whole or not at all, each with its checksum in run.json.

candidates.csv, .parquet, .sdf    molecules that passed, best first within each lead
rejected.csv                      molecules that did not, with reasons
programs.csv, leads.csv           programs with bounds; leads as given and as standardized
certificates/lead-N               programs, solutions and multipliers, for the independent check
report.html                       for people
run.json                          settings, versions, seed, latent fingerprint, surrogates, funnel, checksums
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from molconvex.chem import write_sdf
from molconvex.design.run import Run
from molconvex.exceptions import DataError, OutputExistsError
from molconvex.files import sha256_of
from molconvex.runs.certificates import save_certificates
from molconvex.runs.report import render_report

FORMAT, FORMAT_VERSION = "molconvex-run", 1
RECORD = "run.json"


def write_whole(folder: str | Path, overwrite: bool, write: Callable[[Path], None]) -> Path:
    """Make a folder by way of a temporary neighbour, so that it stands whole or not at all.

    Args:
        folder: Where; its parent is made if need be.
        overwrite: Replace the folder of an earlier run.
        write: Writes every file, run.json last, into the folder given to it.

    Raises:
        OutputExistsError: If the folder exists and overwrite is False, or holds something else than a run.
        DataError: If it cannot be written.
    """
    folder = Path(folder)
    check_output(folder, overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror or error})") from error
    try:
        write(temporary)
        temporary.chmod(0o755)
        _swap(temporary, folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror or error})") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def check_output(folder: str | Path, overwrite: bool = False) -> None:
    """Refuse a folder that a run may not be written to; asked before the work begins.

    Raises:
        OutputExistsError: If it exists and overwrite is False, or holds something else than a run.
    """
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise OutputExistsError(f"{folder} is a file; name another folder for the run")
    if any(folder.iterdir()) and not (folder / RECORD).is_file():
        raise OutputExistsError(f"{folder} exists and holds something else than a run; it is left alone")
    if not overwrite:
        raise OutputExistsError(f"{folder} exists already; choose another folder or allow overwriting (--overwrite)")


def write_generation_files(run: Run, folder: Path) -> None:
    """Every file of a generation, run.json last."""
    write_tables(run, folder)
    (folder / "report.html").write_text(render_report(run), encoding="utf-8", newline="\n")
    write_record(run_record(run), folder)


def write_tables(run: Run, folder: Path) -> None:
    """Tables and certificates; the run's `information` gets the time of writing."""
    run.information["finished"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    run.candidates.to_csv(folder / "candidates.csv", index=False, lineterminator="\n")
    run.candidates.to_parquet(folder / "candidates.parquet", index=False)
    write_sdf(folder / "candidates.sdf", run.candidates)
    for name in ("rejected", "programs", "leads"):
        getattr(run, name).to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    save_certificates(folder, run.proposals)


def write_record(record: Mapping[str, Any], folder: Path) -> None:
    """run.json with the checksums of all other files of the folder."""
    (folder / RECORD).write_text(record_text({**record, "files": checksums(folder)}), encoding="utf-8")


def run_record(run: Run) -> dict[str, Any]:
    """What run.json says of a run, but for the checksums."""
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "status": run.status,
        "settings": run.settings.to_dict(),
        "seed": run.settings.seed,
        **run.information,
        "surrogates": [
            {
                "property": part.goal.property,
                "goal": str(part.goal),
                "origin": part.origin,
                "aggregate": part.surrogate.aggregate,
                "scaler": part.surrogate.scaler.to_dict(),
                "value_range": list(part.value_range),
                "metrics": part.surrogate.card.get("metrics", {}),
                "data_sha256": part.surrogate.card.get("data", {}).get("sha256"),
            }
            for part in run.surrogates
        ],
        "requirements": [
            {
                "requirement": str(item.requirement),
                "origin": item.part.origin,
                "aggregate": item.surrogate.aggregate,
                "scaler": item.surrogate.scaler.to_dict(),
            }
            for item in run.required
        ],
        "funnel": run.funnel.to_list(),
        "counts": {"candidates": len(run.candidates), "rejected": len(run.rejected), "programs": len(run.programs)},
    }


def record_text(record: Mapping[str, Any]) -> str:
    """run.json with a checksum of its own, so that no number in it can be edited unseen."""
    plain = {key: value for key, value in record.items() if key != "sha256"}
    return json.dumps(plain | {"sha256": record_digest(plain)}, indent=1, ensure_ascii=False) + "\n"


def record_digest(record: Mapping[str, Any]) -> str:
    """Hex SHA-256 of the record without its own checksum."""
    plain = {key: value for key, value in record.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def checksums(folder: Path) -> dict[str, str]:
    """Hex SHA-256 of every file of a run but run.json, by path within the folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / RECORD)
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; an older run is removed only after the new one stands."""
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
    os.replace(folder, old / "old")
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)
