"""What someone pasted: a SMILES, an InChI or a known name, as SMILES and a name."""

import difflib
import re
from collections.abc import Mapping

from rdkit import Chem, rdBase

from molconvex.exceptions import ChemistryError

_WORD = re.compile(r"[A-Za-z][A-Za-z-]{3,}")
_ATOMS = re.compile(r"(?:Cl|Br|[BCNOPSFIHbcnops-])+")


def identify(text: str, names: Mapping[str, str] | None = None) -> tuple[str, str]:
    """SMILES and name ("" where there is none) of a molecule as people write it.

    Args:
        text: A known name, an InChI, or a SMILES with perhaps a blank and a name behind it.
        names: SMILES by known name, in small letters.

    Raises:
        ChemistryError: If it is empty, a word that is neither a known name nor a SMILES, or an InChI that cannot be
            read. Whether a SMILES can be read is not looked at.
    """
    compact = text.strip()
    if not compact:
        raise ChemistryError("nothing was given; paste a SMILES, an InChI or the name of a known drug")
    if known := (names or {}).get(compact.lower()):
        return known, compact.lower()
    words = compact.split(maxsplit=1)
    name = words[1].strip() if len(words) > 1 else ""
    if words[0].lower().startswith("inchi="):
        return _from_inchi(words[0]), name
    if names and _WORD.fullmatch(words[0]) and not _ATOMS.fullmatch(words[0]):
        raise ChemistryError(_unknown(words[0], names))
    return words[0], name


def _unknown(word: str, names: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.75)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"no drug called {word!r} is known here{hint or '; paste its SMILES or InChI instead'}"


def _from_inchi(text: str) -> str:
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi("InChI=" + text.partition("=")[2])
    if mol is None:
        raise ChemistryError(f"RDKit cannot read the InChI {text[:60]!r}; copy it whole, from InChI= to its end")
    return str(Chem.MolToSmiles(mol))
