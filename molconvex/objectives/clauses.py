"""Clauses: limits that must hold together, one alternative of a condition."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from molconvex.chem import find_alerts
from molconvex.chem.kept_parts import read_smarts
from molconvex.chem.molecule import Molecule
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal
from molconvex.objectives.requirements import Requirement, check_goals_can_be_met


@dataclass(frozen=True)
class StructureLimit:
    """What a molecule must or must not have.

    Attributes:
        kind: "alert": a structural alert whose name contains the text; "has": a substructure.
        text: Part of an alert's name, in whatever letters, "" for any; or SMARTS.
        wanted: Whether it must be there.

    Raises:
        ChemistryError: If the SMARTS cannot be read.
    """

    kind: Literal["alert", "has"]
    text: str
    wanted: bool = True

    def __post_init__(self) -> None:
        if self.kind == "has":
            read_smarts(self.text)

    def opposite(self) -> "StructureLimit":
        """The limit that holds where this one does not."""
        return replace(self, wanted=not self.wanted)

    def is_met(self, molecule: Molecule) -> bool:
        """Whether a molecule meets it."""
        if self.kind == "has":
            return bool(molecule.mol.HasSubstructMatch(read_smarts(self.text))) is self.wanted
        found = any(self.text.lower() in name.lower() for name in find_alerts(molecule))
        return found is self.wanted

    def __str__(self) -> str:
        return f"{'' if self.wanted else '~'}{self.kind}({self.text!r})"

    def describe(self) -> str:
        """In words, such as "no alert 'nitro'"."""
        word = f"alert {self.text!r}" if self.text else "alert"
        if self.kind == "has":
            word = self.text
        return f"{'with' if self.wanted else 'without'} {word}"


@dataclass(frozen=True)
class Clause:
    """Limits that must hold together: one a side of each property, the strictest, and limits on the structure.

    Attributes:
        requirements: On properties.
        structure: On the structure.
    """

    requirements: tuple[Requirement, ...] = ()
    structure: tuple[StructureLimit, ...] = ()

    @classmethod
    def of(cls, limits: Iterable[Requirement | StructureLimit]) -> "Clause":
        """The clause of any limits; of two on one side of a property the stricter stays."""
        strictest: dict[str, Requirement] = {}
        structure: dict[StructureLimit, None] = {}
        for limit in limits:
            if isinstance(limit, StructureLimit):
                structure[limit] = None
            else:
                other = strictest.get(limit.key, limit)
                strictest[limit.key] = limit if other.is_met(limit.bound) else other
        return cls(tuple(strictest.values()), tuple(structure))

    def joined(self, other: "Clause") -> "Clause":
        """Both together."""
        return Clause.of([*self.requirements, *self.structure, *other.requirements, *other.structure])

    def requirement(self, key: str) -> Requirement | None:
        """The limit with this key, such as "logp_at_most"; None where the clause has none."""
        return next((item for item in self.requirements if item.key == key), None)

    @cached_property
    def contradiction(self) -> str:
        """Why nothing can meet it, "" where something might."""
        for item in self.requirements:
            low = self.requirement(f"{item.property}_at_least")
            if item.side == "at_most" and low is not None and not low.is_met(item.bound):
                return f"no value is {low.describe()} and {item.describe()}"
        opposed = next((limit for limit in self.structure if limit.opposite() in self.structure), None)
        return f"nothing is both {opposed} and {opposed.opposite()}" if opposed else ""

    def implies(self, other: "Clause") -> bool:
        """Whether whatever meets this clause meets the other too, as far as their limits tell."""
        mine = [self.requirement(item.key) for item in other.requirements]
        stricter = all(
            own is not None and bool(item.is_met(own.bound)) for own, item in zip(mine, other.requirements, strict=True)
        )
        return stricter and set(other.structure) <= set(self.structure)

    def describe(self) -> str:
        """In words."""
        texts = [limit.describe() for limit in self.requirements] + [limit.describe() for limit in self.structure]
        return " and ".join(texts) or "anything"


def without_redundant(clauses: Sequence[Clause]) -> list[Clause]:
    """Those clauses that no earlier one and no wider one makes superfluous, in order."""
    kept: list[Clause] = []
    for clause in clauses:
        if not any(clause.implies(other) for other in kept):
            kept = [other for other in kept if not other.implies(clause)] + [clause]
    return kept


def check_clauses_fit_goals(clauses: Sequence[Clause], goals: Sequence[Goal]) -> None:
    """Refuse goals of which every clause rules out one.

    Raises:
        ConfigError: Otherwise, naming what the last clause rules out.
    """
    for number, clause in enumerate(clauses, start=1):
        try:
            check_goals_can_be_met(goals, clause.requirements)
            return
        except ConfigError:
            if number == len(clauses):
                raise


def loosest_limits(clauses: Sequence[Clause]) -> list[Requirement]:
    """One limit for each side of a property that any clause limits, with the bound that allows most."""
    found: dict[str, Requirement] = {}
    for clause in clauses:
        for item in clause.requirements:
            other = found.get(item.key, item)
            found[item.key] = item if item.is_met(other.bound) else other
    return list(found.values())


def clauses_met(
    clauses: Sequence[Clause], values: Mapping[str, NDArray[np.float64]], molecules: Sequence[Molecule]
) -> NDArray[np.bool_]:
    """Which of K clauses each of n molecules meets, (n, K).

    Args:
        clauses: K of them.
        values: (n,) by the key of each limit, in the property's unit; a missing value meets nothing.
        molecules: n of them.
    """
    met = np.ones((len(molecules), len(clauses)), dtype=bool)
    known: dict[StructureLimit, NDArray[np.bool_]] = {}
    for column, clause in enumerate(clauses):
        for item in clause.requirements:
            met[:, column] &= item.is_met(values[item.key])
        for limit in clause.structure:
            if limit not in known:
                known[limit] = np.array([limit.is_met(molecule) for molecule in molecules], dtype=bool)
            met[:, column] &= known[limit]
    return met


def shared_structure(clauses: Sequence[Clause]) -> tuple[StructureLimit, ...]:
    """Limits on the structure that every clause has: a molecule that breaks one meets no clause."""
    if not clauses:
        return ()
    return tuple(limit for limit in clauses[0].structure if all(limit in clause.structure for clause in clauses))
