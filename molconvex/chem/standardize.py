"""One molecule in, one standard SMILES out: parent fragment, neutral, without stereo, canonical."""

import re
from dataclasses import dataclass
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem import Mol
from rdkit.Chem.MolStandardize import rdMolStandardize

from molconvex.exceptions import ChemistryError

MAX_SMILES_LENGTH = 2_000
ISOTOPE, EXPLICIT_HYDROGEN = re.compile(r"\[\d"), re.compile(r"\[\d*H")

# Organic acids and bases that accompany drugs as salts or co-crystals, neutral and without stereo.
COUNTER_IONS = (
    "O=C(O)C=CC(=O)O",
    "O=C(O)CCC(=O)O",
    "O=C(O)C(=O)O",
    "O=C(O)C(O)C(O)C(=O)O",
    "O=C(O)CC(O)C(=O)O",
    "O=C(O)CC(O)(CC(=O)O)C(=O)O",
    "CS(=O)(=O)O",
    "CCS(=O)(=O)O",
    "O=S(=O)(O)c1ccccc1",
    "Cc1ccc(S(=O)(=O)O)cc1",
    "O=C(O)C(F)(F)F",
    "CC(=O)O",
    "O=CO",
    "CC(O)C(=O)O",
    "O=C(O)c1ccccc1",
    "O=C(O)c1ccccc1O",
    "O=C(O)CC(=O)O",
    "OCC(O)C(O)C(O)C(O)C(=O)O",
    "O=C(O)CCCCC(=O)O",
    "O=S(=O)(O)CCS(=O)(=O)O",
    "O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O",
    "CNCC(O)C(O)C(O)C(O)CO",
    "NC(CO)(CO)CO",
    "NCCO",
    "OCCNCCO",
    "CN",
    "CCNCC",
    "CCN(CC)CC",
    "CO",
    "CCO",
    "CC(C)O",
    "CC(C)=O",
    "CN(C)C=O",
    "CS(C)=O",
    "C1CCOC1",
    "C1COCCO1",
    "CCOC(C)=O",
    "CC#N",
)


@dataclass(frozen=True)
class Standardized:
    """A standard SMILES and what was changed to reach it, in words for the chemist."""

    smiles: str
    notes: tuple[str, ...] = ()


def parse(smiles: str) -> Mol:
    """RDKit molecule of a SMILES.

    Raises:
        ChemistryError: If the text is empty, too long, or no valid SMILES.
    """
    if not isinstance(smiles, str) or not smiles.strip():
        raise ChemistryError(f"a SMILES is needed, got {smiles!r}")
    text = smiles.strip()
    if len(text) > MAX_SMILES_LENGTH:
        raise ChemistryError(
            f"the SMILES has {len(text):,} characters; at most {MAX_SMILES_LENGTH:,} are read "
            f"(this tool is for drug-like molecules)"
        )
    if any(c.isspace() for c in text):
        raise ChemistryError(f"a SMILES holds no blanks, got {_short(text)!r}; pass the name apart from the structure")
    if not text.isascii():
        strange = next(c for c in text if ord(c) > 127)
        raise ChemistryError(f"a SMILES is plain ASCII, this one holds {strange!a}; type or copy it again")
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text)
    if mol is None:
        raise ChemistryError(f"RDKit cannot read {_short(text)!r} as SMILES{_reason(text)}")
    if mol.GetNumAtoms() == 0:
        raise ChemistryError(f"{_short(text)!r} holds no atoms")
    return mol


