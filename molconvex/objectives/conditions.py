"""Conditions: limits joined by and, or and not, in Python or as text, and the alternatives that they come to.

    (Quantity("qed") > 0.6) & ((Quantity("logp") < 3) | (Quantity("tpsa") < 90)) & ~alert("nitro")
    (qed > 0.6) & ((logp < 3) | (tpsa < 90)) & ~alert("nitro")

A limit holds at its end too, whether `<` or `<=` is written, as in requirements.
"""

import itertools
import keyword
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from molconvex.exceptions import ConfigError
from molconvex.objectives.clauses import Clause, StructureLimit, without_redundant
from molconvex.objectives.goals import short_number
from molconvex.objectives.requirements import Requirement

MOST_CLAUSES = 16
EXAMPLE = '(qed > 0.6) & ((logp < 3) | (tpsa < 90)) & ~alert("nitro")'


class Condition(ABC):
    """What a molecule must meet; joined by `&`, `|` and `~`, written as settings do by `str`."""

    def __and__(self, other: "Condition") -> "Condition":
        return Joined("and", (self, as_condition(other)))

    def __or__(self, other: "Condition") -> "Condition":
        return Joined("or", (self, as_condition(other)))

    @abstractmethod
    def __invert__(self) -> "Condition": ...

    @abstractmethod
    def describe(self) -> str:
        """The condition in words, such as "(logP at most 3) or (without alert 'nitro')"."""

    def __bool__(self) -> bool:
        raise ConfigError(f"join conditions by &, | and ~ with each comparison in brackets, as in {EXAMPLE}")

    @abstractmethod
    def alternatives(self) -> list[Clause]:
        """Clauses of which a molecule must meet one, none of them redundant; those that contradict themselves too.

        Raises:
            ConfigError: If there are more than `MOST_CLAUSES`.
        """

    def clauses(self) -> list[Clause]:
        """Clauses of which a molecule must meet one: the disjunctive normal form.

        Raises:
            ConfigError: If there are more than `MOST_CLAUSES`, or each of them contradicts itself.
        """
        found = self.alternatives()
        fine = [clause for clause in found if not clause.contradiction]
        if not fine:
            raise ConfigError(f"no molecule meets the condition {self}: {found[0].contradiction}")
        return fine


@dataclass(frozen=True)
class Atom(Condition):
    """A single limit, on a property or on the structure."""

    limit: Requirement | StructureLimit

    def __invert__(self) -> Condition:
        return Atom(self.limit.opposite())

    def describe(self) -> str:
        return self.limit.describe()

    def alternatives(self) -> list[Clause]:
        return [Clause.of([self.limit])]

    def __str__(self) -> str:
        if isinstance(self.limit, StructureLimit):
            return str(self.limit)
        name, sign = self.limit.property, "<=" if self.limit.side == "at_most" else ">="
        plain = name.isidentifier() and not keyword.iskeyword(name)
        return f"{name if plain else f'value({name!r})'} {sign} {short_number(self.limit.bound)}"


@dataclass(frozen=True)
class Joined(Condition):
    """Several conditions of which all or one must be met."""

    word: Literal["and", "or"]
    parts: tuple[Condition, ...]

    def __invert__(self) -> Condition:
        return Joined("or" if self.word == "and" else "and", tuple(~part for part in self.parts))

    def describe(self) -> str:
        return f" {self.word} ".join(f"({part.describe()})" for part in self.parts)

    def alternatives(self) -> list[Clause]:
        each = [part.alternatives() for part in self.parts]
        if self.word == "or":
            return _few(itertools.chain.from_iterable(each), self)
        found = each[0]
        for more in each[1:]:
            found = _few((left.joined(right) for left, right in itertools.product(found, more)), self)
        return found

    def __str__(self) -> str:
        return (" & " if self.word == "and" else " | ").join(f"({part})" for part in self.parts)


@dataclass(frozen=True)
class Quantity:
    """A property to be compared with a number: `Quantity("qed") > 0.6` is a condition."""

    property: str

    def __lt__(self, bound: float) -> Condition:
        return Atom(Requirement(self.property, "at_most", float(bound)))

    def __gt__(self, bound: float) -> Condition:
        return Atom(Requirement(self.property, "at_least", float(bound)))

    __le__, __ge__ = __lt__, __gt__


def alert(name: str = "") -> Condition:
    """A molecule with a structural alert whose name contains the text; with any alert where it is empty."""
    return Atom(StructureLimit("alert", name))


def has(smarts: str) -> Condition:
    """A molecule with a substructure.

    Raises:
        ChemistryError: If RDKit cannot read the SMARTS.
    """
    return Atom(StructureLimit("has", smarts))


def required_clauses(requirements: Iterable[Requirement], condition: Condition | None) -> list[Clause]:
    """Alternatives of which a molecule must meet one: the requirements with each clause of the condition.

    Raises:
        ConfigError: If the requirements rule out every clause.
    """
    always = Clause.of(requirements)
    if condition is None:
        return [always]
    joined = [always.joined(clause) for clause in condition.clauses()]
    fine = [clause for clause in joined if not clause.contradiction]
    if not fine:
        raise ConfigError(
            f"no molecule meets the requirements and the condition {condition}: {joined[0].contradiction}"
        )
    return fine


def as_condition(plain: object) -> Condition:
    """A condition as it is.

    Raises:
        ConfigError: If it is none.
    """
    if isinstance(plain, Condition):
        return plain
    raise ConfigError(f"a condition is a text such as {EXAMPLE}, got {type(plain).__name__}")


def _few(clauses: Iterable[Clause], condition: Condition) -> list[Clause]:
    found: list[Clause] = []
    for clause in clauses:
        found = without_redundant([*found, clause])
        if len(found) > MOST_CLAUSES:
            raise ConfigError(
                f"the condition {_shortened(str(condition))} comes to more than {MOST_CLAUSES} alternatives when it is "
                "multiplied out; use fewer 'or's"
            )
    return found


def _shortened(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
