"""Units of measured values: concentrations are converted, everything else must be the campaign's own."""

import math

from molconvex.assays.potency import MOLAR
from molconvex.exceptions import DataError


def converted(value: float, unit: str, wanted: str) -> float:
    """A value in another unit: concentrations among M, mM, uM, nM and pM, or as -log10 of mol/L for "-log10 M".

    Raises:
        DataError: If the units do not fit together.
    """
    given, asked = unit.lower(), wanted.lower()
    if given == asked:
        return value
    if given in MOLAR and asked in MOLAR:
        return float(value * 10.0 ** (MOLAR[asked] - MOLAR[given]))
    if given in MOLAR and asked.replace(" ", "") in ("-log10m", "-log10(m)"):
        if value <= 0:
            raise DataError(f"the concentration {value:g} {unit} has no logarithm")
        return float(MOLAR[given] - math.log10(value))
    raise DataError(f"the unit {unit!r} is not that of the campaign, {wanted or 'none'!r}, and cannot be converted")
