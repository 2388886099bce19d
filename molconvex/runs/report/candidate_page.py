"""The report of a generation as one HTML document without external resources."""

from typing import TYPE_CHECKING

from molconvex.design.comparison import summaries
from molconvex.design.run_notes import run_notes
from molconvex.runs.report.evidence import (
    left_out_leads,
    oracle_warnings,
    settings_list,
    surrogate_rows,
    versions_list,
    what_is_certified,
)
from molconvex.runs.report.lead_section import asked, lead_sections, why_left_out
from molconvex.runs.report.rendering import render

if TYPE_CHECKING:
    from molconvex.design.run import Run

MOST_LEADS = 25
STOPPED = "This run was stopped before its end: the report shows what was finished."


def render_report(run: "Run") -> str:
    """The report of a run as one HTML document without external resources."""
    leads = run.leads[run.leads["reason"] == ""]
    names = [str(name) for name in leads["name"]]
    warnings = [STOPPED] if run.status == "partial" else []
    parts = [*run.surrogates, *(item.part for item in run.required)]
    proof = "" if run.programs.empty else what_is_certified(run.programs, run.settings.gap_tol, run.settings.region)
    return render(
        "candidates.html.j2",
        heading=names[0] if len(names) == 1 else f"{len(names)} leads",
        subtitle=asked(run.settings),
        warnings=[*warnings, *run_notes(run), *oracle_warnings(parts), *left_out_leads(run.leads)],
        sections=lead_sections(leads.head(MOST_LEADS), run.candidates, run.programs, run.surrogates, run.contributions),
        hidden=max(0, len(names) - MOST_LEADS),
        scored=bool(run.rejected.shape[1]),
        funnel=list(run.funnel),
        left_out=why_left_out(run.rejected),
        proof=proof,
        arms=[] if run.comparison is None else summaries(run.comparison),
        surrogates=surrogate_rows(parts),
        settings=settings_list(run.settings),
        versions=versions_list(run.information),
    )
