"""`ParetoRun`: the fronts of some leads, predicted and measured, and their folder on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from molconvex.design.pareto.settings import ParetoSettings
    from molconvex.design.run import Run
    from molconvex.objectives.goal_surrogates import GoalSurrogate
    from molconvex.optimize import ParetoFront
    from molconvex.surrogate import TargetScaler


@dataclass(frozen=True, eq=False)
class LeadFront:
    """The predicted front around one lead.

    Attributes:
        lead: Number of the lead.
        first: Number of its first program in the run's table.
        front: Points and proofs.
        lead_values: The lead's own value for every goal: measured, else predicted and refined; distances for windows.
    """

    lead: int
    first: int
    front: ParetoFront
    lead_values: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """What run.json says of it."""
        front = self.front
        return {
            "lead": self.lead,
            "lead_values": self.lead_values,
            "points": len(front),
            "programs": front.program.n,
            "sandwich_gap": front.gap,
            "scale": front.scale.tolist(),
            "reference_point": front.reference_point.tolist(),
            "hypervolume": front.hypervolume,
            "complete": front.complete,
        }


@dataclass(frozen=True, eq=False)
class ParetoRun:
    """What `find_fronts` returns.

    Attributes:
        settings: As resolved.
        run: Candidates, rejected molecules, programs, leads and certificates, as `generate` gives them; candidates
            have the further columns `non_dominated` and `dominates_lead`.
        fronts: Per finished lead.
    """

    settings: ParetoSettings
    run: Run
    fronts: list[LeadFront] = field(repr=False)

    @property
    def status(self) -> Literal["complete", "partial"]:
        """ "partial" where the run was stopped."""
        return self.run.status

    @property
    def candidates(self) -> pd.DataFrame:
        """Every molecule that passed the filters, one row each, ranked by desirability within its lead."""
        return self.run.candidates

    @property
    def molecules(self) -> pd.DataFrame:
        """The measured front: candidates that no other candidate of their lead dominates."""
        return self.candidates[self.candidates["non_dominated"].astype(bool)].reset_index(drop=True)

    @property
    def front(self) -> pd.DataFrame:
        """The predicted front: its programs, by lead and rising first cost."""
        numbers = [f.first + row for f in self.fronts for row in f.front.rows.tolist()]
        return self.run.programs.set_index("program", drop=False).loc[numbers].reset_index(drop=True)

    @property
    def surrogates(self) -> list[GoalSurrogate]:
        """One per goal."""
        return self.run.surrogates

    @property
    def scalers(self) -> dict[str, TargetScaler]:
        """By property, between values and costs."""
        return {part.goal.property: part.surrogate.scaler for part in self.surrogates}
