"""Molecules as short runs of tokens: SMILES atoms and bonds, then byte-pair merges over them.

A run of tokens may spell no molecule (a ring left open, a bracket not closed): such a decoding is an unlikely one, and
is thrown away. What is spelt is closer to what chemists draw than with SELFIES, where every run is a molecule.

Reference: Weininger (1988), J. Chem. Inf. Comput. Sci. 28, 31 (SMILES); Schwaller et al. (2018), Chem. Sci. 9, 6091
(the symbols).
"""

import re
from collections.abc import Iterable
from typing import ClassVar

from molconvex.exceptions import ChemistryError
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer

SYMBOL = re.compile(r"\[[^\[\]]+\]|Br|Cl|%\d\d|[A-Za-z]|\d|[=#$:()./\\+-]")


def to_symbols(smiles: str) -> list[str]:
    """Bracket atoms, other atoms, bonds, branches and ring closures of a SMILES.

    Raises:
        ChemistryError: If the text holds something else.
    """
    symbols = SYMBOL.findall(smiles)
    if sum(map(len, symbols)) != len(smiles):
        raise ChemistryError(f"{smiles[:80]!r} holds characters that are no part of a SMILES")
    return symbols


def to_smiles(symbols: Iterable[str]) -> str:
    """The text of a run of symbols; it may be no SMILES."""
    return "".join(symbols)


class SmilesTokenizer(SymbolTokenizer):
    """Byte-pair tokens over the symbols of SMILES."""

    language: ClassVar[str] = "SMILES"
    may_spell_nothing: ClassVar[bool] = True
    to_symbols = staticmethod(to_symbols)
    to_smiles = staticmethod(to_smiles)
