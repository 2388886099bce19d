"""Edits of one molecule and children of two, standardised, distinct and the same for the same seed."""

from bisect import bisect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from rdkit.Chem import Mol

from molconvex.chem.edits.crossing import cross
from molconvex.chem.edits.fragments import FragmentTable, load_fragments
from molconvex.chem.edits.parents import Parent, forget_parents, parent_of
from molconvex.chem.molecule import Molecule, mol_of
from molconvex.chem.standardize import standardize_product
from molconvex.exceptions import ChemistryError, ConfigError

RADII, RADIUS_STEPS = (3, 2, 1), (0.45, 0.9)  # 45 % of the swaps within three bonds, as many within two
SWAP_SHARE = 0.7
DRAWS_A_PRODUCT = 30
MOST_REMEMBERED = 8_192  # products, some 30 kB each where they were parsed, with their fingerprints


@dataclass(frozen=True)
class Edit:
    """A standard molecule made from others, and by which kind of edit: "swap", "change" or "cross"."""

    molecule: Molecule
    kind: str


def mutate(
    molecule: Molecule | Mol,
    n: int,
    generator: np.random.Generator,
    *,
    protected: Collection[int] = (),
    sealed: Collection[int] = (),
    table: FragmentTable | None = None,
) -> list[Edit]:
    """Up to n distinct edits of a molecule: pieces swapped for others seen in the same context, and small changes.

    Fewer than n come back where a molecule is small or much of it is protected.

    Args:
        molecule: A standard molecule.
        n: How many edits are wanted.
        generator: Makes every choice; the same state gives the same edits.
        protected: Atoms, from 0, that stay with the bonds between them; new neighbours are allowed.
        sealed: Atoms that may not get new neighbours either.
        table: Fragments by context; None for the bundled table.

    Raises:
        ConfigError: If n < 1 or an atom number is out of range.
        WeightsError: If the bundled table is missing or altered.
    """
    mol = mol_of(molecule)
    _check(mol, n, {*protected, *sealed})
    parent = parent_of(mol, table or load_fragments(), protected, sealed)

    def draw() -> tuple[str | None, str]:
        if parent.swapper.sites and generator.random() < SWAP_SHARE:
            radius = RADII[bisect(RADIUS_STEPS, generator.random())]
            return parent.swapper.draw(radius, generator), "swap"
        return parent.draw_change(generator), "change"

    return _collect(draw, n, {_smiles(molecule, parent)})


def crossover(
    first: Molecule | Mol,
    second: Molecule | Mol,
    n: int,
    generator: np.random.Generator,
    *,
    protected: Collection[int] = (),
) -> list[Edit]:
    """Up to n distinct children of two molecules, each a piece of both; protected atoms of the first stay.

    Raises:
        ConfigError: If n < 1 or an atom number is out of range.
    """
    mother, father = mol_of(first), mol_of(second)
    _check(mother, n, set(protected))
    ours, theirs = parent_of(mother, None, protected), parent_of(father, None)
    return _collect(
        lambda: (cross(ours.pieces, theirs.pieces, generator), "cross"),
        n,
        {_smiles(first, ours), _smiles(second, theirs)},
    )


def _smiles(molecule: Molecule | Mol, parent: Parent) -> str:
    """Canonical SMILES, which a standard molecule has already."""
    return molecule.smiles if isinstance(molecule, Molecule) else parent.smiles


def _check(mol: Mol, n: int, atoms: set[int]) -> None:
    if n < 1:
        raise ConfigError(f"at least 1 edit must be asked for, got {n}")
    outside = sorted(index for index in atoms if not 0 <= index < mol.GetNumAtoms())
    if outside:
        raise ConfigError(f"protected atoms must lie in 0 to {mol.GetNumAtoms() - 1}, got {outside}")


def _collect(draw: Callable[[], tuple[str | None, str]], n: int, parents: set[str]) -> list[Edit]:
    """Draw until n distinct standard molecules other than the parents are found, or the patience ends."""
    found: dict[str, Edit] = {}
    raw = set(parents)
    for _ in range(DRAWS_A_PRODUCT * n):
        if len(found) == n:
            break
        text, kind = draw()
        if text is None or text in raw:
            continue
        raw.add(text)
        edit = _standard(text, kind)
        if edit is not None and edit.molecule.smiles not in parents:
            found.setdefault(edit.molecule.smiles, edit)
    return list(found.values())


def _standard(text: str, kind: str) -> Edit | None:
    molecule = _standardized(text)
    return None if molecule is None else Edit(molecule, kind)


def forget_edits() -> None:
    """Let go of what is remembered of parents and their children, which help no other lead's search.

    Thousands of molecules that stay scatter those that come and go over the memory, and every step takes longer.
    """
    _standardized.cache_clear()
    forget_parents()


@lru_cache(maxsize=MOST_REMEMBERED)
def _standardized(text: str) -> Molecule | None:
    """The standard molecule, None where there is none; parents give the same children round after round."""
    try:
        return standardize_product(text)
    except ChemistryError:
        return None
