"""`find_fronts`: from leads and two or three goals to fronts, measured on molecules and predicted with proofs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd
from torch import Tensor

from molconvex.design.inputs import load_inputs
from molconvex.design.job import Cancelled, Progress, never, silent
from molconvex.design.lead_candidates import Judging
from molconvex.design.lead_runs import LeadWork, Report, SearchJob, find_scores, run_leads
from molconvex.design.lead_search import SearchParts, first_radius, lead_search
from molconvex.design.leads import PreparedLead, lead_value, prepare_leads
from molconvex.design.pareto.measured import lead_costs, marked, measured_costs
from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.exceptions import CancelledError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goals import check_known
from molconvex.search import Search
from molconvex.search.design_region import FrontRegion, certify_front
from molconvex.search.front_objective import FrontObjective
from molconvex.search.front_search import search_front
from molconvex.search.proposers import CertifiedPrograms, Proposer
from molconvex.surrogate import ConvexSurrogate


def find_fronts(
    settings: ParetoSettings,
    *,
    latent_model: LatentModel | None = None,
    surrogates: Mapping[str, ConvexSurrogate] | None = None,
    reference: ReferenceSet | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ParetoRun:
    """Find the Pareto front of molecules around each lead, and what is proved about it; deterministic for a seed.

    The molecules come from the search of `generate`, turned to one mix of the goals after another, and are measured.
    Beside them stands the predicted front over the design region, with its certificates.

    A lead that cannot be used is reported in `run.leads` and left out. Where `cancelled` returns True, or on Ctrl-C,
    what is finished comes back with the status "partial".

    Args:
        settings: What is wanted.
        latent_model: In place of the one that the settings name.
        surrogates: Of one's own, by property.
        reference: Molecules with latents on which missing surrogates are trained; the bundled set by default.
        progress: Called with (stage, done, total); stages are "load", "train PROPERTY", "search" and "certify".
        cancelled: Asked between batches.

    Raises:
        ChemistryError: If no lead can be used, or a SMARTS cannot be read.
        ConfigError: If nothing measures or predicts a property, a surrogate was made for another wish, or a proposer is
            unknown.
        SurrogateError: If a goal's cost is concave, so that no front is proved.
        LatentMismatchError: If a surrogate or the reference set was made for another latent model.
        WeightsError: If bundled files are missing or altered.
        DataError: If the file of known molecules or of actives cannot be read.
    """
    check_known(
        [goal.property for goal in settings.goals], known_properties([*(surrogates or {}), *settings.surrogates])
    )
    job = _Job(progress or silent, cancelled or never, settings=settings.to_generate_settings())
    job.progress("load", 0, 1)
    inputs = load_inputs(settings, latent_model, reference)
    model = inputs.model
    leads = prepare_leads(settings.leads, model)
    job.progress("load", 1, 1)
    scores = GoalScores([], [])
    status: Literal["complete", "partial"] = "complete"

    try:
        scores = find_scores(job, inputs, surrogates)
        for part in scores.goals:
            part.surrogate.convex_costs()
        parts = SearchParts(job.settings, scores, model, inputs.reference)
        work = _work(job, settings, parts, Judging(job.settings, scores, inputs.known), inputs.actives)
        for _ in run_leads(job, leads, work):
            pass
    except (CancelledError, KeyboardInterrupt):
        status = "partial"
    return _result(job, settings, leads, scores, model, status)


@dataclass
class _Job(SearchJob):
    """A search for fronts while it goes on."""

    per_lead = (*SearchJob.per_lead, "fronts")

    fronts: list[LeadFront] = field(default_factory=list)


def _work(
    job: _Job, settings: ParetoSettings, parts: SearchParts, judging: Judging, actives: Tensor | None
) -> LeadWork:
    """A search for one mix of the goals after another, and the region's predicted front as its certificate."""

    def begin(lead: PreparedLead, progress: Report) -> Search:
        objective = FrontObjective(parts.scores)
        return lead_search(lead, parts, progress, job.cancelled, objective, _programs(settings, parts, lead))

    def search(started: Search, lead: PreparedLead) -> None:
        objective = started.screen.objective
        assert isinstance(objective, FrontObjective)
        search_front(started, objective)

    def certify(lead: PreparedLead, latents: Tensor) -> FrontRegion:
        region = certify_front(
            parts.scores,
            latents,
            kind=settings.region,
            radius=settings.radius,
            points=settings.points,
            front_tol=settings.front_tol,
            gap_tol=settings.gap_tol,
            device=settings.device,
        )
        job.fronts.append(LeadFront(lead.number, job.next_program, region.front, _lead_values(lead, parts.scores)))
        return region

    return LeadWork(parts=parts, judging=judging, actives=actives, begin=begin, search=search, certify=certify)


def _programs(settings: ParetoSettings, parts: SearchParts, lead: PreparedLead) -> list[Proposer]:
    """Decoded optima of programs around good molecules, where the settings ask for some."""
    if not settings.programs:
        return []
    found = CertifiedPrograms(
        parts.scores,
        parts.model,
        first_radius(lead, settings.radius),
        settings.device,
        samples=settings.samples,
        temperature=settings.temperature,
        programs=settings.programs,
        center=lead.z,
        spread=settings.spread,
    )
    return [found]


def _lead_values(lead: PreparedLead, scores: GoalScores) -> dict[str, float]:
    """Per goal, the lead's value in the quantity that the surrogate predicts: measured, else predicted and refined."""
    values = {part.goal.property: lead_value(lead, part) for part in scores.goals}
    for part in scores.goals:
        if part.is_measurable:
            name = part.goal.property
            values[name] = float(part.as_predicted(pd.Series([values[name]]))[0])
    return values


def _result(
    job: _Job,
    settings: ParetoSettings,
    leads: Sequence[PreparedLead],
    scores: GoalScores,
    model: LatentModel,
    status: Literal["complete", "partial"],
) -> ParetoRun:
    run = job.result(leads, scores, model, status)
    scalers = {part.goal.property: part.surrogate.scaler for part in scores.goals}
    if job.candidates and job.fronts:
        own = {item.lead: lead_costs(item.lead_values, settings.goals, scalers) for item in job.fronts}
        costs = measured_costs(run.candidates, settings.goals, scalers)
        candidates = marked(run.candidates, costs, own)
    else:
        candidates = run.candidates.assign(non_dominated=False, dominates_lead=False)
    return ParetoRun(settings, replace(run, candidates=candidates), job.fronts)
