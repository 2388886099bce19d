"""The best candidates as cards: structure, properties beside the lead's, alerts, certificate."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from molconvex.chem import draw_svg
from molconvex.columns import MEASURED, PREDICTED, REENCODED, WEIGHT
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


def cards_section(candidates: pd.DataFrame, lead: pd.Series, parts: Sequence[GoalSurrogate], count: int) -> str:
    """The first candidates of one lead."""
    if candidates.empty:
        return (
            '<h2>Candidates</h2><div class="panel"><p>No molecule passed every filter. Lower the similarity, allow '
            "alerts, raise the temperature or the number of programs, and run again.</p></div>"
        )
    shown = candidates.head(count)
    cards = "".join(_card(row, lead, parts) for _, row in shown.iterrows())
    title = "Candidates" if len(shown) == len(candidates) else f"The {len(shown)} best candidates"
    return f"""
<h2>{title}</h2>
<p class="note">Ranked by the desirability of measured values, 0 to 1; the upright mark on the bar is the lead. Amber
in a drawing is what the lead does not have. Small figures are changes against the lead.</p>
<div class="cards">{cards}</div>"""


def _card(row: pd.Series, lead: pd.Series, parts: Sequence[GoalSurrogate]) -> str:
    score, start = 100 * float(row["desirability"]), 100 * float(lead["desirability"])
    mark = f'<u style="left:calc({start:.1f}% - 1px)"></u>' if start == start else ""
    return f"""
<article class="card" id="c{escape(row["id"])}">
<div class="head"><span class="rank">#{row["rank"]}</span>
<span class="score">desirability <b>{share(row["desirability"])}</b></span></div>
<div class="meter"><i style="width:{score:.1f}%"></i>{mark}</div>
{draw_svg(row["smiles"], 262, 190, highlight=lead["smiles"])}
<table>{_property_rows(row, lead, parts)}</table>
<div class="badges">{certificate_badge(row)}{alert_badge(row)}{_novelty_badge(row)}</div>
{_details(row, parts)}
</article>"""


def _property_rows(row: pd.Series, lead: pd.Series, parts: Sequence[GoalSurrogate]) -> str:
    goals = {part.goal.property: part for part in parts}
    rows = [f'<tr><td>Similarity</td><td class="n">{share(row["similarity"])}</td><td class="n"></td></tr>']
    for name in shown_properties(parts):
        kind = _direction(goals.get(name), row[name], lead[name])
        rows.append(
            f"<tr{' class=goal' if name in goals else ''}><td>{short_label(name)}</td>"
            f'<td class="n">{value(name, row[name])} <span class="unit">{unit(name)}</span></td>'
            f'<td class="n"><span class="delta {kind}">{change(name, row[name], lead[name])}</span></td></tr>'
        )
    for part in parts:
        if not part.is_measurable:
            name = part.goal.property
            rows.append(
                f"<tr class=goal><td>{label(name)}</td><td class='n'>{value(name, row[REENCODED(name)])}</td>"
                "<td class='n'><span class='delta'>predicted</span></td></tr>"
            )
    return "".join(rows)


def _direction(part: GoalSurrogate | None, after: float, before: float) -> str:
    """ "good" or "bad" where the change matters for a goal."""
    if part is None:
        return ""
    was, now = part.desirability(pd.Series([before, after]))
    if abs(now - was) < 1e-9 or was != was or now != now:
        return ""
    return "good" if now > was else "bad"


def certificate_badge(row: pd.Series) -> str:
    """Whether the surrogate's minimum over the region is proved to the gap asked for."""
    if row["status"] == "certified":
        return '<span class="badge ok" title="the gap is below the tolerance">certified</span>'
    return f'<span class="badge" title="value and bound hold">gap {plain(row["gap"], 2)}</span>'


def alert_badge(row: pd.Series) -> str:
    """Count of structural alerts, named on hover."""
    if not row["alert_count"]:
        return '<span class="badge">no alerts</span>'
    return (
        f'<span class="badge alert" title="{escape(row["alerts"])}">{plural(int(row["alert_count"]), "alert")}</span>'
    )


def _novelty_badge(row: pd.Series) -> str:
    if pd.isna(row["novel"]):
        return ""
    return f'<span class="badge">{"new" if row["novel"] else "known molecule"}</span>'


def _details(row: pd.Series, parts: Sequence[GoalSurrogate]) -> str:
    predicted = "; ".join(
        f"{label(p.goal.property)}{_distance_note(p)} {value(p.goal.property, row[PREDICTED(p.goal.property)])} "
        f"predicted, {value(p.goal.property, row[MEASURED(p.goal.property)])} measured"
        for p in parts
    )
    weights = ", ".join(f"{label(p.goal.property, False)} {row[WEIGHT(p.goal.property)]:.2f}" for p in parts)
    alerts = f"<p>Alerts: {escape(row['alerts'])}</p>" if row["alerts"] else ""
    return f"""
<details><summary>Origin and certificate</summary>
<p class="smiles">{escape(row["smiles"])}</p>
<p>{predicted}</p>
{alerts}
<p>Program {row["program"]}: region of radius {plain(row["radius"])} at {plain(row["anchor_distance"])} from
the lead, weights {weights}; found by
{plural(int(row["found_by"]), "program")} in {plural(int(row["decodings"]), "decoding")}.</p>
<p>Cost {plain(row["value"], 5)}, no point of the region below {plain(row["lower_bound"], 5)}, gap
{plain(row["gap"], 2)}: of the surrogate over the region, never of the molecule. Drift {plain(row["drift"])}.</p>
</details>"""


def _distance_note(part: GoalSurrogate) -> str:
    return " distance to window" if part.goal.kind in ("window", "target") else ""
