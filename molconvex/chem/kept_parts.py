"""A part of the lead that must stay: given as SMARTS or as atom numbers, protected in edits and asked of candidates."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem, rdBase
from rdkit.Chem import Mol

from molconvex.chem.molecule import Molecule, mol_of, shortened
from molconvex.exceptions import ChemistryError, ConfigError

BONDS = {Chem.BondType.SINGLE: "-", Chem.BondType.DOUBLE: "=", Chem.BondType.TRIPLE: "#", Chem.BondType.AROMATIC: ":"}
ATOM_LIST = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*")


@dataclass(frozen=True)
class KeptPart:
    """A part of a lead that every candidate must have.

    Attributes:
        smarts: What a candidate must match.
        atoms: Atom indices of the part in the lead, from 0: the atoms that edits protect.
        exact: Whether kept atoms may not gain or lose neighbours either; else new substituents on them are welcome.
        degrees: Heavy neighbours of each atom of `smarts` in the lead, in the order of its atoms.
    """

    smarts: str
    atoms: tuple[int, ...]
    exact: bool = False
    degrees: tuple[int, ...] = ()

    def keeps(self, molecule: Molecule | Mol) -> bool:
        """Whether a molecule still has the part."""
        return bool(self.locate(molecule))

    def locate(self, molecule: Molecule | Mol) -> tuple[int, ...]:
        """Atoms of the part in a descendant of the lead, from 0; empty where it lacks the part."""
        mol = mol_of(molecule)
        pattern = read_smarts(self.smarts)
        if not self.exact:
            return tuple(mol.GetSubstructMatch(pattern))
        matches = mol.GetSubstructMatches(pattern, uniquify=False, maxMatches=1_000)
        fitting = (m for m in matches if tuple(mol.GetAtomWithIdx(i).GetDegree() for i in m) == self.degrees)
        return next(fitting, ())


def kept_part(lead: Molecule | Mol, text: str, *, exact: bool = False) -> KeptPart:
    """The part of a lead that a user names: SMARTS as "c1ccccc1", or atom numbers as "1-6,9".

    Atom numbers count the heavy atoms of the lead's standard SMILES from 1, from left to right; drawings with atom
    numbers show the same.

    Raises:
        ChemistryError: If the text is no SMARTS, or the lead lacks the part.
        ConfigError: If an atom number is out of range, or nothing is left to change.
    """
    mol = mol_of(lead)
    compact = compact_list(text)
    if ATOM_LIST.fullmatch(compact):
        return keep_atoms(mol, [number - 1 for number in _numbers(compact)], exact=exact)
    return keep_smarts(mol, text.strip(), exact=exact)


def like_elsewhere(lead: Molecule | Mol, part: KeptPart) -> tuple[int, ...]:
    """Atoms of a lead, from 0, that pass for the part's although no symmetry of the lead takes one to the other.

    Empty where there are none.
    """
    mol = mol_of(lead)
    own = _with_atoms_marked(mol, part.atoms)
    matches = mol.GetSubstructMatches(read_smarts(part.smarts))
    return next((tuple(sorted(m)) for m in matches if _with_atoms_marked(mol, m) != own), ())


def _with_atoms_marked(mol: Mol, atoms: Collection[int]) -> str:
    """Canonical SMILES with marks on some atoms: the same for two choices of atoms that a symmetry exchanges."""
    marked = Chem.Mol(mol)
    for index in atoms:
        marked.GetAtomWithIdx(index).SetIsotope(1)
    return str(Chem.MolToSmiles(marked))


def compact_list(text: str) -> str:
    """Without blanks beside commas and hyphens; one between two numbers stays, for it means nothing."""
    return re.sub(r"\s*([,-])\s*", r"\1", text.strip())


def joined_atom_lists(texts: Sequence[str]) -> list[str]:
    """Parts as a user names them, all atom lists as one: parts that look alike must then be there once each."""
    compact = [compact_list(text) for text in texts]
    lists = [text for text in compact if ATOM_LIST.fullmatch(text)]
    others = [text for text in compact if not ATOM_LIST.fullmatch(text)]
    return [*([",".join(lists)] if lists else []), *others]


def keep_smarts(lead: Mol, smarts: str, *, exact: bool = False) -> KeptPart:
    """The first match of a SMARTS in the lead.

    Raises:
        ChemistryError: If the text is no SMARTS, or the lead lacks it.
        ConfigError: If nothing is left to change.
    """
    atoms = lead.GetSubstructMatch(read_smarts(smarts))
    if not atoms:
        raise ChemistryError(
            f"the lead {Chem.MolToSmiles(lead)} lacks the part to keep, {smarts!r}; "
            "check it against the lead's standard SMILES (aromatic atoms are small letters; molconvex atoms shows it)"
        )
    return _checked(lead, smarts, tuple(atoms), exact)


def keep_atoms(lead: Mol, atoms: list[int], *, exact: bool = False) -> KeptPart:
    """Atoms of the lead by index from 0, with their elements, charges, aromaticity and the bonds between them.

    Raises:
        ConfigError: If there are none, an index is out of range, or nothing is left to change.
    """
    wanted = sorted(set(atoms))
    size = lead.GetNumAtoms()
    if not wanted or wanted[0] < 0 or wanted[-1] >= size:
        named = ", ".join(str(index + 1) for index in wanted)
        raise ConfigError(
            f"the atoms to keep must be numbers from 1 to {size} of the lead, got {named or 'none'}; they "
            f"count the heavy atoms of its standard SMILES, {Chem.MolToSmiles(lead)}, from the left "
            "(2-7 is the ring of Cc1ccccc1; molconvex atoms shows them)"
        )
    smarts = _fragment_smarts(lead, wanted)
    order = lead.GetSubstructMatches(read_smarts(smarts), uniquify=False, maxMatches=100_000)
    match = next((m for m in order if sorted(m) == wanted), None)
    if match is None:
        raise ChemistryError(f"atoms {[i + 1 for i in wanted]} of {Chem.MolToSmiles(lead)} cannot be written as SMARTS")
    return _checked(lead, smarts, tuple(match), exact)


@lru_cache(maxsize=256)
def read_smarts(smarts: str) -> Mol:
    """Query molecule of a SMARTS.

    Raises:
        ChemistryError: If RDKit cannot read it.
    """
    if len(smarts.split()) > 1:
        raise ChemistryError(
            f"{shortened(repr(smarts))} holds blanks, and RDKit would read its beginning alone; give each pattern by "
            "itself, and atom numbers as in 1-6,9"
        )
    with rdBase.BlockLogs():
        pattern = Chem.MolFromSmarts(smarts) if smarts.strip() else None
    if pattern is None or pattern.GetNumAtoms() == 0:
        raise ChemistryError(f"RDKit cannot read {smarts!r} as SMARTS; check brackets, ring closures and letters")
    return pattern


def check_something_may_change(lead: Mol, atoms: Collection[int], *, exact: bool = False) -> None:
    """Refuse kept atoms of a lead, from 0, that are all of it, unless a hydrogen may be replaced.

    Raises:
        ConfigError: If nothing is left to change.
    """
    all_kept = len(set(atoms)) == lead.GetNumAtoms()
    if all_kept and (exact or not any(atom.GetTotalNumHs() for atom in lead.GetAtoms())):
        raise ConfigError("what is to be kept is the whole lead and leaves nothing to change; keep less of it")


def _checked(lead: Mol, smarts: str, atoms: tuple[int, ...], exact: bool) -> KeptPart:
    check_something_may_change(lead, atoms, exact=exact)
    return KeptPart(smarts, atoms, exact, tuple(lead.GetAtomWithIdx(i).GetDegree() for i in atoms))


def _fragment_smarts(lead: Mol, atoms: list[int]) -> str:
    """SMARTS of some atoms and all bonds between them; a ring bond stays one, a chain bond too. Where the lead has the
    same part elsewhere as well, its atoms' other neighbours say which one is meant."""
    plain = [_atom_smarts(atom) for atom in lead.GetAtoms()]
    smarts = _written(lead, atoms, plain)
    if len(lead.GetSubstructMatches(read_smarts(smarts))) == 1:
        return smarts
    return _written(lead, atoms, [_with_others(atom, set(atoms)) for atom in lead.GetAtoms()])


