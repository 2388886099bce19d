"""Molecules as short runs of tokens: SMILES atoms and bonds, then byte-pair merges over them.

A run of tokens may spell no molecule (a ring left open, a bracket not closed): such a decoding is an unlikely one, and is
thrown away. What is spelt is closer to what chemists draw than with SELFIES, where every run is a molecule.

Reference: Weininger (1988), J. Chem. Inf. Comput. Sci. 28, 31 (SMILES); Schwaller et al. (2018), Chem. Sci. 9, 6091
(the units).
"""

import re

from molconvex.exceptions import ChemistryError
from molconvex.latent.vae.selfies_tokenizer import SelfiesTokenizer

UNITS = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|[A-Za-z]|\d|[=#$:()./\\+-]")


def to_units(smiles: str) -> list[str]:
    """Bracket atoms, other atoms, bonds, branches and ring closures of a SMILES.

    Raises:
        ChemistryError: If the text holds something else.
    """
    units = UNITS.findall(smiles)
    if sum(map(len, units)) != len(smiles):
        raise ChemistryError(f"{smiles[:80]!r} holds characters that are no part of a SMILES")
    return units


class SmilesTokenizer(SelfiesTokenizer):
    """Byte-pair tokens over the units of SMILES."""
