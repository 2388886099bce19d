"""From a user's table of assay values to surrogates: read, standardise, merge replicates, encode, split, train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from molconvex.assays.atom_contributions import with_contributions
from molconvex.assays.potency import as_negative_log
from molconvex.chem import standardize
from molconvex.chem.read.measured_values import read_numbers
from molconvex.exceptions import ChemistryError, ConfigError, DataError
from molconvex.latent import LatentModel
from molconvex.surrogate import (
    AssayTable,
    Conflict,
    ConvexSurrogate,
    Dataset,
    DifferenceSurrogate,
    FitSettings,
    Hooks,
    Split,
    Target,
    column_split,
    encode_molecules,
    fit_difference_surrogates,
    fit_surrogates,
    make_dataset,
    merge_replicates,
    read_assays,
    time_split,
)
from molconvex.surrogate.data.encoding import half_lost


@dataclass(frozen=True)
class TrainedAssays:
    """What training on a table gave.

    Attributes:
        surrogates: One per target, in order; of kind DifferenceSurrogate if `difference` was asked for.
        table: The molecules trained and tested on, replicates merged.
        conflicts: Replicates that disagreed, and what was kept.
        refused: Line of the file and reason for each structure that could not be used.
        notes: What the reader should know of the table, in words.
    """

    surrogates: Sequence[ConvexSurrogate | DifferenceSurrogate]
    table: AssayTable
    conflicts: list[Conflict]
    refused: dict[int, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class EncodedAssays:
    """A table ready to be learned from: latents `z`, shape (n, d), of its n molecules, and their weights or None."""

    z: Tensor
    weight: NDArray[np.float64] | None
    table: AssayTable
    conflicts: list[Conflict]
    refused: dict[int, str]


@dataclass(frozen=True)
class AssayColumns:
    """Which columns of a table say what.

    Attributes:
        values: Column of a property where it is not called as the property: {"logd": "exp"}.
        smiles: Column with the structures; found by its name where None.
        split: Column that says train, valid or test.
        time: Column of numbers or ISO dates; the latest molecules become the test part.
        weight: Column of numbers, at least 0, that say how much a row counts; replicates count as their mean.
        molar: Unit of each property whose column holds concentrations, to be taken as -log10 of mol/L: {"pIC50": "nM"}.

    Raises:
        ConfigError: If both split and time are given.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    smiles: str | None = None
    split: str | None = None
    time: str | None = None
    weight: str | None = None
    molar: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.split and self.time:
            raise ConfigError("a split column and a time column both divide the molecules; give one of them")


def train_assays(
    path: str | Path,
    targets: Sequence[Target],
    model: LatentModel,
    *,
    columns: AssayColumns | None = None,
    settings: FitSettings | None = None,
    difference: bool = False,
    cache: Path | None = None,
    hooks: Hooks | None = None,
) -> TrainedAssays:
    """Train one surrogate per target on a delimited file; molecules of a named test part never train.

    Args:
        path: Table with a header; see `molconvex.surrogate.read_assays`.
        targets: What is wanted of which columns.
        model: Encodes the molecules.
        columns: Which columns say what; a split or time column takes the place of the split of `settings`.
        settings: How to train; by default scaffold split and three members.
        difference: Train differences of convex networks, which fit what no convex function does, but whose minima are
            local; no search and no other models beside them.
        cache: Folder that keeps latents, so that a second training does not encode again.
        hooks: Progress and cancelling.

    Raises:
        DataError: If the table cannot be learned from; the text says why and what to do.
        ConfigError: If a search for differences of convex networks is asked for.
        CancelledError: If the hooks say so.
    """
    columns, settings = columns or AssayColumns(), settings or FitSettings()
    if difference and settings.search_seconds > 0:
        raise ConfigError(
            "differences of convex networks are trained without a search; leave out search_seconds (--search-seconds)"
        )
    assays = encode_assays(path, targets, model, columns, cache=cache)
    table = assays.table
    divided = replace(settings, split=_split(table, columns, settings))
    data = assay_dataset(assays, targets, model)
    fitted: Sequence[ConvexSurrogate | DifferenceSurrogate]
    if difference:
        fitted = with_contributions(fit_difference_surrogates(data, divided, hooks), model)
    else:
        fitted = with_contributions(fit_surrogates(data, divided, hooks), model)
    return TrainedAssays(fitted, table, assays.conflicts, assays.refused, table.notes)


def assay_dataset(assays: EncodedAssays, targets: Sequence[Target], model: LatentModel) -> Dataset:
    """The molecules of a table as data to be learned from.

    Raises:
        DataError: If the values cannot be learned from.
    """
    return make_dataset(
        assays.z,
        assays.table.value,
        targets,
        latent_fingerprint=model.fingerprint,
        smiles=assays.table.smiles,
        censor=assays.table.censor,
        sample_weight=assays.weight,
    )


