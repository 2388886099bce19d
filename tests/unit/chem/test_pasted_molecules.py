"""What people paste: a SMILES, an InChI, a name; a name that nobody knows is no broken SMILES."""

import pytest

from molconvex.chem import identify
from molconvex.exceptions import ChemistryError

NAMES = {"celecoxib": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1", "aspirin": "CC(=O)Oc1ccccc1C(=O)O"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" Aspirin ", (NAMES["aspirin"], "aspirin")),
        ("CCO ethanol, pure", ("CCO", "ethanol, pure")),
        ("InChI=1S/CH4/h1H4 methane", ("C", "methane")),
        ("CCCC", ("CCCC", "")),
        ("ClCCBr", ("ClCCBr", "")),
        ("CC-CC", ("CC-CC", "")),
        ("CNO", ("CNO", "")),
        ("XYZ", ("XYZ", "")),  # too short to be a name: chemistry says what is wrong
    ],
)
def test_what_was_pasted(text: str, expected: tuple[str, str]) -> None:
    assert identify(text, NAMES) == expected


def test_a_misspelt_name_is_met_with_the_nearest_one() -> None:
    with pytest.raises(ChemistryError, match=r"^no drug called 'celecoxb' is known here; did you mean celecoxib\?$"):
        identify("celecoxb", NAMES)


def test_a_name_that_nobody_knows_is_said_to_be_one() -> None:
    with pytest.raises(ChemistryError, match="no drug called 'Unobtainium' is known here; paste its SMILES"):
        identify("Unobtainium", NAMES)
    assert identify("Unobtainium") == ("Unobtainium", "")  # where no names are known, it is for chemistry to say
