"""What analogues have in common: the core that is left when one substituent is cut off, and the ring scaffold.

Molecules with the same core are matched pairs: each becomes the other by one substituent. Cores and substituents are
known by 64-bit hashes of their graphs, which cost a tenth of their canonical SMILES.

Reference: Hussain & Rea (2010), J. Chem. Inf. Model. 50, 339 (matched pairs); Bemis & Murcko (1996), J. Med. Chem. 39,
2887 (scaffolds); Shervashidze et al. (2011), JMLR 12, 2539 (hashes by neighbourhoods).
"""

from functools import cache

import numpy as np
from rdkit import Chem
from rdkit.Chem import Mol
from rdkit.Chem.Scaffolds import MurckoScaffold

MAX_SUBSTITUENT = 12  # heavy atoms
MIN_CORE = 8
MIN_SCAFFOLD_SHARE = 0.6  # of the molecule's heavy atoms; a smaller scaffold says little of the rest
HASH_ROUNDS = 8
ODD = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], dtype=np.uint64)


@cache
def _cut_pattern() -> Mol:
    return Chem.MolFromSmarts("[R]-!@[!#1]")


def one_cut_hashes(mol: Mol) -> tuple[np.ndarray, np.ndarray]:
    """Hashes (k,) uint64 of the cores and of the substituents of every single bond at a ring that may be cut.

    A core has at least 8 heavy atoms and more than its substituent, which has at most 12. The hash of either part knows
    at which of its atoms the cut is; it does not change with the numbering of the atoms.
    """
    orders = Chem.GetAdjacencyMatrix(mol, useBO=True)
    neighbours = [np.nonzero(row)[0].tolist() for row in orders]
    size, masks, roots = len(orders), [], []
    for first, second in {tuple(sorted(match)) for match in mol.GetSubstructMatches(_cut_pattern())}:
        side = _side(neighbours, first, second)
        core_root, root, substituent = (second, first, side)
        if 2 * len(side) > size:
            core_root, root, substituent = (first, second, set(range(size)) - side)
        if len(substituent) <= MAX_SUBSTITUENT and size - len(substituent) >= max(MIN_CORE, len(substituent) + 1):
            inside = np.zeros(size, dtype=bool)
            inside[list(substituent)] = True
            masks += [~inside, inside]
            roots += [core_root, root]
    if not masks:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    hashes = _graph_hashes(_atom_codes(mol), orders, np.array(masks), np.array(roots))
    return hashes[::2], hashes[1::2]


def ring_scaffold(mol: Mol) -> str:
    """Canonical SMILES of the Murcko scaffold; "" where it holds less than 60 % of the heavy atoms."""
    scaffold = MurckoScaffold.GetScaffoldForMol(mol)
    if scaffold.GetNumAtoms() < MIN_SCAFFOLD_SHARE * mol.GetNumAtoms():
        return ""
    return Chem.MolToSmiles(scaffold)


def _side(neighbours: list[list[int]], start: int, without: int) -> set[int]:
    """Atoms reached from `start` without passing the atom `without`."""
    seen, todo = {start, without}, [start]
    while todo:
        for index in neighbours[todo.pop()]:
            if index not in seen:
                seen.add(index)
                todo.append(index)
    return seen - {without}


def _atom_codes(mol: Mol) -> np.ndarray:
    """Element, charge, hydrogens and aromaticity of each atom as one number, (n,) uint64."""
    codes = [
        ((a.GetAtomicNum() * 16 + a.GetFormalCharge() + 8) * 16 + a.GetTotalNumHs()) * 2 + a.GetIsAromatic()
        for a in mol.GetAtoms()
    ]
    return np.array(codes, dtype=np.uint64)


def _graph_hashes(codes: np.ndarray, orders: np.ndarray, masks: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """One hash for each part of a molecule: rounds in which each atom adds up what its neighbours in the part are.

    Args:
        codes: (n,) uint64.
        orders: Bond orders (n, n), 0 where there is no bond.
        masks: Which atoms are in each part, (k, n) bool.
        roots: The atom of each part that was cut, (k,).
    """
    bonds = _mixed((2 * orders).astype(np.uint64)) * (orders > 0)
    inside = masks.astype(np.uint64)
    state = _mixed(codes)[None] * inside
    state[np.arange(len(roots)), roots] += ODD[2]
    for _ in range(HASH_ROUNDS):
        state = _mixed(state + state @ bonds) * inside
    return _mixed(state.sum(axis=1))


def _mixed(values: np.ndarray) -> np.ndarray:
    """Splitmix64's finaliser on uint64: every bit depends on every bit; the products wrap around."""
    values = values + ODD[0]
    values = (values ^ (values >> np.uint64(30))) * ODD[1]
    values = (values ^ (values >> np.uint64(27))) * ODD[2]
    return values ^ (values >> np.uint64(31))
