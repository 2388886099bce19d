"""Whether the networks of the certificates are those of the surrogates that the run names.

Bundled surrogates are read from the package and a user's own from their folders, each protected by its manifest.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from molconvex.chem import PROPERTIES
from molconvex.columns import PREDICTED, ranked_key, refined
from molconvex.exceptions import MolconvexError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.objectives.bundled_surrogates import bundled_folders
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.goals import Goal
from molconvex.optimize import CertificateRecord
from molconvex.runs.certificates import concave_networks, load_certificates, term_signs
from molconvex.runs.check_report import CheckReport
from molconvex.runs.folder import RECORD
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.surrogate import ConvexSurrogate, load_surrogates
from molconvex.surrogate.model.orientation import Orientation

Entry = Mapping[str, Any]


def network_problems(tables: StoredTables, report: CheckReport, compared: list[str]) -> Iterator[str]:
    """Networks, scalers, aggregates and ranges of goals and requirements that are not their surrogates' own.

    Args:
        tables: Of the run.
        report: Gets what could not be checked.
        compared: Gets the properties whose surrogates were at hand.
    """
    entries = tables.entries
    records = [load_certificates(tables.folder, lead) for lead in tables.leads_with_programs]
    for column, entry in enumerate(entries):
        yield from entry_problems(entry, tables.settings.aggregate)
        if any(not same_cost(records[0], other, column) for other in records[1:]):
            yield f"certificates: leads have different networks or orientations for {entry['property']}"
        if records:
            members, given = term_arrays(records[0], column), tables.settings.surrogates
            side: Orientation = "concave" if term_signs(records[0])[column] < 0 else "convex"
            unknown = len(report.unverified)
            yield from surrogate_problems(entry, members, given, tables.fingerprint, report, side)
            if len(report.unverified) == unknown:
                compared.append(entry["property"])
    for goal, entry in zip(tables.goals, entries, strict=False):
        if goal.property not in PROPERTIES and goal.property not in tables.oracle_names:
            yield from _range_problems(goal, entry, tables, report)


def _range_problems(goal: Goal, entry: Entry, tables: StoredTables, report: CheckReport) -> Iterator[str]:
    """Whether the range of a desirability that rests on predictions is the one that the surrogate gives."""
    name, origin = goal.property, entry["origin"]
    at_hand = surrogates_at_hand(name, origin, tables.settings.surrogates, tables.fingerprint)
    if not at_hand:
        report.unverified.append(f"value_range of {name}: its surrogate is not at hand")
        if ranked_key(tables.candidates, name) != name:
            column = PREDICTED(refined(name))
            report.unverified.append(f"candidates.csv: {column}, which ranks: what refines it is not at hand")
        return
    ranges = [GoalSurrogate(goal, surrogate, origin).value_range for surrogate in at_hand]
    if all(len(differing(entry["value_range"], wanted)) for wanted in ranges):
        yield f"{RECORD}: value_range of {name} is {entry['value_range']}, by its surrogate it is {list(ranges[0])}"


def what_was_compared(compared: list[str], count: int) -> str:
    """What was verified of the networks of `count` costs, in words."""
    if len(compared) == count:
        return "networks of the certificates and scalers of run.json are those of their surrogates"
    alike = "the certificates of all leads have the same networks"
    return f"{alike}; those of {', '.join(compared)} and the scalers are their surrogates'" if compared else alike


def entry_problems(entry: Entry, aggregate: str | None) -> Iterator[str]:
    """What of a surrogate's entry in run.json contradicts the settings or the properties."""
    name = entry["property"]
    if aggregate is not None and entry["aggregate"] != aggregate:
        yield f"{RECORD}: {name} is aggregated by {entry['aggregate']!r}, the settings say {aggregate!r}"
    ends = [PROPERTIES[name].low, PROPERTIES[name].high] if name in PROPERTIES else None
    if ends is not None and list(entry.get("value_range", ends)) != ends:
        yield f"{RECORD}: value_range of {name} is {entry['value_range']}, not that of the property"
    if entry["scaler"]["target"]["property"] != name:
        yield f"{RECORD}: the scaler of {name} is that of {entry['scaler']['target']['property']!r}"


def surrogate_problems(
    entry: Entry,
    members: list[NetworkArrays[Any]],
    folders: Mapping[str, Path],
    fingerprint: str,
    report: CheckReport,
    orientation: Orientation = "convex",
) -> Iterator[str]:
    """Whether networks, scaler and orientation are those of a surrogate at hand; where none is, the report says so."""
    name, origin = entry["property"], entry["origin"]
    at_hand = surrogates_at_hand(name, origin, folders, fingerprint)
    if not at_hand:
        why = "trained during the run" if origin in ("trained", "oracle") else "its surrogate is not at hand"
        report.unverified.append(f"networks and scaler of {name}: {why}")
        return
    if not any(item.orientation == orientation and _fits(item, members, entry) for item in at_hand):
        yield f"certificates: networks or scaler of {name} are not those of the {origin} surrogate"


def _fits(surrogate: ConvexSurrogate, members: list[NetworkArrays[Any]], entry: Entry) -> bool:
    own = [network.map(lambda tensor: tensor.numpy()) for network in surrogate.members]
    return same_networks(own, members) and surrogate.scaler.to_dict() == entry["scaler"]


def surrogates_at_hand(name: str, origin: str, folders: Mapping[str, Path], fingerprint: str) -> list[ConvexSurrogate]:
    """Surrogates of a property for the run's latent model, of one origin; none where they cannot be read."""
    places = list(bundled_folders().get(name, ())) if origin == "bundled" else []
    if origin == "folder" and name in folders:
        places = [Path(folders[name])]
    found = []
    for place in places:
        try:
            surrogate = load_surrogates(place)[name]
        except (MolconvexError, KeyError):
            continue
        if isinstance(surrogate, ConvexSurrogate) and surrogate.latent_fingerprint == fingerprint:
            found.append(surrogate)
    return found


def term_arrays(record: CertificateRecord, column: int) -> list[NetworkArrays[Any]]:
    """Member networks of one term; of a concave cost the convex networks it is minus."""
    concave = concave_networks(record)
    return [concave.get(member, record.networks[member]) for member in record.terms[column][0]]


def same_cost(a: CertificateRecord, b: CertificateRecord, column: int) -> bool:
    """Whether a term has the same networks in two records, and counts with the same sign."""
    return term_signs(a)[column] == term_signs(b)[column] and same_networks(
        term_arrays(a, column), term_arrays(b, column)
    )


def same_networks(a: list[NetworkArrays[Any]], b: list[NetworkArrays[Any]]) -> bool:
    """Whether all numbers are equal."""
    return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))


def _same(a: NetworkArrays[Any], b: NetworkArrays[Any]) -> bool:
    first, second = a.named(), b.named()
    if (a.constant, a.negative_slope, set(first)) != (b.constant, b.negative_slope, set(second)):
        return False
    return all(np.array_equal(array, second[name]) for name, array in first.items())
