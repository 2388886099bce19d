"""The work around each lead that every search shares: analogues, search, certified region, candidates with claims."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch
from torch import Tensor

from molconvex.assays.atom_contributions import AtomContributions
from molconvex.chem.edits import forget_edits
from molconvex.design.funnel import Funnel
from molconvex.design.inputs import Inputs
from molconvex.design.job import Job
from molconvex.design.lead_candidates import Judging, best_contributions, candidates_of, with_claims, with_screened
from molconvex.design.lead_search import SearchParts, lead_rules
from molconvex.design.leads import PreparedLead, lead_desirability, lead_table
from molconvex.design.oracle_scores import goal_scores, keep_lead_values, oracle_notes, oracle_table
from molconvex.design.proposals import Proposals, program_table, reach
from molconvex.design.run import MoleculeLatents, Run
from molconvex.design.settings import GenerateSettings
from molconvex.design.stage_settings import Stage
from molconvex.exceptions import CancelledError
from molconvex.latent import LatentModel
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import any_surrogates
from molconvex.search import Search
from molconvex.search.analogues import analogues_of
from molconvex.search.design_region import DesignRegion
from molconvex.search.oracle_objective import OracleObjective
from molconvex.search.rounds import START
from molconvex.surrogate import ConvexSurrogate

Report = Callable[[int, int], None]


@dataclass
class SearchJob(Job):
    """Searches around leads while they go on.

    Attributes:
        settings: As given.
        latents: By lead, its own latent and those of its candidates.
        contributions: Of the best candidates, as in `Run`.
        oracles: What measures goals beside RDKit, None where nothing does.
    """

    settings: GenerateSettings = field(kw_only=True)
    latents: dict[int, MoleculeLatents] = field(default_factory=dict)
    contributions: dict[str, dict[str, AtomContributions]] = field(default_factory=dict)
    oracles: OracleObjective | None = None

    def result(
        self,
        leads: Sequence[PreparedLead],
        scores: GoalScores,
        model: LatentModel,
        status: Literal["complete", "partial"],
    ) -> Run:
        """What has been finished."""
        return Run(
            settings=self.settings,
            candidates=self.candidate_table(),
            rejected=self.rejected_table(),
            programs=program_table(self.proposals, scores.goals, scores.required, len(scores.alternatives)),
            leads=lead_table(leads),
            funnel=Funnel(dict(self.funnel.counts)),
            proposals=list(self.proposals),
            surrogates=list(scores.goals),
            status=status,
            information=self.information(model) | ({"oracles": oracle_notes(self.oracles)} if self.oracles else {}),
            required=list(scores.required),
            latents=dict(self.latents),
            contributions=dict(self.contributions),
            oracle_answers=oracle_table(self.oracles) if self.oracles else None,
        )


@dataclass(frozen=True)
class LeadWork:
    """What is done around every lead.

    Attributes:
        parts: What the searches share.
        judging: What candidates are judged by.
        actives: Latents that span every region too, (m, d), or None.
        begin: A search around a lead that has scored the lead alone, given progress.
        search: Spends the budget of a search around a lead.
        certify: The certified region that latents (m, d) span, the lead's first.
    """

    parts: SearchParts
    judging: Judging
    actives: Tensor | None
    begin: Callable[[PreparedLead, Report], Search]
    search: Callable[[Search, PreparedLead], object]
    certify: Callable[[PreparedLead, Tensor], DesignRegion]


def find_scores(
    job: SearchJob,
    inputs: Inputs,
    given: Mapping[str, ConvexSurrogate] | None = None,
) -> GoalScores:
    """Goals and requirements with their surrogates."""
    job.stop_if_asked()
    return goal_scores(job.settings, inputs.model, _sources(job, inputs, given))


def stage_scores(
    job: SearchJob,
    scores: GoalScores,
    inputs: Inputs,
    given: Mapping[str, ConvexSurrogate] | None = None,
) -> list[tuple[Stage, GoalScores]]:
    """Stages with the scores of their goals, under the run's requirements."""
    sources = _sources(job, inputs, given)
    return [
        (stage, replace(scores, goals=any_surrogates(stage.goals, inputs.model, **sources)))
        for stage in job.settings.stages
    ]


def _sources(job: SearchJob, inputs: Inputs, given: Mapping[str, ConvexSurrogate] | None) -> dict[str, Any]:
    """Where surrogates come from, as `any_surrogates` takes it."""
    return {
        "given": given,
        "folders": job.settings.surrogates,
        "aggregate": job.settings.aggregate,
        "reference": inputs.reference,
        "progress": job.progress,
        "cancelled": job.cancelled,
    }


