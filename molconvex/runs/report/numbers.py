"""Values as a chemist reads them."""

import math
from collections.abc import Sequence

from molconvex.chem import PROPERTIES
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.predicted_properties import KNOWN

USUAL = ("qed", "logp", "tpsa", "sa_score", "molecular_weight")


def shown_properties(parts: Sequence[GoalSurrogate]) -> list[str]:
    """Measured properties worth showing: those of the goals, then the usual ones."""
    return list(dict.fromkeys([*(p.goal.property for p in parts if p.is_measurable), *USUAL]))


def label(name: str, with_unit: bool = True) -> str:
    """A property as people call it, with its unit where it has one and that is wanted; the name of one's own."""
    prop = PROPERTIES.get(name)
    if prop is None:
        return KNOWN[name][0] if name in KNOWN else name
    return f"{prop.label} ({prop.unit})" if with_unit and prop.unit else prop.label


def short_label(name: str) -> str:
    """A property for narrow places, without its unit."""
    return "Mol. weight" if name == "molecular_weight" else label(name, False)


def unit(name: str) -> str:
    """A property's unit, "" where it has none."""
    return PROPERTIES[name].unit if name in PROPERTIES else ""


def value(name: str, number: float) -> str:
    """A value with the property's decimals, three digits of one's own; "n/a" where missing."""
    prop = PROPERTIES.get(name)
    if prop is not None:
        return prop.format(number)
    if math.isnan(number):
        return "n/a"
    return f"{number:.2f}" if name in KNOWN else f"{number:.3g}"


def change(name: str, number: float, before: float) -> str:
    """The difference with its sign, "" where there is none to show."""
    difference = number - before
    shown = value(name, abs(difference))
    if math.isnan(difference) or not float(shown):
        return ""
    return ("+" if difference > 0 else "−") + shown


def plain(number: float, digits: int = 3) -> str:
    """A unitless number."""
    return "n/a" if math.isnan(number) else f"{number:.{digits}g}"


def share(number: float) -> str:
    """Desirability or similarity, two decimals."""
    return "n/a" if math.isnan(number) else f"{number:.2f}"


def plural(count: int, noun: str) -> str:
    """ "1 molecule", "2 molecules", "1,200 molecules"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
