import pytest

from molconvex.chem import parse, tanimoto
from molconvex.chem.kept_parts import kept_part
from molconvex.chem.structure_rules import StructureRules, changed_atoms
from molconvex.exceptions import ChemistryError, ConfigError

LEAD = "CCOc1ccc(C(=O)NC2CCNCC2)cc1"


def test_no_rules_break_nothing() -> None:
    assert StructureRules(parse(LEAD)).broken_rules(parse("C")) == []


@pytest.mark.parametrize(("fewest", "most", "broken"), [(18, 18, 0), (19, None, 1), (None, 17, 1), (None, 18, 0)])
def test_heavy_atom_bounds_are_allowed_themselves(fewest: int | None, most: int | None, broken: int) -> None:
    rules = StructureRules(parse(LEAD), min_heavy_atoms=fewest, max_heavy_atoms=most)
    assert parse(LEAD).GetNumHeavyAtoms() == 18
    assert len(rules.broken_rules(parse(LEAD))) == broken


def test_similarity_bounds_are_allowed_themselves() -> None:
    child = "CCOc1ccc(C(=O)NC2CCN(C)CC2)cc1"
    similarity = float(tanimoto(LEAD, [child])[0])
    assert StructureRules(parse(LEAD), min_similarity=similarity).broken_rules(parse(child)) == []
    assert StructureRules(parse(LEAD), max_similarity=similarity).broken_rules(parse(child)) == []
    above = StructureRules(parse(LEAD), min_similarity=similarity + 1e-6)
    below = StructureRules(parse(LEAD), max_similarity=similarity - 1e-6)
    assert "similarity" in above.broken_rules(parse(child))[0]
    assert "similarity" in below.broken_rules(parse(child))[0]


def test_kept_and_avoided_parts() -> None:
    part = kept_part(parse(LEAD), "C(=O)NC1CCNCC1")
    rules = StructureRules(parse(LEAD), kept=[part], avoided=["[F,Cl]", "[N+](=O)[O-]"])
    assert rules.broken_rules(parse("CCCc1ccc(C(=O)NC2CCNCC2)cc1")) == []
    broken = rules.broken_rules(parse("CCOc1cc(Cl)c(C(=O)OC2CCNCC2)cc1"))
    assert len(broken) == 2
    assert "lacks the part to keep" in broken[0]
    assert broken[1] == "has [F,Cl], which is to be avoided"


@pytest.mark.parametrize(
    ("other", "changed"),
    [
        (LEAD, 0),
        ("COc1ccc(C(=O)NC2CCNCC2)cc1", 1),
        ("CCCOc1ccc(C(=O)NC2CCNCC2)cc1", 1),
        ("CCOc1ccc(C(=O)NC2CCOCC2)cc1", 1),
        ("CCSc1ccc(C(=O)NC2CCNCC2)cc1", 3),
        ("CCOc1ccc(C(=O)NC2CCNC2)cc1", 1),
        ("CCOc1ccc(C(=O)NCCCCC)cc1", 6),
    ],
)
def test_changed_atoms(other: str, changed: int) -> None:
    assert changed_atoms(parse(LEAD), parse(other)) == changed


def test_as_many_changes_as_allowed() -> None:
    child = parse("CCCCOc1ccc(C(=O)NC2CCNCC2)cc1C")
    changed = changed_atoms(parse(LEAD), child)
    assert StructureRules(parse(LEAD), max_changed_atoms=changed).broken_rules(child) == []
    assert "atoms changed" in StructureRules(parse(LEAD), max_changed_atoms=changed - 1).broken_rules(child)[0]


def test_a_difference_in_size_alone_is_enough() -> None:
    assert changed_atoms(parse(LEAD), parse("C" * 60), at_most=5) == 42


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_similarity": 0.6, "max_similarity": 0.5}, "similarity bounds"),
        ({"min_similarity": -0.1}, "similarity bounds"),
        ({"max_similarity": 1.1}, "similarity bounds"),
        ({"min_heavy_atoms": 30, "max_heavy_atoms": 29}, "heavy atoms"),
        ({"min_heavy_atoms": -1}, "heavy atoms"),
        ({"max_changed_atoms": 0}, "at least 1 atom"),
    ],
)
def test_contradictory_bounds(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        StructureRules(parse(LEAD), **settings)


def test_an_unreadable_pattern_to_avoid_is_named() -> None:
    with pytest.raises(ChemistryError, match=r"'c1cc' as SMARTS"):
        StructureRules(parse(LEAD), avoided=["[F]", "c1cc"])
