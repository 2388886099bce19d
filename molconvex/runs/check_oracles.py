"""What a stored run says of its oracles: held against its own list of their values, for no oracle is called again."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from molconvex.chem import PROPERTIES
from molconvex.objectives.oracle_goals import range_of
from molconvex.runs.folder import RECORD
from molconvex.runs.stored_tables import ORACLES, StoredTables, differing


def oracle_problems(tables: StoredTables) -> Iterator[str]:
    """Values without a reason for being missing, and tables and ranges that do not follow from oracles.csv."""
    answers = tables.oracle_answers
    missing, reason = answers["value"].isna(), answers["reason"] != ""
    for i in np.flatnonzero(missing.to_numpy() != reason.to_numpy()):
        yield f"{ORACLES}: {answers['smiles'].iloc[i]} has a value and a reason why it has none, or neither"
    if answers.duplicated(["oracle", "smiles"]).any():
        yield f"{ORACLES}: a molecule stands twice"
    for name in tables.oracle_names:
        for file, table in (("candidates.csv", tables.candidates), ("leads.csv", tables.usable_leads)):
            yield from _value_problems(file, table, name, tables)
        yield from _range_problems(name, tables)


def _value_problems(file: str, table: pd.DataFrame, name: str, tables: StoredTables) -> Iterator[str]:
    if table.empty or name not in table:  # a lead that was not judged before the run was stopped
        return
    said = tables.oracle_values(name, table["smiles"])
    for i in differing(table[name], said):
        yield f"{file}: {name} of {table['smiles'].iloc[i]} is {table[name].iloc[i]!r}, {ORACLES} says {said[i]!r}"


def _range_problems(name: str, tables: StoredTables) -> Iterator[str]:
    """The range of desirability: the one of the settings, else the one that the values give."""
    goals = [goal for goal in tables.goals if goal.property == name]
    goals += [item.goal for item in tables.limits if item.property == name]
    answers = tables.oracle_answers
    values = answers.loc[answers["oracle"] == name, "value"].to_numpy(dtype=np.float64)
    wanted = tables.settings.oracles[name].range or range_of(values, goals)
    if name in tables.value_ranges and len(differing(tables.value_ranges[name], wanted)):
        yield f"{RECORD}: value_range of {name} is {tables.value_ranges[name]}, by its oracle it is {wanted}"


def unverified_oracles(tables: StoredTables) -> list[str]:
    """What nobody can check without calling an oracle again, in words."""
    return [
        f"values of the oracle {name}: {tables.settings.oracles[name].describe()!r} is not called again; "
        f"its {int((tables.oracle_answers['oracle'] == name).sum())} answers are those of {ORACLES}"
        for name in tables.oracle_names
    ]


def with_oracle_values(measured: pd.DataFrame, smiles: pd.Series, tables: StoredTables) -> pd.DataFrame:
    """Properties that RDKit measures and those that oracles did, by name."""
    assert not set(tables.oracle_names) & set(PROPERTIES)
    return measured.assign(**{name: tables.oracle_values(name, smiles) for name in tables.oracle_names})
