"""The tables of a run as they lie on disk, read once, with the goals and scalers of its record."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from molconvex.design.settings import GenerateSettings
from molconvex.objectives.goals import Goal
from molconvex.surrogate import TargetScaler

TEXT_COLUMNS = ("id", "name", "smiles", "alerts", "status", "notes", "reason", "given")


class StoredTables:
    """Tables of a run's folder.

    Args:
        folder: The run.
        record: Its run.json.
    """

    def __init__(self, folder: Path, record: dict[str, Any]) -> None:
        self.folder, self.record = folder, record

    def read(self, name: str) -> pd.DataFrame:
        """A CSV file; text that is empty stays empty."""
        table = pd.read_csv(self.folder / name, float_precision="round_trip", keep_default_na=True)
        for column in TEXT_COLUMNS:
            if column in table:
                table[column] = table[column].fillna("").astype(str)
        return table

    @cached_property
    def candidates(self) -> pd.DataFrame:
        return self.read("candidates.csv")

    @cached_property
    def programs(self) -> pd.DataFrame:
        return self.read("programs.csv")

    @cached_property
    def leads(self) -> pd.DataFrame:
        return self.read("leads.csv")

    @cached_property
    def settings(self) -> GenerateSettings:
        return GenerateSettings(**self.record["settings"])

    @property
    def goals(self) -> list[Goal]:
        return self.settings.goals

    @cached_property
    def scalers(self) -> dict[str, TargetScaler]:
        """Per property, how its surrogate's costs become values."""
        return {entry["property"]: TargetScaler.from_dict(entry["scaler"]) for entry in self.record["surrogates"]}

    @property
    def requirements(self) -> list[dict[str, Any]]:
        """Surrogates of the requirements."""
        return list(self.record.get("requirements", []))

    @cached_property
    def value_ranges(self) -> dict[str, tuple[float, float]]:
        """Per property, the range of its desirability."""
        return {entry["property"]: tuple(entry["value_range"]) for entry in self.record["surrogates"]}

    def count(self, name: str) -> int:
        """Rows of a table according to the record."""
        return int(self.record.get("counts", {}).get(name, 0))


def differing(stored: Any, found: Any, tolerance: float = 1e-9) -> np.ndarray:
    """Rows in which numbers differ by more than `tolerance`, relative to max(1, size); missing equals missing."""
    a, b = np.asarray(stored, dtype=np.float64), np.asarray(found, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        apart = ~(np.abs(a - b) <= tolerance * np.maximum(1.0, np.abs(b)))
    return np.flatnonzero(apart & ~((a == b) | (np.isnan(a) & np.isnan(b))))
