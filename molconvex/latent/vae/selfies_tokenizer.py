"""Molecules as short runs of tokens: SELFIES symbols, then byte-pair merges over them.

A merge is only a run of symbols: any token sequence is still a SELFIES string, hence a valid molecule.

Reference: Krenn et al. (2020), Mach. Learn.: Sci. Technol. 1, 045024 (SELFIES).
"""

from collections.abc import Iterable
from typing import ClassVar

import selfies

from molconvex.exceptions import ChemistryError
from molconvex.latent.vae.symbol_tokenizer import SymbolTokenizer


def to_symbols(smiles: str) -> list[str]:
    """SELFIES symbols of a SMILES.

    Raises:
        ChemistryError: If SELFIES cannot express the molecule (an unusual valence, say).
    """
    try:
        return list(selfies.split_selfies(selfies.encoder(smiles)))
    except selfies.EncoderError as error:
        raise ChemistryError(f"SELFIES cannot express {smiles!r}: {' '.join(str(error).split())[:200]}") from error


def to_smiles(symbols: Iterable[str]) -> str:
    """SMILES of a run of SELFIES symbols; not canonical, possibly empty."""
    return selfies.decoder("".join(symbols))


class SelfiesTokenizer(SymbolTokenizer):
    """Byte-pair tokens over SELFIES symbols."""

    language: ClassVar[str] = "SELFIES"
    may_spell_nothing: ClassVar[bool] = False
    to_symbols = staticmethod(to_symbols)
    to_smiles = staticmethod(to_smiles)