def encode_assays(
    path: str | Path,
    targets: Sequence[Target],
    model: LatentModel,
    columns: AssayColumns | None = None,
    *,
    cache: Path | None = None,
) -> EncodedAssays:
    """Read a table, standardise its structures, merge replicates and encode; arguments and errors as `train_assays`."""
    columns = columns or AssayColumns()
    extra = [column for column in (columns.split, columns.time, columns.weight) if column]
    read = read_assays(
        path,
        targets,
        columns=columns.values,
        smiles_column=columns.smiles,
        extra_columns=extra,
        for_training=not columns.molar,
    )
    table, names, refused = readable_rows(as_negative_log(read, columns.molar))
    if columns.split:
        table, names = _without_tested(table, names, columns.split)
    weight = _weights(table, names, columns.weight)
    table, conflicts = merge_replicates(table, targets, names)
    lines = [f"line {line[0]}" for line in table.lines]
    encoded = encode_molecules(model, table.smiles, cache=cache, names=lines)
    refused |= {table.lines[row][0]: reason for row, reason in encoded.failures.items()}
    table = table.rows(encoded.kept)
    kept = None if weight is None else np.array([weight[name] for name in table.smiles])
    return EncodedAssays(encoded.z, kept, table, conflicts, refused)


def _weights(table: AssayTable, names: list[str], column: str | None) -> dict[str, float] | None:
    """Mean weight of the rows of each molecule."""
    if column is None:
        return None
    lines = [line[0] for line in table.lines]
    read = read_numbers(table.extra[column], lines, column, decimal_comma=False).value
    bad = np.flatnonzero(~(read >= 0))
    if bad.size:
        raise DataError(f"line {lines[bad[0]]}: the weight in {column!r} must be a number of at least 0")
    rows: dict[str, list[float]] = {}
    for name, weight in zip(names, read, strict=True):
        rows.setdefault(name, []).append(float(weight))
    return {name: float(np.mean(weights)) for name, weights in rows.items()}


def readable_rows(table: AssayTable) -> tuple[AssayTable, list[str], dict[int, str]]:
    """Rows whose structure can be read, their standard SMILES, and by line why the others cannot.

    Raises:
        DataError: If that is half of them or more; the text shows ten of them.
    """
    names: list[str] = []
    kept: list[int] = []
    refused: dict[int, str] = {}
    for row, text in enumerate(table.smiles):
        try:
            names.append(standardize(text).smiles)
            kept.append(row)
        except ChemistryError as error:
            refused[table.lines[row][0]] = str(error)
    if 2 * len(kept) <= len(table):
        reasons = [refused.get(line[0], "") for line in table.lines]
        raise DataError(half_lost(table.smiles, reasons, [f"line {line[0]}" for line in table.lines]))
    return table.rows(kept), names, refused


def _without_tested(table: AssayTable, names: list[str], column: str) -> tuple[AssayTable, list[str]]:
    """Rows without the training copies of molecules that the test part holds too."""
    tests = [part.strip().lower().startswith("test") for part in table.extra[column]]
    tested = {name for name, test in zip(names, tests, strict=True) if test}
    kept = [row for row, (name, test) in enumerate(zip(names, tests, strict=True)) if test or name not in tested]
    return table.rows(kept), [names[row] for row in kept]


def _split(table: AssayTable, columns: AssayColumns, settings: FitSettings) -> str | Split:
    if columns.split:
        return column_split(table.extra[columns.split], valid_fraction=settings.valid_fraction, seed=settings.seed)
    if columns.time:
        return time_split(_times(table, columns.time), fractions=(settings.valid_fraction, settings.test_fraction))
    return settings.split


def _times(table: AssayTable, column: str) -> list[float]:
    """When each molecule was measured, as numbers that grow with time."""
    cells = [text.strip() for text in table.extra[column]]
    times = [_as_time(text) for text in cells]
    missing = [line[0] for line, (_, time) in zip(table.lines, times, strict=True) if np.isnan(time)]
    if missing:
        raise DataError(
            f"line {missing[0]} has no time in {column!r} ({len(missing)} in all); fill them in or drop the rows"
        )
    kinds = {is_date: text for text, (is_date, _) in zip(cells, times, strict=True)}
    if len(kinds) > 1:
        raise DataError(
            f"the time column {column!r} mixes plain numbers such as {kinds[False]!r} with dates such as "
            f"{kinds[True]!r}, which cannot be put in one order; write all of them as dates"
        )
    return [time for _, time in times]


def _as_time(text: str) -> tuple[bool, float]:
    """Whether it is an ISO date and no plain number, such as a year; and the time, NaN where there is none."""
    try:
        return False, float(text)
    except ValueError:
        pass
    try:
        date = np.datetime64(text, "s")
    except ValueError:
        raise ConfigError(f"the time column holds {text!r}; numbers or ISO dates such as 2021-03-31 are read") from None
    return True, float("nan") if np.isnat(date) else float(date.astype(np.int64))
