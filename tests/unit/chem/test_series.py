"""Cores and substituents of one cut: the same for every numbering, different wherever chemistry is."""

import random

import numpy as np
import pytest
from rdkit import Chem

from molconvex.chem.series import one_cut_hashes, ring_scaffold

TOLYL, TRIFLUORO = "Cc1ccc(CN2CCOCC2)cc1", "FC(F)(F)c1ccc(CN2CCOCC2)cc1"


def cores(smiles: str) -> set[int]:
    return set(one_cut_hashes(Chem.MolFromSmiles(smiles))[0].tolist())


def test_matched_pairs_share_the_core_of_the_place_that_changed() -> None:
    assert len(cores(TOLYL) & cores(TRIFLUORO)) == 1
    assert not cores(TOLYL) & cores("Cc1cccc(CN2CCOCC2)c1F")


@pytest.mark.parametrize(
    "other",
    [
        "Cc1ccc(CN2CCNCC2)cc1",  # another element in the core
        "Cc1cccc(CN2CCOCC2)c1",  # another place
        "CC1CCC(CN2CCOCC2)CC1",  # not aromatic
    ],
)
def test_other_cores_have_other_hashes(other: str) -> None:
    methyl = one_cut_hashes(Chem.MolFromSmiles("C"))[1]
    assert len(methyl) == 0
    big = {
        core
        for core, substituent in zip(*map(np.ndarray.tolist, one_cut_hashes(Chem.MolFromSmiles(TOLYL))), strict=True)
        if substituent in cores_of_methyl(other)
    }
    assert not big & cores(other)


def cores_of_methyl(smiles: str) -> set[int]:
    return set(one_cut_hashes(Chem.MolFromSmiles(smiles))[1].tolist())


def test_hashes_do_not_change_with_the_numbering_of_the_atoms() -> None:
    mol = Chem.MolFromSmiles("O=C(Nc1ccc(OCc2ccccn2)c(Cl)c1)C1CCN(C(=O)C2CC2)C1")
    wanted = [sorted(hashes.tolist()) for hashes in one_cut_hashes(mol)]
    order = list(range(mol.GetNumAtoms()))
    for seed in range(10):
        random.Random(seed).shuffle(order)
        found = [sorted(hashes.tolist()) for hashes in one_cut_hashes(Chem.RenumberAtoms(mol, order))]
        assert found == wanted


def test_small_cores_and_large_substituents_are_no_cuts() -> None:
    assert len(cores("CCC1CCCCC1")) == 0  # six atoms are left
    assert len(cores("CC1CCCCCCC1")) == 1  # eight are
    assert len(one_cut_hashes(Chem.MolFromSmiles("C" * 13 + "c1ccc(C2CCCCC2)cc1C1CCCCC1"))[0]) == 2
    assert len(one_cut_hashes(Chem.MolFromSmiles("C" * 12 + "c1ccc(C2CCCCC2)cc1C1CCCCC1"))[0]) == 3


def test_a_scaffold_that_is_little_of_a_molecule_does_not_count() -> None:
    assert ring_scaffold(Chem.MolFromSmiles("Cc1ccccc1")) == "c1ccccc1"
    assert ring_scaffold(Chem.MolFromSmiles("CCCCc1ccccc1")) == "c1ccccc1"  # six of ten
    assert ring_scaffold(Chem.MolFromSmiles("CCCCCc1ccccc1")) == ""
