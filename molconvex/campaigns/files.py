"""Batches as files for the laboratory, and measurements back from it, checked whole before anything is taken in."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from molconvex.campaigns.campaign import Campaign
from molconvex.campaigns.units import converted
from molconvex.chem import standardize
from molconvex.chem.read.delimited import TextTable, read_header, read_text_table
from molconvex.chem.read.measured_values import NumberColumn, read_numbers
from molconvex.exceptions import ChemistryError, DataError
from molconvex.files import write_file_whole
from molconvex.runs.store.campaigns import CampaignValue, StoredBatch
from molconvex.tables import csv_text, unguarded

ID, SMILES, UNIT, REMARK = "id", "smiles", "unit", "remark"
MOST_SHOWN = 5
NO_VALUE = "not measured"


@dataclass(frozen=True)
class Imported:
    """What a file of measurements brought.

    Attributes:
        measured: Values taken in.
        failed: Compounds without a value that have a remark, which is the reason.
        waiting: Rows with neither: not measured yet.
        replaced: Values that replaced others.
        notes: What was read in an unusual way, in words.
    """

    measured: int
    failed: int
    waiting: int
    replaced: int
    notes: list[str] = field(default_factory=list)


def batch_table(campaign: Campaign, batch: StoredBatch) -> pd.DataFrame:
    """A batch as the laboratory gets it: id, structure, why, prediction; empty columns for value and remark."""
    rows = [
        {
            ID: campaign.stored.compound_id(item["number"]),
            SMILES: campaign.pool[item["number"] - 1],
            "batch": batch.number,
            "why": item["why"],
            "predicted": item["predicted"],
            "deviation": item["deviation"],
            campaign.goal.property: "",
            UNIT: campaign.settings.unit,
            REMARK: "",
        }
        for item in batch.proposed
    ]
    return pd.DataFrame(rows)


def export_batch(campaign: Campaign, path: str | Path, number: int | None = None, overwrite: bool = False) -> Path:
    """Write a batch, the latest by default, as CSV.

    Raises:
        DataError: If there is no such batch.
        OutputExistsError: If the file exists and `overwrite` is False.
    """
    found = {batch.number: batch for batch in campaign.batches}
    if not found:
        raise DataError(f"nothing was proposed yet for {campaign.name!r}; propose a batch first")
    chosen = max(found) if number is None else number
    if chosen not in found:
        raise DataError(f"{campaign.name!r} has no batch {chosen}; it has 1 to {max(found)}")
    text = csv_text(batch_table(campaign, found[chosen]))
    return write_file_whole(Path(path), text, overwrite=overwrite)


def import_values(campaign: Campaign, path: str | Path, replace: bool = False) -> Imported:
    """Take in the values of a file; all or, where anything is wrong with it, none.

    The file has the columns `id`, `smiles` and the property; `unit` and `remark` are optional. A row without a value is
    still waiting, with a remark it has failed.

    Args:
        campaign: To which the values belong.
        path: .csv, .tsv or .txt, with commas, semicolons or tabs.
        replace: Let values replace others that were measured before.

    Raises:
        DataError: If an id is unknown, of another campaign or twice there, a structure is not the id's, a value is no
            number, a unit cannot be converted, or a compound has another value already; the first problems are named.
    """
    reader = _Reader(campaign, Path(path), replace)
    values = reader.values()
    campaign.store.campaigns.record(campaign.stored, values)
    failed = sum(not math.isfinite(item.value) for item in values)
    return Imported(len(values) - failed, failed, reader.waiting, reader.replaced, reader.notes)


class _Reader:
    """One file of measurements while it is read."""

    def __init__(self, campaign: Campaign, path: Path, replace: bool) -> None:
        self.campaign, self.path, self.replace = campaign, path, replace
        self.known = campaign.values
        self.waiting = self.replaced = 0
        self.notes: list[str] = []
        self.problems: list[str] = []

    def values(self) -> list[CampaignValue]:
        """Values of the file, in its order.

        Raises:
            DataError: If there is a problem.
        """
        table = self._table()
        numbers = self._numbers(table)
        found: dict[int, CampaignValue] = {}
        now = time.time()
        for row, line in enumerate(table.lines):
            cells = {name: unguarded(column[row]) for name, column in table.columns.items()}
            number = self._number(cells[ID], line)
            if number is None or not self._structure_fits(number, cells[table.structures], line):
                continue
            value = self._value(numbers, row, cells, line)
            if value is None:
                continue
            remark = cells.get(REMARK, "")
            if math.isnan(value) and not remark:
                self.waiting += 1
                continue
            reason = "" if math.isfinite(value) else remark or NO_VALUE
            self._take(found, CampaignValue(number, value, reason, self.path.name, now), line)
        if self.problems:
            raise DataError(f"{self.path}: {_listed(self.problems)}; nothing was imported")
        return list(found.values())

    def _table(self) -> TextTable:
        header = read_header(self.path)
        wanted = [ID, self.campaign.goal.property]
        missing = [name for name in wanted if name not in header]
        if missing:
            self._refuse_another_campaigns(header)
            raise DataError(
                f"{self.path} has no column {missing[0]!r}; it needs {ID}, {SMILES} and {self.campaign.goal.property}, "
                f"as an exported batch has them; it has {', '.join(header[:12])}"
            )
        return read_text_table(self.path, [*wanted, *(name for name in (UNIT, REMARK) if name in header)], SMILES)

    def _refuse_another_campaigns(self, header: Sequence[str]) -> None:
        """Say whose file it is where a column is missing because it belongs to another campaign.

        Raises:
            DataError: If the first id is another campaign's.
        """
        if ID in header:
            table = read_text_table(self.path, [ID], SMILES)
            other = self._other(unguarded(table.columns[ID][0])) if table.lines else None
            if other is not None:
                raise DataError(f"{self.path} has compounds of the campaign {other!r}; nothing was imported")

    def _other(self, text: str) -> str | None:
        """Name of the other campaign that an id belongs to."""
        code = text.strip().rpartition("-")[0]
        found = [item.name for item in self.campaign.store.campaigns.all() if item.code == code]
        return found[0] if found and code != self.campaign.stored.code else None

    def _number(self, text: str, line: int) -> int | None:
        code, _, digits = text.strip().rpartition("-")
        is_number = digits.isascii() and digits.isdigit()
        if code == self.campaign.stored.code and is_number and 1 <= int(digits) <= len(self.campaign.pool):
            return int(digits)
        other = self._other(text)
        if other is not None:
            self.problems.append(f"line {line}: {text} is a compound of the campaign {other!r}")
        else:
            self.problems.append(f"line {line}: {text!r} is no compound of {self.campaign.name!r}")
        return None

    def _structure_fits(self, number: int, smiles: str, line: int) -> bool:
        wanted = self.campaign.pool[number - 1]
        try:
            fits = not smiles or standardize(smiles).smiles == wanted
        except ChemistryError:
            fits = False
        if not fits:
            self.problems.append(f"line {line}: {smiles} is not the structure of this id, which is {wanted}")
        return fits

    def _numbers(self, table: TextTable) -> NumberColumn:
        """The property's column as numbers; what a comma means is decided for the whole of it.

        Raises:
            DataError: If a cell is no number, or can mean two.
        """
        name = self.campaign.goal.property
        cells = [unguarded(cell) for cell in table.columns[name]]
        try:
            numbers = read_numbers(cells, table.lines, name, decimal_comma=table.separator != ",")
        except DataError as error:
            raise DataError(f"{self.path}: {error}; nothing was imported") from None
        self.notes += numbers.notes
        return numbers

    def _value(self, numbers: NumberColumn, row: int, cells: dict[str, str], line: int) -> float | None:
        """The value in the campaign's unit, NaN where the cell says that there is none; None for a problem."""
        value = float(numbers.value[row])
        if numbers.censor[row]:
            text = cells[self.campaign.goal.property]
            self.notes.append(f"line {line}: {text} is taken as its bound, {value:g}")
        unit, wanted = cells.get(UNIT, "").strip(), self.campaign.settings.unit
        try:
            return value if unit in ("", wanted) or math.isnan(value) else converted(value, unit, wanted)
        except DataError as error:
            self.problems.append(f"line {line}: {error}")
            return None

    def _take(self, found: dict[int, CampaignValue], item: CampaignValue, line: int) -> None:
        name = self.campaign.stored.compound_id(item.number)
        if item.number in found:
            self.problems.append(f"line {line}: {name} is in the file twice; keep one row, such as the mean")
            return
        before = self.known.get(item.number)
        if before is not None and (before.value, before.reason) != (item.value, item.reason):
            if math.isfinite(before.value) and not self.replace:
                self.problems.append(
                    f"line {line}: {name} has the value {before.value:g} from {before.source} already; "
                    "allow to replace it if this one is right"
                )
                return
            self.replaced += math.isfinite(before.value)
        found[item.number] = item


def _listed(problems: Sequence[str]) -> str:
    more = f"; and {len(problems) - MOST_SHOWN} more" if len(problems) > MOST_SHOWN else ""
    return "; ".join(problems[:MOST_SHOWN]) + more
