"""`generate`: from leads and goals to ranked candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from molconvex.chem import read_molecules, standardize
from molconvex.design.candidates import Scoring, score_lead
from molconvex.design.decoding import decode_proposals
from molconvex.design.job import Cancelled, Job, Progress, never, silent
from molconvex.design.leads import PreparedLead, lead_desirability, lead_table, prepare_leads
from molconvex.design.plan import make_plan
from molconvex.design.proposals import Proposals, decodable, pose, program_table, solve_programs
from molconvex.design.run import Run
from molconvex.design.settings import GenerateSettings
from molconvex.design.shapes import read_actives, shape_for
from molconvex.design.sizing import size_regions
from molconvex.exceptions import CancelledError, ChemistryError
from molconvex.latent import LatentModel, ReferenceSet, load_latent_model, reference_set
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_surrogates import GoalSurrogate, goal_surrogates
from molconvex.objectives.goals import check_known
from molconvex.objectives.required_surrogates import RequiredSurrogate, required_surrogates
from molconvex.surrogate import ConvexSurrogate


def generate(
    settings: GenerateSettings,
    *,
    latent_model: LatentModel | None = None,
    surrogates: Mapping[str, ConvexSurrogate] | None = None,
    reference: ReferenceSet | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Run:
    """Propose, decode, measure, filter and rank molecules around leads; deterministic for a seed.

    A lead that cannot be used is reported in `Run.leads` and left out. Where `cancelled` returns True, or on Ctrl-C,
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
        DataError: If the file of known molecules or of actives cannot be read.
    """
    known_names = known_properties([*(surrogates or {}), *settings.surrogates])
    check_known(settings.properties, known_names)
    job = _Job(progress or silent, cancelled or never, settings=settings)
    job.progress("load", 0, 1)
    model = latent_model or load_latent_model(settings.latent_model)
    leads = prepare_leads(settings.leads, model)
    known = None if settings.known is None else read_known(settings.known)
    actives = None if settings.actives is None else read_actives(settings.actives, model)
    job.progress("load", 1, 1)
    parts: list[GoalSurrogate] = []
    required: list[RequiredSurrogate] = []
    status: Literal["complete", "partial"] = "complete"
    try:
        parts, required = _surrogates(job, model, surrogates, reference)
        for lead in leads:
            if lead.z is not None:
                lead.desirability = lead_desirability(lead, parts)
        _run_leads(job, leads, Scoring(settings, parts, model, known, required), actives)
    except (CancelledError, KeyboardInterrupt):
        status = "partial"
    return job.result(leads, parts, required, model, status)


@dataclass
class _Job(Job):
    """A generation while it goes on."""

    settings: GenerateSettings = field(kw_only=True)

    def result(
        self,
        leads: Sequence[PreparedLead],
        parts: Sequence[GoalSurrogate],
        required: Sequence[RequiredSurrogate],
        model: LatentModel,
        status: Literal["complete", "partial"],
    ) -> Run:
        return Run(
            settings=self.settings,
            candidates=self.candidate_table(),
            rejected=self.rejected_table(),
            programs=program_table(self.proposals, parts, required),
            leads=lead_table(leads),
            funnel=self.funnel,
            proposals=self.proposals,
            surrogates=list(parts),
            status=status,
            information=self.information(model),
            required=list(required),
        )


def _surrogates(
    job: _Job,
    model: LatentModel,
    given: Mapping[str, ConvexSurrogate] | None,
    reference: ReferenceSet | None,
) -> tuple[list[GoalSurrogate], list[RequiredSurrogate]]:
    """Surrogates of the goals and of the requirements."""
    job.stop_if_asked()
    sources: dict[str, Any] = {
        "given": given,
        "folders": job.settings.surrogates,
        "aggregate": job.settings.aggregate,
        "reference": lambda: reference or reference_set(),
        "progress": job.progress,
        "cancelled": job.cancelled,
    }
    parts = goal_surrogates(job.settings.goals, model, **sources)
    return parts, required_surrogates(job.settings.require, model, **sources)


def _run_leads(job: _Job, leads: Sequence[PreparedLead], scoring: Scoring, actives: Tensor | None) -> None:
    usable = [lead for lead in leads if lead.z is not None]
    job.funnel.add("leads", len(usable), len(leads))
    for place, lead in enumerate(usable):
        job.stop_if_asked()
        _run_lead(job, lead, place, len(usable), scoring, actives)


def _run_lead(job: _Job, lead: PreparedLead, place: int, count: int, scoring: Scoring, actives: Tensor | None) -> None:
    """Calibrate, solve, decode and score one lead; where stopped, what was decoded until then is scored."""
    assert lead.z is not None
    settings, parts, required = job.settings, scoring.surrogates, scoring.required
    shape = shape_for(settings.region, lead.z, lead.smiles, scoring.model, actives)
    size_regions(lead, parts, shape, settings, scoring.model)
    job.progress("calibrate", place + 1, count)
    job.stop_if_asked()
    n = settings.programs
    per_lead = n * (settings.samples + 1)
    generator = torch.Generator().manual_seed(1_000_003 * settings.seed + lead.number)
    weights = [part.goal.weight for part in parts]
    plan = make_plan(lead.z, n, weights, lead.radius, lead.spread, generator)
    radii = plan.radii.amax().expand(n) if shape.has_one_size else plan.radii
    program = pose(parts, plan.anchors, radii, plan.weights, required, shape)
    solution = solve_programs(program, settings, job.stage("solve", place * n, count * n), job.cancelled)
    proposals = Proposals(lead.number, 1 + place * n, program, solution)
    job.proposals.append(proposals)
    job.funnel.add("programs", n, n)
    rows = decodable(solution)
    if required:
        job.funnel.add("feasible", len(rows), n)
    job.funnel.add("certified", solution.certified, n)
    decodings = decode_proposals(
        scoring.model,
        solution.z,
        settings.samples,
        settings.temperature,
        generator,
        job.stage("decode", place * per_lead, count * per_lead),
        job.cancelled,
        rows,
    )
    if decodings.complete:
        job.progress("decode", (place + 1) * per_lead, count * per_lead)
    report = job.stage("score", place, count)
    candidates, rejected = score_lead(lead, proposals, decodings, scoring, job.funnel)
    report(1, 1)
    job.candidates.append(candidates)
    job.rejected.append(rejected)
    if not decodings.complete:
        job.stop_if_asked()


def read_known(path: Path) -> set[str]:
    """Standard SMILES of the molecules of a file; unreadable ones are left out.

    Raises:
        DataError: If the file cannot be read or holds no molecules.
    """
    known = set()
    for molecule in read_molecules(path):
        try:
            known.add(standardize(molecule.smiles).smiles)
        except ChemistryError:
            continue
    return known
