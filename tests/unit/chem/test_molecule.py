"""A molecule is parsed once and carried: same numbers as from its SMILES, and no second parse."""

from copy import deepcopy

import numpy as np
import pytest
from rdkit import Chem

from molconvex.chem import (
    Molecule,
    compute_properties,
    find_alerts,
    molecule,
    morgan_fingerprint,
    murcko_scaffold,
    parse,
    pick_diverse,
    standardize,
    tanimoto,
)
from molconvex.exceptions import ChemistryError

GIVEN = [
    "OC(=O)c1ccccc1OC(C)=O",
    "O=C(C)Oc1c(C([O-])=O)cccc1.[K+]",
    "CN1CCC[C@H]1c1cccnc1",
    "[2H]C([2H])([2H])N1CCN(CC1)c1ccc(cc1)C#N",
    "CC1=C(C(=O)OC)C(c2ccccc2[N+](=O)[O-])C(C(=O)OC)=C(C)N1",
]


@pytest.mark.parametrize("given", GIVEN)
def test_a_carried_molecule_measures_exactly_as_its_smiles(given):
    carried = standardize(given)
    fresh = Molecule(carried.smiles)
    assert [a.GetAtomicNum() for a in carried.mol.GetAtoms()] == [a.GetAtomicNum() for a in fresh.mol.GetAtoms()]
    assert compute_properties([carried]).equals(compute_properties([carried.smiles]))
    assert carried.fingerprint == morgan_fingerprint(parse(carried.smiles))
    assert find_alerts(carried) == find_alerts(carried.smiles)
    assert murcko_scaffold(carried) == murcko_scaffold(carried.smiles)


@pytest.mark.parametrize("given", GIVEN)
def test_atoms_stand_in_the_order_of_the_smiles(given):
    carried = standardize(given)
    for atom in range(carried.mol.GetNumAtoms()):
        assert carried.mol.GetAtomWithIdx(atom).GetDegree() == parse(carried.smiles).GetAtomWithIdx(atom).GetDegree()


def test_molecules_and_smiles_mix():
    smiles = [standardize(given).smiles for given in GIVEN]
    mixed = [standardize(s) if i % 2 else s for i, s in enumerate(smiles)]
    np.testing.assert_array_equal(tanimoto(standardize(smiles[0]), mixed), tanimoto(smiles[0], smiles))
    assert pick_diverse(mixed, 3) == pick_diverse(smiles, 3)


def test_everything_that_is_measured_takes_one_parse(monkeypatch):
    original, counted = Chem.MolFromSmiles, []

    def counting(text, **options):
        counted.append(text)
        return original(text, **options)

    monkeypatch.setattr(molecule.Chem, "MolFromSmiles", counting)
    carried = standardize("OC(=O)c1ccccc1OC(C)=O")
    compute_properties([carried])
    find_alerts(carried)
    murcko_scaffold(carried)
    tanimoto(carried, [carried, carried])
    pick_diverse([carried], 1)
    assert standardize(carried) is carried
    assert counted == ["OC(=O)c1ccccc1OC(C)=O"]
    compute_properties([carried.smiles])
    assert len(counted) == 2  # the counter counts


def test_a_copied_molecule_is_its_smiles_and_works_again():
    carried = standardize(GIVEN[1])
    assert carried.fingerprint
    copy = deepcopy(carried)  # by what crosses to other processes
    assert copy == carried
    assert copy.notes == carried.notes
    assert "mol" not in copy.__dict__
    assert copy.fingerprint == carried.fingerprint


def test_equal_by_smiles_and_unchangeable():
    first, second = standardize(GIVEN[0]), standardize(" CC(=O)OC1=CC=CC=C1C(=O)O ")
    assert first == second
    assert len({first, second, Molecule(first.smiles)}) == 1
    assert str(first) == first.smiles
    with pytest.raises(AttributeError):
        first.smiles = "C"


def test_a_smiles_that_was_trusted_in_vain_is_named_when_it_is_needed():
    with pytest.raises(ChemistryError, match="cannot read 'c1ccccc'"):
        _ = Molecule("c1ccccc").mol
    assert np.isnan(tanimoto("CCO", [Molecule("c1ccccc")])).all()
    assert compute_properties([Molecule("c1ccccc")], ["qed"]).isna().all(axis=None)


PLAIN = [
    "O=C(O)c1ccccc1OC(C)=O",
    "CC(O)C1CCC(F)CC1C=CC",
    "Cc1c[nH]c2ccc(Br)cc12",
    "C1CC2CCC1C2Cl",
    "N#Cc1cn(C)c(=O)[nH]c1=O",
]


@pytest.mark.parametrize("text", [*PLAIN, "C%10CC%10", "c1ccc(-c2ccccc2)cc1"])
def test_a_plain_text_is_read_as_by_rdkit_but_for_ranks_of_atoms(text):
    mol, full = Molecule(text).mol, parse(text)
    for atom in full.GetAtoms():
        atom.ClearProp("_CIPRank")
        atom.ClearProp("_ChiralityPossible")
    assert mol.ToBinary(Chem.PropertyPickleOptions.NoProps) == full.ToBinary(Chem.PropertyPickleOptions.NoProps)
    assert mol.GetRingInfo().AtomRings() == full.GetRingInfo().AtomRings()
    assert not any(atom.HasProp("_CIPRank") for atom in [*mol.GetAtoms(), *standardize(text).mol.GetAtoms()])
    assert Chem.MolToSmiles(mol) == Chem.MolToSmiles(full)


@pytest.mark.parametrize(
    ("text", "centers", "bonds"), [("C[C@H](O)F", 1, 0), ("C/C=C/C", 0, 1), (r"C\C=C/C", 0, 1), ("C[N+](C)(C)C", 0, 0)]
)
def test_what_is_not_plain_is_read_in_full(text, centers, bonds):
    mol = Molecule(text).mol
    assert mol.ToBinary(Chem.PropertyPickleOptions.NoProps) == parse(text).ToBinary(Chem.PropertyPickleOptions.NoProps)
    assert len(Chem.FindMolChiralCenters(mol)) == centers
    assert sum(bond.GetStereo() != Chem.BondStereo.STEREONONE for bond in mol.GetBonds()) == bonds


@pytest.mark.parametrize("text", ["", "CC\tname", "CC |x|", "CC O", "C(C)(C)(C)(C)C", "c1cccc1", "C(", "C" * 2_001])
def test_what_cannot_be_read_is_named_as_by_parse(text):
    with pytest.raises(ChemistryError) as found:
        _ = Molecule(text).mol
    with pytest.raises(ChemistryError) as wanted:
        parse(text)
    assert str(found.value) == str(wanted.value)


def test_the_longest_text_is_read():
    assert Molecule("C" * 2_000).mol.GetNumAtoms() == 2_000
