"""The report of a Pareto run as one HTML document without external resources."""

from dataclasses import dataclass, replace

from markupsafe import Markup

from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.design.run_notes import run_notes
from molconvex.runs.report.candidate_page import MOST_LEADS, STOPPED
from molconvex.runs.report.evidence import left_out_leads, settings_list, surrogate_rows, versions_list
from molconvex.runs.report.front_figure import draw_front_page
from molconvex.runs.report.lead_section import LeadSection, asked, lead_sections, why_left_out
from molconvex.runs.report.numbers import plain, plural
from molconvex.runs.report.rendering import render


@dataclass(frozen=True)
class FrontSection:
    """One lead's front on the page: drawn, what is proved, and its best molecules."""

    item: LeadFront
    drawing: Markup
    proof: str
    gap: str
    share_of_range: str
    counts: str
    lead: LeadSection

    @property
    def best(self) -> LeadSection:
        """The same with the molecules of the measured front alone."""
        table = self.lead.candidates
        return replace(self.lead, candidates=table[table["non_dominated"].astype(bool)])


def render_pareto_report(run: ParetoRun) -> str:
    """Figure, molecules, proofs and settings, lead by lead."""
    leads = run.run.leads.set_index("lead", drop=False)
    names = [str(leads.loc[item.lead, "name"]) for item in run.fronts]
    warnings = [STOPPED] if run.status == "partial" else []
    if len(run.fronts) > MOST_LEADS:
        warnings.append(
            f"The first {MOST_LEADS} of {len(run.fronts)} leads are shown; the tables and figures hold all."
        )
    heading = names[0] if len(names) == 1 else plural(len(names), "lead")
    return render(
        "pareto.html.j2",
        heading=f"Pareto front around {heading}",
        subtitle=asked(run.run.settings),
        warnings=[*warnings, *run_notes(run.run), *left_out_leads(run.run.leads)],
        sections=_sections(run),
        shaded=len(run.settings.goals) == 2,
        funnel=list(run.run.funnel) if run.fronts else [],
        left_out=why_left_out(run.run.rejected),
        surrogates=surrogate_rows(run.surrogates),
        settings=settings_list(run.settings),
        versions=versions_list(run.run.information),
    )


def _sections(run: ParetoRun) -> list[FrontSection]:
    shown = run.fronts[:MOST_LEADS]
    numbers = [item.lead for item in shown]
    leads = run.run.leads[run.run.leads["lead"].isin(numbers)]
    parts = lead_sections(leads, run.candidates, run.run.programs, run.surrogates, run.run.contributions)
    by_number = {part.lead["lead"]: part for part in parts}
    return [_section(run, item, by_number[item.lead]) for item in shown]


def _section(run: ParetoRun, item: LeadFront, lead: LeadSection) -> FrontSection:
    front, candidates = item.front, lead.candidates
    proof = (
        f"{plural(front.program.n, 'convex program')}, {front.solution.certified:,} certified to a relative gap of "
        f"{plain(run.settings.gap_tol)}, over the {run.settings.region} around the lead, which reaches "
        f"{plain(float(lead.lead['radius']))} in latent space; {len(front):,} points form the predicted front, "
        f"with a hypervolume of {plain(front.hypervolume, 4)} in cost units."
    )
    counts = ""
    if len(candidates):
        kept, better = int(candidates["non_dominated"].sum()), int(candidates["dominates_lead"].sum())
        counts = (
            f"{plural(len(candidates), 'molecule')} measured: {kept:,} on the measured front (molecules.csv), "
            f"{better:,} at least as good as the lead in every goal and better in one."
        )
    drawing = draw_front_page(run, item)
    return FrontSection(item, drawing, proof, plain(front.gap, 2), plain(100 * front.gap, 2), counts, lead)
