"""The sortable table of all candidates, and plots of them."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from molconvex.chem import draw_svg
from molconvex.columns import MEASURED, PREDICTED
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.runs.report.cards import certificate_badge
from molconvex.runs.report.numbers import label, plain, share, short_label, shown_properties, value
from molconvex.runs.report.plots import Point, scatter


def table_section(candidates: pd.DataFrame, lead: pd.Series, parts: Sequence[GoalSurrogate], count: int) -> str:
    """Candidates of one lead, up to `count`; a click on a heading sorts."""
    if candidates.empty:
        return ""
    names = shown_properties(parts)
    heads = [
        ("#", "n"),
        ("Structure", ""),
        ("Desirability", "n"),
        ("Similarity", "n"),
        *((short_label(n), "n") for n in names),
    ]
    heads += [("Alerts", ""), ("Drift", "n"), ("Found by", "n"), ("Certificate", "n")]
    down = {"Desirability", "Similarity", "Found by"}
    head = "".join(
        f'<th class="{kind}"{" data-first=down" if text in down else ""} scope="col">{text}</th>'
        for text, kind in heads
    )
    rows = "".join(_row(row, names) for _, row in candidates.head(count).iterrows())
    more = (
        f" (the first {count:,} of {len(candidates):,}; the rest is in candidates.csv)"
        if len(candidates) > count
        else ""
    )
    return f"""
<h2>All candidates</h2>
<p class="note">Measured values{more}. Drift is the latent distance from the
proposal to the molecule that came of it: where it is large, prediction and certificate say little of the molecule.
Click a heading to sort.</p>
<div class="panel scroll"><table class="sortable"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"""


def _row(row: pd.Series, names: Sequence[str]) -> str:
    cells = [
        f'<td class="n" data-v="{row["rank"]}">{row["rank"]}</td>',
        f'<td class="structure" data-v="{escape(row["smiles"])}">{draw_svg(row["smiles"], 160, 108)}</td>',
        _number(row["desirability"], share(row["desirability"])),
        _number(row["similarity"], share(row["similarity"])),
        *(_number(row[name], value(name, row[name])) for name in names),
        f'<td class="alerts" data-v="{row["alert_count"]}">{escape(row["alerts"])}</td>',
        _number(row["drift"], plain(row["drift"], 2)),
        _number(row["found_by"], f"{row['found_by']:,}"),
        f'<td class="n" data-v="{row["gap"]!r}">{certificate_badge(row)}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _number(number: float, text: str) -> str:
    return f'<td class="n" data-v="{"" if pd.isna(number) else repr(float(number))}">{text}</td>'


def plots_section(candidates: pd.DataFrame, lead: pd.Series, parts: Sequence[GoalSurrogate]) -> str:
    """Predicted against measured per goal, and similarity against desirability."""
    if candidates.empty:
        return ""
    figures = [_trade(candidates, lead), *(_agreement(candidates, part) for part in parts)]
    return f"<h2>Predicted and measured</h2><div class='plots'>{''.join(figures)}</div>"


def _trade(candidates: pd.DataFrame, lead: pd.Series) -> str:
    points = [
        Point(row["similarity"], row["desirability"], f"#{row['rank']}: {row['smiles']}")
        for _, row in candidates.iterrows()
    ]
    svg = scatter(points, "similarity to the lead", "desirability", lead=Point(1.0, lead["desirability"], "the lead"))
    return _figure(svg, "How far from the lead the gain lies.")


def _agreement(candidates: pd.DataFrame, part: GoalSurrogate) -> str:
    name = part.goal.property
    quantity = (
        f"{label(name, False)}, distance to window" if part.goal.kind in ("window", "target") else label(name, False)
    )
    if not part.is_measurable:
        return ""
    points = [
        Point(row[PREDICTED(name)], row[MEASURED(name)], f"#{row['rank']}: {row['smiles']}")
        for _, row in candidates.iterrows()
    ]
    error = (candidates[PREDICTED(name)] - candidates[MEASURED(name)]).abs().mean()
    svg = scatter(points, f"predicted at the proposal: {quantity}", "measured on the molecule", diagonal=True)
    return _figure(
        svg,
        f"{quantity}: on the dashed line the surrogate was right; mean difference "
        f"{plain(float(error), 2)}. Proposals are chosen where the surrogate is optimistic, so points fall off it.",
    )


def _figure(svg: str, caption: str) -> str:
    return f'<figure class="panel">{svg}<figcaption>{caption}</figcaption></figure>' if svg else ""
