"""Numbers of atoms: lists of them, below the SMILES, in the drawing."""

import pytest

from molconvex.chem import parse
from molconvex.chem.atom_numbers import atom_list, draw_numbered, numbers_below
from molconvex.chem.kept_parts import kept_part
from molconvex.exceptions import ChemistryError

OSIMERTINIB = "C=CC(=O)Nc1cc(Nc2nccc(-c3cn(C)c4ccccc34)n2)c(OC)cc1N(C)CCN(C)C"


@pytest.mark.parametrize(
    ("atoms", "text"), [([], ""), ([4], "5"), ([0, 1], "1-2"), ([8, 0, 1, 5, 2, 7, 7], "1-3,6,8-9"), ([0, 2], "1,3")]
)
def test_lists_are_as_settings_write_them(atoms: list[int], text: str) -> None:
    assert atom_list(atoms) == text
    if atoms:
        assert sorted(kept_part(parse("CCCCCCCCCCCC"), text).atoms) == sorted(set(atoms))


def test_numbers_stand_below_their_atoms_and_carets_below_what_is_kept() -> None:
    assert numbers_below("CC(=O)Nc1ccc(O)cc1", kept={3, 10}) == [
        "CC(=O)Nc1ccc(O)cc1",
        "               11",
        "12  3 45 678 9 01",
        "      ^         ^",
    ]


def test_atoms_of_two_letters_and_in_brackets_count_once_and_ring_numbers_not_at_all() -> None:
    assert numbers_below("C[Se]c1c[nH]c%12c1.Cl%12Br") == ["C[Se]c1c[nH]c%12c1.Cl%12Br", "1 2  3 4 5  6   7  8    9"]


@pytest.mark.parametrize("width", [7, 8, 20, 61, 62, 200])
def test_a_long_smiles_is_broken_between_atoms_and_each_keeps_its_number(width: int) -> None:
    written, numbered = "", []
    lines = numbers_below(OSIMERTINIB, width=width)
    assert set(lines[3::4]) <= {""}
    for part in zip(lines[0::4], lines[1::4], lines[2::4], strict=True):
        smiles, tens, ones = (row.ljust(width) for row in part)
        assert len(smiles) == width
        written += smiles.strip()
        places = [place for place, sign in enumerate(smiles) if sign.isalpha()]
        assert not any((tens + ones)[place].strip() for place in range(width) if place not in places)
        numbered += [int(tens[place] + ones[place]) for place in places]
    assert written == OSIMERTINIB
    assert numbered == list(range(1, parse(OSIMERTINIB).GetNumAtoms() + 1))


def test_the_drawing_has_every_number_and_backs_what_is_kept() -> None:
    plain, kept = draw_numbered("Cc1ccccc1"), draw_numbered("Cc1ccccc1", kept={1, 2})
    assert "fill:#9ED3CE" not in plain
    assert kept.count("fill:#9ED3CE") == 3  # two atoms and the bond between them
    assert plain.startswith("<svg")
    assert "<title>Cc1ccccc1</title>" in plain
    with pytest.raises(ChemistryError):
        draw_numbered("c1cc")
