"""Bemis-Murcko scaffolds of molecules whose scaffold can be drawn by hand."""

import pytest
from rdkit import Chem

from molconvex.chem import murcko_scaffold
from molconvex.exceptions import ChemistryError


@pytest.mark.parametrize(
    ("smiles", "scaffold"),
    [
        ("CC(=O)Oc1ccccc1C(=O)O", "c1ccccc1"),
        ("Cc1ccc(Oc2ncccc2CCC)cc1", "c1ccc(Oc2ccccn2)cc1"),
        ("CC1CCN(C)C1=O", "O=C1CCCN1"),
        ("C[C@H]1CC[C@@H](c2ccccc2)N1C", "c1ccc(C2CCCN2)cc1"),
        ("CCCCO", ""),
    ],
)
def test_known_scaffolds(smiles, scaffold):
    expected = Chem.MolToSmiles(Chem.MolFromSmiles(scaffold)) if scaffold else ""
    assert murcko_scaffold(smiles) == expected


def test_the_scaffold_of_a_scaffold_is_itself():
    once = murcko_scaffold("Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1")
    assert murcko_scaffold(once) == once != ""


def test_spelling_of_the_input_does_not_matter():
    assert murcko_scaffold("OC(=O)c1ccccc1") == murcko_scaffold("c1(C(O)=O)ccccc1")


def test_unreadable_smiles_is_refused():
    with pytest.raises(ChemistryError):
        murcko_scaffold("c1ccccc")
