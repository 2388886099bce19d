"""Whether a chemist would draw a molecule: known ring systems and surroundings of atoms, no group that falls apart."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem import Mol, MolFromSmiles, MolToSmiles

from molconvex.chem.molecule import Molecule, mol_of
from molconvex.chem.plausibility.environments import (
    NARROW,
    WIDE,
    environment_hashes,
    environment_smiles,
    missing_hashes,
)
from molconvex.chem.plausibility.ring_systems import ring_systems
from molconvex.chem.plausibility.tables import PlausibilityTables, load_plausibility_tables
from molconvex.chem.plausibility.unstable_groups import unstable_groups

MIN_RING_COUNT = 3  # molecules of the corpus that must have a ring system
MIN_NARROW_COUNT = 2  # molecules of the corpus that must have an environment of radius 1
MAX_UNSEEN_WIDE = 3  # environments of radius 2 that may be missing from the corpus


class Plausibility(StrEnum):
    """What becomes of a molecule that a chemist would not draw: dropped, marked, or not looked at."""

    REJECT = "reject"
    FLAG = "flag"
    OFF = "off"


@dataclass(frozen=True)
class Features:
    """What plausibility looks at in one molecule; that of a lead excuses the same in its candidates."""

    groups: frozenset[str]
    ring_systems: frozenset[str]
    narrow: NDArray[np.uint32]
    wide: NDArray[np.uint32]


def features(molecule: Molecule | Mol) -> Features:
    """Groups, ring systems and environments of a molecule; compute those of a lead once for many candidates."""
    mol = mol_of(molecule)
    return Features(
        groups=frozenset(unstable_groups(mol, flagged=True)),
        ring_systems=frozenset(ring_systems(mol)),
        narrow=environment_hashes(mol, NARROW),
        wide=environment_hashes(mol, WIDE),
    )


def implausible_features(
    molecule: Molecule | Mol,
    tables: PlausibilityTables | None = None,
    lead: Molecule | Mol | Features | None = None,
    *,
    flagged: bool = False,
) -> list[str]:
    """Why a chemist would strike a molecule out, in words; an empty list if nothing speaks against it.

    What the lead itself has is not held against the molecule.

    Args:
        molecule: A standard molecule: neutral, one fragment, without stereo.
        tables: What the corpus has; None for the bundled tables.
        lead: The molecule that the candidate was made from, or its features.
        flagged: Whether groups that only deserve a look (aldehydes) are named too.

    Raises:
        WeightsError: If the bundled tables are missing or altered.
    """
    mol, known, excused = mol_of(molecule), tables or load_plausibility_tables(), _excused(lead)
    return [
        *_groups(mol, excused, flagged),
        *_rings(mol, known, excused),
        *_environments(mol, known, excused),
    ]


def is_plausible(
    molecule: Molecule | Mol, tables: PlausibilityTables | None = None, lead: Molecule | Mol | Features | None = None
) -> bool:
    """Whether nothing speaks against a molecule: `implausible_features` without the words, which cost as much again
    where something does. Arguments and errors as there."""
    mol, known, excused = mol_of(molecule), tables or load_plausibility_tables(), _excused(lead)
    if _rings(mol, known, excused):
        return False
    rare, unseen = _unusual_environments(mol, known, excused)
    return not rare.size and len(unseen) <= MAX_UNSEEN_WIDE and not _groups(mol, excused, flagged=False)


def _excused(lead: Molecule | Mol | Features | None) -> Features | None:
    return lead if lead is None or isinstance(lead, Features) else _lead_features(_smiles(lead))


def _groups(mol: Mol, excused: Features | None, flagged: bool) -> list[str]:
    found = unstable_groups(mol, flagged=flagged)
    return [name for name in found if excused is None or name not in excused.groups]


def _rings(mol: Mol, tables: PlausibilityTables, excused: Features | None) -> list[str]:
    reasons = []
    for label in dict.fromkeys(ring_systems(mol)):
        count = tables.ring_systems.get(label, 0)
        if count < MIN_RING_COUNT and (excused is None or label not in excused.ring_systems):
            reasons.append(f"ring system {label} ({_seen(count)})")
    return reasons


def _environments(mol: Mol, tables: PlausibilityTables, excused: Features | None) -> list[str]:
    rare, unseen = _unusual_environments(mol, tables, excused)
    reasons = [f"atom with unusual neighbors {piece}" for piece in _pieces(mol, NARROW, rare)]
    if len(unseen) > MAX_UNSEEN_WIDE:
        examples = ", ".join(_pieces(mol, WIDE, unseen, most=2))
        reasons.append(f"{len(unseen)} surroundings of atoms never seen, as in {examples}")
    return reasons


def _unusual_environments(
    mol: Mol, tables: PlausibilityTables, excused: Features | None
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Environments of radius 1 that are rare in the corpus, and those of radius 2 that it lacks, as far as the lead
    lacks them too; of these a few may stay in, where they are too few to matter."""
    narrow = environment_hashes(mol, NARROW)
    rare = narrow[_counts(narrow, tables) < MIN_NARROW_COUNT]
    if excused is not None and rare.size:
        rare = missing_hashes(rare, excused.narrow)
    unseen = missing_hashes(environment_hashes(mol, WIDE), tables.wide)
    if excused is not None and unseen.size > MAX_UNSEEN_WIDE:
        unseen = missing_hashes(unseen, excused.wide)
    return rare, unseen


def _pieces(mol: Mol, radius: int, hashes: NDArray[np.uint32], most: int | None = None) -> list[str]:
    return environment_smiles(mol, radius, set(hashes.tolist()), most) if hashes.size else []


def _counts(hashes: NDArray[np.uint32], tables: PlausibilityTables) -> NDArray[np.uint16]:
    places = np.minimum(np.searchsorted(tables.narrow, hashes), len(tables.narrow) - 1)
    return np.where(tables.narrow[places] == hashes, tables.narrow_counts[places], 0)


def _seen(count: int) -> str:
    return {0: "never seen", 1: "seen once"}.get(count, f"seen {count} times")


def _smiles(lead: Molecule | Mol) -> str:
    return lead.smiles if isinstance(lead, Molecule) else MolToSmiles(lead)


@lru_cache(maxsize=64)
def _lead_features(smiles: str) -> Features:
    return features(MolFromSmiles(smiles))
