"""Certificates against the independent checker, and the table of programs against the certificates."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from molconvex.columns import COST, NEAREST, PREDICTED, WEIGHT
from molconvex.icnn.aggregate import Aggregate
from molconvex.optimize import CertificateRecord, check_certificate
from molconvex.runs.certificates import load_certificates, points, radii, term_networks
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.surrogate import TargetScaler

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
        for text in _limit_problems(record, tables):
            yield f"{name}: {text}"
        yield from _table_problems(rows, record, tables)


def _limit_problems(record: CertificateRecord, tables: StoredTables) -> Iterator[str]:
    """Where thresholds are not the requirements of the settings, or the record has another kind of region."""
    goals, asked = len(tables.goals), tables.settings.require
    if [item["requirement"] for item in tables.requirements] != [str(item) for item in asked]:
        yield "run.json lists other requirements than its settings"
    wanted = np.full(goals + len(asked), np.inf)
    for column, (item, entry) in enumerate(zip(asked, tables.requirements, strict=True), start=goals):
        wanted[column] = TargetScaler.from_dict(entry["scaler"]).cost_of(item.bound)
    if record.thresholds.shape[1] != len(wanted) or not np.allclose(record.thresholds, wanted, rtol=1e-9, atol=1e-9):
        yield "its thresholds are not the requirements of the settings"
    if np.any(record.weights[:, goals:] != 0):
        yield "a requirement weighs as if it were a goal"
    if record.region[0].kind != tables.settings.region:
        yield f"its regions are of kind {record.region[0].kind}, the settings say {tables.settings.region}"


def _table_problems(rows: pd.DataFrame, record: CertificateRecord, tables: StoredTables) -> Iterator[str]:
    names = [goal.property for goal in tables.goals]
    keys = [item.key for item in tables.settings.require]
    costs, predicted = _predictions(record, tables)
    scale = np.maximum(np.asarray(record.weights).sum(axis=1), np.abs(record.value))
    bound = np.where(np.isinf(record.lower_bound), np.nan, record.lower_bound)
    wanted = {
        "value": record.value,
        "lower_bound": record.lower_bound,
        "gap": (record.value - bound) / scale,
        "radius": radii(record),
        "distance": np.linalg.norm(record.z - record.anchor, axis=1),
        "anchor_distance": np.linalg.norm(record.anchor - record.anchor[0], axis=1),
        **{WEIGHT(name): record.weights[:, g] for g, name in enumerate(names)},
        **{COST(name): cost for name, cost in zip(names + keys, costs, strict=True)},
        **{PREDICTED(name): value for name, value in zip(names + keys, predicted, strict=True)},
        **_nearest(record, costs, tables),
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


def _nearest(record: CertificateRecord, costs: list[np.ndarray], tables: StoredTables) -> dict[str, np.ndarray]:
    """Per requirement, the bound that would make a program feasible that was proved infeasible, else NaN."""
    infeasible = np.asarray(record.status) == "INFEASIBLE"
    excess = (np.stack(costs, axis=1) - record.thresholds).max(axis=1)
    found = {}
    goals = len(tables.goals)
    for column, (item, entry) in enumerate(zip(tables.settings.require, tables.requirements, strict=True), start=goals):
        value = TargetScaler.from_dict(entry["scaler"]).value_of(record.thresholds[:, column] + excess)
        found[NEAREST(item.key)] = np.where(infeasible, value, np.nan)
    return found


def _predictions(record: CertificateRecord, tables: StoredTables) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Costs and predicted values per goal and requirement, each of shape (n,), from the networks in the record."""
    z = points(record)
    costs, predicted = [], []
    entries = [*tables.record["surrogates"], *tables.requirements]
    for networks, entry in zip(term_networks(record), entries, strict=True):
        members = torch.stack([network(z) for network in networks])
        costs.append(Aggregate.parse(entry["aggregate"])(members).numpy())
        predicted.append(TargetScaler.from_dict(entry["scaler"]).value_of(members.mean(dim=0)).numpy())
    return costs, predicted
