"""The property registry against values from the literature, from RDKit's own routines and from hand counts."""

import subprocess
import sys

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import QED, Descriptors

from molconvex.chem import PROPERTIES, compute_properties, parse
from molconvex.chem.druglikeness import qed
from molconvex.exceptions import ChemistryError, ConfigError

DRUGS = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "celecoxib": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "imatinib": "Cc1ccc(NC(=O)c2ccc(CN3CCN(C)CC3)cc2)cc1Nc1nccc(-c2cccnc2)n1",
    "penicillin G": "CC1(C)S[C@@H]2[C@H](NC(=O)Cc3ccccc3)C(=O)N2[C@H]1C(=O)O",
    "morphine": "CN1CC[C@]23[C@H]4Oc5c2c(C[C@@H]1[C@@H]3C=C[C@@H]4O)ccc5O",
    "metformin": "CN(C)C(=N)NC(N)=N",
    "acetylcholine": "CC(=O)OCC[N+](C)(C)C",
    "dieldrin": "ClC1=C(Cl)C2(Cl)C3C4CC(C5OC45)C3C1(Cl)C2(Cl)Cl",
    "nitroglycerin": "O=[N+]([O-])OCC(CO[N+](=O)[O-])O[N+](=O)[O-]",
}
EXPECTED_NAMES = [
    "qed",
    "logp",
    "sa_score",
    "tpsa",
    "molecular_weight",
    "hydrogen_bond_donors",
    "hydrogen_bond_acceptors",
    "rotatable_bonds",
    "rings",
    "aromatic_rings",
    "fraction_csp3",
    "heavy_atoms",
    "formal_charge",
]


def test_registry_holds_every_promised_property_with_its_words():
    assert list(PROPERTIES) == EXPECTED_NAMES
    for name, prop in PROPERTIES.items():
        assert prop.name == name
        assert prop.low < prop.high
        assert prop.label
        assert prop.description.endswith(".")
        assert prop.reference


def test_aspirin_by_hand():
    row = compute_properties([DRUGS["aspirin"]]).iloc[0]
    assert row["molecular_weight"] == pytest.approx(180.159, abs=0.01)
    assert row["tpsa"] == pytest.approx(63.60, abs=0.01)  # Ertl's method: 2 C=O, one ester O, one OH
    counts = {"heavy_atoms": 13, "rings": 1, "aromatic_rings": 1, "hydrogen_bond_donors": 1, "formal_charge": 0}
    assert row[list(counts)].to_dict() == counts
    assert row["fraction_csp3"] == pytest.approx(1 / 9)


def test_charge_counts_as_drawn():
    assert compute_properties([DRUGS["acetylcholine"]])["formal_charge"].item() == 1
    assert compute_properties([DRUGS["nitroglycerin"]])["formal_charge"].item() == 0


@pytest.mark.parametrize("smiles", DRUGS.values(), ids=DRUGS)
def test_fast_qed_equals_rdkits_own(smiles):
    assert qed(parse(smiles)) == QED.qed(Chem.MolFromSmiles(smiles))


def test_fast_qed_equals_rdkits_own_with_explicit_hydrogens():
    mol = Chem.AddHs(Chem.MolFromSmiles("CCCCCCO"))  # its alert counts chain atoms with two neighbours
    assert qed(mol) == pytest.approx(QED.qed(mol), rel=1e-12)


def test_values_do_not_depend_on_the_order_in_which_they_are_computed():
    smiles = list(DRUGS.values())
    forward, backward = compute_properties(smiles), compute_properties(smiles, EXPECTED_NAMES[::-1])
    np.testing.assert_array_equal(forward, backward[EXPECTED_NAMES])


def test_twins_in_rdkits_descriptor_list():
    table = compute_properties(list(DRUGS.values()))
    twins = {"logp": "MolLogP", "tpsa": "TPSA", "molecular_weight": "MolWt", "heavy_atoms": "HeavyAtomCount"}
    for name, twin in twins.items():
        values = [getattr(Descriptors, twin)(Chem.MolFromSmiles(s)) for s in DRUGS.values()]
        np.testing.assert_allclose(table[name], values, rtol=1e-12)


def test_sa_score_orders_molecules_as_chemists_do():
    easy, hard = compute_properties([DRUGS["aspirin"], DRUGS["morphine"]])["sa_score"]
    assert 1.0 <= easy < 2.0 < 4.0 < hard <= 10.0


def test_ranges_hold_known_drugs():
    table = compute_properties(list(DRUGS.values()))
    for name, prop in PROPERTIES.items():
        assert table[name].between(prop.low, prop.high).all(), name


def test_a_failure_is_missing_and_leaves_its_neighbours_alone():
    table = compute_properties(["CCO", "not a molecule", "", None, "c1ccccc1"])  # type: ignore[list-item]
    assert table.isna().all(axis=1).tolist() == [False, True, True, True, False]
    assert table["heavy_atoms"].iloc[[0, 4]].tolist() == [3, 6]


def test_columns_are_those_asked_for_in_their_order():
    assert list(compute_properties(["CCO"], ["tpsa", "qed"]).columns) == ["tpsa", "qed"]
    empty = compute_properties([], ["tpsa"])
    assert empty.shape == (0, 1)
    assert empty["tpsa"].dtype == np.float64


def test_unknown_property_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"'clogp'.*known are qed, logp"):
        compute_properties(["CCO"], ["clogp"])


def test_one_string_is_no_list_of_molecules():
    with pytest.raises(ChemistryError, match=r"pass it as \[smiles\]"):
        compute_properties("CCO")


def test_values_are_shown_with_their_decimals():
    assert PROPERTIES["qed"].format(0.5678) == "0.57"
    assert PROPERTIES["rings"].format(3.0) == "3"
    assert [PROPERTIES["logp"].format(value) for value in (-0.0049, -0.0051)] == ["0.00", "-0.01"]
    assert PROPERTIES["qed"].format(float("nan")) == "n/a"


def test_import_of_the_room_loads_no_pandas_and_every_name_resolves():
    code = (
        "import sys, molconvex.chem as chem; heavy = {'pandas', 'matplotlib', 'torch'} & set(sys.modules); "
        "assert not heavy, heavy; assert all(callable(getattr(chem, n)) or n == 'PROPERTIES' for n in chem.__all__)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=".")


def test_unknown_name_of_the_room_is_an_attribute_error():
    import molconvex.chem

    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = molconvex.chem.nonsense
