"""What is proved of requirements, in sentences: safety by concave costs, and what no point of a region can meet."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from molconvex.columns import NEAREST
from molconvex.objectives.requirements import Requirement


def requirement_notes(run: Any) -> list[str]:
    """What is proved of requirements: safety by concave costs; and per lead and clause what was infeasible.

    Where all of a lead's programs were, the nearest feasible bounds are named.
    """
    programs = run.programs
    if not run.settings.limits or programs.empty:
        return []
    concave = {item.requirement.key for item in run.required if item.is_concave}
    clauses = run.settings.clauses
    notes = []
    for number, clause in enumerate(clauses, start=1):
        own = programs if len(clauses) == 1 else programs[programs["clause"] == number]
        limits, place = clause.requirements, "" if len(clauses) == 1 else f"clause {number}: "
        if bool((own["status"] != "infeasible").any()):
            notes += [
                f"{place}predicted {item.describe()} everywhere in this half of the region: proved"
                for item in limits
                if item.key in concave
            ]
        names = run.leads.set_index("lead")["name"]
        for lead, rows in own.groupby("lead"):
            if limits and bool((rows["status"] == "infeasible").any()):
                notes.append(_infeasible(f"{names[lead]}: {place}", rows, limits, concave))
    return notes


def _infeasible(name: str, rows: Any, limits: Sequence[Requirement], concave: set[str]) -> str:
    """How many regions hold no point that meets the limits, and what is nearest where none does."""
    lost = rows[rows["status"] == "infeasible"]
    asked = " and ".join(item.describe() for item in limits)
    count = f"{len(lost):,} of {len(rows):,} regions"
    text = f"{name}{count} hold no point predicted to have {asked} (proved)"
    if concave & {item.key for item in limits}:
        text = f"{name}in {count} no half was found that is proved to have {asked}"
    if len(lost) == len(rows):
        least = lost.loc[_mildest(lost, limits[0])]
        bounds = [_nearest(float(least[NEAREST(item.key)]), item) for item in limits]
        text += f"; the nearest that one of them reaches is {' and '.join(bounds)}"
    return text


def _mildest(lost: Any, item: Requirement) -> Any:
    """Index of the program that has to give way least; all bounds of a program give way by the same cost."""
    nearest = lost[NEAREST(item.key)]
    return nearest.idxmin() if item.side == "at_most" else nearest.idxmax()


def _nearest(bound: float, item: Requirement) -> str:
    """A bound in three digits, rounded to the side on which it can be met."""
    unit = 10.0 ** (math.floor(math.log10(max(abs(bound), 1e-9))) - 2)
    safe = math.ceil(bound / unit) if item.side == "at_most" else math.floor(bound / unit)
    return replace(item, bound=float(f"{safe * unit:.3g}")).describe()
