"""One molecule as its file or the command line gives it."""

import re
from dataclasses import dataclass

_EXTENSION = re.compile(r"\|[^|]*\|\s*")


@dataclass(frozen=True, slots=True)
class InputMolecule:
    """One molecule as its file gives it; nothing has been checked by chemistry yet.

    Attributes:
        line: Line of the (unpacked) file on which it begins, from 1.
        name: "" where the file has none.
        smiles: As given, blanks around it removed.
        problem: What is broken in the line itself, as in "line 7 has 3 fields, the header has 4"; "" where nothing
            is. A row with a problem is to be reported, not used.
    """

    line: int
    name: str
    smiles: str
    problem: str = ""


def split_smiles(text: str) -> tuple[str, str]:
    """SMILES and name of "SMILES name", as accepted everywhere; of CXSMILES ("CCO |...| name") the plain part."""
    words = text.split(maxsplit=1)
    name = words[1].strip() if len(words) > 1 else ""
    if name.startswith("|"):
        name = _EXTENSION.sub("", name, count=1)
    return (words[0] if words else ""), name
