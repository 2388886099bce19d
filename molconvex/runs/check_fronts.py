"""The fronts of a stored Pareto run against its certificates and its measured molecules."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch

from molconvex.chem import PROPERTIES
from molconvex.columns import COST, WEIGHT
from molconvex.design.pareto.measured import lead_costs, marked, measured_costs
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import CertificateError
from molconvex.optimize import hypervolume, non_dominated
from molconvex.optimize.fronts.sandwich import sandwich_gap
from molconvex.optimize.fronts.sweep import front_scale
from molconvex.runs.certificates import load_certificates, term_networks
from molconvex.runs.check_leads import refined_as_candidates
from molconvex.runs.stored_tables import StoredTables, differing

FRONT, MOLECULES, CANDIDATES, RECORD = "front.csv", "molecules.csv", "candidates.csv", "run.json"
GAP_TOLERANCE = 1e-6  # of the linear programs behind a sandwich gap


class ParetoTables(StoredTables):
    """Tables of a Pareto run."""

    @cached_property
    def settings(self) -> GenerateSettings:
        return ParetoSettings(**self.record["settings"]).to_generate_settings()

    def front_scale(self, lead: int) -> np.ndarray | None:
        """As run.json says, which is checked against the front."""
        scales = [entry["scale"] for entry in self.record["fronts"] if entry["lead"] == lead]
        if not scales:
            raise CertificateError(f"{RECORD} has no front of lead {lead}")
        return np.asarray(scales[0], dtype=np.float64)

    @property
    def first_weights(self) -> None:
        """A front begins with the program of each goal alone."""
        return None


def front_problems(tables: StoredTables) -> Iterator[str]:
    """Where front.csv and the numbers of run.json are not what the programs, checked before, give."""
    names = [goal.property for goal in tables.goals]
    numbers: list[int] = []
    for entry in tables.record["fronts"]:
        rows = tables.programs[tables.programs["lead"] == entry["lead"]]
        yield from _region_problems(rows, entry)
        costs = rows[[COST(name) for name in names]].to_numpy(dtype=float)
        kept = np.flatnonzero(non_dominated(costs))
        kept = kept[np.argsort(costs[kept, 0], kind="stable")]
        numbers += rows["program"].to_numpy()[kept].tolist()
        weights = rows[[WEIGHT(name) for name in names]].to_numpy(dtype=float)
        yield from _number_problems(entry, costs[kept], weights, rows["lower_bound"].to_numpy(dtype=float))
        yield from _lead_problems(tables, entry)
    front = tables.read(FRONT)
    if front["program"].tolist() != numbers:
        yield f"{FRONT}: its programs are not those of programs.csv that no other dominates"
        return
    yield from _same_rows(FRONT, front, tables.programs.set_index("program", drop=False).loc[numbers], "programs.csv")


def _region_problems(rows: pd.DataFrame, entry: Mapping[str, Any]) -> Iterator[str]:
    """A front belongs to one region around its lead."""
    if len(rows) != entry["programs"] or rows["radius"].nunique() != 1 or (rows["anchor_distance"] != 0).any():
        yield f"{RECORD}: the front of lead {entry['lead']} is not that of all programs over one region around it"


def _number_problems(
    entry: Mapping[str, Any], front: np.ndarray, weights: np.ndarray, bounds: np.ndarray
) -> Iterator[str]:
    scale = front_scale(front)
    if len(differing(entry["scale"], scale)):
        yield f"{RECORD}: scale of lead {entry['lead']} is {entry['scale']}, its front gives {scale.tolist()}"
    gap = sandwich_gap(front / scale, weights * scale, bounds)
    volume = hypervolume(front, entry["reference_point"])
    wanted = {"points": (len(front), 0.0), "sandwich_gap": (gap, GAP_TOLERANCE), "hypervolume": (volume, 1e-9)}
    for name, (found, tolerance) in wanted.items():
        if len(differing([entry[name]], [found], tolerance)):
            yield f"{RECORD}: {name} of lead {entry['lead']} is {entry[name]!r}, its programs give {found!r}"


def _lead_problems(tables: StoredTables, entry: Mapping[str, Any]) -> Iterator[str]:
    """The lead's own values: of leads.csv, checked before, else predicted by the networks of the certificates.

    What refines a prediction and is not at hand is named where leads.csv is checked.
    """
    lead = tables.leads.set_index("lead").loc[entry["lead"]]
    record = load_certificates(tables.folder, entry["lead"])
    center = torch.from_numpy(np.asarray(record.anchor[:1], dtype=np.float64))
    for column, (goal, networks) in enumerate(zip(tables.goals, term_networks(record), strict=True)):
        name = goal.property
        if name in PROPERTIES:
            found = float(goal.distance(lead[name]) if goal.kind in ("window", "target") else lead[name])
        else:
            cost = torch.stack([network(center) for network in networks]).mean(dim=0)
            predicted = tables.scalers[name].value_of(cost).numpy()
            found = float(refined_as_candidates(predicted, [str(lead["smiles"])], column, tables)[0])
        if not np.isnan(found) and len(differing([entry["lead_values"][name]], [found], 1e-6)):
            yield f"{RECORD}: {name} of lead {entry['lead']} is {entry['lead_values'][name]!r}, not {found!r}"


def measured_problems(tables: StoredTables) -> Iterator[str]:
    """Where candidates.csv marks other molecules than the measured values, checked before, give; and molecules.csv."""
    candidates, goals = tables.candidates, tables.goals
    if candidates.empty:
        return
    own = {e["lead"]: lead_costs(e["lead_values"], goals, tables.scalers) for e in tables.record["fronts"]}
    found = marked(candidates, measured_costs(candidates, goals, tables.scalers), own)
    for column in ("non_dominated", "dominates_lead"):
        for i in np.flatnonzero(candidates[column].astype(bool) != found[column]):
            yield f"{CANDIDATES}: {column} of {candidates['id'].iloc[i]} is {candidates[column].iloc[i]}, not so"
    kept = candidates[candidates["non_dominated"].astype(bool)]
    yield from _same_rows(MOLECULES, tables.read(MOLECULES), kept, f"the non-dominated rows of {CANDIDATES}")


def _same_rows(file: str, table: pd.DataFrame, wanted: pd.DataFrame, of: str) -> Iterator[str]:
    if list(table.columns) != list(wanted.columns) or len(table) != len(wanted):
        yield f"{file}: other columns or rows than {of}"
        return
    for column in table.columns:
        a, b = table[column].reset_index(drop=True), wanted[column].reset_index(drop=True)
        if not a.equals(b) and a.astype(str).tolist() != b.astype(str).tolist():
            yield f"{file}: column {column} differs from {of}"
