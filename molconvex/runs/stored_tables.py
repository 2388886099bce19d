"""The tables of a run as they lie on disk, read once, with the goals and scalers of its record."""

import math
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from molconvex.columns import CLASSES, DOMAIN
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import CertificateError
from molconvex.objectives.clauses import Clause
from molconvex.objectives.goals import Goal
from molconvex.objectives.requirements import Requirement
from molconvex.surrogate import TargetScaler
from molconvex.tables import read_csv_table

ORACLES = "oracles.csv"
TEXT_COLUMNS = ("oracle", "unit", "id", "name", "smiles", "alerts", "status", "notes", "reason", "given")


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
        path = self.folder / name
        text = [column for column in read_csv_table(path, nrows=0).columns if is_text(column)]
        table = read_csv_table(path, dtype=dict.fromkeys(text, str))
        table[text] = table[text].fillna("").astype(str)
        return table

    @cached_property
    def candidates(self) -> pd.DataFrame:
        return self.read("candidates.csv")

    @cached_property
    def programs(self) -> pd.DataFrame:
        return self.read("programs.csv")

    @cached_property
    def rejected(self) -> pd.DataFrame:
        return self.read("rejected.csv")

    @cached_property
    def leads(self) -> pd.DataFrame:
        return self.read("leads.csv")

    @property
    def oracle_names(self) -> list[str]:
        """Properties that an oracle measured."""
        return [name for name in self.settings.oracles if name in self.settings.properties]

    @cached_property
    def oracle_answers(self) -> pd.DataFrame:
        """What oracles said."""
        return self.read(ORACLES)

    def oracle_values(self, name: str, smiles: pd.Series) -> np.ndarray:
        """Values of an oracle for molecules (n,), NaN where it was not asked or gave none."""
        own = self.oracle_answers[self.oracle_answers["oracle"] == name].drop_duplicates("smiles")
        return own.set_index("smiles")["value"].reindex(smiles).to_numpy(dtype=np.float64)

    @cached_property
    def settings(self) -> GenerateSettings:
        return GenerateSettings(**self.record["settings"])

    @property
    def goals(self) -> list[Goal]:
        return self.settings.goals

    @property
    def limits(self) -> list[Requirement]:
        """Requirements and what a condition limits, one a side of each property."""
        return self.settings.limits

    @property
    def clauses(self) -> list[Clause]:
        """Alternatives of which a molecule must meet one."""
        return self.settings.clauses

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

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        """What run.json says of the surrogate of every cost: those of the goals, then those of the requirements."""
        required = zip(self.requirements, self.limits, strict=True)
        return [*self.record["surrogates"], *({"property": item.property} | entry for entry, item in required)]

    @property
    def cost_keys(self) -> list[str]:
        """Endings of the columns of every cost."""
        return [goal.property for goal in self.goals] + [item.key for item in self.limits]

    @property
    def fingerprint(self) -> str:
        """Of the run's latent model."""
        return str(self.record["latent"]["fingerprint"])

    @property
    def usable_leads(self) -> pd.DataFrame:
        """Rows of leads that could be used."""
        return self.leads[self.leads["reason"] == ""]

    @property
    def first_weights(self) -> list[float] | None:
        """Weights of the goals in the first program of a lead; None where no program has the user's own."""
        return [goal.weight * goal.is_certifiable for goal in self.goals]

    def front_scale(self, lead: int) -> np.ndarray | None:
        """Range of each cost over a lead's front, (G,); None where claims are of a lead's first program."""
        return None

    def size(self, lead: int, column: str) -> float:
        """Radius or spread of a lead: how far its regions and anchors may reach; no limit where none is stored."""
        if column not in self.leads:
            return math.inf
        return float(str(self.leads.set_index("lead").loc[lead, column]))

    @cached_property
    def leads_with_programs(self) -> list[int]:
        """Numbers of the leads of programs.csv, in order.

        Raises:
            CertificateError: If a program has no lead, or no whole number as its lead.
        """
        leads = self.programs["lead"]
        if leads.empty:
            return []
        if not pd.api.types.is_integer_dtype(leads):
            raise CertificateError("programs.csv: a program has no lead, or one that is no whole number")
        return [int(lead) for lead in leads.drop_duplicates()]

    def count(self, name: str) -> int:
        """Rows of a table according to the record."""
        return int(self.record.get("counts", {}).get(name, 0))


def is_text(column: str) -> bool:
    """Whether a column holds words, though they may look like numbers, as the classes 0 and 1 do."""
    return column in TEXT_COLUMNS or CLASSES.covers(column) or DOMAIN.covers(column)


def differing(stored: Any, found: Any, tolerance: float = 1e-9) -> np.ndarray:
    """Rows in which numbers differ by more than `tolerance`, relative to max(1, size); missing equals missing."""
    a, b = np.asarray(stored, dtype=np.float64), np.asarray(found, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        apart = ~(np.abs(a - b) <= tolerance * np.maximum(1.0, np.abs(b)))
    return np.flatnonzero(apart & ~((a == b) | (np.isnan(a) & np.isnan(b))))
