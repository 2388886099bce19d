"""Parts left out of molecules, and the contributions of atoms that follow from predictions of the rests."""

from xml.etree import ElementTree

import numpy as np
import pytest
import torch

from molconvex.assays.atom_contributions import CARD_MOLECULES, _solved, atom_contributions, with_contributions
from molconvex.chem import Molecule, compute_properties, standardize
from molconvex.chem.contribution_drawing import FAINTEST, contribution_color, draw_contributions
from molconvex.chem.left_out import leave_parts_out
from molconvex.exceptions import ChemistryError
from molconvex.surrogate import (
    FitSettings,
    Target,
    TrainingSettings,
    fit_surrogate,
    load_surrogate,
    make_dataset,
    save_surrogate,
)
from molconvex.surrogate.evidence.card import card_markdown


class CountingModel:
    """Latents are the counts of oxygen, nitrogen and carbon atoms."""

    latent_dim, fingerprint = 3, "counts"

    def try_encode(self, smiles):
        from molconvex.latent.model import Encoding

        counts = [[sum(a.GetSymbol() == s for a in Molecule(t).mol.GetAtoms()) for s in "ONC"] for t in smiles]
        return Encoding(torch.tensor(counts, dtype=torch.float32), [""] * len(smiles))


class Oxygens:
    """Predicts two for each oxygen."""

    def predict(self, z):
        return 2.0 * z[:, 0].double()


def test_parts_that_hang_on_single_bonds_are_left_out_and_inner_hetero_atoms_become_carbon() -> None:
    molecule = standardize("CC(=O)Nc1ccc(OC)cc1")
    symbols = [atom.GetSymbol() for atom in molecule.mol.GetAtoms()]
    found = {(part.smiles, "".join(sorted(symbols[i] for i in part.atoms))) for part in leave_parts_out(molecule)}
    assert (standardize("COc1ccccc1").smiles, "CCNO") in found
    assert (standardize("CC(=O)Nc1ccccc1").smiles, "CO") in found
    assert (standardize("CC(=O)Nc1ccc(O)cc1").smiles, "C") in found
    assert (standardize("CC(=O)Cc1ccc(OC)cc1").smiles, "N") in found
    assert (standardize("CC(=O)Nc1ccc(CC)cc1").smiles, "O") in found
    assert all(standardize(smiles).smiles == smiles for smiles, _ in found)


def test_no_more_than_six_tenths_leave_and_hydrogen_takes_the_place() -> None:
    for text in ("Cn1cccc1", "C[NH2+]Cc1ccccc1", "OC(=O)c1ccccc1", "CS(=O)(=O)N1CCOCC1", "c1ccccc1"):
        molecule = standardize(text)
        for part in leave_parts_out(molecule):
            assert len(part.atoms) <= 0.6 * molecule.mol.GetNumAtoms()
            assert "." not in part.smiles
    assert standardize("c1cc[nH]c1").smiles in {part.smiles for part in leave_parts_out(standardize("Cn1cccc1"))}
    assert leave_parts_out(standardize("c1ccccc1")) == []


def test_contributions_find_the_atoms_that_count() -> None:
    molecule = standardize("CC(=O)Nc1ccc(OC)c(C)c1")
    (found,) = atom_contributions({"oxygens": Oxygens()}, molecule, CountingModel()).values()
    values = np.array(found.values)
    oxygen = np.array([atom.GetSymbol() == "O" for atom in molecule.mol.GetAtoms()])
    assert values[oxygen].min() > 0.5
    assert np.abs(values[~oxygen]).max() < values[oxygen].max() / 2
    assert found.explained > 0.9
    assert found.parts >= 6
    assert atom_contributions({"oxygens": Oxygens()}, standardize("c1ccccc1"), CountingModel()) == {}


