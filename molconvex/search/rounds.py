"""The search: rounds of proposing, screening at the own latent, scoring a batch and learning from it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.chem.molecule import Molecule
from molconvex.exceptions import CancelledError
from molconvex.search.archive import Ancestry, Archive, Member
from molconvex.search.budget import Budget, StopReason
from molconvex.search.credit import Credit
from molconvex.search.objective import LearningObjective
from molconvex.search.parents import ELITES, PRESSURE, WIDE_PRESSURE, draw_by_rank, spread_over_scaffolds
from molconvex.search.proposers.proposer import Proposer
from molconvex.search.ranking import Ranking, fit_ranking
from molconvex.search.round_report import BEST, RoundReport
from molconvex.search.screening import Screen
from molconvex.search.selection import choose_batch

START = "lead"
EMPTY_ROUNDS = 5  # in a row, after which a search is exhausted
STANDSTILL = 3  # rounds without a better molecule after which a search widens
SUCCESS = 0.8  # a scored molecule is a success if it is above this quantile of all scores


@dataclass
class Search:
    """One search while it goes on; `run` may be left by an exception, what is scored stays.

    Attributes:
        screen: Rules, latent model and objective.
        proposers: Where molecules come from.
        budget: How much may be scored, and when to stop.
        generator: The only source of randomness.
        archive: Everything scored.
        pool: Screened but not yet scored; the best stay for later rounds.
        credit: Of the proposers.
        ranked: Whether predictions choose what is scored; else, as in controls, the batch is drawn by lot.
        widen_after: Rounds without a better molecule after which parents are drawn among the best of many scaffolds,
            until there is a better one; None for never. A search that is not ranked never does.
        by_properties: Whether molecules are compared by what RDKit measures in a moment, beside their fingerprints.
        progress: Called with (scored, budget) after each round.
        observe: Called with what each round came to.
        cancelled: Asked between the stages of a round.
        stopped: Why the search ended.
        round: Number of the last round, over all runs.
    """

    screen: Screen
    proposers: Sequence[Proposer]
    budget: Budget
    generator: torch.Generator
    progress: Callable[[int, int], None] = lambda done, total: None
    observe: Callable[[RoundReport], None] = lambda report: None
    cancelled: Callable[[], bool] = lambda: False
    ranked: bool = True
    widen_after: int | None = STANDSTILL
    by_properties: bool = False
    archive: Archive = field(default_factory=Archive)
    pool: list[Member] = field(default_factory=list)
    credit: Credit = field(init=False)
    stopped: StopReason | None = None
    round: int = 0
    _valued: dict[str, float] = field(default_factory=dict, init=False)  # acquisitions of this round by SMILES

    def __post_init__(self) -> None:
        self.credit = Credit([proposer.name for proposer in self.proposers])

    def start(self, molecules: Sequence[Molecule], scores_count: bool = False, origin: str = START) -> None:
        """Score the molecules to begin with; they need not pass the rules, and count only where `scores_count`.

        Args:
            molecules: A lead, or a population.
            scores_count: Whether they are part of the budget.
            origin: What their ancestry says.
        """
        members = [Member(molecule, torch.empty(0), Ancestry(origin)) for molecule in molecules]
        self.archive.seen.update(member.smiles for member in members)
        self._score(self.screen.encode(members))
        self._learn(0)
        if not scores_count:
            self.budget.free = len(self.archive)

    def adopt(self, members: Sequence[Member], seen: Collection[str]) -> None:
        """Score what another search scored by this one's objective; it counts, and what that search saw is seen."""
        self.archive.seen.update(seen)
        self._score(self.screen.predicted(members))
        self.round = max([self.round, *(member.ancestry.round for member in members)])

    def run(self) -> Archive:
        """Rounds until the budget says stop.

        Raises:
            CancelledError: If `cancelled` returned True; what is scored stays in the archive.
        """
        empty = 0
        while (stop := self.budget.stop(self.archive.scores, self.archive.met)) is None:
            self.round += 1
            empty = 0 if self._round(self.round) else empty + 1
            if empty == EMPTY_ROUNDS:
                stop = StopReason.EXHAUSTED
                break
            self.progress(self.budget.spent(len(self.archive)), self.budget.scored)
            self.observe(self._report())
        self.stopped = stop
        return self.archive

    def _round(self, number: int) -> bool:
        """One round; False where nothing new was found."""
        self._valued.clear()
        ranking = fit_ranking(self.archive.members, by_properties=self.by_properties)
        size = self.budget.batch(len(self.archive))
        wanted = self.budget.pool_factor * size
        for _ in range(self.budget.generations):
            self._extend_pool(ranking, wanted // self.budget.generations, number)
        if not self.pool:
            return False
        value = self._value(self.pool, ranking)
        rows = choose_batch(self.pool, value, self.archive, size) if self.ranked else _first(value, size)
        batch = [self.pool[row] for row in rows]
        left = set(range(len(self.pool))) - set(rows)
        best = sorted(left, key=lambda row: -value[row])[: self.budget.keep_pool]
        self.pool = [self.pool[row] for row in sorted(best)]
        self.stop_if_asked()
        before = len(self.archive)
        self._score(batch)
        self._learn(before)
        self._reward(batch, self.archive.scores[:before])
        return True

    def _extend_pool(self, ranking: Ranking | None, count: int, number: int) -> None:
        """Ask every proposer for its share and admit what passes."""
        parents = self._parents(ranking, count)
        shares = self.credit.shares()
        fresh: list[Member] = []
        for proposer in self.proposers:
            self.stop_if_asked()
            proposed = proposer.propose(parents, max(1, round(shares[proposer.name] * count)), self.generator)
            fresh += self.screen.admit(proposed, proposer.name, number, self.archive)
        self.pool += self.screen.encode(fresh)

    @property
    def is_wide(self) -> bool:
        """Whether the search stands still, so that parents are drawn among the best of many scaffolds."""
        return self.ranked and self.widen_after is not None and self.budget.stale >= self.widen_after

    def _parents(self, ranking: Ranking | None, count: int) -> list[Member]:
        """Drawn by rank among the best scored and the most promising of the pool, or spread over all of them."""
        most = len(self.archive) + len(self.pool) if self.is_wide else ELITES
        known = self.archive.best(most)
        value = np.array([member.score for member in known])
        if self.pool and self.ranked:
            promise = self._value(self.pool, ranking)
            rows = np.argsort(-promise, kind="stable")[:most]
            known = known + [self.pool[row] for row in rows]
            value = np.concatenate([value, promise[rows]])
        if not known:
            known, value = list(self.archive), np.zeros(len(self.archive))
        if not self.is_wide:
            return draw_by_rank(known, value, count, self.generator, PRESSURE)
        spread = spread_over_scaffolds(known, value)
        return draw_by_rank([known[row] for row in spread], value[spread], count, self.generator, WIDE_PRESSURE)

    def _value(self, members: Sequence[Member], ranking: Ranking | None) -> NDArray[np.float64]:
        if not self.ranked:
            return torch.rand(len(members), generator=self.generator, dtype=torch.float64).numpy()
        fresh = [member for member in members if member.smiles not in self._valued]
        if fresh:
            value = np.nan_to_num([m.predicted for m in fresh]) if ranking is None else ranking.value(fresh)
            self._valued.update(zip((member.smiles for member in fresh), value.tolist(), strict=True))
        return np.array([self._valued[member.smiles] for member in members], dtype=np.float64)

    def _score(self, members: Sequence[Member]) -> None:
        if not members:
            return
        z = torch.stack([member.z for member in members])
        found = self.screen.objective.measure([member.molecule for member in members], z)
        for member, measured in zip(members, found, strict=True):
            member.score, member.values, member.reason = measured.score, measured.values, measured.reason
            member.met = measured.met
        self.archive.add(members)

    def _learn(self, before: int) -> None:
        """Let the objective learn; `before` molecules were scored until this round."""
        objective = self.screen.objective
        if isinstance(objective, LearningObjective):
            objective.learn()
            objective.renew(self.archive.members, self.pool)
            self.budget.rescaled(self.archive.scores[:before])

    def _reward(self, batch: Sequence[Member], before: NDArray[np.float64]) -> None:
        known = before[np.isfinite(before)]
        bar = np.quantile(known, SUCCESS) if len(known) else -np.inf
        self.credit.update([(member.ancestry.proposer, bool(member.score > bar)) for member in batch])

    def _report(self) -> RoundReport:
        best = self.archive.best(BEST)
        return RoundReport(
            number=self.round,
            scored=self.budget.spent(len(self.archive)),
            budget=self.budget.scored,
            seen=len(self.archive.seen),
            best_smiles=best[0].smiles if best else "",
            best=best[0].score if best else float("nan"),
            mean=float(np.mean([member.score for member in best])) if best else float("nan"),
            shares=self.credit.shares(),
        )

    def stop_if_asked(self) -> None:
        """Raises: CancelledError: If `cancelled` says so."""
        if self.cancelled():
            raise CancelledError("the search was stopped")


def _first(value: NDArray[np.float64], size: int) -> list[int]:
    return [int(row) for row in np.argsort(-value, kind="stable")[:size]]
