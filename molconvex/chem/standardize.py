"""One molecule in, one standard SMILES out: parent fragment, neutral, without stereo, canonical."""

import re
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem import Mol
from rdkit.Chem.MolStandardize import rdMolStandardize

from molconvex.chem.fingerprints import fingerprint_of_canonical
from molconvex.chem.molecule import Molecule, parse, parse_unranked, shortened
from molconvex.exceptions import ChemistryError

ISOTOPE, EXPLICIT_HYDROGEN = re.compile(r"\[\d"), re.compile(r"\[\d*H")
CARBON = re.compile(r"c|C(?!l)")  # where no atom is in brackets

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


def standardize(smiles: str | Molecule) -> Molecule:
    """Parent fragment, neutralised, isotopes and stereo removed, with its canonical SMILES.

    The parent is the largest organic fragment that is no common counter-ion or solvent. A mixture without a clear
    parent (another such fragment with more than half as many heavy atoms) is refused: the chemist has to choose.

    Args:
        smiles: A SMILES; a `Molecule` is standard and comes back as it is.

    Raises:
        ChemistryError: If the SMILES cannot be read, has no organic fragment, or is a mixture without a clear parent.
    """
    if isinstance(smiles, Molecule):
        return smiles
    mol = parse_unranked(smiles)
    notes: list[str] = []
    with rdBase.BlockLogs():
        if len(Chem.GetMolFrags(mol)) > 1:
            mol = _parent(mol, smiles, notes)
        if not _is_organic(mol):
            raise ChemistryError(f"{shortened(smiles)!r} holds no carbon; an organic molecule is needed")
        if not _needs_work(smiles):
            return Molecule.of(mol)
        try:
            again = Chem.MolFromSmiles(Chem.MolToSmiles(_plain(mol, smiles, notes)))
        except Chem.MolSanitizeException:
            again = None
        if again is None:
            raise ChemistryError(
                f"{shortened(smiles)!r} does not survive standardisation; draw it without unusual valences"
            )
        return Molecule.of(again, tuple(notes))


def standardize_product(text: str) -> Molecule:
    """Standard molecule of the canonical SMILES that RDKit wrote of a sanitized molecule, such as an edit of another.

    Where the text can hold nothing that standardizing changes, it is the standard SMILES: only the fingerprint is made,
    and the molecule is parsed when it is needed, which it is not where it is too far from a lead.

    Raises:
        ChemistryError: As `standardize`.
    """
    if _needs_work(text) or not CARBON.search(text):
        return standardize(text)
    molecule = Molecule(text)
    molecule.__dict__["fingerprint"] = fingerprint_of_canonical(text)
    return molecule


def isomeric_smiles(smiles: str) -> str:
    """The standard SMILES with its stereochemistry: equal for spellings of one stereoisomer, unequal for two.

    Raises:
        ChemistryError: As `standardize`.
    """
    mol = parse(smiles)
    with rdBase.BlockLogs():
        if len(Chem.GetMolFrags(mol)) > 1:
            mol = _parent(mol, smiles, [])
        mol = _uncharger().uncharge(mol)
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        return Chem.MolToSmiles(Chem.RemoveHs(mol))


def _needs_work(smiles: str) -> bool:
    """Whether the text can hold charges, isotopes, stereo, explicit hydrogens or several fragments; False is sure."""
    text = smiles.replace("[nH]", "n")
    return "[" in text or "." in text or "/" in text or "\\" in text


def _parent(mol: Mol, smiles: str, notes: list[str]) -> Mol:
    kinds = {Chem.MolToSmiles(f, isomericSmiles=False): f for f in Chem.GetMolFrags(mol, asMols=True)}
    organic = [(f.GetNumHeavyAtoms(), s, f) for s, f in kinds.items() if _is_organic(f)]
    if not organic:
        raise ChemistryError(f"{shortened(smiles)!r} holds no organic fragment; an organic molecule is needed")
    organic.sort(key=lambda item: (_is_counter_ion(item[1]), -item[0], item[1]))
    size, parent, fragment = organic[0]
    rivals = [s for n, s, _ in organic[1:] if n > size / 2 and not _is_counter_ion(s)]
    if rivals:
        raise ChemistryError(
            f"{shortened(smiles)!r} is a mixture without a clear parent ({', '.join([parent, *rivals[:3]])}); "
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