def test_contributions_add_up_where_they_can() -> None:
    absent = np.array([[1.0, 1, 0], [0, 1, 1], [1, 0, 0]])
    truth = np.array([1.0, -2.0, 0.5])
    found = _solved(absent, 5.0 - absent @ truth, 5.0)
    assert found.predicted == 5.0
    np.testing.assert_allclose(found.values, truth, atol=0.5)
    assert np.argmin(found.values) == 1
    assert 0.9 < found.explained <= 1
    assert _solved(absent, np.ones(3), 1.0).values == (0.0, 0.0, 0.0)


def test_surrogates_and_the_latent_model_at_work(toy_model) -> None:
    smiles = toy_model.smiles
    tpsa = compute_properties(smiles, ["tpsa"])["tpsa"].to_numpy()
    quick = FitSettings(
        members=1, orientation="convex", split="random", training=TrainingSettings(hidden=(16,), most_steps=100)
    )
    surrogate = fit_surrogate(make_dataset(toy_model.encode(smiles), tpsa, Target("tpsa", "", "minimize")), quick)
    molecule = standardize("Cc1ccc(C(N)=O)cc1")
    found = atom_contributions({"tpsa": surrogate}, molecule, toy_model)["tpsa"]
    polar = [i for i, atom in enumerate(molecule.mol.GetAtoms()) if atom.GetSymbol() in "NO"]
    assert np.mean([found.values[i] for i in polar]) > np.mean(found.values)


def test_drawings_color_what_raises_and_what_lowers() -> None:
    svg = draw_contributions("CCO", [0.0, -1.0, 2.0])
    assert "#F28C26" in svg.upper()
    assert svg.upper().count("FILL:#") >= 2
    assert "#F28C26" not in draw_contributions("CCO", [0.0, -1.0, -2.0]).upper()
    assert contribution_color(FAINTEST) is not None
    assert contribution_color(FAINTEST * 0.99) is None
    assert contribution_color(float("nan")) is None
    with pytest.raises(ChemistryError, match="3 atoms, there are 2"):
        draw_contributions("CCO", [1.0, 2.0])
    assert "<svg" in draw_contributions("CCO", [0.0, 0.0, 0.0])


def test_cards_draw_well_known_drugs_and_no_molecule_of_the_table(toy_model, tmp_path) -> None:
    smiles, name = toy_model.smiles, "polar (surface)"
    tpsa = compute_properties(smiles, ["tpsa"])["tpsa"].to_numpy()
    quick = FitSettings(members=1, orientation="convex", training=TrainingSettings(hidden=(16,), most_steps=100))
    data = make_dataset(toy_model.encode(smiles), tpsa, Target(name, "Å²", "minimize"))
    (surrogate,) = with_contributions([fit_surrogate(data, quick)], toy_model)
    records = surrogate.card["contributions"]
    assert [record["molecule"] for record in records] == list(CARD_MOLECULES)
    assert not {record["smiles"] for record in records} & set(smiles)
    for record in records:
        molecule = standardize(CARD_MOLECULES[record["molecule"]])
        expected = atom_contributions({"p": surrogate}, molecule, toy_model)["p"]
        assert record["values"] == pytest.approx(expected.values, rel=1e-3)
        assert record["predicted"] == float(surrogate.predict(toy_model.encode([molecule.smiles]))[0])
    folder = save_surrogate(tmp_path / "s", surrogate)
    text, drawing = (folder / "card.md").read_text(), folder / "contributions_polar_surface_.svg"
    assert f"]({drawing.name})" in text
    assert f"| celecoxib | {records[0]['predicted']:.3g} | {max(records[0]['values']):+.2g}" in text
    assert "not of the molecules" in text
    assert "the convex one" not in text
    refined = surrogate.card | {"refinement": {"share": 0.5, "molecules": 20, "conformal": None}}
    assert "The prediction taken apart is the convex one" in card_markdown(refined, surrogate.scaler)
    tried = card_markdown(surrogate.card | {"refinement": None}, surrogate.scaler)
    assert "The prediction taken apart" not in tried
    svg = drawing.read_text()
    assert svg.count("<svg") == 1 + len(records)
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert load_surrogate(folder).card == surrogate.card
    assert "contributions" not in card_markdown(surrogate.card | {"contributions": []}, surrogate.scaler)
