"""What is claimed of each candidate, at its own latent, against the certificate of the design region."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from molconvex.columns import COST, PREDICTED, PROVED
from molconvex.objectives.goal_programs import least_bound_row
from molconvex.optimize import CertificateRecord
from molconvex.optimize.certificate.point_claims import PointClaims, point_claims
from molconvex.optimize.certificate.proved_parts import in_proved_parts
from molconvex.runs.certificates import load_certificates
from molconvex.runs.check_programs import predictions_at
from molconvex.runs.check_uncertainty import uncertainty_problems
from molconvex.runs.claims import load_latents
from molconvex.runs.stored_tables import StoredTables, differing

FILE = "candidates.csv"
CLOSE = 1e-7  # relative; claims are made in another order of summation than they are checked


def claim_problems(tables: StoredTables) -> Iterator[str]:
    """What is wrong with the claims of candidates.csv, one text each."""
    for lead, rows in tables.candidates.groupby("lead"):
        number = int(lead)  # type: ignore[arg-type]
        record = load_certificates(tables.folder, number)
        start, latents = load_latents(tables.folder, number)
        if len(latents) != len(rows):
            yield f"{FILE}: lead {number} has {len(rows)} candidates, latents are stored for {len(latents)}"
            continue
        first = tables.programs.loc[tables.programs["lead"] == number, "program"].min()
        chosen = (rows["program"] - first).to_numpy()
        if not np.isin(chosen, np.arange(record.n)).all():
            yield f"{FILE}: candidates of lead {number} name programs that are none of its own"
            continue
        claims = point_claims(record, latents, start)
        if not _are_held_against(claims, chosen, record, tables, number):
            yield f"{FILE}: candidates of lead {number} name other programs than those that they are to be held against"
        yield from _region_claims(rows, claims, chosen)
        yield from _proved_parts(rows, record, latents, tables)
        yield from _predictions(rows, record, latents, tables)
        yield from uncertainty_problems(rows, latents, tables, CLOSE)


def _are_held_against(
    claims: PointClaims, chosen: np.ndarray, record: CertificateRecord, tables: StoredTables, lead: int
) -> bool:
    """Whether each row of programs is the one whose bound is the least of all clauses, or of a front one whose bound
    the molecule comes nearest to."""
    scale = tables.front_scale(lead)
    if scale is None:
        return bool((chosen == least_bound_row(claims.lower_bound, len(tables.clauses))).all())
    room = claims.room(np.asarray(record.weights), scale)
    return bool((room[np.arange(len(chosen)), chosen] <= room.min(axis=1) + CLOSE).all())


def _region_claims(rows: pd.DataFrame, claims: PointClaims, chosen: np.ndarray) -> Iterator[str]:
    """Where claims are not those of the chosen programs (n,)."""
    every = np.arange(len(rows))
    for i in np.flatnonzero(rows["inside_region"].to_numpy(dtype=bool) != claims.inside):
        yield f"{FILE}: inside_region of {rows['id'].iloc[i]} is {bool(rows['inside_region'].iloc[i])}, it is not so"
    found = {
        "region_distance": claims.distance,
        "value": claims.value[every, chosen],
        "lower_bound": claims.lower_bound[chosen],
        "gap_to_bound": claims.headroom[every, chosen],
        "realised_share": claims.realised_share[every, chosen],
    }
    for column, numbers in found.items():
        for i in differing(rows[column], numbers, CLOSE):
            yield (
                f"{FILE}: {column} of {rows['id'].iloc[i]} is {rows[column].iloc[i]!r}, "
                f"the certificate says {float(numbers[i])!r}"
            )


def _proved_parts(
    rows: pd.DataFrame, record: CertificateRecord, latents: np.ndarray, tables: StoredTables
) -> Iterator[str]:
    """Molecules that are said to lie where a requirement is proved, and do not, or the other way round.

    Runs of earlier versions say nothing of it.
    """
    held = in_proved_parts(record, latents, rows["inside_region"].to_numpy(dtype=bool))
    for column, item in enumerate(tables.limits, start=len(tables.goals)):
        name = PROVED(item.key)
        if name not in rows:
            continue
        for i in np.flatnonzero(rows[name].to_numpy(dtype=bool) != held[:, column]):
            yield f"{FILE}: {name} of {rows['id'].iloc[i]} is {bool(rows[name].iloc[i])}, it is not so"


def _predictions(
    rows: pd.DataFrame, record: CertificateRecord, latents: np.ndarray, tables: StoredTables
) -> Iterator[str]:
    """Costs and predictions at the stored latents, from the networks in the record."""
    keys = [goal.property for goal in tables.goals] + [item.key for item in tables.limits]
    costs, predicted = predictions_at(torch.from_numpy(latents), record, tables)
    for family, found in ((COST, costs), (PREDICTED, predicted)):
        for key, numbers in zip(keys, found, strict=True):
            for i in differing(rows[family(key)], numbers, CLOSE):
                yield (
                    f"{FILE}: {family(key)} of {rows['id'].iloc[i]} is {rows[family(key)].iloc[i]!r}, "
                    f"the networks give {float(numbers[i])!r}"
                )