def standardize(smiles: str) -> Standardized:
    """Parent fragment, neutralised, isotopes and stereo removed, as canonical SMILES.

    The parent is the largest organic fragment that is no common counter-ion or solvent. A mixture without a clear
    parent (another such fragment with more than half as many heavy atoms) is refused: the chemist has to choose.

    Raises:
        ChemistryError: If the SMILES cannot be read, has no organic fragment, or is a mixture without a clear parent.
    """
    mol = parse(smiles)
    notes: list[str] = []
    with rdBase.BlockLogs():
        if len(Chem.GetMolFrags(mol)) > 1:
            mol = _parent(mol, smiles, notes)
        if not _is_organic(mol):
            raise ChemistryError(f"{_short(smiles)!r} holds no carbon; an organic molecule is needed")
        if not _needs_work(smiles):
            return Standardized(Chem.MolToSmiles(mol), ())
        try:
            again = Chem.MolFromSmiles(Chem.MolToSmiles(_plain(mol, smiles, notes)))
        except Chem.MolSanitizeException:
            again = None
    if again is None:
        raise ChemistryError(f"{_short(smiles)!r} does not survive standardisation; draw it without unusual valences")
    return Standardized(Chem.MolToSmiles(again), tuple(notes))


def _needs_work(smiles: str) -> bool:
    """Whether the text can hold charges, isotopes, stereo, explicit hydrogens or several fragments; False is sure."""
    return any(c in smiles.replace("[nH]", "n") for c in "[./\\")


def _parent(mol: Mol, smiles: str, notes: list[str]) -> Mol:
    kinds = {Chem.MolToSmiles(f, isomericSmiles=False): f for f in Chem.GetMolFrags(mol, asMols=True)}
    organic = [(f.GetNumHeavyAtoms(), s, f) for s, f in kinds.items() if _is_organic(f)]
    if not organic:
        raise ChemistryError(f"{_short(smiles)!r} holds no organic fragment; an organic molecule is needed")
    organic.sort(key=lambda item: (_is_counter_ion(item[1]), -item[0], item[1]))
    size, parent, fragment = organic[0]
    rivals = [s for n, s, _ in organic[1:] if n > size / 2 and not _is_counter_ion(s)]
    if rivals:
        raise ChemistryError(
            f"{_short(smiles)!r} is a mixture without a clear parent ({', '.join([parent, *rivals[:3]])}); "
            f"pass the molecule that you mean"
        )
    dropped = sorted(s for s in kinds if s != parent)
    if dropped:
        notes.append(f"parent of a salt or mixture used; left out {', '.join(dropped)}")
    return fragment


def _is_organic(mol: Mol) -> bool:
    return any(a.GetAtomicNum() == 6 for a in mol.GetAtoms())


@cache
def _counter_ions() -> frozenset[str]:
    return frozenset(Chem.CanonSmiles(s) for s in COUNTER_IONS)


@cache
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger(canonicalOrder=True)


def _is_counter_ion(fragment: str) -> bool:
    mol = _uncharger().uncharge(Chem.MolFromSmiles(fragment))
    return Chem.MolToSmiles(mol) in _counter_ions()


def _plain(mol: Mol, smiles: str, notes: list[str]) -> Mol:
    """The molecule of a SMILES without charges that protons can balance, explicit hydrogens, isotopes and stereo.

    What the text cannot hold is not looked for: loops over atoms are slow in Python.
    """
    settle = EXPLICIT_HYDROGEN.search(smiles) is not None
    if "+" in smiles or "-" in smiles:
        charges = [a.GetFormalCharge() for a in mol.GetAtoms()]
        mol = _uncharger().uncharge(mol)
        if [a.GetFormalCharge() for a in mol.GetAtoms()] != charges:
            notes.append("neutralised")
            settle = True
    if ISOTOPE.search(smiles):
        labelled = [a for a in mol.GetAtoms() if a.GetIsotope()]
        for atom in labelled:
            atom.SetIsotope(0)
        if labelled:
            notes.append("isotope labels removed")
    if any(c in smiles for c in "@/\\"):
        if any(c in Chem.MolToSmiles(mol) for c in "@/\\"):
            notes.append("stereochemistry removed")
        Chem.RemoveStereochemistry(mol)
    return Chem.RemoveHs(mol) if settle else mol  # this perceives aromaticity anew, too


def _reason(smiles: str) -> str:
    """RDKit's complaint, where its sanitiser names one."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        if mol is None:
            return " (syntax: check brackets, ring closures and letters)"
        problems = Chem.DetectChemistryProblems(mol)
    return f" ({problems[0].Message()})" if problems else ""


def _short(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
