"""The programs of one lead: the front over the ball around it, and programs beside it that find more molecules.

The front is one curve or sheet in latent space, and its decodings are few. So further programs, each certified on its
own ball, repeat mixtures of the goals at anchors spread around the lead, as `generate` does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.design.job import Cancelled
from molconvex.design.leads import PreparedLead
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.design.plan import Calibration, make_plan
from molconvex.design.proposals import pose
from molconvex.latent import LatentModel
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.optimize import ParetoFront, Program, Solution, pareto_front, solve
from molconvex.optimize.solver.finish import join_solutions

LEAST_SIMILARITY = 0.05  # taken for a similarity floor of 0
PILOT_GAP = 1e-2


@dataclass(frozen=True, eq=False)
class LeadSearch:
    """Where the programs of one lead are posed.

    Attributes:
        lead: Encoded.
        parts: A surrogate per goal.
        settings: Points, programs, tolerances.
        radius: Of the ball of the front.
        spread: Largest distance from the lead of the anchors of further programs.
        further_radius: Largest radius of their balls.
    """

    lead: PreparedLead
    parts: Sequence[GoalSurrogate]
    settings: ParetoSettings
    radius: float
    spread: float
    further_radius: float

    @classmethod
    def calibrated(
        cls, lead: PreparedLead, parts: Sequence[GoalSurrogate], settings: ParetoSettings, model: LatentModel
    ) -> "LeadSearch":
        """Sizes as set, else those at which decodings keep the similarity on average."""
        assert lead.z is not None
        similarity = max(settings.similarity, LEAST_SIMILARITY)
        calibration = Calibration(lead.z, lead.smiles, similarity, model, settings.seed)

        def optimum(anchors: Tensor, radii: Tensor) -> Tensor:
            program = pose(parts, anchors, radii, _mixtures(len(radii), len(parts)))
            return solve(program, gap_tol=PILOT_GAP, device=settings.device).z

        spread = settings.spread
        if spread is None:
            spread = calibration.spread() if settings.programs else 0.0
        radius = settings.radius or calibration.radius(0.0, optimum)
        further = radius
        if settings.radius is None and settings.programs and spread > 0:
            further = min(radius, calibration.radius(spread, optimum))
        return cls(lead, parts, settings, radius, spread, further)

    def front(self, progress: Callable[[int, int], None], cancelled: Cancelled) -> ParetoFront:
        """The front over the ball around the lead."""
        assert self.lead.z is not None
        settings = self.settings
        radius = torch.tensor([self.radius], dtype=torch.float64)
        program = pose(self.parts, self.lead.z[None], radius, _mixtures(1, len(self.parts)))
        return pareto_front(
            program.networks,
            program.region,
            points=settings.points,
            terms=program.terms,
            front_tol=settings.front_tol,
            gap_tol=settings.gap_tol,
            device=settings.device,
            progress=progress,
            cancelled=cancelled,
        )

    def with_further_programs(
        self,
        front: ParetoFront,
        generator: torch.Generator,
        progress: Callable[[int, int], None],
        cancelled: Cancelled,
    ) -> tuple[Program, Solution]:
        """The programs of the front, and behind them those beside it."""
        settings = self.settings
        if not settings.programs or not front.complete:
            return front.program, front.solution
        assert self.lead.z is not None
        goals = [1.0] * len(self.parts)
        plan = make_plan(self.lead.z, settings.programs, goals, self.further_radius, self.spread, generator)
        further = solve(
            pose(self.parts, plan.anchors, plan.radii, plan.weights),
            gap_tol=settings.gap_tol,
            device=settings.device,
            progress=progress,
            cancelled=cancelled,
        )
        n = front.program.n
        together = pose(
            self.parts,
            torch.cat([self.lead.z.expand(n, -1), plan.anchors]),
            torch.cat([plan.radii.new_full((n,), self.radius), plan.radii]),
            torch.cat([front.program.weights, plan.weights]),
        )
        return together, join_solutions([front.solution, further], front.solution.seconds + further.seconds)


def _mixtures(count: int, goals: int) -> Tensor:
    """Weights all over the simplex, (count, goals), the first one its middle."""
    cube = torch.quasirandom.SobolEngine(goals).draw(count, dtype=torch.float64)
    shares = -cube.clamp(1e-6, 1 - 1e-6).log()
    return shares / shares.sum(dim=1, keepdim=True)
