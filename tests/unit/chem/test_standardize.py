"""Standardising: what drug names stand for, written in many ways, becomes one SMILES with its changes named."""

from pathlib import Path

import pytest
from rdkit import Chem

from molconvex.chem import Molecule, parse, read_molecules, standardize
from molconvex.chem.fingerprints import fingerprint_of_canonical, morgan_fingerprint
from molconvex.chem.standardize import standardize_product
from molconvex.exceptions import ChemistryError

DRUGS = Path(__file__).parents[3] / "data" / "examples" / "drugs.csv"


def canonical(smiles: str) -> str:
    return Chem.MolToSmiles(Chem.MolFromSmiles(smiles))


@pytest.mark.parametrize(
    ("smiles", "standard", "note"),
    [
        ("CC(=O)[O-].[Na+]", "CC(=O)O", "left out [Na+]"),
        ("CC[NH+](CC)CC(=O)Nc1c(C)cccc1C.[Cl-]", "CCN(CC)CC(=O)Nc1c(C)cccc1C", "left out [Cl-]"),
        ("CN1CCC(CC1)OC(c1ccccc1)c1ccccc1.OC(=O)CC(O)(C(=O)O)CC(=O)O", "CN1CCC(OC(c2ccccc2)c2ccccc2)CC1", "left out"),
        ("C[C@H](N)C(=O)O", "CC(N)C(=O)O", "stereochemistry removed"),
        ("C/C=C/c1ccccc1", "CC=Cc1ccccc1", "stereochemistry removed"),
        ("[2H]C([2H])([2H])Oc1ccccc1", "COc1ccccc1", "isotope labels removed"),
        ("[13CH3]Oc1ccccc1", "COc1ccccc1", "isotope labels removed"),
        ("[NH3+]CC(=O)[O-]", "NCC(=O)O", "neutralised"),
        ("[Na+].c1ccc[cH-]1", "C1=CCC=C1", "neutralised"),
        ("[Fe+2].c1cc[cH-]c1.c1cc[cH-]c1", "C1=CCC=C1", "left out [Fe+2]"),
        ("[cH+]1cccccc1", "C1=CC=CCC=C1", "neutralised"),
    ],
)
def test_each_change_is_made_and_named(smiles, standard, note):
    result = standardize(smiles)
    assert result.smiles == canonical(standard)
    assert any(note in text for text in result.notes), result.notes


@pytest.mark.parametrize(
    "smiles",
    ["CCO", "c1ccccc1C(=O)O", "C[N+](C)(C)CCO", "O=[N+]([O-])c1ccccc1", "O=c1cc[nH]cc1", "CS(=O)(=O)C", "ClCCl"],
)
def test_what_is_standard_already_stays_and_has_no_notes(smiles):
    standard = standardize(smiles)
    assert standard == Molecule(canonical(smiles))
    assert standard.notes == ()


def test_spellings_of_one_molecule_agree():
    spellings = [
        "OC(=O)c1ccccc1OC(C)=O",
        "CC(=O)Oc1ccccc1C(O)=O",
        "O=C(C)Oc1c(C([O-])=O)cccc1.[K+]",
        " CC(=O)OC1=CC=CC=C1C(=O)O ",
    ]
    assert {standardize(s).smiles for s in spellings} == {canonical("CC(=O)Oc1ccccc1C(=O)O")}


@pytest.mark.parametrize(
    "smiles",
    ["CN1CCC[C@H]1c1cccnc1.OC(=O)CCC(=O)O", "C[n+]1ccccc1.[I-]", "[O-]c1ccccc1.[Na+]", "NC(Cc1ccccc1)C(=O)O.Cl"],
)
def test_standardising_twice_changes_nothing_more(smiles):
    once = standardize(smiles)
    again = standardize(once.smiles)
    assert again == once
    assert again.notes == ()


def test_a_valence_that_comes_apart_is_refused_in_words():
    with pytest.raises(ChemistryError, match="does not survive standardisation"):
        standardize("C[Si-](C)(=O)([2H])")


