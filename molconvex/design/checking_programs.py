"""Certificates against the independent checker, and the table of programs against the certificates."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from molconvex.design.certificates import load_certificates, points, radii, term_networks
from molconvex.design.stored_tables import StoredTables, differing
from molconvex.optimize import CertificateRecord, check_certificate
from molconvex.surrogate.aggregate import Aggregate

FILE = "programs.csv"


def program_problems(tables: StoredTables) -> Iterator[str]:
    """What is wrong with certificates and programs, one text each."""
    programs = tables.programs
    if len(programs) != tables.count("programs"):
        yield f"{FILE}: has {len(programs)} rows, run.json says {tables.count('programs')}"
    for lead, rows in programs.groupby("lead"):
        record = load_certificates(tables.folder, int(lead))  # type: ignore[arg-type]
        name = f"certificates/lead-{lead}"
        report = check_certificate(record)
        for i in np.flatnonzero(~report.valid):
            yield f"{name}: program {i + 1} of this lead: {report.reasons[i]}"
        if record.n != len(rows):
            yield f"{FILE}: lead {lead} has {len(rows)} programs, its certificates have {record.n}"
            continue
        yield from _table_problems(rows, record, tables)


def _table_problems(rows: pd.DataFrame, record: CertificateRecord, tables: StoredTables) -> Iterator[str]:
    names = [goal.property for goal in tables.goals]
    costs, predicted = _predictions(record, tables)
    center = record.region[0].arrays["center"]
    scale = np.maximum(np.asarray(record.weights).sum(axis=1), np.abs(record.value))
    wanted = {
        "value": record.value,
        "lower_bound": record.lower_bound,
        "gap": (record.value - record.lower_bound) / scale,
        "radius": radii(record),
        "distance": np.linalg.norm(record.z - center, axis=1),
        "anchor_distance": np.linalg.norm(center - center[0], axis=1),
        **{f"weight_{name}": record.weights[:, g] for g, name in enumerate(names)},
        **{f"cost_{name}": costs[g] for g, name in enumerate(names)},
        **{f"predicted_{name}": predicted[g] for g, name in enumerate(names)},
    }
    for column, numbers in wanted.items():
        for i in differing(rows[column], numbers, 1e-8):
            yield (
                f"{FILE}: {column} of program {rows['program'].iloc[i]} is {rows[column].iloc[i]!r}, "
                f"its certificate says {float(numbers[i])!r}"
            )
    status = np.char.lower(np.asarray(record.status))
    for i in np.flatnonzero(rows["status"].to_numpy(dtype=str) != status):
        yield f"{FILE}: status of program {rows['program'].iloc[i]} is {rows['status'].iloc[i]!r}, not {status[i]!r}"
    certified = rows["status"].to_numpy(dtype=str) == "certified"
    for i in np.flatnonzero(certified & ~(wanted["gap"] <= tables.settings.gap_tol * (1 + 1e-6))):
        yield f"{FILE}: program {rows['program'].iloc[i]} is called certified with a gap of {wanted['gap'][i]:.3g}"


def _predictions(record: CertificateRecord, tables: StoredTables) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Costs and predicted values per goal, each of shape (n,), from the networks in the record."""
    z = points(record)
    costs, predicted = [], []
    for goal, networks, entry in zip(tables.goals, term_networks(record), tables.record["surrogates"], strict=True):
        members = torch.stack([network(z) for network in networks])
        costs.append(Aggregate.parse(entry["aggregate"])(members).numpy())
        predicted.append(tables.scalers[goal.property].value_of(members.mean(dim=0)).numpy())
    return costs, predicted
