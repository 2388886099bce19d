"""`Run`: what a generation made, and its folder on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pandas import DataFrame
    from torch import Tensor

    from molconvex.assays.atom_contributions import AtomContributions
    from molconvex.design.funnel import Funnel
    from molconvex.design.proposals import Proposals
    from molconvex.design.settings import GenerateSettings
    from molconvex.objectives.goal_surrogates import GoalSurrogate
    from molconvex.objectives.required_surrogates import RequiredSurrogate


@dataclass(frozen=True, eq=False)
class MoleculeLatents:
    """Own latents of one lead and of its candidates.

    Attributes:
        lead: Shape (d,).
        candidates: Shape (n, d).
    """

    lead: Tensor
    candidates: Tensor


@dataclass(frozen=True, eq=False)
class Run:
    """What `generate` returns.

    Attributes:
        settings: As resolved, defaults spelled out.
        candidates: One row a molecule, lead by lead, best first; `molconvex.columns` says what the columns are.
        rejected: Decoded molecules that a filter took out: `lead`, `smiles`, `reason`, ...
        programs: One row a convex program: region, weights, value, lower bound, gap, status.
        leads: One row a lead: as given, as standardized, notes, properties, and a reason where it failed.
        funnel: Counts of attempts beside counts of what passed.
        proposals: Per lead, programs over its design region and solutions with their certificates.
        oracle_answers: What oracles said of every molecule that they were asked about; None where none was asked.
        latents: Per lead, by number, its latent and those of its candidates in the order of the table.
        surrogates: Per goal, the surrogate used and where it came from.
        status: "complete", or "partial" where the run was stopped.
        information: Latent model, surrogates, versions, seconds.
        required: Per requirement, its surrogate.
        comparison: Every molecule that the search and the control scored, where a control was asked for; see
            `molconvex.design.comparison`.
        contributions: Of the best candidates, by id and property, which atoms a prediction that nothing measures
            comes from.
    """

    settings: GenerateSettings
    candidates: DataFrame
    rejected: DataFrame
    programs: DataFrame
    leads: DataFrame
    funnel: Funnel
    proposals: list[Proposals] = field(repr=False)
    surrogates: list[GoalSurrogate] = field(repr=False)
    status: Literal["complete", "partial"] = "complete"
    information: dict[str, Any] = field(default_factory=dict, repr=False)
    required: list[RequiredSurrogate] = field(default_factory=list, repr=False)
    latents: dict[int, MoleculeLatents] = field(default_factory=dict, repr=False)
    oracle_answers: DataFrame | None = field(default=None, repr=False)
    comparison: DataFrame | None = None
    contributions: dict[str, dict[str, AtomContributions]] = field(default_factory=dict, repr=False)

    def best(self, count: int = 10) -> DataFrame:
        """The first candidates."""
        return self.candidates.head(count)
