"""Potencies as negative logarithms: an IC50 of 10 nM is a pIC50 of 8."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import AssayTable

MOLAR = {"m": 0.0, "mm": 3.0, "um": 6.0, "µm": 6.0, "μm": 6.0, "nm": 9.0, "pm": 12.0}
"""-log10 of one unit of concentration in mol/L, by the unit in small letters."""


def potency_name(column: str) -> str:
    """What the negative logarithm of a column is called: pIC50 for "IC50 (nM)"."""
    return "p" + re.sub(r"[\s_]*[(\[].*$", "", column.strip())


def as_negative_log(table: AssayTable, units: Mapping[str, str]) -> AssayTable:
    """The table with concentrations as -log10 of mol/L; a bound ">10000 nM" becomes "below 5".

    Before replicates are merged, so that they are merged on the scale that they are learned on.

    Args:
        table: Values of properties.
        units: Unit of each property to convert; M, mM, uM, nM or pM.

    Raises:
        ConfigError: If a unit is no concentration.
        DataError: If a value is zero or negative.
    """
    value, censor = table.value.copy(), table.censor.copy()
    for name, unit in units.items():
        if unit.lower() not in MOLAR:
            raise ConfigError(
                f"{name!r} cannot be a negative logarithm: {unit or 'no unit'} is none of M, mM, uM, nM, pM"
            )
        column = table.properties.index(name)
        bad = np.flatnonzero(value[:, column] <= 0)
        if bad.size:
            line = table.lines[int(bad[0])][0]
            raise DataError(
                f"line {line}: the concentration for {name!r} must be above 0, got {value[bad[0], column]:g}"
            )
        value[:, column] = MOLAR[unit.lower()] - np.log10(value[:, column])
        censor[:, column] = -censor[:, column]
    return replace(table, value=value, censor=censor)
