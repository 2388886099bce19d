"""A molecule that is parsed once and then carried: its SMILES, its RDKit molecule, its fingerprint."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from rdkit import Chem, rdBase
from rdkit.Chem import Mol
from rdkit.DataStructs import ExplicitBitVect

from molconvex.chem.fingerprints import morgan_fingerprint
from molconvex.exceptions import ChemistryError

MAX_SMILES_LENGTH = 2_000
PLAIN = re.compile(r"[A-Za-z0-9=#:()%-]+")  # no bracket, so no charge, isotope or atom with stereo; no bond with stereo


@dataclass(frozen=True)
class Molecule:
    """A standard molecule, as `standardize` makes it. Equal and hashed by its SMILES.

    `Molecule(smiles)` takes a SMILES that is standard already (from a reference set, or decoded by a latent model) and
    parses it when first needed. Pickled, it carries its SMILES alone, so that it crosses processes cheaply.

    Attributes:
        smiles: Standard SMILES.
        notes: What standardizing changed, in words for the chemist.
    """

    smiles: str
    notes: tuple[str, ...] = field(default=(), compare=False)

    @classmethod
    def of(cls, mol: Mol, notes: tuple[str, ...] = ()) -> "Molecule":
        """Carry an RDKit molecule that has been standardized; its atoms are put in the order of the SMILES."""
        smiles = Chem.MolToSmiles(mol)
        order = list(mol.GetPropsAsDict(True, True)["_smilesAtomOutputOrder"])
        made = cls(smiles, notes)
        made.__dict__["mol"] = mol if order == sorted(order) else Chem.RenumberAtoms(mol, order)
        return made

    @cached_property
    def mol(self) -> Mol:
        """The RDKit molecule, atoms in the order of the SMILES; shared, so copy it (`Chem.Mol(mol)`) to change it.

        Raises:
            ChemistryError: If the SMILES cannot be read.
        """
        return parse_unranked(self.smiles)

    @cached_property
    def fingerprint(self) -> ExplicitBitVect:
        """Its `morgan_fingerprint`.

        Raises:
            ChemistryError: If the SMILES cannot be read.
        """
        return morgan_fingerprint(self.mol)

    def __str__(self) -> str:
        return self.smiles

    def __getstate__(self) -> dict[str, object]:
        return {"smiles": self.smiles, "notes": self.notes}


def mol_of(structure: "str | Molecule | Mol") -> Mol:
    """RDKit molecule of a SMILES, taken as it is written, or of a molecule that was parsed before.

    Raises:
        ChemistryError: If a SMILES cannot be read.
    """
    if isinstance(structure, Molecule):
        return structure.mol
    return structure if isinstance(structure, Mol) else parse(structure)


def fingerprint_of(structure: "str | Molecule") -> ExplicitBitVect:
    """Morgan fingerprint of a SMILES, taken as it is written, or of a molecule.

    Raises:
        ChemistryError: If a SMILES cannot be read.
    """
    return structure.fingerprint if isinstance(structure, Molecule) else morgan_fingerprint(parse(structure))


def parse(smiles: str) -> Mol:
    """RDKit molecule of a SMILES.

    Raises:
        ChemistryError: If the text is empty, too long, or no valid SMILES.
    """
    if not isinstance(smiles, str) or not smiles.strip():
        raise ChemistryError(f"a SMILES is needed, got {shortened(repr(smiles))}")
    text = smiles.strip()
    if len(text) > MAX_SMILES_LENGTH:
        raise ChemistryError(
            f"the SMILES has {len(text):,} characters; at most {MAX_SMILES_LENGTH:,} are read "
            f"(this tool is for drug-like molecules)"
        )
    if len(text.split()) > 1:
        raise ChemistryError(
            f"a SMILES holds no blanks, got {shortened(text)!r}; pass the name apart from the structure"
        )
    if not text.isascii():
        strange = next(c for c in text if ord(c) > 127)
        raise ChemistryError(f"a SMILES is plain ASCII, this one holds {strange!a}; type or copy it again")
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text)
    if mol is None:
        raise ChemistryError(f"RDKit cannot read {shortened(text)!r} as SMILES{_reason(text)}")
    if mol.GetNumAtoms() == 0:
        raise ChemistryError(f"{shortened(text)!r} holds no atoms")
    return mol


def parse_unranked(smiles: str) -> Mol:
    """As `parse`, but where the text is plain no atom has a rank, so that copies of the molecule are cheaper.

    Raises:
        ChemistryError: As `parse`.
    """
    return _parse_plain(smiles) or parse(smiles)


def _parse_plain(smiles: str) -> Mol | None:
    """RDKit molecule of a SMILES without stereo, charges and explicit hydrogens; None where there may be some, or where
    it cannot be read.

    RDKit's own reading looks for atoms that could have stereo, though the text gives none, and ranks all atoms for
    that, which takes time and leaves numbers that every copy of an atom carries on.
    """
    if (
        not isinstance(smiles, str)
        or len(smiles) > MAX_SMILES_LENGTH
        or not PLAIN.fullmatch(smiles.replace("[nH]", "n"))
    ):
        return None
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None or Chem.SanitizeMol(mol, catchErrors=True):
            return None
    Chem.AssignStereochemistry(mol)  # at once, for there is none: what writes the molecule does not look again
    return mol


def shortened(text: str, limit: int = 80) -> str:
    """A text for messages, cut where it is longer than `limit`."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _reason(smiles: str) -> str:
    """RDKit's complaint, where its sanitiser names one."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None:
            return " (syntax: check brackets, ring closures and letters)"
        problems = Chem.DetectChemistryProblems(mol)
    return f" ({problems[0].Message()})" if problems else ""
