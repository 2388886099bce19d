"""`find_fronts`: from leads and two or three goals to fronts, predicted with proofs and measured on molecules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd
import torch

from molconvex.design.candidates import Scoring, score_lead
from molconvex.design.decoding import decode_proposals
from molconvex.design.generation import read_known
from molconvex.design.job import Cancelled, Job, Progress, never, silent
from molconvex.design.leads import PreparedLead, lead_desirability, lead_table, prepare_leads
from molconvex.design.pareto.measured import lead_costs, marked, measured_costs
from molconvex.design.pareto.run import LeadFront, ParetoRun
from molconvex.design.pareto.search import LeadSearch
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.design.proposals import Proposals, program_table
from molconvex.design.run import Run
from molconvex.exceptions import CancelledError
from molconvex.latent import LatentModel, ReferenceSet, load_latent_model, reference_set
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_surrogates import GoalSurrogate, goal_surrogates
from molconvex.objectives.goals import check_known
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
    """Find the Pareto front around each lead, decode its points and measure the molecules; deterministic for a seed.

    A lead that cannot be used is reported in `run.leads` and left out. Where `cancelled` returns True, or on Ctrl-C,
    what is finished comes back with the status "partial".

    Args:
        settings: What is wanted.
        latent_model: In place of the one that the settings name.
        surrogates: Of one's own, by property.
        reference: Molecules with latents on which missing surrogates are trained; the bundled set by default.
        progress: Called with (stage, done, total); stages are "load", "train PROPERTY", "calibrate", "solve", "decode"
            and "score".
        cancelled: Asked between batches.

    Raises:
        ChemistryError: If no lead can be used.
        ConfigError: If nothing measures or predicts a property, or a surrogate was made for another wish.
        LatentMismatchError: If a surrogate or the reference set was made for another latent model.
        WeightsError: If bundled files are missing or altered.
        DataError: If the file of known molecules cannot be read.
    """
    check_known(
        [goal.property for goal in settings.goals], known_properties([*(surrogates or {}), *settings.surrogates])
    )
    job = _Job(progress or silent, cancelled or never, settings=settings)
    job.progress("load", 0, 1)
    model = latent_model or load_latent_model(settings.latent_model)
    leads = prepare_leads(settings.leads, model)
    known = None if settings.known is None else read_known(settings.known)
    job.progress("load", 1, 1)
    status: Literal["complete", "partial"] = "complete"
    try:
        job.find_surrogates(model, surrogates, reference)
        scoring = Scoring(settings.to_generate_settings(), job.parts, model, known)
        usable = [lead for lead in leads if lead.z is not None]
        job.funnel.add("leads", len(usable), len(leads))
        for place, lead in enumerate(usable):
            job.stop_if_asked()
            with job.keeping_others(lead, only=len(usable) == 1):
                _run_lead(job, lead, place, len(usable), scoring)
    except (CancelledError, KeyboardInterrupt):
        status = "partial"
    return _result(job, leads, model, status)


@dataclass
class _Job(Job):
    """A search for fronts while it goes on."""

    per_lead = (*Job.per_lead, "fronts")

    settings: ParetoSettings = field(kw_only=True)
    parts: list[GoalSurrogate] = field(default_factory=list)
    fronts: list[LeadFront] = field(default_factory=list)

    def find_surrogates(
        self, model: LatentModel, given: Mapping[str, ConvexSurrogate] | None, reference: ReferenceSet | None
    ) -> None:
        self.stop_if_asked()
        self.parts = goal_surrogates(
            self.settings.goals,
            model,
            given=given,
            folders=self.settings.surrogates,
            aggregate=self.settings.aggregate,
            reference=lambda: reference or reference_set(),
            progress=self.progress,
            cancelled=self.cancelled,
        )


def _run_lead(job: _Job, lead: PreparedLead, place: int, count: int, scoring: Scoring) -> None:
    """Front, decodings and scores of one lead; where stopped, what was decoded until then is scored."""
    settings = job.settings
    values = _lead_values(lead, job.parts)
    lead.desirability = lead_desirability(lead, job.parts)
    search = LeadSearch.calibrated(lead, job.parts, settings, scoring.model)
    lead.radius, lead.spread = search.radius, search.spread
    job.progress("calibrate", place + 1, count)
    job.stop_if_asked()
    generator = torch.Generator().manual_seed(1_000_003 * settings.seed + lead.number)
    proposals = _solved(job, search, values, place, count, generator)
    per_lead = proposals.program.n * (settings.samples + 1)
    report = job.stage("decode", place * per_lead, count * per_lead)
    decodings = decode_proposals(
        scoring.model, proposals.solution.z, settings.samples, settings.temperature, generator, report, job.cancelled
    )
    candidates, rejected = score_lead(lead, proposals, decodings, scoring, job.funnel)
    job.progress("score", place + 1, count)
    job.candidates.append(candidates)
    job.rejected.append(rejected)
    if not decodings.complete:
        job.stop_if_asked()


def _solved(
    job: _Job, search: LeadSearch, values: dict[str, float], place: int, count: int, generator: torch.Generator
) -> Proposals:
    """The front and the further programs, added to what is finished."""
    points, programs = job.settings.points, job.settings.programs
    before, total = place * (points + programs), count * (points + programs)
    front = search.front(job.stage("solve", before, total), job.cancelled)
    report = job.stage("solve", before + points, total)
    program, solution = search.with_further_programs(front, generator, report, job.cancelled)
    first = job.next_program
    proposals = Proposals(search.lead.number, first, program, solution)
    job.proposals.append(proposals)
    job.fronts.append(LeadFront(search.lead.number, first, front, values))
    job.funnel.add("programs", program.n, program.n)
    job.funnel.add("certified", solution.certified, program.n)
    return proposals


def _lead_values(lead: PreparedLead, parts: Sequence[GoalSurrogate]) -> dict[str, float]:
    """Per goal, the lead's value in the quantity that the surrogate predicts: measured, else predicted."""
    assert lead.z is not None
    values = {}
    for part in parts:
        name = part.goal.property
        measured = part.as_predicted(pd.Series([lead.properties[name]]))[0] if part.is_measurable else None
        values[name] = float(part.surrogate.predict(lead.z[None])[0] if measured is None else measured)
    return values


def _result(
    job: _Job, leads: Sequence[PreparedLead], model: LatentModel, status: Literal["complete", "partial"]
) -> ParetoRun:
    goals, scalers = job.settings.goals, {part.goal.property: part.surrogate.scaler for part in job.parts}
    candidates = job.candidate_table()
    if job.candidates:
        own = {item.lead: lead_costs(item.lead_values, goals, scalers) for item in job.fronts}
        candidates = marked(candidates, measured_costs(candidates, goals, scalers), own)
    else:
        candidates = candidates.assign(non_dominated=False, dominates_lead=False)
    run = Run(
        settings=job.settings.to_generate_settings(),
        candidates=candidates,
        rejected=job.rejected_table(),
        programs=program_table(job.proposals, job.parts),
        leads=lead_table(leads),
        funnel=job.funnel,
        proposals=job.proposals,
        surrogates=job.parts,
        status=status,
        information=job.information(model),
    )
    return ParetoRun(job.settings, run, job.fronts)
