"""Certificates against the independent checker, and the table of programs against the certificates."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from molconvex.columns import COST, NEAREST, PREDICTED, WEIGHT
from molconvex.icnn import ReluNetwork
from molconvex.icnn.aggregate import Aggregate
from molconvex.optimize import CertificateRecord, check_certificate
from molconvex.optimize.certificate.primal_check import primal
from molconvex.runs.certificates import FOLDER as CERTIFICATES
from molconvex.runs.certificates import certificate_name, load_certificates, points, radii, term_networks, term_signs
from molconvex.runs.check_regions import region_problems, term_problems, weight_problems
from molconvex.runs.check_report import CheckReport
from molconvex.runs.folder import RECORD
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.surrogate import TargetScaler

FILE = "programs.csv"


def program_problems(tables: StoredTables, report: CheckReport) -> Iterator[str]:
    """What is wrong with certificates and programs, one text each; the report counts the certificates checked."""
    yield from _row_problems(tables)
    for lead in tables.leads_with_programs:
        rows = tables.programs[tables.programs["lead"] == lead]
        record = load_certificates(tables.folder, lead)
        name = f"certificates/{certificate_name(lead)}"
        found = check_certificate(record, gap_tol=tables.settings.gap_tol)
        report.certificates += record.n
        for i in np.flatnonzero(~found.valid):
            yield f"{name}: program {i + 1} of this lead: {found.reasons[i]}"
        if record.n != len(rows):
            yield f"{FILE}: lead {lead} has {len(rows)} programs, its certificates have {record.n}"
            continue
        for text in _posing_problems(record, lead, tables):
            yield f"{name}: {text}"
        yield from _table_problems(rows, record, tables)
    if report.certificates == 0 and (tables.record["status"] != "partial" or len(tables.candidates)):
        yield f"{FILE}: no certificate at all; nothing is proved"


def _row_problems(tables: StoredTables) -> Iterator[str]:
    """Programs are numbered from 1, lead by lead; every usable lead has some, unless the run was stopped."""
    programs = tables.programs
    if len(programs) != tables.count("programs"):
        yield f"{FILE}: has {len(programs)} rows, {RECORD} says {tables.count('programs')}"
    if programs["program"].tolist() != list(range(1, len(programs) + 1)):
        yield f"{FILE}: its programs are not numbered from 1 to {len(programs)}"
    if tables.record["status"] not in ("complete", "partial"):
        yield f"{RECORD}: the status {tables.record['status']!r:.40} is neither complete nor partial"
    usable = [int(lead) for lead in tables.usable_leads["lead"]]
    leads = tables.leads_with_programs
    wanted = usable[: len(leads)] if tables.record["status"] == "partial" else usable
    if leads != wanted:
        yield f"{FILE}: it has programs for the leads {leads}, those that could be used are {usable}"
    if len(programs) and np.any(np.diff(programs["lead"].to_numpy()) < 0):
        yield f"{FILE}: the programs of a lead do not stand together"
    stored = sorted(path.stem for path in (tables.folder / CERTIFICATES).glob("*.json"))
    if stored != sorted(certificate_name(lead) for lead in leads):
        yield f"{CERTIFICATES}: there are {', '.join(stored) or 'none'}, the programs belong to leads {leads}"


def _posing_problems(record: CertificateRecord, lead: int, tables: StoredTables) -> Iterator[str]:
    """Where a lead's programs are not those that the settings ask for."""
    asked, entries = tables.limits, tables.entries
    if [item["requirement"] for item in tables.requirements] != [str(item) for item in asked]:
        yield f"{RECORD} lists other requirements than its settings"
    clauses = len(tables.clauses)
    if record.n % clauses:
        yield f"it has {record.n} programs for {clauses} clauses, not as many for each"
        return
    thresholds = np.repeat(_thresholds(tables), record.n // clauses, axis=0)
    yield from term_problems(record, [entry["aggregate"] for entry in entries], thresholds)
    yield from weight_problems(record, len(tables.goals), tables.first_weights, clauses)
    yield from region_problems(record, tables.settings.region, tables.size(lead, "radius"), tables.size(lead, "spread"))


def _thresholds(tables: StoredTables) -> np.ndarray:
    """Of every cost in each clause, (K, G), infinity where there is none."""
    thresholds = np.full((len(tables.clauses), len(tables.entries)), np.inf)
    for column, (item, entry) in enumerate(zip(tables.limits, tables.requirements, strict=True), len(tables.goals)):
        scaler = TargetScaler.from_dict(entry["scaler"])
        for row, clause in enumerate(tables.clauses):
            limit = clause.requirement(item.key)
            if limit is not None:
                thresholds[row, column] = scaler.cost_of(limit.bound)
    return thresholds


def _table_problems(rows: pd.DataFrame, record: CertificateRecord, tables: StoredTables) -> Iterator[str]:
    names = [goal.property for goal in tables.goals]
    costs, predicted = predictions_at(points(record), record, tables)
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
        **{COST(name): cost for name, cost in zip(tables.cost_keys, costs, strict=True)},
        **{PREDICTED(name): value for name, value in zip(tables.cost_keys, predicted, strict=True)},
        **_nearest(record, tables),
    }
    for column, numbers in wanted.items():
        for i in differing(rows[column], numbers, 1e-8):
            yield (
                f"{FILE}: {column} of program {rows['program'].iloc[i]} is {rows[column].iloc[i]!r}, "
                f"its certificate says {float(numbers[i])!r}"
            )
    if len(tables.clauses) > 1:
        numbers = np.repeat(np.arange(1, len(tables.clauses) + 1), len(rows) // len(tables.clauses))
        for i in np.flatnonzero(rows["clause"].to_numpy() != numbers):
            yield f"{FILE}: program {rows['program'].iloc[i]} serves clause {numbers[i]}, not {rows['clause'].iloc[i]}"
    status = [str(item).lower() for item in record.status]
    for i in np.flatnonzero(rows["status"].to_numpy(dtype=str) != np.asarray(status)):
        yield f"{FILE}: status of program {rows['program'].iloc[i]} is {rows['status'].iloc[i]!r}, not {status[i]!r}"


def _nearest(record: CertificateRecord, tables: StoredTables) -> dict[str, np.ndarray]:
    """Per requirement, the bound that would make a program feasible that was proved infeasible, else NaN."""
    infeasible = np.asarray(record.status) == "INFEASIBLE"
    excess = primal(record)[1]
    found = {}
    goals = len(tables.goals)
    for column, (item, entry) in enumerate(zip(tables.limits, tables.requirements, strict=True), start=goals):
        value = TargetScaler.from_dict(entry["scaler"]).value_of(record.thresholds[:, column] + excess)
        limited = np.isfinite(record.thresholds[:, column])
        found[NEAREST(item.key)] = np.where(infeasible & limited, value, np.nan)
    return found


def predictions_at(
    z: Tensor, record: CertificateRecord, tables: StoredTables
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Costs and predicted values at latents z (n, d), per goal and requirement, from the networks in the record."""
    terms = term_networks(record)
    costs = []
    signs = term_signs(record)
    for networks, sign, entry in zip(terms, signs, tables.entries, strict=True):
        members = sign * torch.stack([network(z) for network in networks])
        costs.append(Aggregate.parse(entry["aggregate"])(members).numpy())
    return costs, predicted_values(z, terms, tables.entries, signs)


def predicted_values(
    z: Tensor,
    terms: Sequence[Sequence[ReluNetwork]],
    entries: Sequence[Mapping[str, Any]],
    signs: Sequence[float] | None = None,
) -> list[np.ndarray]:
    """Predictions at latents (n, d) in each property's unit, (n,) for each cost, by its networks and scaler."""
    values = []
    for networks, sign, entry in zip(terms, signs or [1.0] * len(terms), entries, strict=True):
        mean = sign * torch.stack([network(z) for network in networks]).mean(dim=0)
        values.append(TargetScaler.from_dict(entry["scaler"]).value_of(mean).numpy())
    return values
