"""Drawings: well-formed, self-contained, the lead's layout kept and only what is new marked."""

from base64 import b64decode
from xml.etree import ElementTree

import numpy as np
import pytest

from molconvex.chem import draw_svg, svg_data_uri
from molconvex.chem.layout import lay_out, lay_out_over
from molconvex.exceptions import ChemistryError, ConfigError

SVG = "{http://www.w3.org/2000/svg}"
PROPRANOLOL = "CC(C)NCC(O)COc1cccc2ccccc12"
METHOXY = "CC(C)NCC(O)COc1ccc(OC)c2ccccc12"
AMBER = "#FFCC72"


def test_svg_is_well_formed_with_the_size_asked_for_and_names_its_molecule():
    root = ElementTree.fromstring(draw_svg("CC(=O)Oc1ccccc1C(=O)O", width=300, height=200))
    assert root.tag == f"{SVG}svg"
    assert (root.get("width"), root.get("height")) == ("300px", "200px")
    assert root.findtext(f"{SVG}title") == "CC(=O)Oc1ccccc1C(=O)O"
    assert len(root.findall(f"{SVG}path")) > 10


def test_arrows_of_dative_bonds_do_not_break_the_title():
    smiles = "Cl[Pt](Cl)(<-N)<-N"
    assert ElementTree.fromstring(draw_svg(smiles)).findtext(f"{SVG}title") == smiles


def test_svg_can_stand_inside_html_and_asks_nothing_of_the_network():
    svg = draw_svg("C[N+](C)(C)C.[Cl-]")
    assert svg.startswith("<svg ")
    assert svg.count("http") == 1  # the namespace
    assert "<script" not in svg
    assert "<?xml" not in svg


def test_background_is_white_or_absent():
    assert "fill:#FFFFFF" in draw_svg("CCO")
    assert "fill:#FFFFFF" not in draw_svg("CCO", background="transparent")
    with pytest.raises(ConfigError, match="background"):
        draw_svg("CCO", background="black")  # type: ignore[arg-type]


def test_data_uri_gives_the_svg_back():
    svg = draw_svg("CCO")
    head, body = svg_data_uri(svg).split(",")
    assert head == "data:image/svg+xml;base64"
    assert b64decode(body).decode() == svg


def test_only_what_the_lead_lacks_is_marked():
    layout = lay_out_over(METHOXY, PROPRANOLOL)
    assert sorted(layout.mol.GetAtomWithIdx(i).GetSymbol() for i in layout.new_atoms) == ["C", "O"]
    assert len(layout.new_bonds) == 2
    assert AMBER in draw_svg(METHOXY, highlight=PROPRANOLOL)
    assert AMBER not in draw_svg(METHOXY)


def test_the_lead_itself_has_nothing_new():
    layout = lay_out_over(PROPRANOLOL, PROPRANOLOL)
    assert layout.new_atoms == layout.new_bonds == ()


def test_shared_scaffold_lies_where_the_lead_has_it():
    lead, layout = lay_out(PROPRANOLOL).mol, lay_out_over(METHOXY, PROPRANOLOL)
    theirs = lead.GetConformer().GetPositions()
    ours = layout.mol.GetConformer().GetPositions()
    shared = [i for i in range(len(ours)) if i not in layout.new_atoms]
    distances = np.linalg.norm(ours[shared][:, None] - theirs[None], axis=-1).min(axis=1)
    assert distances.max() < 0.05
    unaligned = lay_out(METHOXY).mol.GetConformer().GetPositions()
    assert np.linalg.norm(unaligned[shared][:, None] - theirs[None], axis=-1).min(axis=1).max() > 0.05


def test_unlike_molecules_are_drawn_plainly():
    layout = lay_out_over("CCO", PROPRANOLOL)
    assert layout.new_atoms == ()


def test_search_stops_when_its_steps_are_spent(monkeypatch):
    wide = lay_out_over(METHOXY, PROPRANOLOL)
    monkeypatch.setattr("molconvex.chem.layout.SEARCH_STEPS", 5)
    narrow = lay_out_over(METHOXY, PROPRANOLOL)
    assert len(narrow.new_atoms) > len(wide.new_atoms)


def test_a_hard_pair_is_drawn_within_its_step_budget_and_the_same_each_time():
    cage = "C12C3C4C1C5C2C3C45"
    chain = "CC(C)(C)" * 10 + "C"
    for smiles, lead in [(cage + "CCCCC", cage), (chain, "CC(C)(C)" * 9 + "O")]:
        assert draw_svg(smiles, highlight=lead) == draw_svg(smiles, highlight=lead)


@pytest.mark.parametrize("size", [(0, 100), (100, -1), (100_000, 100)])
def test_a_size_that_makes_no_sense_is_refused(size):
    with pytest.raises(ConfigError, match="pixels"):
        draw_svg("CCO", *size)


@pytest.mark.parametrize("bad", ["", "c1ccccc", ["CCO"], 7])
def test_unreadable_molecule_or_lead_is_refused(bad):
    with pytest.raises(ChemistryError):
        draw_svg(bad)
    with pytest.raises(ChemistryError):
        draw_svg("CCO", highlight=bad)
