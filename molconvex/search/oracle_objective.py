"""Goals of which some are measured by oracles; what they measured teaches the surrogates while the search goes on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.molecule import Molecule
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goal_surrogates import GoalSurrogate
from molconvex.objectives.learned_surrogates import can_learn, learn_surrogate
from molconvex.objectives.oracle_goals import range_of, with_measured
from molconvex.oracles import Oracle
from molconvex.search.archive import Member
from molconvex.search.goal_objective import GoalObjective
from molconvex.search.objective import Measured
from molconvex.surrogate import ConvexSurrogate

Array = NDArray[np.float64]
GROWTH = 1.3  # measured molecules since the last fit, after which surrogates are fitted again


@dataclass(eq=False)
class OracleObjective:
    """A learning `Objective`; one for all leads of a run, which share what was measured.

    Attributes:
        scores: Goals and requirements; their surrogates and ranges are exchanged as values come in.
        oracles: By property.
        fingerprint: Of the latent model.
        seed: Of the fits.
        aggregate: Of the members of what is fitted; None for their mean.
        cancelled: Ends running calls; what was not asked is missing.
    """

    scores: GoalScores
    oracles: Mapping[str, Oracle]
    fingerprint: str
    seed: int = 0
    aggregate: str | None = None
    cancelled: Callable[[], bool] = lambda: False
    _measured: dict[str, tuple[Tensor, dict[str, float]]] = field(default_factory=dict, init=False)
    _held_out: dict[str, dict[str, float]] = field(default_factory=dict, init=False)
    _fitted: int = field(default=0, init=False)

    def measure(self, molecules: Sequence[Molecule], z: Tensor) -> list[Measured]:
        """Score n molecules with latents (n, d); one call of each oracle for every molecule that it has not seen."""
        base = GoalObjective(self.scores)
        values = base.properties(molecules)
        smiles = [molecule.smiles for molecule in molecules]
        reasons = [""] * len(smiles)
        for name, oracle in self.oracles.items():
            answers = oracle.measure(smiles, self.cancelled)
            values[name] = np.array([item.value for item in answers])
            reasons = [
                why or (f"{name}: {item.reason}" if item.is_missing else "")
                for why, item in zip(reasons, answers, strict=True)
            ]
        for row, text in enumerate(smiles):
            self._measured[text] = (z[row], {name: float(values[name][row]) for name in self.oracles})
        scored = base.scored(values, z, molecules)
        return [replace(item, reason=why or item.reason) for item, why in zip(scored, reasons, strict=True)]

    def predict(self, z: Tensor) -> Array:
        """Scores predicted at latents (n, d): (n,)."""
        return self.scores.predicted(z)

    def learn(self) -> None:
        """Take in what was measured since: ranges always, surrogates once a third more is known."""
        count = len(self._measured)
        if count >= GROWTH * self._fitted and self._refit(final=False):
            self._fitted = count
        self._rescale()

    def conclude(self) -> None:
        """Fit once more on everything, each goal with a convex cost, as certificates need."""
        self._refit(final=True)
        self._rescale()

    def renew(self, scored: Sequence[Member], pool: Sequence[Member]) -> None:
        """Scores and predictions of members by what is known now; of measured ones by networks that saw them not."""
        if scored:
            z = torch.stack([member.z for member in scored])
            base = GoalObjective(self.scores)
            values = {
                name: np.array([member.values.get(name, np.nan) for member in scored])
                for name in (*base.names, *self.oracles)
            }
            predicted = self.scores.predicted(z, self._held_out_for(scored))
            again = base.scored(values, z, [member.molecule for member in scored])
            for member, found, value in zip(scored, again, predicted, strict=True):
                member.score, member.values, member.predicted = found.score, found.values, float(value)
                member.met = found.met
        if pool:
            for member, value in zip(pool, self.predict(torch.stack([m.z for m in pool])), strict=True):
                member.predicted = float(value)

    def _held_out_for(self, members: Sequence[Member]) -> dict[str, Array]:
        return {
            key: np.array([known.get(member.smiles, np.nan) for member in members])
            for key, known in self._held_out.items()
        }

    def _values(self, name: str) -> tuple[list[str], Tensor, Array]:
        """Molecules with a value of an oracle."""
        known = {text: (z, values[name]) for text, (z, values) in self._measured.items() if np.isfinite(values[name])}
        if not known:
            return [], torch.zeros(0, 1), np.zeros(0)
        return list(known), torch.stack([z for z, _ in known.values()]), np.array([v for _, v in known.values()])

    def _rescale(self) -> None:
        """Give every oracle goal the range of what was measured."""
        for place, item in enumerate(self.scores.goals):
            if item.goal.property in self.oracles:
                self.scores.goals[place] = self._with_measured(item)
        for place, limit in enumerate(self.scores.required):
            if limit.requirement.property in self.oracles:
                ends = self._range(limit.requirement.property)
                self.scores.required[place] = replace(limit, part=replace(limit.part, measured_range=ends))

    def _with_measured(self, item: GoalSurrogate) -> GoalSurrogate:
        name = item.goal.property
        return with_measured(item, self._values(name)[2], self._range(name))

    def _range(self, name: str) -> tuple[float, float]:
        fixed = self.oracles[name].settings.range
        goals = [item.goal for item in self.scores.goals if item.goal.property == name]
        goals += [limit.requirement.goal for limit in self.scores.required if limit.requirement.property == name]
        return fixed or range_of(self._values(name)[2], goals)

    def _refit(self, final: bool) -> bool:
        """Fit the surrogates that learn; whether there was enough to learn from."""
        done = False
        for place, item in enumerate(self.scores.goals):
            if found := self._learned(item, item.goal.property, final):
                self.scores.goals[place] = replace(item, surrogate=found)
                done = True
        for place, limit in enumerate(self.scores.required):
            if found := self._learned(limit.part, limit.requirement.key, final):
                self.scores.required[place] = replace(limit, part=replace(limit.part, surrogate=found))
                done = True
        return done

    def _learned(self, item: GoalSurrogate, key: str, final: bool) -> ConvexSurrogate | None:
        """What an oracle's values teach; None where the surrogate is the user's own or too little is known.

        In the end a goal's cost must be convex, and stopping no longer interrupts.
        """
        if item.origin != "oracle":
            return None
        smiles, z, values = self._values(item.goal.property)
        if not can_learn(values):
            return None
        learned = learn_surrogate(
            z,
            values,
            item.surrogate.target,
            self.fingerprint,
            orientation="convex" if final and key == item.goal.property else None,
            seed=self.seed,
            cancelled=None if final else self.cancelled,
        )
        self._held_out[key] = dict(zip(smiles, learned.held_out.tolist(), strict=True))
        return learned.surrogate.with_aggregate(self.aggregate) if self.aggregate else learned.surrogate
