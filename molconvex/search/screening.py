"""From proposed SMILES to a pool: made standard, new, within what was asked for, encoded and predicted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from molconvex.chem import standardize
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel
from molconvex.search.archive import Ancestry, Archive, Member
from molconvex.search.objective import Objective
from molconvex.search.proposers.proposer import Proposed

UNREADABLE, REPEAT, NOT_ENCODED = "unreadable", "seen before", "not encoded"


@dataclass(frozen=True)
class Rule:
    """One thing that a molecule must fulfil before it is scored.

    Attributes:
        name: Step of the funnel.
        reason: Why a molecule fails, "" where it does not.
        passes: Whether it does not fail, where that is known sooner than why; None where it is not.
    """

    name: str
    reason: Callable[[Molecule], str]
    passes: Callable[[Molecule], bool] | None = None


@dataclass
class Screen:
    """Rules in order, and what became of everything proposed.

    Attributes:
        rules: Asked in order; the first reason counts.
        model: Encodes.
        objective: Predicts.
        counts: Proposed molecules by outcome: the name of the rule that they failed, or "passed".
        by_proposer: The same by (proposer, outcome).
        rejected: Reason by SMILES of molecules that failed a rule, the first `most_rejected` of them.
    """

    rules: Sequence[Rule]
    model: LatentModel
    objective: Objective
    counts: Counter[str] = field(default_factory=Counter)
    by_proposer: Counter[tuple[str, str]] = field(default_factory=Counter)
    rejected: dict[str, str] = field(default_factory=dict)
    most_rejected: int = 1_000

    def admit(self, proposed: Sequence[Proposed], proposer: str, number: int, archive: Archive) -> list[Member]:
        """Members for the pool, without latents; every one is marked as seen."""
        members = []
        for item in proposed:
            outcome, molecule = self._judge(item.structure, archive)
            self.counts[outcome] += 1
            self.by_proposer[proposer, outcome] += 1
            if molecule is not None:
                ancestry = Ancestry(proposer, item.parents, number)
                members.append(Member(molecule, torch.empty(0), ancestry))
        return members

    def encode(self, members: Sequence[Member]) -> list[Member]:
        """The members that the latent model can encode, with latents and predicted scores."""
        if not members:
            return []
        encoding = self.model.try_encode([member.molecule for member in members])
        kept = []
        for row, member in enumerate(members):
            if encoding.reasons[row]:
                self.counts["passed"] -= 1
                self.counts[NOT_ENCODED] += 1
                self._reject(member.smiles, encoding.reasons[row])
                continue
            member.z = encoding.z[row].to("cpu", torch.float64)
            kept.append(member)
        return self.predicted(kept)

    def predicted(self, members: Sequence[Member]) -> list[Member]:
        """The members with latents, each with the score that the objective predicts there."""
        if members:
            predicted = self.objective.predict(torch.stack([member.z for member in members]))
            for member, value in zip(members, predicted, strict=True):
                member.predicted = float(value)
        return list(members)

    def add_counts(self, other: "Screen") -> None:
        """Count what became of the molecules of another screen too."""
        self.counts.update(other.counts)
        self.by_proposer.update(other.by_proposer)
        for smiles, why in other.rejected.items():
            self._reject(smiles, why)

    def reason(self, molecule: Molecule, *, in_words: bool = True) -> tuple[str, str]:
        """The first rule that a molecule fails and why; two empty texts where it fails none. Without words the second
        text may be empty where the first is not."""
        for rule in self.rules:
            if not in_words and rule.passes is not None:
                if not rule.passes(molecule):
                    return rule.name, ""
            elif why := rule.reason(molecule):
                return rule.name, why
        return "", ""

    def _judge(self, structure: str | Molecule, archive: Archive) -> tuple[str, Molecule | None]:
        text = str(structure)
        if text in archive.seen:
            return REPEAT, None
        try:
            molecule = standardize(structure)
            if molecule.smiles in archive.seen:
                return REPEAT, None
            archive.seen.update((text, molecule.smiles))
            name, why = self.reason(molecule, in_words=self._keeps_reasons)
        except ChemistryError:  # an edit may be parsed for the first time by a rule
            return UNREADABLE, None
        if name:
            self._reject(molecule.smiles, why)
            return name, None
        return "passed", molecule

    @property
    def _keeps_reasons(self) -> bool:
        return len(self.rejected) < self.most_rejected

    def _reject(self, smiles: str, why: str) -> None:
        if self._keeps_reasons:
            self.rejected[smiles] = why
