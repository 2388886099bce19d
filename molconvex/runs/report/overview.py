"""Top of the report: the lead, what was asked, what came of it, and where molecules were lost."""

from collections.abc import Sequence
from html import escape

import pandas as pd

from molconvex.chem import draw_svg
from molconvex.design.funnel import Funnel
from molconvex.design.settings import GenerateSettings
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.runs.report.numbers import label, plain, plural, share, shown_properties, value


def lead_overview(
    lead: pd.Series, candidates: pd.DataFrame, programs: pd.DataFrame, parts: Sequence[GoalSurrogate]
) -> str:
    """Drawing of the lead, key figures and a table of goals."""
    notes = f'<p class="warning">{escape(_sentence(lead["notes"]))}</p>' if lead["notes"] else ""
    return f"""
<div class="panel overview">
<div>
{draw_svg(lead["smiles"], 300, 220)}
<p class="smiles">{escape(lead["smiles"])}</p>
{notes}
</div>
<div>
{_figures(lead, candidates, programs)}
{goal_table(lead, candidates, parts)}
</div>
</div>"""


def _sentence(notes: str) -> str:
    return f"The lead was changed before use: {notes}."


def _figures(lead: pd.Series, candidates: pd.DataFrame, programs: pd.DataFrame) -> str:
    certified = int((programs["status"] == "certified").sum())
    shown = [
        (f"{len(candidates):,}", "candidates" if len(candidates) != 1 else "candidate"),
        (f"{int((candidates['gain'] > 0).sum()):,}" if len(candidates) else "0", "better than the lead"),
        (share(lead["desirability"]), "lead's desirability"),
        (share(candidates["desirability"].max()) if len(candidates) else "n/a", "best desirability"),
        (f"{certified:,}/{len(programs):,}", "programs certified"),
    ]
    return (
        '<div class="figures">'
        + "".join(f'<div class="figure"><b>{number}</b><span>{text}</span></div>' for number, text in shown)
        + "</div>"
    )


def goal_table(lead: pd.Series, candidates: pd.DataFrame, parts: Sequence[GoalSurrogate]) -> str:
    """Goals with the values of the lead and of the best candidate, and the other usual properties below."""
    best = candidates.iloc[0] if len(candidates) else None
    goals = {part.goal.property: part for part in parts}
    names = list(dict.fromkeys([*goals, *shown_properties(parts)]))
    rows = []
    for name in names:
        before = float(lead.get(name, float("nan")))
        after = float("nan") if best is None else float(best.get(name, float("nan")))
        wish = escape(goals[name].goal.describe()) if name in goals else ""
        weight = goals[name].goal.weight if name in goals else 1.0
        wish += f" (weight {plain(weight)})" if weight != 1.0 else ""
        rows.append(
            f"<tr><td>{label(name)}</td><td>{wish}</td><td class='n'>{value(name, before)}</td>"
            f"<td class='n'>{value(name, after)}</td></tr>"
        )
    return (
        "<table><thead><tr><th>Property</th><th>Goal</th><th class='n'>Lead</th><th class='n'>Best candidate</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def funnel_section(funnel: Funnel, rejected: pd.DataFrame) -> str:
    """Every step with its count and what it was out of; then why molecules were left out."""
    bars = "".join(
        f"<div>{escape(step.label)}</div>"
        f'<div class="bar"><i style="width:{100 * step.share if step.of else 0:.1f}%"></i></div>'
        f'<div class="count">{step.count:,} <span>of {step.of:,}</span></div>'
        for step in funnel
    )
    return f"""
<h2>From programs to candidates</h2>
<div class="panel"><div class="funnel">{bars}</div>{_reasons(rejected)}</div>"""


def _reasons(rejected: pd.DataFrame) -> str:
    if rejected.empty:
        return ""
    counts = rejected["reason"].str.replace(r"^alerts: .*", "structural alerts", regex=True).value_counts()
    text = ", ".join(f"{escape(str(reason))} ({count:,})" for reason, count in counts.items())
    molecules = plural(len(rejected), "decoded molecule")
    return f'<p class="note" style="margin:14px 0 0">{molecules} left out: {text}. All are in rejected.csv.</p>'


def asked(settings: GenerateSettings) -> str:
    """One line under the title."""
    goals = "; ".join(escape(goal.describe()) for goal in settings.goals)
    limits = "".join(f"; required: predicted {escape(item.describe())}" for item in settings.require)
    return f"{goals}{limits}; similarity to the lead at least {settings.similarity:g}"
