"""What is asked of a molecule before it is scored, as rules of a screen, in the order of their cost."""

from collections.abc import Callable
from dataclasses import dataclass, field

from molconvex.chem import find_alerts
from molconvex.chem.kept_parts import KeptPart
from molconvex.chem.molecule import Molecule, mol_of
from molconvex.chem.plausibility import Plausibility, features, implausible_features, is_plausible
from molconvex.chem.structure_rules import StructureRules
from molconvex.objectives.clauses import StructureLimit
from molconvex.search.screening import Rule


@dataclass(frozen=True)
class LeadRules:
    """Rules for the candidates of one lead.

    Attributes:
        structure: Similarity, size, parts to keep and to avoid, number of changed atoms.
        plausibility: Whether what a chemist would not draw is rejected.
        drop_alerts: Whether molecules with structural alerts are rejected.
        limits: Limits on the structure that every clause of a condition has.
    """

    structure: StructureRules
    plausibility: Plausibility = Plausibility.REJECT
    drop_alerts: bool = False
    limits: tuple[StructureLimit, ...] = ()

    def rules(self) -> tuple[Rule, ...]:
        """For a `Screen`."""
        found = [Rule("fitting", self._misfit)]
        if self.plausibility is Plausibility.REJECT:
            found.append(plausible_beside(Molecule.of(mol_of(self.structure.lead))))
        if self.drop_alerts:
            found.append(Rule("clean", _alerts))
        return tuple(found)

    def _misfit(self, molecule: Molecule) -> str:
        """What of the structure does not fit, "" for nothing; slow limits only where nothing else is broken."""
        broken = self.structure.broken_rules(molecule)
        if not broken:
            broken = [f"{limit.describe()} wanted" for limit in self.limits if not limit.is_met(molecule)]
        return "; ".join(broken)

    @property
    def protection(self) -> "Protection":
        """What edits must leave alone."""
        return Protection(tuple(self.structure.kept))


def plausible_beside(lead: Molecule) -> Rule:
    """A chemist would draw the molecule; the lead's own features are excused."""
    own = features(lead.mol)
    return Rule("plausible", implausible_beside(lead), lambda molecule: is_plausible(molecule.mol, lead=own))


def plausible_alone() -> Rule:
    """A chemist would draw the molecule, which has no lead."""
    return Rule("plausible", implausible_alone, lambda molecule: is_plausible(molecule.mol))


def implausible_beside(lead: Molecule) -> Callable[[Molecule], str]:
    """Why a chemist would not draw a molecule, in words, "" where nothing speaks against it; the lead's own features
    are excused."""
    own = features(lead.mol)
    return lambda molecule: "; ".join(implausible_features(molecule.mol, lead=own))


def implausible_alone(molecule: Molecule) -> str:
    """Why a chemist would not draw a molecule that has no lead, in words, "" where nothing speaks against it."""
    return "; ".join(implausible_features(molecule.mol))


def _alerts(molecule: Molecule) -> str:
    names = find_alerts(molecule)
    return f"alerts: {'; '.join(names)}" if names else ""


@dataclass(frozen=True)
class Protection:
    """Which atoms of a parent edits must leave alone: those that match a part to keep.

    Attributes:
        kept: Parts of the lead.
    """

    kept: tuple[KeptPart, ...] = field(default=())

    def __call__(self, molecule: Molecule) -> tuple[int, ...]:
        """Atom indices in the parent; of several matches of a part, the first."""
        atoms: set[int] = set()
        for part in self.kept:
            atoms.update(part.locate(molecule.mol))
        return tuple(sorted(atoms))
