import pytest

from molconvex.chem import parse
from molconvex.chem.kept_parts import joined_atom_lists, kept_part, read_smarts
from molconvex.exceptions import ChemistryError, ConfigError

CELECOXIB = "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1"


def test_smarts_is_kept_where_the_lead_has_it() -> None:
    part = kept_part(parse(CELECOXIB), "c1cnnc1")
    assert part.keeps(parse("Cc1ccnn1C"))
    assert not part.keeps(parse("Cc1ccno1"))
    assert all(parse(CELECOXIB).GetAtomWithIdx(i).GetIsAromatic() for i in part.atoms)


def test_atom_numbers_count_the_standard_smiles_from_one() -> None:
    lead = parse(CELECOXIB)
    part = kept_part(lead, "16-18, 19, 20-22")
    assert sorted(part.atoms) == list(range(15, 22))
    symbols = sorted(lead.GetAtomWithIdx(i).GetSymbol() for i in part.atoms)
    assert symbols == sorted(["C", "C", "C", "S", "N", "O", "O"])


def test_atoms_keep_element_charge_aromaticity_and_ring() -> None:
    part = kept_part(parse("CCC1CCNCC1"), "3-8")
    assert part.keeps(parse("OC1CCNCC1"))
    assert not part.keeps(parse("OC1CCOCC1"))
    assert not part.keeps(parse("Oc1ccncc1"))
    assert not part.keeps(parse("CCC(CC)CNC"))


def test_chain_atoms_stay_a_chain() -> None:
    part = kept_part(parse("CCCCc1ccccc1"), "2-4")
    assert part.keeps(parse("CCCc1ccncc1"))
    assert not part.keeps(parse("C1CCCCC1"))


def test_exact_parts_take_no_new_neighbors() -> None:
    lead = parse("CCc1ccccc1")
    loose, exact = kept_part(lead, "c1ccccc1"), kept_part(lead, "c1ccccc1", exact=True)
    grown = parse("CCc1ccc(F)cc1")
    assert loose.keeps(grown)
    assert not exact.keeps(grown)
    assert exact.keeps(parse("CCCc1ccccc1"))


def test_the_part_is_found_again_in_a_descendant() -> None:
    part = kept_part(parse("CCc1ccncc1"), "c1ccncc1")
    child = parse("FC(F)Oc1ccncc1")
    assert {child.GetAtomWithIdx(i).GetIdx() for i in part.locate(child)} == set(range(4, 10))
    assert part.locate(parse("CCO")) == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [("c1cc", "cannot read"), ("[Br]", "lacks the part"), ("", "cannot read"), ("C.Br", "lacks the part")],
)
def test_parts_that_cannot_be_kept(text: str, message: str) -> None:
    with pytest.raises(ChemistryError, match=message):
        kept_part(parse(CELECOXIB), text)


@pytest.mark.parametrize(
    ("text", "message"), [("0", "1 to 26"), ("27", "1 to 26"), ("5-2", "backwards; write 2-5"), ("1-99", "1 to 26")]
)
def test_atom_numbers_out_of_range(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        kept_part(parse(CELECOXIB), text)


def test_first_and_last_atom_are_in_range() -> None:
    assert kept_part(parse(CELECOXIB), "1,26").keeps(parse(CELECOXIB))


def test_a_part_that_leaves_nothing_to_change() -> None:
    lead = parse("CCO")
    with pytest.raises(ConfigError, match="nothing to change"):
        kept_part(lead, "1-3", exact=True)
    with pytest.raises(ConfigError, match="nothing to change"):
        kept_part(parse("FC(F)(F)F"), "1-5")
    assert kept_part(lead, "1-3").keeps(parse("CC(F)O"))
    assert kept_part(lead, "1-2", exact=True).atoms


def test_numbered_atoms_are_meant_even_where_the_lead_has_their_like_elsewhere() -> None:
    lead = parse("Cc1ccc(C(=O)Nc2ccccc2)cc1")
    part = kept_part(lead, "9-14")
    assert sorted(part.atoms) == sorted(part.locate(lead)) == list(range(8, 14))
    assert part.keeps(parse("Cc1ccc(C(=O)Nc2ccccc2C)cc1"))
    assert part.keeps(parse("O=C(Nc1ccccc1)C1CC1"))
    assert not part.keeps(parse("Cc1ccc(C(=O)NCC)cc1"))


def test_parts_that_look_alike_must_be_there_once_each() -> None:
    lists = joined_atom_lists(["1-4, 13-14", "[OH]", "7 - 12"])
    assert lists == ["1-4,13-14,7-12", "[OH]"]
    rings = kept_part(parse("c1ccc(CCc2ccccc2)cc1"), lists[0])
    assert rings.keeps(parse("c1ccc(CCCc2ccccc2)cc1"))
    assert not rings.keeps(parse("CCCc1ccccc1"))
    assert joined_atom_lists(["[OH]"]) == ["[OH]"]


@pytest.mark.parametrize("text", ["1 2", "1-6 9", "c1ccccc1 [OH]", "F/C=C\n1cccc1"])
def test_what_follows_a_blank_is_not_passed_over(text: str) -> None:
    with pytest.raises(ChemistryError, match="holds blanks"):
        kept_part(parse(CELECOXIB), text)
    with pytest.raises(ChemistryError, match="holds blanks"):
        read_smarts(text)


def test_atom_numbers_out_of_range_are_answered_with_the_smiles_that_they_count() -> None:
    assert kept_part(parse("Cc1ccccc1"), "2-7").keeps(parse("Oc1ccccc1"))
    with pytest.raises(ConfigError, match=r"from 1 to 7 of the lead, got 8; .* its standard SMILES, Cc1ccccc1, from"):
        kept_part(parse("Cc1ccccc1"), "8")
    with pytest.raises(ConfigError, match="got 0; they count the heavy atoms"):
        kept_part(parse("Cc1ccccc1"), "0")
