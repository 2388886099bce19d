import numpy as np
import pytest
from rdkit import Chem

from molconvex.chem import parse
from molconvex.chem.plausibility.environments import environment_hashes, environment_smiles, missing_hashes
from molconvex.chem.plausibility.ring_systems import ring_systems


@pytest.mark.parametrize(
    ("smiles", "labels"),
    [
        ("CCO", []),
        ("Cc1ccccc1", ["c1ccccc1"]),
        ("O=C1CCCCN1C", ["O=C1CCCCN1"]),
        ("c1ccc(-c2ccncc2)cc1", ["c1ccccc1", "c1ccncc1"]),
        ("C1CCC2(CC1)OCCO2", ["C1CCC2(CC1)OCCO2"]),
        ("CC1C2CCC1CC2", ["C1CC2CCC1C2"]),
        ("C=C1CCCC1", ["C=C1CCCC1"]),
        ("C1CCCCCCCCCC1", ["C1CCCCCCCCCC1"]),
        ("C1CCCCCCCCCCC1", []),
        ("C1CCCCCCCCCC2C1CC2.c1ccccc1", ["c1ccccc1"]),
    ],
)
def test_systems_of_known_molecules(smiles: str, labels: list[str]) -> None:
    found = [Chem.MolToSmiles(parse(label)) for label in ring_systems(parse(smiles))]
    assert sorted(found) == sorted(Chem.MolToSmiles(parse(label)) for label in labels)


def test_hydrogens_and_substituents_do_not_matter_but_charge_and_carbonyl_do() -> None:
    pyrrole, methylpyrrole = ring_systems(parse("c1cc[nH]c1")), ring_systems(parse("Cn1cccc1"))
    assert pyrrole == methylpyrrole
    assert ring_systems(parse("O=c1cc[nH]cc1")) != ring_systems(parse("Oc1ccncc1"))
    assert ring_systems(parse("C[N+]1(C)CCCC1")) != ring_systems(parse("CN1CCCC1"))


@pytest.mark.parametrize(
    ("one", "other"),
    [("Cc1nc[nH]n1", "Cn1cnnc1"), ("Cc1cccs1", "Cc1ccsc1"), ("CC1CCOC1", "CC1CCCO1"), ("Cc1cncs1", "Cc1nccs1")],
)
def test_where_a_substituent_hangs_does_not_show(one: str, other: str) -> None:
    assert ring_systems(parse(one)) == ring_systems(parse(other))


@pytest.mark.parametrize("smiles", ["CN1CCC23c4c5ccc(O)c4OC2C(O)C=CC3C1C5", "CCCc1nn(C)c2c(=O)[nH]c(-c3ccccc3)nc12"])
def test_labels_do_not_depend_on_the_order_of_atoms(smiles: str) -> None:
    mol = parse(smiles)
    generator = np.random.default_rng(0)
    for _ in range(10):
        order = generator.permutation(mol.GetNumAtoms()).tolist()
        assert sorted(ring_systems(Chem.RenumberAtoms(mol, order))) == sorted(ring_systems(mol))


def test_environments_of_a_smaller_radius_are_among_the_larger() -> None:
    mol = parse("CC(=O)Oc1ccccc1C(=O)O")
    narrow, wide = environment_hashes(mol, 1), environment_hashes(mol, 2)
    assert len(narrow) < len(wide)
    assert not missing_hashes(narrow, wide).size
    assert missing_hashes(wide, narrow).size == len(wide) - len(narrow)


def test_a_missing_hash_is_found_at_either_end() -> None:
    known = np.array([10, 20, 30], dtype=np.uint32)
    asked = np.array([5, 10, 25, 30, 35], dtype=np.uint32)
    assert missing_hashes(asked, known).tolist() == [5, 25, 35]


def test_an_environment_is_named_by_its_piece() -> None:
    ester, acid = parse("CC(=O)OC"), parse("CC(=O)O")
    only = missing_hashes(environment_hashes(ester, 1), environment_hashes(acid, 1))
    pieces = environment_smiles(ester, 1, set(only.tolist()))
    assert any(parse(piece).GetNumAtoms() >= 2 and "O" in piece for piece in pieces)


@pytest.mark.parametrize("most", [0, 1, 2, 4, 5])
def test_no_more_pieces_are_named_than_asked_for(most: int) -> None:
    mol = parse("CC(=O)Nc1ccc(C(=O)OC)cc1")  # with environments alike, whose piece is named once
    wanted = set(environment_hashes(mol, 2).tolist())
    every = environment_smiles(mol, 2, wanted)
    assert len(every) == len(set(every)) > 5
    assert environment_smiles(mol, 2, wanted, most) == every[:most]