def test_two_halves_of_a_mixture_are_left_to_the_chemist():
    with pytest.raises(ChemistryError, match="without a clear parent"):
        standardize("CC(=O)Oc1ccccc1C(=O)O.CC(=O)Nc1ccc(O)cc1")


def test_two_copies_of_one_molecule_are_no_mixture():
    assert standardize("CCN(CC)CC.CCN(CC)CC.OS(=O)(=O)O").smiles == "CCN(CC)CC"


@pytest.mark.parametrize("smiles", ["[Na+].[Cl-]", "O", "N#N", "O=S(=O)(O)O"])
def test_inorganic_is_refused(smiles):
    with pytest.raises(ChemistryError, match="organic"):
        standardize(smiles)


HOSTILE = {
    "empty": ("", "a SMILES is needed"),
    "blank": (" \t ", "a SMILES is needed"),
    "None": (None, "a SMILES is needed, got None"),
    "number": (3.5, "a SMILES is needed, got 3.5"),
    "bytes": (b"CCO", "a SMILES is needed"),
    "10,000 atoms": ("C" * 10_000, "10,000 characters"),
    "zero-width": ("CC\u200bO", r"\\u200b"),
    "null": ("CC\0O", "cannot read"),
    "name attached": ("CCO ethanol", "name apart"),
    "tabbed name": ("CCO\tethanol", "name apart"),
    "open ring": ("c1ccccc", "syntax"),
    "valence": ("C(C)(C)(C)(C)C", "valence"),
    "no kekule form": ("c1cccc1", "kekul"),
    "cyrillic": ("ССО", "plain ASCII"),
    "brackets": ("[" * 1999, "cannot read"),
}


@pytest.mark.parametrize(("smiles", "text"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_refused_in_few_words(smiles, text, capfd):
    for function in (parse, standardize):
        with pytest.raises(ChemistryError, match=f"(?i){text}") as caught:
            function(smiles)
        assert len(str(caught.value)) < 300
    assert capfd.readouterr().err == ""


def test_text_that_is_no_unicode_is_refused():
    """Bytes of a terminal that are no UTF-8 reach Python as lone surrogates."""
    with pytest.raises(ChemistryError):
        parse("CC\udcffO")


def test_longest_text_that_is_read():
    assert parse("C" * 2_000).GetNumAtoms() == 2_000
    with pytest.raises(ChemistryError):
        parse("C" * 2_001)


# products of edits


@pytest.mark.parametrize("text", ["CCO", "c1cc[nH]c1", "CC(=O)Oc1ccccc1C(=O)O", "O=c1[nH]cnc2[nH]cnc12"])
def test_a_canonical_text_without_anything_to_change_is_parsed_when_needed_only(text: str) -> None:
    made = standardize_product(text)
    assert "mol" not in vars(made)
    assert made == standardize(text)
    assert made.fingerprint == standardize(text).fingerprint
    assert Chem.MolToSmiles(made.mol) == text


@pytest.mark.parametrize("text", ["C[NH3+]", "[2H]C", "C[C@H](N)O", "CCO.Cl"])
def test_what_may_need_standardizing_is_standardized(text: str) -> None:
    assert standardize_product(text) == standardize(text)


@pytest.mark.parametrize("text", ["O", "ClCl", "N=[N+]=[N-]"])
def test_products_without_carbon_are_refused(text: str) -> None:
    with pytest.raises(ChemistryError, match="no carbon"):
        standardize_product(text)
    assert standardize_product("CCl").smiles == "CCl"


def test_fingerprints_of_canonical_texts_are_those_of_the_molecules() -> None:
    drugs = [item.smiles for item in read_molecules(DRUGS)]
    plain = [molecule for molecule in map(standardize, drugs) if "[" not in molecule.smiles.replace("[nH]", "")]
    assert len(plain) > 20
    for molecule in plain:
        assert fingerprint_of_canonical(molecule.smiles) == morgan_fingerprint(molecule.mol)
