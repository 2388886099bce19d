"""What a page says of a candidate: values beside the lead's, whether goals are met, and what is proved about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from molconvex.columns import MEASURED, PREDICTED, PROVED, ranked_key
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.runs.report.numbers import (
    change,
    label,
    plain,
    plural,
    share,
    short_label,
    shown_properties,
    unit,
    value,
)
from molconvex.runs.report.predictions import Row, distance_text, interval_text, is_outside, prediction_text


@dataclass(frozen=True)
class ValueRow:
    """One line of a candidate's table.

    Attributes:
        name: What it is.
        shown: The value as text.
        unit: Of the value.
        change: Against the lead, with its sign.
        look: "good" or "bad" where the change matters for a goal.
        is_goal: Whether it is one of the goals.
        remark: Said on a line of its own: that it is predicted, with the interval.
    """

    name: str
    shown: str
    unit: str = ""
    change: str = ""
    look: str = ""
    is_goal: bool = False
    remark: str = ""


def value_rows(row: Row, lead: Row, parts: Sequence[GoalSurrogate]) -> list[ValueRow]:
    """Similarity, measured properties, and predictions of goals that nothing measures, with their intervals."""
    goals = {part.goal.property: part for part in parts}
    rows = [ValueRow("Similarity", share(row["similarity"]))]
    for name in shown_properties(parts):
        look = _direction(goals.get(name), row[name], lead[name])
        moved = change(name, row[name], lead[name])
        rows.append(ValueRow(short_label(name), value(name, row[name]), unit(name), moved, look, name in goals))
    for part in parts:
        if not part.is_measurable:
            name = part.goal.property
            own = ranked_key(row, name)
            word = "predicted" if own == name else "predicted, refined"
            shown, beside = value(name, row[PREDICTED(own)]), interval_text(row, own, name)
            rows.append(ValueRow(label(name), shown, is_goal=True, remark=f"{word} {beside}".strip()))
    return rows


def _direction(part: GoalSurrogate | None, after: float, before: float) -> str:
    """ "good" or "bad" where the change matters for a goal."""
    if part is None:
        return ""
    was, now = part.desirability(pd.Series([before, after]))
    if abs(now - was) < 1e-9 or was != was or now != now:
        return ""
    return "good" if now > was else "bad"


@dataclass(frozen=True)
class Badge:
    """A word beside a candidate, its look ("ok", "alert" or "") and what the mouse shows."""

    words: str
    look: str = ""
    title: str = ""


def badges(row: Row, parts: Sequence[GoalSurrogate] = ()) -> list[Badge]:
    """Certificate, alerts, plausibility and novelty of a candidate, and which predictions are extrapolated."""
    found = [certificate_badge(row), alert_badge(int(row["alert_count"]), row["alerts"])]
    found += domain_badges(row, [part.goal.property for part in parts if not part.is_measurable])
    if row.get("plausibility"):
        found.append(Badge("unusual", "alert", row["plausibility"]))
    if not pd.isna(row["novel"]):
        found.append(Badge("new" if row["novel"] else "known molecule"))
    return found


def domain_badges(row: Row, names: Sequence[str]) -> list[Badge]:
    """A badge for each surrogate that knows nothing like the molecule."""
    return [
        Badge(f"{label(name, False)}: outside the domain", "alert", distance_text(row, name))
        for name in names
        if is_outside(row, name)
    ]


def alert_badge(count: int, names: str) -> Badge:
    """Count of structural alerts, named on hover."""
    return Badge(plural(count, "alert"), "alert", names) if count else Badge("no alerts")


def certificate_badge(row: Row) -> Badge:
    """What is proved of the molecule itself."""
    if not row["inside_region"]:
        return Badge("outside the region", title="its own latent lies outside the region: no claim")
    share, gap = float(row["realised_share"]), plain(float(row["gap_to_bound"]), 2)
    reached = "" if share != share else f"{100 * share:.0f} % of the way to the proved optimum; "
    return Badge(f"within {gap} of the bound", "ok", f"{reached}no point of the region has a cost lower by more")


def origin(row: Row, parts: Sequence[GoalSurrogate]) -> list[str]:
    """Sentences on where a candidate came from and what is proved, for those who ask."""
    said = "; ".join(_predicted(row, part) for part in parts)
    found = [f"{said}."]
    if row["alerts"]:
        found.append(f"Alerts: {row['alerts']}.")
    found.append(f"Proposed by {row['proposer']} in round {row['round']}.")
    return found + _claim(row)


def _predicted(row: Row, part: GoalSurrogate) -> str:
    name = part.goal.property
    if not part.is_measurable:
        word = "predicted" if ranked_key(row, name) == name else "predicted, refined"
        beside = [f"{label(name)} {prediction_text(row, name)} {word}", distance_text(row, name)]
        return ", ".join(text for text in beside if text)
    words = " distance to window" if part.goal.kind in ("window", "target") else ""
    return (
        f"{label(name)}{words} {value(name, row[PREDICTED(name)])} predicted, "
        f"{value(name, row[MEASURED(name)])} measured"
    )


def _claim(row: Row) -> list[str]:
    if not row["inside_region"]:
        return [f"Its own latent lies {plain(row['region_distance'])} outside the region: no claim."]
    clauses = str(row.get("clauses", "")).split()
    return [
        *([f"It meets of the condition's clauses number {' and '.join(clauses)}."] if clauses else []),
        *_proved_requirements(row),
        f"Cost {plain(row['value'], 5)} at its own latent, no point of the region below "
        f"{plain(row['lower_bound'], 5)}: no other is predicted better by more than "
        f"{plain(row['gap_to_bound'], 2)}. That speaks of the surrogate.",
    ]


def _proved_requirements(row: Row) -> list[str]:
    """Where the molecule lies beside the part of the region in which each requirement is proved."""
    held = {name.removeprefix(PROVED.name): bool(row[name]) for name in row if PROVED.covers(name)}
    return [
        f"Its own latent lies {'in' if inside else 'outside'} the part of the region where "
        f"{label(key.removesuffix('_at_most').removesuffix('_at_least'), False)} is proved to meet the requirement."
        for key, inside in held.items()
    ]
