"""What someone pasted: a SMILES, an InChI or a known name, as SMILES and a name."""

from collections.abc import Mapping

from rdkit import Chem, rdBase

from molconvex.exceptions import ChemistryError


def identify(text: str, names: Mapping[str, str] | None = None) -> tuple[str, str]:
    """SMILES and name ("" where there is none) of a molecule as people write it.

    Args:
        text: A known name, an InChI, or a SMILES with perhaps a blank and a name behind it.
        names: SMILES by known name, in small letters.

    Raises:
        ChemistryError: If it is empty or an InChI that cannot be read. A SMILES is not looked at.
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
    return words[0], name


def _from_inchi(text: str) -> str:
    with rdBase.BlockLogs():
        mol = Chem.MolFromInchi("InChI=" + text.partition("=")[2])
    if mol is None:
        raise ChemistryError(f"RDKit cannot read the InChI {text[:60]!r}; copy it whole, from InChI= to its end")
    return str(Chem.MolToSmiles(mol))
