"""The whole page, put together from its sections."""

from collections.abc import Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.requirements import infeasibility_notes
from molconvex.runs.report.cards import cards_section
from molconvex.runs.report.evidence import certificate_section, repeat_section
from molconvex.runs.report.overview import asked, funnel_section, lead_overview
from molconvex.runs.report.tables import plots_section, table_section

if TYPE_CHECKING:
    from molconvex.design.run import Run

MOST_LEADS = 25
CARDS, CARDS_OF_MANY = 12, 6
ROWS, ROWS_OF_MANY = 300, 40


def render_report(run: "Run") -> str:
    """The report of a run as one HTML document without external resources."""
    leads = run.leads[run.leads["reason"] == ""]
    names = [str(name) for name in leads["name"]]
    heading = escape(names[0]) if len(names) == 1 else f"{len(names)} leads"
    body = [_warnings(run)]
    if len(names) > 1:
        body.append(_navigation(leads))
    body += [_lead_section(run, lead, many=len(names) > 1) for _, lead in leads.head(MOST_LEADS).iterrows()]
    if run.surrogates:
        body.append(funnel_section(run.funnel, run.rejected))
        body.append(certificate_section(run.programs, run.settings.gap_tol, run.settings.region))
    body.append(repeat_section(run.settings, [*run.surrogates, *(item.part for item in run.required)], run.information))
    return fill_page("candidate report", heading, f"Candidates for {heading}", asked(run.settings), "\n".join(body))


def fill_page(kind: str, title: str, heading: str, subtitle: str, body: str) -> str:
    """A page in the style of the report, without external resources; every argument is HTML text.

    Args:
        kind: What the page is, beside the brand.
        title: Of the browser window, behind the brand.
        heading, subtitle: At the top.
        body: What comes below.
    """
    return Template(_asset("page.html")).substitute(
        kind=kind,
        title=f"molconvex: {title}",
        heading=heading,
        subtitle=subtitle,
        css=_asset("report.css"),
        script=_asset("report.js"),
        body=body,
        footer="Made by molconvex. Predictions and certificates speak of a model; ask a chemist about the molecules.",
    )


def _asset(name: str) -> str:
    return files("molconvex.runs.report").joinpath(name).read_text(encoding="utf-8")


def _warnings(run: "Run") -> str:
    texts = []
    if run.status == "partial":
        texts.append("This run was stopped before its end: the report shows what was finished.")
    texts += infeasibility_notes(run)
    failed = run.leads[run.leads["reason"] != ""]
    texts += [f"Left out: {row['name']} ({row['given']}): {row['reason']}" for _, row in failed.head(10).iterrows()]
    if len(failed) > 10:
        texts.append(f"{len(failed) - 10} more leads were left out; see leads.csv.")
    shown = "".join(f'<p class="warning">{escape(text)}</p>' for text in texts)
    return f'<div style="margin-top:20px">{shown}</div>' if shown else ""


def _navigation(leads: pd.DataFrame) -> str:
    links = "".join(
        f'<a href="#lead{lead["lead"]}">{escape(str(lead["name"]))}</a>'
        for _, lead in leads.head(MOST_LEADS).iterrows()
    )
    more = f"<p class='note'>The first {MOST_LEADS} leads are shown; the tables hold all.</p>"
    return f'<nav class="leads" aria-label="leads">{links}</nav>{more if len(leads) > MOST_LEADS else ""}'


def _lead_section(run: "Run", lead: pd.Series, many: bool) -> str:
    parts: Sequence[GoalSurrogate] = run.surrogates
    number = lead["lead"]
    heading = f'<h2 class="name">{escape(str(lead["name"]))}</h2>' if many else ""
    candidates = run.candidates[run.candidates["lead"] == number]
    programs = run.programs[run.programs["lead"] == number]
    if programs.empty or not run.rejected.shape[1]:
        return (
            f'<section class="lead" id="lead{number}">{heading}<p class="warning">Nothing was finished.</p></section>'
        )
    sections = [
        lead_overview(lead, candidates, programs, parts),
        cards_section(candidates, lead, parts, CARDS_OF_MANY if many else CARDS),
        plots_section(candidates, lead, parts),
        table_section(candidates, lead, parts, ROWS_OF_MANY if many else ROWS),
    ]
    return f'<section class="lead" id="lead{number}">{heading}{"".join(sections)}</section>'
