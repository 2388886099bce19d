"""What a chemist demands of a candidate's structure: kept and avoided parts, size, likeness, few changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rdkit import DataStructs
from rdkit.Chem import Mol, rdFMCS

from molconvex.chem.fingerprints import morgan_fingerprint
from molconvex.chem.kept_parts import KeptPart, read_smarts
from molconvex.chem.molecule import Molecule, mol_of
from molconvex.exceptions import ConfigError

MCS_SECONDS = 1


@dataclass(frozen=True)
class StructureRules:
    """Rules on structure for the candidates of one lead; `broken_rules` names those that a molecule breaks.

    Attributes:
        lead: The lead, standardised.
        kept: Parts of the lead that must stay.
        avoided: SMARTS that must not appear.
        min_similarity, max_similarity: Bounds on the Tanimoto similarity to the lead, both allowed.
        min_heavy_atoms, max_heavy_atoms: Bounds on the size, both allowed; None for no bound.
        max_changed_atoms: How many heavy atoms of lead or candidate may lie outside their largest common part; None
            for no bound.

    Raises:
        ChemistryError: If an avoided SMARTS cannot be read.
        ConfigError: If bounds are out of range or contradict each other.
    """

    lead: Molecule | Mol
    kept: Sequence[KeptPart] = ()
    avoided: Sequence[str] = ()
    min_similarity: float = 0.0
    max_similarity: float = 1.0
    min_heavy_atoms: int | None = None
    max_heavy_atoms: int | None = None
    max_changed_atoms: int | None = None
    _lead_fingerprint: DataStructs.ExplicitBitVect = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low, high = self.min_similarity, self.max_similarity
        if not 0.0 <= low <= high <= 1.0:
            raise ConfigError(f"the similarity bounds must satisfy 0 <= lowest <= highest <= 1, got {low} and {high}")
        fewest, most = self.min_heavy_atoms or 1, self.max_heavy_atoms
        if fewest < 1 or (most is not None and most < fewest):
            raise ConfigError(f"the heavy atoms must satisfy 1 <= fewest <= most, got {fewest} and {most}")
        if self.max_changed_atoms is not None and self.max_changed_atoms < 1:
            raise ConfigError(f"at least 1 atom must be allowed to change, got {self.max_changed_atoms}")
        for smarts in self.avoided:
            read_smarts(smarts)
        object.__setattr__(self, "_lead_fingerprint", _fingerprint(self.lead))

    def broken_rules(self, molecule: Molecule | Mol) -> list[str]:
        """Rules that a molecule breaks, in words; cheap ones first, the common part only if nothing else is broken."""
        broken = [*self._size(molecule), *self._similarity(molecule), *self._parts(molecule)]
        return broken or self._changes(molecule)

    def _size(self, molecule: Molecule | Mol) -> list[str]:
        if self.min_heavy_atoms is None and self.max_heavy_atoms is None:
            return []
        atoms = mol_of(molecule).GetNumHeavyAtoms()
        if self.min_heavy_atoms is not None and atoms < self.min_heavy_atoms:
            return [f"{atoms} heavy atoms, at least {self.min_heavy_atoms} wanted"]
        if self.max_heavy_atoms is not None and atoms > self.max_heavy_atoms:
            return [f"{atoms} heavy atoms, at most {self.max_heavy_atoms} wanted"]
        return []

    def _similarity(self, molecule: Molecule | Mol) -> list[str]:
        if self.min_similarity == 0.0 and self.max_similarity == 1.0:
            return []
        similarity = DataStructs.TanimotoSimilarity(self._lead_fingerprint, _fingerprint(molecule))
        if self.min_similarity <= similarity <= self.max_similarity:
            return []
        return [f"similarity {similarity:.3f} to the lead, {self.min_similarity} to {self.max_similarity} wanted"]

    def _parts(self, molecule: Molecule | Mol) -> list[str]:
        if not self.kept and not self.avoided:
            return []  # a molecule that is parsed when needed stays unparsed
        mol = mol_of(molecule)
        broken = [f"lacks the part to keep {part.smarts}" for part in self.kept if not part.keeps(mol)]
        return broken + [f"has {smarts}, which is to be avoided" for smarts in self.avoided if _has(mol, smarts)]

    def _changes(self, molecule: Molecule | Mol) -> list[str]:
        if self.max_changed_atoms is None:
            return []
        changed = changed_atoms(mol_of(self.lead), mol_of(molecule), at_most=self.max_changed_atoms)
        if changed <= self.max_changed_atoms:
            return []
        return [f"{changed} or more atoms changed, at most {self.max_changed_atoms} wanted"]


def changed_atoms(lead: Mol, mol: Mol, *, at_most: int | None = None, seconds: int = MCS_SECONDS) -> int:
    """Heavy atoms outside the largest common part, counted in the larger of the two molecules.

    Elements and bond orders must agree, and ring bonds match ring bonds. The search for the common part stops after
    `seconds` and then gives an upper limit of the changes: the best part found so far. With `at_most`, a pair whose
    sizes differ by more is answered without a search, by that difference.

    Reference: RDKit, module rdFMCS.
    """
    sizes = lead.GetNumHeavyAtoms(), mol.GetNumHeavyAtoms()
    if at_most is not None and abs(sizes[0] - sizes[1]) > at_most:
        return abs(sizes[0] - sizes[1])
    common = rdFMCS.FindMCS(
        [lead, mol],
        maximizeBonds=False,
        timeout=seconds,
        atomCompare=rdFMCS.AtomCompare.CompareElements,
        bondCompare=rdFMCS.BondCompare.CompareOrder,
        ringMatchesRingOnly=True,
    )
    return max(sizes) - common.numAtoms


def _fingerprint(molecule: Molecule | Mol) -> DataStructs.ExplicitBitVect:
    return molecule.fingerprint if isinstance(molecule, Molecule) else morgan_fingerprint(molecule)


def _has(mol: Mol, smarts: str) -> bool:
    return mol.HasSubstructMatch(read_smarts(smarts))