def run_leads(job: SearchJob, leads: Sequence[PreparedLead], work: LeadWork) -> Iterator[int]:
    """Work on every lead that could be encoded; yields after each how many are left.

    Raises:
        CancelledError: If the job was stopped; what is finished stays in it.
    """
    usable = [lead for lead in leads if lead.z is not None]
    job.funnel.add("leads", len(usable), len(leads))
    if work.parts.oracles is not None:
        yield from _judged_together(job, usable, work)
        return
    for lead in usable:
        lead.desirability = lead_desirability(lead, work.parts.scores.goals)
    for place, lead in enumerate(usable):
        job.stop_if_asked()
        with job.keeping_others(lead, only=len(usable) == 1):
            searched = _search_lead(job, lead, (place, len(usable)), work)
            _judge_lead(job, searched, work)
            if searched.stopped is not None:
                raise searched.stopped
        yield len(usable) - place - 1


def _judged_together(job: SearchJob, usable: Sequence[PreparedLead], work: LeadWork) -> Iterator[int]:
    """Search around all leads, learn from everything that oracles measured, then judge: one surrogate for all."""
    oracles = work.parts.oracles
    assert oracles is not None
    found: list[_Searched] = []
    for place, lead in enumerate(usable):
        if job.cancelled() or (found and found[-1].stopped is not None):
            break
        with job.keeping_others(lead, only=len(usable) == 1):
            found.append(_search_lead(job, lead, (place, len(usable)), work))
    oracles.conclude()
    for place, searched in enumerate(found):
        with job.keeping_others(searched.lead, only=len(usable) == 1):
            oracles.renew(searched.search.archive.members, [])
            keep_lead_values(searched.lead, searched.search.archive, list(oracles.oracles))
            searched.lead.desirability = lead_desirability(searched.lead, work.parts.scores.goals)
            _judge_lead(job, searched, work)
        yield len(found) - place - 1
    stopped = next((searched.stopped for searched in found if searched.stopped is not None), None)
    if stopped is not None:
        raise stopped
    if len(found) < len(usable):
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


def _search_lead(job: SearchJob, lead: PreparedLead, place: tuple[int, int], work: LeadWork) -> _Searched:
    """Spend a lead's budget; where stopped, with what was scored until then."""
    budget, (before, count) = job.settings.budget, place
    search = work.begin(lead, job.stage("search", before * budget, count * budget))
    stopped: CancelledError | KeyboardInterrupt | None = None
    points = [] if work.actives is None else list(work.actives)
    try:
        protected = lead_rules(lead.molecule, job.settings).protection
        search.pool += analogues_of(search, job.settings.analogues, protected)
        points += [member.z for member in search.pool]
        work.search(search, lead)
    except (CancelledError, KeyboardInterrupt) as error:
        stopped = error
    finally:
        forget_edits()
    lead.stopped = search.stopped.value if search.stopped and stopped is None else "stopped before the end"
    _count(job, search)
    return _Searched(lead, place, search, points, stopped)


def _judge_lead(job: SearchJob, searched: _Searched, work: LeadWork) -> None:
    """Declare and certify the region of a lead, and judge what its search scored."""
    lead, search, points = searched.lead, searched.search, searched.points
    members, candidates, rejected = candidates_of(lead, search.archive, work.judging, job.funnel)
    if members or points:
        assert lead.z is not None
        latents = torch.stack([lead.z, *points, *(member.z for member in members)])
        region = work.certify(lead, latents)
        candidates = with_claims(candidates, members, lead, region, _added(job, lead, region), work.parts.scores)
        own = torch.stack([member.z for member in members]) if members else lead.z.new_zeros(0, len(lead.z))
        job.latents[lead.number] = MoleculeLatents(lead.z, own)
    elif searched.stopped is None:
        lead.reason = "no analogue of the lead passes what is asked for; loosen it"
    before, count = searched.place
    job.progress("certify", before + 1, count)
    job.candidates.append(candidates)
    if searched.stopped is None:
        job.contributions |= best_contributions(candidates, work.parts.scores, work.parts.model)
    job.rejected.append(with_screened(rejected, search.screen.rejected, lead))


def _added(job: SearchJob, lead: PreparedLead, region: DesignRegion) -> int:
    """Add a region's programs to what is finished; the number of the first."""
    first = job.next_program
    job.proposals.append(Proposals(lead.number, first, region.program, region.solution))
    job.funnel.add("programs", region.program.n, region.program.n)
    job.funnel.add("certified", region.solution.certified, region.program.n)
    lead.radius, lead.spread = float(reach(region.program.region, region.program.anchors).max()), 0.0
    return first


def _count(job: Job, search: Search) -> None:
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
    scored = sum(member.ancestry.proposer != START for member in search.archive)
    job.funnel.add("scored", scored, new - counts["not encoded"])
