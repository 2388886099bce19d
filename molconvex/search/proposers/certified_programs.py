"""Certified convex programs around the best molecules, with a trust region each, decoded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from molconvex.latent import LatentModel
from molconvex.objectives.goal_programs import goal_points, goal_program
from molconvex.objectives.goal_scores import GoalScores
from molconvex.optimize import Ball
from molconvex.search.archive import Member
from molconvex.search.proposers.decoded import decode_proposals
from molconvex.search.proposers.proposer import Proposed

LEAST_NEW = 0.3  # share of new molecules below which the trust region grows
GROW, SHRINK = 1.4, 0.9
GAP = 1e-3
SAMPLES = 2  # sampled decodings a program, beside the greedy one
LONGEST = 4.0  # times the first radius


@dataclass
class CertifiedPrograms:
    """Minimizers of random mixtures of the goals over balls around parents.

    The radius grows when few decodings are new and shrinks a little otherwise, but never below its first value: smaller
    balls give back their own center.

    Attributes:
        scores: Goals with surrogates.
        model: Decodes.
        radius: First radius.
        device: For the solver.
        samples: Sampled decodings of each optimum, beside the greedy one.
        temperature: Of the sampled decodings.
        programs: At most so many in all, None for as many as are asked for.
        center, spread: Latent (d,), and how far from it a parent may lie to be an anchor; None for anywhere.
    """

    scores: GoalScores
    model: LatentModel
    radius: float
    device: str = "cpu"
    samples: int = SAMPLES
    temperature: float = 1.0
    programs: int | None = None
    center: Tensor | None = None
    spread: float | None = None
    name: str = "programs"
    _radius: float = field(init=False)
    _given: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._radius = self.radius

    def propose(self, parents: Sequence[Member], count: int, generator: torch.Generator) -> list[Proposed]:
        """About `count` decodings of optima around the parents."""
        programs = self._next_programs(count)
        parents = [member for member in parents if self._is_near(member)]
        if not programs or not parents or not any(self.scores.program_weights):  # goals that only rank pose none
            return []
        chosen = [parents[i % len(parents)] for i in range(programs)]
        anchors = torch.stack([member.z for member in chosen])
        weights = _mixtures(self.scores.program_weights, programs, generator)
        radii = self._radius * (0.5 + 0.5 * torch.rand(programs, generator=generator, dtype=torch.float64))
        thresholds = self.scores.thresholds()
        thresholds = thresholds[torch.arange(programs) % len(thresholds)]  # each program serves one clause
        program = goal_program(
            self.scores.goals, self.scores.required, weights, Ball(anchors, radii), anchors, thresholds
        )
        points, fine = goal_points(program, gap_tol=GAP, device=self.device)
        found, _ = decode_proposals(
            self.model,
            points[fine],
            [(chosen[row].smiles,) for row in fine],
            samples=self.samples,
            temperature=self.temperature,
            generator=generator,
        )
        fresh = [item for item in found if str(item.structure) not in self._given]
        self._given.update(str(item.structure) for item in fresh)
        self._adapt(len(fresh) / max(1, (1 + self.samples) * len(fine)))
        return fresh

    def _next_programs(self, count: int) -> int:
        """How many to solve for about `count` decodings, of those that are left."""
        wanted = max(1, count // (1 + self.samples))
        if self.programs is None:
            return wanted
        wanted = min(wanted, self.programs)
        self.programs -= wanted
        return wanted

    def _is_near(self, member: Member) -> bool:
        if self.center is None or self.spread is None:
            return True
        return float((member.z - self.center).norm()) <= self.spread

    def _adapt(self, share_new: float) -> None:
        factor = GROW if share_new < LEAST_NEW else SHRINK
        self._radius = min(max(self._radius * factor, self.radius), LONGEST * self.radius)


def _mixtures(weights: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
    """Random mixtures around the user's weights, (count, G), rows summing to one; the first is the user's own."""
    own = torch.tensor(list(weights), dtype=torch.float64)
    exponential = -torch.log(torch.rand(count, len(own), generator=generator, dtype=torch.float64).clamp_min(1e-12))
    mixed = exponential * own
    mixed[0] = own
    return mixed / mixed.sum(dim=1, keepdim=True)
