"""`generate`: from leads and goals to ranked candidates."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import pandas as pd
from torch import Tensor

from molconvex.chem import PROPERTIES
from molconvex.design.comparison import run_controls
from molconvex.design.inputs import load_inputs
from molconvex.design.job import Cancelled, Progress, never, silent
from molconvex.design.lead_candidates import Judging
from molconvex.design.lead_runs import LeadWork, SearchJob, find_scores, run_leads, stage_scores
from molconvex.design.lead_search import SearchParts, lead_search
from molconvex.design.leads import PreparedLead, prepare_leads
from molconvex.design.oracle_scores import oracle_objective
from molconvex.design.run import Run
from molconvex.design.settings import GenerateSettings
from molconvex.design.stages import run_in_stages
from molconvex.exceptions import CancelledError
from molconvex.latent import LatentModel, ReferenceSet
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goals import check_known
from molconvex.oracles import check_oracles
from molconvex.search import RoundReport, Search
from molconvex.search.design_region import DesignRegion, certify_region, goal_mixes
from molconvex.surrogate import ConvexSurrogate

Observe = Callable[[int, RoundReport], None]


def generate(
    settings: GenerateSettings,
    *,
    latent_model: LatentModel | None = None,
    surrogates: Mapping[str, ConvexSurrogate] | None = None,
    reference: ReferenceSet | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    after_lead: Callable[[Run], object] | None = None,
    observe: Observe | None = None,
) -> Run:
    """Propose, screen, measure and rank molecules around leads, with certificates; deterministic for a seed.

    A lead that cannot be used is reported in `Run.leads` and left out. Where `cancelled` returns True, or on Ctrl-C,
    what is finished comes back with the status "partial".

    Args:
        settings: What is wanted.
        latent_model: In place of the one that the settings name.
        surrogates: Of one's own, by property.
        reference: Molecules with latents on which missing surrogates are trained; the bundled set by default.
        progress: Called with (stage, done, total); stages are "load", "train PROPERTY", "search", "certify" and,
            where one is asked for, "control".
        cancelled: Asked between batches.
        after_lead: Given what is finished after each lead but the last, as a "partial" run, so that it can be kept.
        observe: Called with the number of the lead and what each round around it came to.

    Raises:
        ChemistryError: If no lead can be used, or a SMARTS cannot be read.
        ConfigError: If nothing measures or predicts a property, a surrogate was made for another wish, a proposer is
            unknown, or a goal's cost is concave and the region no hull.
        LatentMismatchError: If a surrogate or the reference set was made for another latent model.
        WeightsError: If bundled files are missing or altered.
        DataError: If the file of known molecules or of actives cannot be read.
    """
    check_known(settings.properties, known_properties([*(surrogates or {}), *settings.own_properties]))
    check_oracles(settings.oracles, PROPERTIES)
    job = SearchJob(progress or silent, cancelled or never, settings=settings)
    job.progress("load", 0, 1)
    inputs = load_inputs(settings, latent_model, reference)
    model = inputs.model
    leads = prepare_leads(settings.leads, model)
    job.progress("load", 1, 1)
    scores = GoalScores([], [])
    status: Literal["complete", "partial"] = "complete"
    comparison: pd.DataFrame | None = None

    try:
        scores = find_scores(job, inputs, surrogates)
        job.oracles = oracle_objective(settings, scores, model, job.cancelled)
        stages = stage_scores(job, scores, inputs, surrogates)
        parts = SearchParts(settings, scores, model, inputs.reference, job.oracles, stages)
        judging = Judging(settings, scores, inputs.known)
        for left in run_leads(job, leads, generation_work(job, parts, judging, inputs.actives, observe)):
            if after_lead and left:
                after_lead(job.result(leads, scores, model, "partial"))
        if settings.control is not None:
            comparison = run_controls(job, leads, parts, judging)
    except (CancelledError, KeyboardInterrupt):
        status = "partial"
    return replace(job.result(leads, scores, model, status), comparison=comparison)


def generation_work(
    job: SearchJob, parts: SearchParts, judging: Judging, actives: Tensor | None, observe: Observe | None = None
) -> LeadWork:
    """One search for the user's own mix of goals, and a region certified for that mix and others."""
    settings = parts.settings

    def begin(lead: PreparedLead, progress: Callable[[int, int], None]) -> Search:
        search = lead_search(lead, parts, progress, job.cancelled)
        if observe is not None:
            search.observe = partial(observe, lead.number)
        return search

    def certify(lead: PreparedLead, latents: Tensor) -> DesignRegion:
        return certify_region(
            parts.scores,
            latents,
            goal_mixes(parts.scores.program_weights, settings.programs),
            kind=settings.region,
            radius=settings.radius,
            gap_tol=settings.gap_tol,
            exact=settings.exact,
            device=settings.device,
        )

    return LeadWork(
        parts=parts,
        judging=judging,
        actives=actives,
        begin=begin,
        search=lambda search, lead: run_in_stages(search, lead, parts),
        certify=certify,
    )
