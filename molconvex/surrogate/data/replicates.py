"""Several measurements of one molecule become one value by a stated rule; conflicts are reported, never hidden."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from molconvex.chem import isomeric_smiles
from molconvex.exceptions import ChemistryError
from molconvex.surrogate.data.assay_tables import AssayTable
from molconvex.surrogate.model.target import Target

RULE = (
    "numbers: the median of exact values; bounds count only without exact values, then the tightest one; bounds from "
    "both sides give their middle, or no value if they contradict each other; classes: the majority, a tie leaves the "
    "value missing. Reported as conflict: exact values further apart than one standard deviation of the column, an "
    "exact value beyond a bound, contradicting bounds, differing classes"
)


@dataclass(frozen=True)
class Conflict:
    """Replicates that disagree: the molecule, the property, the lines of the file, what they say, what was kept.

    `stereoisomers` is true where the rows are drawn as different stereoisomers: they are one molecule to a model that
    knows no stereochemistry, and need not be in conflict at all.
    """

    smiles: str
    property: str
    lines: tuple[int, ...]
    values: tuple[str, ...]
    kept: str
    stereoisomers: bool = False

    def __str__(self) -> str:
        what = "stereoisomers, one molecule without stereochemistry: " if self.stereoisomers else ""
        smiles = self.smiles if len(self.smiles) <= 120 else self.smiles[:117] + "..."
        values, lines = _listed(self.values, " and "), _listed(self.lines, ", ")
        return f"{smiles}: {what}{self.property} is {values} (lines {lines}); kept: {self.kept}"


def merge_replicates(
    table: AssayTable, targets: Sequence[Target], standard_smiles: Sequence[str]
) -> tuple[AssayTable, list[Conflict]]:
    """One row per distinct standardized structure, in order of first appearance, and the conflicts (see `RULE`).

    Args:
        table: Rows as read.
        targets: Goals, one per property of the table.
        standard_smiles: Standardized structure per row; equal text means the same molecule.
    """
    groups: dict[str, list[int]] = {}
    for i, smiles in enumerate(standard_smiles):
        groups.setdefault(smiles, []).append(i)
    shape = (len(groups), len(targets))
    value, censor = np.full(shape, np.nan), np.zeros(shape, dtype=np.int8)
    conflicts: list[Conflict] = []
    for t, target in enumerate(targets):
        exact = table.value[(table.censor[:, t] == 0) & np.isfinite(table.value[:, t]), t]
        tolerance = float(exact.std()) if exact.size else 0.0
        for g, (smiles, rows) in enumerate(groups.items()):
            rows = [i for i in rows if np.isfinite(table.value[i, t])]
            values, bounds = table.value[rows, t], table.censor[rows, t]
            value[g, t], censor[g, t], agree = _merge(values, bounds, target, tolerance)
            if not agree:
                where = tuple(line for i in rows for line in table.lines[i])
                written = tuple(_written(v, b) for v, b in zip(values, bounds, strict=True))
                kept = _written(value[g, t], censor[g, t])
                isomers = len(_isomers(table, rows)) > 1
                conflicts.append(Conflict(smiles, target.property, where, written, kept, isomers))
    first = table.rows([rows[0] for rows in groups.values()])
    lines = [tuple(line for i in rows for line in table.lines[i]) for rows in groups.values()]
    notes = (*table.notes, *_isomer_notes(table, list(groups.values())))
    merged = AssayTable(list(groups), first.properties, value, censor, lines, first.extra, notes)
    return merged, conflicts


def _merge(
    values: NDArray[np.float64], bounds: NDArray[np.int8], target: Target, tolerance: float
) -> tuple[float, int, bool]:
    """Merged value, its kind of bound, and whether the replicates agree."""
    if values.size == 0:
        return float("nan"), 0, True
    if values.size == 1:
        return float(values[0]), int(bounds[0]), True
    if target.sense == "classify":
        mean = float(values.mean())
        return (float("nan") if mean == 0.5 else float(round(mean))), 0, mean in (0.0, 1.0)
    lower = values[bounds > 0].max(initial=-np.inf)
    upper = values[bounds < 0].min(initial=np.inf)
    exact = values[bounds == 0]
    if exact.size:
        agree = np.ptp(exact) <= tolerance and exact.max() <= upper and exact.min() >= lower
        return float(np.median(exact)), 0, bool(agree)
    if np.isfinite(lower) and np.isfinite(upper):
        return (float("nan"), 0, False) if lower > upper else (0.5 * float(lower + upper), 0, True)
    return (float(lower), 1, True) if np.isfinite(lower) else (float(upper), -1, True)


def _isomers(table: AssayTable, rows: Sequence[int]) -> set[str]:
    """Stereoisomers as which some rows are drawn; a drawing without stereochemistry is none of its own."""
    found = set()
    for i in rows:
        if any(mark in table.smiles[i] for mark in "@/\\"):
            try:
                found.add(isomeric_smiles(table.smiles[i]))
            except ChemistryError:
                continue
    return found


def _isomer_notes(table: AssayTable, groups: Sequence[Sequence[int]]) -> list[str]:
    merged = [rows for rows in groups if len(rows) > 1 and len(_isomers(table, rows)) > 1]
    if not merged:
        return []
    lines = [line for i in merged[0] for line in table.lines[i]]
    return [
        f"{len(merged)} molecules stand for several stereoisomers each, which differ in nothing but stereochemistry "
        f"and become one (the first: lines {_listed(lines, ', ')})"
    ]


def _listed(items: Sequence[object], joint: str, most: int = 6) -> str:
    """Items in a row, at most some of them."""
    more = len(items) - most
    shown = joint.join(str(item) for item in items[:most])
    return shown if more <= 0 else f"{shown}{joint}{more} more"


def _written(value: float, bound: int) -> str:
    if not np.isfinite(value):
        return "missing"
    return f"{'>' if bound > 0 else '<' if bound < 0 else ''}{value:g}"
