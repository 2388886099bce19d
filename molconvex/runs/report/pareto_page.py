"""The report of a Pareto run as one HTML document without external resources."""

from html import escape
from typing import Any

import pandas as pd

from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.runs.report.cards import cards_section
from molconvex.runs.report.evidence import repeat_section
from molconvex.runs.report.front_figure import draw_front
from molconvex.runs.report.numbers import plain, plural
from molconvex.runs.report.overview import asked, funnel_section, lead_overview
from molconvex.runs.report.page import fill_page
from molconvex.runs.report.tables import table_section

MOST_LEADS = 25
CARDS, CARDS_OF_MANY = 12, 6
ROWS, ROWS_OF_MANY = 300, 40


def render_pareto_report(run: ParetoRun) -> str:
    """Figure, molecules, proofs and settings, lead by lead."""
    leads = {row["lead"]: row for _, row in run.run.leads.iterrows()}
    names = [str(leads[item.lead]["name"]) for item in run.fronts]
    heading = escape(names[0]) if len(names) == 1 else plural(len(names), "lead")
    settings: Any = run.settings  # has `to_dict`, which is all that is read
    body = [_warnings(run)]
    body += [_lead_section(run, item, leads[item.lead]) for item in run.fronts[:MOST_LEADS]]
    body += [funnel_section(run.run.funnel, run.run.rejected)] if run.fronts else []
    body.append(repeat_section(settings, run.surrogates, run.run.information))
    title = f"Pareto front around {heading}"
    return fill_page("Pareto report", title, title, asked(run.run.settings), "\n".join(body))


def _warnings(run: ParetoRun) -> str:
    texts = []
    if run.status == "partial":
        texts.append("This run was stopped before its end: the report shows what was finished.")
    failed = run.run.leads[run.run.leads["reason"] != ""]
    texts += [f"Left out: {row['name']} ({row['given']}): {row['reason']}" for _, row in failed.head(10).iterrows()]
    if len(run.fronts) > MOST_LEADS:
        texts.append(f"The first {MOST_LEADS} of {len(run.fronts)} leads are shown; the tables and figures hold all.")
    return "".join(f'<p class="warning">{escape(text)}</p>' for text in texts)


def _lead_section(run: ParetoRun, item: LeadFront, lead: pd.Series) -> str:
    candidates = run.candidates[run.candidates["lead"] == item.lead] if len(run.candidates) else run.candidates
    programs = run.run.programs[run.run.programs["lead"] == item.lead]
    many = len(run.fronts) > 1
    heading = f'<h2 class="name">{escape(str(lead["name"]))}</h2>' if many else ""
    sections = [_figure(run, item), _proof(run, item)]
    if len(candidates):
        best = candidates[candidates["non_dominated"].astype(bool)]
        sections += [
            lead_overview(lead, candidates, programs, run.surrogates),
            _counts(candidates),
            cards_section(best, lead, run.surrogates, CARDS_OF_MANY if many else CARDS),
            table_section(candidates, lead, run.surrogates, ROWS_OF_MANY if many else ROWS),
        ]
    else:
        sections.append('<p class="warning">No molecule passed every filter: lower the similarity.</p>')
    return f'<section class="lead" id="lead{item.lead}">{heading}{"".join(sections)}</section>'


def _figure(run: ParetoRun, item: LeadFront) -> str:
    note = (
        "Numbers name molecules of the measured front. A molecule measures better or worse than its point was predicted"
    )
    if len(run.settings.goals) == 2:
        shaded = "Shaded are values that no point of the region is predicted to reach, which the certificates prove. "
        note = f"{shaded}{note}, and may lie in the shaded part"
    return f"""
<div class="panel" style="margin-top:24px">{draw_front(run, item.lead)}
<p class="note">{note}.</p></div>"""


def _counts(candidates: pd.DataFrame) -> str:
    kept, better = int(candidates["non_dominated"].sum()), int(candidates["dominates_lead"].sum())
    return f"""
<p class="note">{plural(len(candidates), "molecule")} measured: {kept:,} on the measured front (molecules.csv),
{better:,} at least as good as the lead in every goal and better in one.</p>"""


def _proof(run: ParetoRun, item: LeadFront) -> str:
    front = item.front
    radius = float(front.program.region.extent[0])
    return f"""
<h2>What is proved</h2>
<div class="panel certificate">
<p>{plural(front.program.n, "convex program")}, {front.solution.certified:,} certified to a relative gap of
{plain(run.settings.gap_tol)}, over the ball of latent radius {plain(radius)} around the lead; {len(front):,} points
form the predicted front, with a hypervolume of {plain(front.hypervolume, 4)} in cost units.</p>
<p>Sandwich gap {plain(front.gap, 2)}: <b>no point of the region is predicted to be better than this front in every goal
at once by more than {plain(100 * front.gap, 2)} % of each goal's range along it.</b> Mixtures of its points count as
the front, for the mixture of their latents is predicted to be as good or better. That speaks of the surrogates over
the region and never of molecules, which are measured beside it. <code>molconvex check</code> computes it again.</p>
</div>"""
