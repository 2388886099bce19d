"""How alike molecules are, and which few of many cover the rest: Morgan fingerprints and Tanimoto."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rdkit.DataStructs import ExplicitBitVect

from molconvex.chem.fingerprints import likeness
from molconvex.chem.molecule import Molecule, fingerprint_of
from molconvex.exceptions import ChemistryError, ConfigError


def tanimoto(smiles_a: str | Molecule, smiles_list: Sequence[str | Molecule]) -> NDArray[np.float64]:
    """Tanimoto similarity of one molecule to n others: shape (n,), 0 to 1, NaN where one of the others is unreadable.

    Raises:
        ChemistryError: If `smiles_a` cannot be read, or `smiles_list` is one string.
    """
    if isinstance(smiles_list, str):
        raise ChemistryError(f"a list of SMILES is needed, got the single text {smiles_list[:80]!r}")
    similarity = np.full(len(smiles_list), np.nan)
    lead = fingerprint_of(smiles_a)
    readable = {row: fp for row, text in enumerate(smiles_list) if (fp := _try_fingerprint(text)) is not None}
    similarity[list(readable)] = likeness(lead, list(readable.values()))
    return similarity


def pick_diverse(smiles: Sequence[str | Molecule], k: int, seed: int = 0, *, first: Sequence[int] = ()) -> list[int]:
    """Rows of k molecules that lie far from each other (MaxMin): each new one is the farthest from those picked.

    Args:
        smiles: n SMILES or molecules; where n <= k all rows are returned, `first` ahead.
        k: How many to pick, at least 1.
        seed: Chooses the first molecule where `first` names none.
        first: Rows to start from, such as that of the best candidate; they count among the k.

    Raises:
        ChemistryError: If a SMILES cannot be read; the text names its row.
        ConfigError: If k < 1, the seed is negative or `first` is out of range.

    Reference: Ashton et al. (2002), Quant. Struct.-Act. Relat. 21, 598.
    """
    from rdkit.SimDivFilters.rdSimDivPickers import MaxMinPicker

    chosen = list(dict.fromkeys(first))
    if k < 1 or seed < 0:
        raise ConfigError(f"k must be at least 1 and the seed at least 0, got k={k} and seed={seed}")
    if len(chosen) > k or any(not 0 <= row < len(smiles) for row in chosen):
        raise ConfigError(f"first must name at most k={k} rows from 0 to {len(smiles) - 1}, got {chosen}")
    fingerprints = _all_fingerprints(smiles)
    if len(fingerprints) <= k:
        return chosen + [row for row in range(len(fingerprints)) if row not in chosen]
    if len(chosen) == k:
        return chosen
    return list(MaxMinPicker().LazyBitVectorPick(fingerprints, len(fingerprints), k, firstPicks=chosen, seed=seed))


def _try_fingerprint(smiles: str | Molecule) -> ExplicitBitVect | None:
    try:
        return fingerprint_of(smiles)
    except ChemistryError:
        return None


def _all_fingerprints(smiles: Sequence[str | Molecule]) -> list[ExplicitBitVect]:
    if isinstance(smiles, str):
        raise ChemistryError(f"a list of SMILES is needed, got the single text {smiles[:80]!r}")
    fingerprints = []
    for row, text in enumerate(smiles):
        try:
            fingerprints.append(fingerprint_of(text))
        except ChemistryError as error:
            raise ChemistryError(f"row {row}: {error}") from error
    return fingerprints
