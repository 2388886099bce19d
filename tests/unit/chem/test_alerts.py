"""Structural alerts on molecules that are known to set them off, and on some that must not."""

import pytest

from molconvex.chem import Molecule, find_alerts, parse
from molconvex.exceptions import ChemistryError


def test_quinone_is_named_by_pains_without_the_hit_count():
    assert "PAINS: quinone_A" in find_alerts(parse("O=C1C=CC(=O)c2ccccc21"))


@pytest.mark.parametrize(
    ("smiles", "catalog"),
    [
        ("CC(=O)Cl", "BRENK"),
        ("O=C1NC(=S)SC1=Cc1ccccc1", "PAINS"),
        ("O=CC=C", "NIH"),
    ],
)
def test_reactive_groups_are_found_by_their_catalog(smiles, catalog):
    assert any(alert.startswith(f"{catalog}: ") for alert in find_alerts(parse(smiles)))


@pytest.mark.parametrize("smiles", ["CCO", "c1ccccc1", "CC(=O)Nc1ccc(C)cc1"])
def test_harmless_molecules_set_off_nothing(smiles):
    assert find_alerts(parse(smiles)) == ()


def test_alerts_are_not_repeated():
    found = find_alerts(parse("O=C1C=CC(=O)C=C1CC1=CC(=O)C=CC1=O"))
    assert len(found) == len(set(found)) > 0


def test_a_smiles_a_molecule_and_an_rdkit_molecule_give_the_same_alerts():
    smiles = "O=C1C=CC(=O)c2ccccc21"
    assert find_alerts(smiles) == find_alerts(Molecule(smiles)) == find_alerts(parse(smiles)) != ()


@pytest.mark.parametrize(("bad", "words"), [(7, "a molecule or SMILES is needed"), ("c1ccccc", "cannot read")])
def test_what_is_no_molecule_is_refused(bad, words):
    with pytest.raises(ChemistryError, match=words):
        find_alerts(bad)