def _written(lead: Mol, atoms: list[int], symbols: list[str]) -> str:
    bonds = [f"{_bond_smarts(bond)};{'@' if bond.IsInRing() else '!@'}" for bond in lead.GetBonds()]
    return str(Chem.MolFragmentToSmiles(lead, atoms, atomSymbols=symbols, bondSymbols=bonds, canonical=False))


def _with_others(atom: Chem.Atom, inside: set[int]) -> str:
    """SMARTS of an atom with those of its neighbours that are not among the kept ones."""
    bonds = [bond for bond in atom.GetBonds() if bond.GetOtherAtomIdx(atom.GetIdx()) not in inside]
    others = [f";$(*{_bond_smarts(bond)}{_atom_smarts(bond.GetOtherAtom(atom))})" for bond in bonds]
    return f"{_atom_smarts(atom)[:-1]}{''.join(others)}]"


def _bond_smarts(bond: Chem.Bond) -> str:
    return BONDS.get(bond.GetBondType(), "~")


def _atom_smarts(atom: Chem.Atom) -> str:
    return f"[#{atom.GetAtomicNum()};{'a' if atom.GetIsAromatic() else 'A'};{atom.GetFormalCharge():+d}]"


def _numbers(compact: str) -> list[int]:
    numbers: list[int] = []
    for part in compact.split(","):
        first, _, last = part.partition("-")
        if last and int(last) < int(first):
            raise ConfigError(f"the atom range {part!r} runs backwards; write {last}-{first}")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers
