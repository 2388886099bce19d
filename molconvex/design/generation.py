"""`generate`: from leads and goals to ranked candidates."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from molconvex.chem import PROPERTIES, read_molecules, standardize
from molconvex.design.actives import read_actives
from molconvex.design.funnel import Funnel
from molconvex.design.job import Cancelled, Job, Progress, never, silent
from molconvex.design.lead_candidates import Judging, candidates_of, with_claims, with_screened
from molconvex.design.lead_search import SearchParts, lead_rules, lead_search
from molconvex.design.leads import PreparedLead, lead_desirability, lead_table, prepare_leads
from molconvex.design.oracle_scores import (
    goal_scores,
    keep_lead_values,
    oracle_notes,
    oracle_objective,
    oracle_table,
)
from molconvex.design.proposals import Proposals, program_table, reach
from molconvex.design.run import MoleculeLatents, Run
from molconvex.design.settings import GenerateSettings
from molconvex.exceptions import CancelledError, ChemistryError
from molconvex.latent import LatentModel, ReferenceSet, load_latent_model, reference_set
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goals import check_known
from molconvex.oracles import check_oracles
from molconvex.search import Search
from molconvex.search.analogues import analogues_of
from molconvex.search.design_region import DesignRegion, certify_region, goal_mixes
from molconvex.search.oracle_objective import OracleObjective
from molconvex.surrogate import ConvexSurrogate


def generate(
    settings: GenerateSettings,
    *,
    latent_model: LatentModel | None = None,
    surrogates: Mapping[str, ConvexSurrogate] | None = None,
    reference: ReferenceSet | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    after_lead: Callable[[Run], object] | None = None,
) -> Run:
    """Propose, screen, measure and rank molecules around leads, with certificates; deterministic for a seed.

    A lead that cannot be used is reported in `Run.leads` and left out. Where `cancelled` returns True, or on Ctrl-C,
    what is finished comes back with the status "partial".

    Args:
        settings: What is wanted.
        latent_model: In place of the one that the settings name.
        surrogates: Of one's own, by property.
        reference: Molecules with latents on which missing surrogates are trained; the bundled set by default.
        progress: Called with (stage, done, total); stages are "load", "train PROPERTY", "search", "certify".
        cancelled: Asked between batches.
        after_lead: Given what is finished after each lead but the last, as a "partial" run, so that it can be kept.

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
    job = _Job(progress or silent, cancelled or never, settings=settings)
    job.progress("load", 0, 1)
    model = latent_model or load_latent_model(settings.latent_model)
    leads = prepare_leads(settings.leads, model)
    known = None if settings.known is None else read_known(settings.known)
    actives = None if settings.actives is None else read_actives(settings.actives, model)
    job.progress("load", 1, 1)
    scores = GoalScores([], [])
    status: Literal["complete", "partial"] = "complete"

    def references() -> ReferenceSet:
        return reference_set() if reference is None else reference

    try:
        scores = _scores(job, model, surrogates, references)
        job.oracles = oracle_objective(settings, scores, model, job.cancelled)
        for lead in leads:
            if lead.z is not None and job.oracles is None:
                lead.desirability = lead_desirability(lead, scores.goals)
        parts = SearchParts(settings, scores, model, references, job.oracles)
        for left in _run_leads(job, leads, parts, Judging(settings, scores, known), actives):
            if after_lead and left:
                after_lead(job.result(leads, scores, model, "partial"))
    except (CancelledError, KeyboardInterrupt):
        status = "partial"
    return job.result(leads, scores, model, status)


@dataclass
class _Job(Job):
    """A generation while it goes on."""

    settings: GenerateSettings = field(kw_only=True)
    latents: dict[int, MoleculeLatents] = field(default_factory=dict)
    oracles: OracleObjective | None = None

    def result(
        self,
        leads: Sequence[PreparedLead],
        scores: GoalScores,
        model: LatentModel,
        status: Literal["complete", "partial"],
    ) -> Run:
        return Run(
            settings=self.settings,
            candidates=self.candidate_table(),
            rejected=self.rejected_table(),
            programs=program_table(self.proposals, scores.goals, scores.required),
            leads=lead_table(leads),
            funnel=Funnel(dict(self.funnel.counts)),
            proposals=list(self.proposals),
            surrogates=list(scores.goals),
            status=status,
            information=self.information(model) | ({"oracles": oracle_notes(self.oracles)} if self.oracles else {}),
            required=list(scores.required),
            latents=dict(self.latents),
            oracle_answers=oracle_table(self.oracles) if self.oracles else None,
        )


def _scores(
    job: _Job,
    model: LatentModel,
    given: Mapping[str, ConvexSurrogate] | None,
    reference: Callable[[], ReferenceSet],
) -> GoalScores:
    """Goals and requirements with their surrogates."""
    job.stop_if_asked()
    sources: dict[str, Any] = {
        "given": given,
        "folders": job.settings.surrogates,
        "aggregate": job.settings.aggregate,
        "reference": reference,
        "progress": job.progress,
        "cancelled": job.cancelled,
    }
    return goal_scores(job.settings, model, sources)


def _run_leads(
    job: _Job, leads: Sequence[PreparedLead], parts: SearchParts, judging: Judging, actives: Tensor | None
) -> Iterator[int]:
    """Run every usable lead; yields after each how many are left."""
    usable = [lead for lead in leads if lead.z is not None]
    job.funnel.add("leads", len(usable), len(leads))
    if parts.oracles is not None:
        yield from _judged_together(job, usable, parts, judging, actives)
        return
    for place, lead in enumerate(usable):
        job.stop_if_asked()
        with job.keeping_others(lead, only=len(usable) == 1):
            searched = _search_lead(job, lead, (place, len(usable)), parts, actives)
            _judge_lead(job, searched, parts, judging)
            if searched.stopped is not None:
                raise searched.stopped
        yield len(usable) - place - 1


def _judged_together(
    job: _Job, usable: Sequence[PreparedLead], parts: SearchParts, judging: Judging, actives: Tensor | None
) -> Iterator[int]:
    """Search around all leads, learn from everything that oracles measured, then judge: one surrogate for all."""
    assert parts.oracles is not None
    found: list[_Searched] = []
    for place, lead in enumerate(usable):
        if job.cancelled() or (found and found[-1].stopped is not None):
            break
        with job.keeping_others(lead, only=len(usable) == 1):
            found.append(_search_lead(job, lead, (place, len(usable)), parts, actives))
    parts.oracles.conclude()
    for place, searched in enumerate(found):
        with job.keeping_others(searched.lead, only=len(usable) == 1):
            parts.oracles.renew(searched.search.archive.members, [])
            keep_lead_values(searched.lead, searched.search.archive, list(parts.oracles.oracles))
            searched.lead.desirability = lead_desirability(searched.lead, parts.scores.goals)
            _judge_lead(job, searched, parts, judging)
        yield len(found) - place - 1
    if len(found) < len(usable) or any(searched.stopped is not None for searched in found):
        job.stop_if_asked()


@dataclass(frozen=True)
class _Searched:
    """One lead whose search is over.

    Attributes:
        lead: The lead.
        place: How many leads came before it, of how many.
        search: With everything that it scored.
        points: Latents that span its region beside those of candidates.
        stopped: What stopped the search before its end.
    """

    lead: PreparedLead
    place: tuple[int, int]
    search: Search
    points: list[Tensor]
    stopped: CancelledError | KeyboardInterrupt | None


def _search_lead(
    job: _Job, lead: PreparedLead, place: tuple[int, int], parts: SearchParts, actives: Tensor | None
) -> _Searched:
    """Spend a lead's budget; where stopped, with what was scored until then."""
    budget, (before, count) = parts.settings.budget, place
    search = lead_search(lead, parts, job.stage("search", before * budget, count * budget), job.cancelled)
    stopped: CancelledError | KeyboardInterrupt | None = None
    points = [] if actives is None else list(actives)
    try:
        protected = lead_rules(lead.molecule, parts.settings).protection
        search.pool += analogues_of(search, parts.settings.analogues, protected)
        points += [member.z for member in search.pool]
        search.run()
    except (CancelledError, KeyboardInterrupt) as error:
        stopped = error
    lead.stopped = search.stopped.value if search.stopped else "stopped before the end"
    _count(job, search)
    return _Searched(lead, place, search, points, stopped)


def _judge_lead(job: _Job, searched: _Searched, parts: SearchParts, judging: Judging) -> None:
    """Declare and certify the region of a lead, and judge what its search scored."""
    lead, search, points = searched.lead, searched.search, searched.points
    members, candidates, rejected = candidates_of(lead, search.archive, judging, job.funnel)
    if members or points:
        assert lead.z is not None
        latents = torch.stack([lead.z, *points, *(member.z for member in members)])
        region = _certified(job, latents, parts, lead)
        limits = [item.requirement.key for item in parts.scores.required]
        candidates = with_claims(candidates, members, lead, region, job.proposals[-1].first, limits)
        own = torch.stack([member.z for member in members]) if members else lead.z.new_zeros(0, len(lead.z))
        job.latents[lead.number] = MoleculeLatents(lead.z, own)
    before, count = searched.place
    job.progress("certify", before + 1, count)
    job.candidates.append(candidates)
    job.rejected.append(with_screened(rejected, search.screen.rejected, lead))


def _certified(job: _Job, latents: Tensor, parts: SearchParts, lead: PreparedLead) -> DesignRegion:
    settings = parts.settings
    region = certify_region(
        parts.scores,
        latents,
        goal_mixes(parts.scores.weights, settings.programs),
        kind=settings.region,
        radius=settings.radius,
        gap_tol=settings.gap_tol,
        exact=settings.exact,
        device=settings.device,
    )
    job.proposals.append(Proposals(lead.number, job.next_program, region.program, region.solution))
    job.funnel.add("programs", region.program.n, region.program.n)
    job.funnel.add("certified", region.solution.certified, region.program.n)
    lead.radius, lead.spread = float(reach(region.program.region, region.program.anchors).max()), 0.0
    return region


def _count(job: _Job, search: Search) -> None:
    """What became of everything proposed, for the funnel."""
    counts = search.screen.counts
    proposed = sum(counts.values())
    readable = proposed - counts["unreadable"]
    new = readable - counts["seen before"]
    job.funnel.add("proposed", readable, proposed)
    job.funnel.add("unique", new, readable)
    for name in (rule.name for rule in search.screen.rules):
        job.funnel.add(name, new - counts[name], new)
        new -= counts[name]
    job.funnel.add("encoded", new - counts["not encoded"], new)
    job.funnel.add("scored", search.budget.spent(len(search.archive)), new - counts["not encoded"])


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
