"""A stored path against its certificate, its surrogate's networks, and RDKit.

Checked are the region's certificate, every prediction and deviation at the stored latents, that the level is kept or
the descent falls, and every measured value, similarity and alert. Decodings, drift and re-encoded predictions need the
latent model and are held, like the page, by their checksums alone.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem import PROPERTIES, compute_properties, find_alerts, parse, standardize, tanimoto
from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.settings import PathSettings
from molconvex.design.paths.table import measured_as_predicted, shares, worst
from molconvex.design.paths.walk import JUMP, SAME_LEVEL, region_between
from molconvex.latent import LatentModel
from molconvex.objectives.goals import Goal
from molconvex.optimize import CertificateRecord, Cost, check_certificate, largest_rise, load_record
from molconvex.runs.certificates import concave_networks, term_networks
from molconvex.runs.check_latents import SAME_LATENT, encoded, model_of
from molconvex.runs.check_networks import entry_problems, surrogate_problems, term_arrays
from molconvex.runs.check_regions import term_problems
from molconvex.runs.check_report import CheckReport
from molconvex.runs.path_files import CERTIFICATE, CERTIFICATES, LATENTS, TABLE
from molconvex.runs.stored_tables import differing
from molconvex.surrogate import TargetScaler
from molconvex.tables import read_csv_table

ROUNDING = 1e-9


def check_path(
    folder: Path, record: dict[str, Any], report: CheckReport, latent_model: LatentModel | None = None
) -> None:
    """Verify the folder of a path beyond its checksums."""
    stored = StoredPath(folder, record)
    report.add(
        "certificate of the region around both molecules", lambda: _region_problems(stored, report), CERTIFICATES
    )
    unknown = len(report.unverified)
    report.add(
        lambda: (
            "aggregate and range of the surrogate"
            if len(report.unverified) > unknown
            else "networks of the certificate and scaler of run.json are those of the surrogate"
        ),
        lambda: _surrogate_problems(stored, report),
        CERTIFICATES,
    )
    _check_ends(stored, report, latent_model)
    report.unverified += ["path.html: what it shows", "what the stops decode to"]
    count = len(stored.stops) if (folder / TABLE).is_file() else 0
    report.add(
        f"predictions and deviations of {count} stops, from their latents and the networks of the certificate",
        lambda: _prediction_problems(stored),
        TABLE,
    )
    report.add(
        f"measured properties, similarities and alerts of {count} stops", lambda: _measure_problems(stored), TABLE
    )


class StoredPath:
    """The files of a path as they lie on disk, each read once."""

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        self.folder, self.record = folder, record

    @cached_property
    def stops(self) -> pd.DataFrame:
        table = read_csv_table(self.folder / TABLE)
        texts = {name: table[name].fillna("").astype(str) for name in ("smiles", "alerts", "reason", "part")}
        return table.assign(**texts)

    @cached_property
    def z(self) -> Tensor:
        table = read_csv_table(self.folder / LATENTS).drop(columns="stop")
        return torch.from_numpy(table.to_numpy(dtype=np.float64))

    @cached_property
    def certificate(self) -> CertificateRecord:
        return load_record(self.folder / CERTIFICATES, CERTIFICATE)

    @cached_property
    def settings(self) -> PathSettings:
        return PathSettings(**self.record["settings"])

    @property
    def surrogate(self) -> dict[str, Any]:
        return dict(self.record["surrogate"])

    @cached_property
    def goal(self) -> Goal:
        return Goal.parse(self.surrogate["goal"], known=None)

    @cached_property
    def scaler(self) -> TargetScaler:
        return TargetScaler.from_dict(self.surrogate["scaler"])

    @cached_property
    def cost(self) -> NDArray[np.float64]:
        """Costs at the stored latents, shape (n,)."""
        (networks,) = term_networks(self.certificate)
        return Cost(networks, self.surrogate["aggregate"])(self.z).numpy()


def _check_ends(stored: StoredPath, report: CheckReport, latent_model: LatentModel | None) -> None:
    model = model_of(stored.record, latent_model)
    if model is None:
        report.unverified.append("latents of both molecules and of the stops: the run's latent model is not at hand")
        return
    report.add("both ends lie at the latents of their molecules", lambda: _end_problems(stored, model), LATENTS)


def _end_problems(stored: StoredPath, model: LatentModel) -> Iterator[str]:
    """The start is the first stop; the end of a descent lies elsewhere, but the region is spanned by both."""
    start, end = encoded(model, [stored.record[role]["smiles"] for role in ("start", "end")])
    center = torch.from_numpy(np.asarray(stored.certificate.region[0].arrays["center"][0], dtype=np.float64))
    for name, z, found in (("start", start, stored.z[0]), ("end", end, 2 * center - stored.z[0])):
        if not float((z - found).norm()) <= SAME_LATENT * max(1.0, float(z.norm())):
            yield f"{LATENTS}: the path does not lead from or to the latent of the {name}"


def _surrogate_problems(stored: StoredPath, report: CheckReport) -> Iterator[str]:
    entry, settings = stored.surrogate, stored.settings
    yield from entry_problems(entry, settings.aggregate)
    members = term_arrays(stored.certificate, 0)
    fingerprint = str(stored.record["latent"]["fingerprint"])
    yield from surrogate_problems(entry, members, settings.surrogates, fingerprint, report)


def _region_problems(stored: StoredPath, report: CheckReport) -> Iterator[str]:
    certificate, claimed = stored.certificate, stored.record["region"]
    found = check_certificate(certificate, gap_tol=stored.settings.gap_tol)
    report.certificates += certificate.n
    if certificate.n != 1 or not bool(found.valid[0]):
        yield f"{CERTIFICATES}: {found.reasons[0] or 'more than one program'}"
    for text in term_problems(certificate, [stored.surrogate["aggregate"]], np.array([np.inf])):
        yield f"{CERTIFICATES}: {text}"
    if concave_networks(certificate):
        yield f"{CERTIFICATES}: its cost is concave; paths follow convex ones"
    if np.any(certificate.weights != 1):
        yield f"{CERTIFICATES}: the cost does not weigh one"
    named = (("least_cost", float(certificate.value[0])), ("lower_bound", float(certificate.lower_bound[0])))
    for name, number in (*named, ("status", certificate.status[0].lower())):
        if claimed[name] != number:
            yield f"run.json: {name} of the region is {claimed[name]!r}, its certificate says {number!r}"
    (region,) = certificate.region
    center = np.asarray(region.arrays["center"][0], dtype=np.float64)
    start = stored.z[0]
    # the center is the middle between both latents
    expected = region_between(start, 2 * torch.from_numpy(center) - start, _method(stored))
    if region.kind != expected.kind or not all(
        np.allclose(region.arrays[name], array.numpy(), rtol=1e-6, atol=1e-9)
        for name, array in expected.tensors().items()
    ):
        yield f"{CERTIFICATES}: the region is not the {expected.kind} between both molecules of the method"


def _method(stored: StoredPath) -> str:
    return str(stored.settings.method)


def _prediction_problems(stored: StoredPath) -> Iterator[str]:
    stops, record, name = stored.stops, stored.record, stored.goal.property
    if not len(stops) == len(stored.z) == record["counts"]["stops"]:
        yield f"{TABLE}: has {len(stops)} rows, {LATENTS} {len(stored.z)}, run.json says {record['counts']['stops']}"
        return
    for row in np.flatnonzero(~torch.isfinite(stored.z).all(dim=1).numpy()):
        yield f"{LATENTS}: the latent of stop {stops['stop'].iloc[row]} is not all numbers"
    predicted = stored.scaler.value_of(stored.cost)
    yield from _differences(stops, "cost", stored.cost, "the networks say")
    yield from _differences(stops, PREDICTED(name), predicted, "the networks say")
    yield from _differences(stops, "predicted_deviation", predicted - predicted[0], "it is")
    yield from _differences(stops, "share", shares(stored.z), "it is")
    for key in ("worst_predicted_deviation", "worst_measured_deviation"):
        found = worst(stops, key.removeprefix("worst_"))
        if len(differing([_number(record[key])], [found])):
            yield f"run.json: {key} is {record[key]!r}, {TABLE} says {found!r}"
    yield from _way_problems(stored)


def _way_problems(stored: StoredPath) -> Iterator[str]:
    """Whether the level is kept, or the descent falls and ends at the certified minimum."""
    on_way = (stored.stops["part"] != JUMP).to_numpy()
    cost, method = stored.cost[on_way], _method(stored)
    if set(stored.stops["part"][on_way]) != {method} or on_way[:-1].sum() != len(on_way) - 1:
        yield f"{TABLE}: part must be {method!r} but for a jump at the end"
    off = float(np.abs(cost - cost[0]).max())
    if method in ("level", "radial") and not off <= SAME_LEVEL * max(1.0, abs(float(cost[0]))):
        yield f"{TABLE}: the level is missed by {off:.3g} in cost units"
    rise = largest_rise(torch.from_numpy(cost))
    if not abs(rise - stored.record["largest_rise_of_cost"]) <= ROUNDING:
        yield f"run.json: largest_rise_of_cost is {stored.record['largest_rise_of_cost']!r}, it is {rise!r}"
    if method != "descent":
        return
    gap = float(stored.certificate.value[0] - stored.certificate.lower_bound[0])
    if not rise <= gap + ROUNDING:
        yield f"{TABLE}: the cost rises by {rise:.3g} on a descent with a gap of {gap:.3g}"
    if not np.allclose(stored.z[-1].numpy(), stored.certificate.z[0], rtol=0, atol=ROUNDING):
        yield f"{LATENTS}: the descent does not end at the certified minimum"


def _measure_problems(stored: StoredPath) -> Iterator[str]:
    stops, record, goal = stored.stops, stored.record, stored.goal
    ends = [standardize(lead.smiles).smiles for lead in (stored.settings.start, stored.settings.end)]
    smiles = stops["smiles"].tolist()
    for role, end in zip(("start", "end"), ends, strict=True):
        if record[role]["smiles"] != end:
            yield f"run.json: the {role} is {record[role]['smiles']!r}, {record[role]['given']!r} is {end!r}"
        yield from _differences(stops, f"similarity_to_{role}", tanimoto(end, smiles), "it is")
    names = [name for name in PROPERTIES if name in stops]
    table = compute_properties(smiles, names)
    for name in names:
        yield from _differences(stops, name, table[name].to_numpy(), "RDKit measures")
    measured = measured_as_predicted([ends[0], *smiles], goal)
    yield from _differences(stops, MEASURED(goal.property), measured[1:], "RDKit measures")
    yield from _differences(stops, "measured_deviation", measured[1:] - measured[0], "it is")
    alerts = ["; ".join(find_alerts(parse(text))) if text else "" for text in smiles]
    for stop, stated, found in zip(stops["stop"], stops["alerts"], alerts, strict=True):
        if stated != found:
            yield f"{TABLE}: alerts of stop {stop} are {stated!r}, not {found!r}"


def _differences(table: pd.DataFrame, column: str, found: NDArray[np.float64], says: str) -> Iterator[str]:
    for i in differing(table[column], found, ROUNDING):
        stop = table["stop"].iloc[i]
        yield f"{TABLE}: {column} of stop {stop} is {table[column].iloc[i]!r}, {says} {float(found[i])!r}"


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
