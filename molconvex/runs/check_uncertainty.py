"""Intervals, classes and domains beside the predictions of candidates, against the surrogates at hand."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from molconvex.chem import PROPERTIES
from molconvex.columns import CLASSES, DISTANCE, DOMAIN, HIGH, LOW, PREDICTED, refined
from molconvex.runs.check_networks import surrogates_at_hand
from molconvex.runs.stored_tables import StoredTables, differing
from molconvex.surrogate.model.uncertainty import refined_columns, uncertainty_columns

FILE = "candidates.csv"
FAMILIES = (LOW, HIGH, CLASSES, DISTANCE, DOMAIN)
REFINED_FAMILIES = (PREDICTED, LOW, HIGH, CLASSES)


def uncertainty_problems(rows: pd.DataFrame, z: np.ndarray, tables: StoredTables, tolerance: float) -> Iterator[str]:
    """What stands beside predictions that nothing measures and is not so, one text each.

    Surrogates that are not at hand are passed over; that is said where their networks are checked. So are runs of
    earlier versions, in which nothing stands beside a prediction.

    Args:
        rows: Candidates of one lead.
        z: Their own latents (n, d).
        tables: Of the run.
        tolerance: Relative to max(1, size).
    """
    for key, entry in zip(tables.cost_keys, tables.entries, strict=True):
        finer = {family(refined(key)) for family in REFINED_FAMILIES} & set(rows)
        stored = {family(key) for family in FAMILIES} & set(rows) | finer
        if entry["property"] in PROPERTIES or not stored:
            yield from (f"{FILE}: the column {column} stands there, and RDKit measures it" for column in sorted(finer))
            continue
        if entry.get("refined", bool(finer)) != bool(finer):  # earlier versions did not say
            said = "are not refined" if finer else "are refined"
            yield f"run.json: predictions of {key} {said}, {FILE} has {'some that are' if finer else 'none that is'}"
        folders = tables.settings.surrogates
        at_hand = surrogates_at_hand(entry["property"], entry["origin"], folders, tables.fingerprint)
        own = [surrogate for surrogate in at_hand if surrogate.scaler.to_dict() == entry["scaler"]]
        if own:
            found = uncertainty_columns(own[0], torch.from_numpy(z), key)
            if finer:  # without them the molecules are ranked by the prediction itself, which is checked elsewhere
                found = found.join(refined_columns(own[0], torch.from_numpy(z), rows["smiles"].tolist()))
            for column in sorted(stored ^ {str(column) for column in found}):
                fault = "stands there, which its surrogate does not give" if column in stored else "is missing"
                yield f"{FILE}: the column {column} {fault}"
            yield from _differences(rows, found[[column for column in found if column in stored]], key, tolerance)


def _differences(rows: pd.DataFrame, found: pd.DataFrame, key: str, tolerance: float) -> Iterator[str]:
    distance = found[DISTANCE(key)].to_numpy() if DISTANCE(key) in found else np.full(len(found), np.nan)
    near = np.abs(distance - 1) <= tolerance  # of the domain's border: either side will do
    for column in found:
        wanted = found[column].to_numpy()
        if column in (CLASSES(key), DOMAIN(key), CLASSES(refined(key))):
            bad = np.flatnonzero(rows[column].to_numpy(dtype=str) != wanted.astype(str))
        else:
            bad = differing(rows[column], wanted, tolerance)
        if column in (LOW(key), HIGH(key), DOMAIN(key), LOW(refined(key)), HIGH(refined(key))):
            bad = bad[~near[bad]]
        for i in bad:
            stored = rows[column].iloc[i]
            yield f"{FILE}: {column} of {rows['id'].iloc[i]} is {stored!r}, the surrogate says {wanted[i]!r}"
