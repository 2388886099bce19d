"""What a careful forger does to a run: edit tables and certificates, then make every checksum fit again."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from molconvex.optimize import CertificateRecord, save_record
from molconvex.runs import check_run
from molconvex.runs.certificates import load_certificates
from molconvex.runs.folder import checksums, record_text


def seal(folder: Path) -> None:
    """Make all checksums fit."""
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(record_text(record | {"files": checksums(folder)}))


def edit_json(folder: Path, change: Callable[[dict], object]) -> None:
    """Change run.json in place."""
    record = json.loads((folder / "run.json").read_text())
    change(record)
    (folder / "run.json").write_text(record_text(record))
    seal(folder)


def edit_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> None:
    """Change a table, in place or by what is returned; candidates.parquet follows candidates.csv."""
    table = pd.read_csv(folder / name, float_precision="round_trip")
    changed = change(table)
    table = table if changed is None else changed
    table.to_csv(folder / name, index=False)
    if name == "candidates.csv":
        pd.read_csv(folder / name, float_precision="round_trip").to_parquet(folder / "candidates.parquet", index=False)
    seal(folder)


def edit_certificates(folder: Path, change: Callable[[CertificateRecord], CertificateRecord], lead: int = 1) -> None:
    """Replace a lead's record."""
    save_record(change(load_certificates(folder, lead)), folder / "certificates", f"lead-{lead}")
    seal(folder)


def other_network(record: CertificateRecord) -> CertificateRecord:
    """The record of a surrogate whose network adds a constant."""
    network = record.networks[0]
    return replace(record, networks=(replace(network, constant=network.constant + 5.0), *record.networks[1:]))


def problems_of(folder: Path, **options) -> str:
    """What the check finds in a forged folder; it must find something."""
    report = check_run(folder, **options)
    assert not report.ok
    return " | ".join(report.problems)
