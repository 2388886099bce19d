import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from molconvex.chem import Molecule, parse, standardize
from molconvex.chem.edits import crossover, mutate
from molconvex.chem.edits.atom_changes import CHANGES
from molconvex.chem.edits.contexts import ContextFinder
from molconvex.chem.edits.crossing import cross, open_pieces
from molconvex.chem.edits.edit_sites import MAX_CUTS, cuttable_bonds, find_sites
from molconvex.chem.edits.fragments import (
    FragmentTable,
    context_hash,
    load_fragments,
    pack_fragments,
    save_fragments,
)
from molconvex.chem.edits.parents import MOST_PARENTS, Parent, _known, parent_of
from molconvex.chem.edits.swaps import Swapper, join
from molconvex.chem.kept_parts import kept_part
from molconvex.exceptions import ConfigError, WeightsError
from molconvex.files import sha256_of

LIBRARY = [
    "CCOc1ccc(C(=O)NCC(C)C)cc1",
    "COc1ccc(C(=O)NC2CC2)cc1",
    "Cc1ccc(C(=O)N(C)C)cc1F",
    "CC(C)Oc1ccc(S(=O)(=O)NCCN(C)C)cc1",
    "O=C(NCc1ccncc1)c1ccc(Cl)cc1",
    "CN(C)CCOc1ccc(CN2CCOCC2)cc1",
]
LEAD = "CCOc1ccc(C(=O)NCc2ccccc2)cc1"


def table_of(smiles: list[str], radii: tuple[int, ...] = (1, 2, 3)) -> FragmentTable:
    counts: Counter[tuple[int, str]] = Counter()
    sizes: dict[str, int] = {}
    for text in smiles:
        mol = parse(text)
        finder = ContextFinder(mol)
        for site in find_sites(mol):
            for radius in radii:
                context = finder.context(site, radius)
                counts[int(context_hash(context.key)), context.piece] += 1
                sizes[context.piece] = len(site.atoms)
    return pack_fragments(counts, sizes)


@pytest.fixture(scope="module")
def table() -> FragmentTable:
    return table_of(LIBRARY)


def products(text: str, table: FragmentTable, radius: int, **fixed: object) -> set[str]:
    return set(Swapper(parse(text), table, **fixed).all(radius))


# sites and contexts


def test_sites_of_a_small_molecule_are_all_connected_pieces() -> None:
    sites = find_sites(parse("COC1CC1"), sealed=range(5))
    assert {site.atoms for site in sites} == {(0,), (0, 1), (1,), (1, 2, 3, 4), (2, 3, 4)}
    assert all(1 <= len(site.cuts) <= MAX_CUTS for site in sites)


def test_hydrogens_are_sites_of_the_atoms_that_have_some() -> None:
    grown = {site.cuts[0][0] for site in find_sites(parse("CC(F)(F)c1ccccn1")) if not site.atoms}
    assert grown == {0, 5, 6, 7, 8}


@pytest.mark.parametrize(("most", "found"), [(5, False), (6, True)])
def test_pieces_are_no_larger_than_asked(most: int, found: bool) -> None:
    ring = tuple(range(1, 7))
    assert (ring in {site.atoms for site in find_sites(parse("Cc1ccccc1"), max_atoms=most)}) is found


@pytest.mark.parametrize("most", [1, 2, 3])
def test_grown_pieces_reach_the_largest_size_and_stop(most: int) -> None:
    sizes = {len(site.atoms) for site in find_sites(parse("CCCCO"), sealed=range(5), max_atoms=most)}
    assert max(sizes) == most


def test_contexts_do_not_depend_on_the_order_of_atoms() -> None:
    mol = parse(LEAD)
    expected = contexts_of(mol)
    generator = np.random.default_rng(0)
    for _ in range(5):
        assert contexts_of(Chem.RenumberAtoms(mol, generator.permutation(mol.GetNumAtoms()).tolist())) == expected


def contexts_of(mol: Chem.Mol) -> Counter[tuple[str, str]]:
    finder = ContextFinder(mol)
    found = [finder.context(site, radius) for site in find_sites(mol) for radius in (1, 2, 3)]
    return Counter((context.key, context.piece) for context in found)


def test_wider_contexts_tell_more_apart() -> None:
    near, far = parse("CCc1ccccc1"), parse("CCc1ccccn1")

    def keys(mol: Chem.Mol, radius: int) -> str:
        site = next(s for s in find_sites(mol) if s.atoms == (0, 1))
        return ContextFinder(mol).context(site, radius).key

    assert keys(near, 1) == keys(far, 1)
    assert keys(near, 2) != keys(far, 2)


@pytest.mark.parametrize("text", [*LIBRARY, "CC1CC1C=C", "C1CC12CC2", "C#CC(=O)O"])
def test_bonds_to_cut_are_the_single_ones_outside_rings(text: str) -> None:
    mol = parse(text)
    slowly = [
        bond.GetIdx() for bond in mol.GetBonds() if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
    ]
    assert cuttable_bonds(mol) == slowly


def test_the_key_alone_is_that_of_the_context() -> None:
    mol = parse(LEAD)
    finder = ContextFinder(mol)
    for site in find_sites(mol):
        for radius in (1, 2, 3):
            assert finder.key(site, radius) == finder.context(site, radius).key


# swaps


@pytest.mark.parametrize(("rest", "made"), [("CC(C)(C)[*:1]", "CC(C)(C)C"), ("CC(C)(C)(C)[*:1]", None)])
def test_a_product_with_one_bond_too_many_is_none(rest: str, made: str | None) -> None:
    open_rest = Chem.MolFromSmiles(rest, sanitize=False)
    assert join(open_rest, "C[*:1]") == made
    assert cross([open_rest], [Chem.MolFromSmiles("C[*:1]")], np.random.default_rng(0)) == made


def test_children_are_written_as_if_sanitized_in_full(table: FragmentTable) -> None:
    generator = np.random.default_rng(0)
    pieces = [piece for text in LIBRARY for piece in open_pieces(parse(text))]
    children = {cross(pieces, pieces, generator) for _ in range(300)} - {None}
    swaps = {made for text in LIBRARY for made in products(text, table, 2)}
    assert len(children) > 100
    assert len(swaps) > 10
    assert all(Chem.MolToSmiles(parse(text)) == text for text in children | swaps)


def test_a_swap_puts_a_piece_where_it_was_seen(table: FragmentTable) -> None:
    made = products(LEAD, table, 2)
    assert "COc1ccc(C(=O)NCc2ccccc2)cc1" in made  # methoxy on phenyl, from the second molecule
    assert "CCOc1ccc(C(=O)NCc2ccncc2)cc1" in made  # pyridylmethyl on an amide, from the fifth
    assert LEAD not in made


def test_products_are_forgotten_before_they_are_too_many(table: FragmentTable, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Swapper(parse(LEAD), table).all(2)
    assert len(expected) > 3
    monkeypatch.setattr("molconvex.chem.edits.swaps.MOST_PRODUCTS", 3)
    swapper = Swapper(parse(LEAD), table)
    assert swapper.all(2) == expected
    assert len(swapper._products) <= 3
    assert swapper.all(2) == expected


def test_swaps_change_the_size_within_bounds() -> None:
    chains = table_of([f"{'C' * length}c1ccccc1" for length in range(1, 8)])
    assert "CCCCCCc1ccccc1" in products("Cc1ccccc1", chains, 1)  # five atoms more
    assert "CCCCCCCc1ccccc1" not in products("Cc1ccccc1", chains, 1)
    assert "Cc1ccccc1" in products("CCCCCc1ccccc1", chains, 3)  # four atoms fewer
    assert "Cc1ccccc1" not in products("CCCCCCc1ccccc1", chains, 3)


def test_an_unknown_context_has_no_replacement(table: FragmentTable) -> None:
    assert products("C[Si](C)(C)C", table, 2) == set()


def test_every_swap_is_one_of_crem_and_most_of_crem_are_found(tmp_path: Path) -> None:
    crem = pytest.importorskip("crem.crem", reason="crem is not installed (it is in the extra dev)")
    from crem.db import create_db

    database = tmp_path / "fragments.db"
    create_db(LIBRARY, database, "seen", radii=(2,), max_heavy_atoms=10, frag_mode="acyclic", verbose=False)
    ours = table_of(LIBRARY, (2,))
    for text in [LEAD, "COc1ccc(CN(C)C)cc1"]:
        theirs = set(
            crem.mutate_mol(
                Chem.AddHs(parse(text)), str(database), radius=2, max_size=10, min_inc=-4, max_inc=5, min_freq=0
            )
        )
        made = products(text, ours, 2)
        assert made <= theirs
        assert len(made) >= 0.5 * len(theirs)


# small changes


@pytest.mark.parametrize("name", CHANGES)
def test_every_small_change_makes_a_molecule_somewhere(name: str) -> None:
    from molconvex.chem.edits.atom_changes import apply_change

    leads = ["COc1ccc(Cl)nc1CN(C)C(=O)C1CCNCC1", "Cc1ccc(CCOc2ccsc2F)cc1", "CCCN1CCC(O)CC1", "O=C(Nc1ccon1)C1CCOC1"]
    leads += ["CNC(=O)c1c[nH]c2ccc(Br)cc12", "CC(C)N1CCC(c2ccco2)CC1"]
    made = [mol for lead in leads for mol in apply_change(parse(lead), name, ())]
    assert made
    assert not any(atom.GetNumRadicalElectrons() for mol in made for atom in mol.GetAtoms())


def test_a_change_leaves_protected_atoms_alone() -> None:
    lead = parse("Cc1ccccc1")
    kept = Parent(lead, None, frozenset(range(7)))
    assert all(kept.draw_change(np.random.default_rng(seed)) is None for seed in range(50))
    free = Parent(lead, None)
    assert any(free.draw_change(np.random.default_rng(seed)) is not None for seed in range(50))


def test_what_is_known_of_a_parent_changes_no_edit_and_another_protection_is_another_parent(
    table: FragmentTable,
) -> None:
    lead = parse("CC(=O)Nc1ccc(O)cc1")

    def edits(mol: Chem.Mol, **fixed: object) -> list[str]:
        return [edit.molecule.smiles for edit in mutate(mol, 30, np.random.default_rng(1), table=table, **fixed)]

    first, again = edits(lead), edits(lead)
    assert first == again == edits(Chem.Mol(lead))
    assert edits(lead, protected=range(4)) == edits(Chem.Mol(lead), protected=range(4)) != first
    assert parent_of(lead, table) is parent_of(lead, table)
    assert parent_of(lead, table, [1]) is not parent_of(lead, table)
    for _ in range(MOST_PARENTS + 1):
        parent_of(Chem.Mol(lead), table)
    assert len(_known) == MOST_PARENTS


# edits


def test_edits_are_distinct_standard_and_never_the_parent(table: FragmentTable) -> None:
    edits = mutate(parse(LEAD), 60, np.random.default_rng(0), table=table)
    smiles = [edit.molecule.smiles for edit in edits]
    assert len(set(smiles)) == len(smiles) == 60
    assert LEAD not in smiles
    assert all(standardize(text).smiles == text for text in smiles)
    assert {edit.kind for edit in edits} == {"swap", "change"}


def test_a_seed_decides_everything(table: FragmentTable) -> None:
    first, again, other = (
        [e.molecule.smiles for e in mutate(parse(LEAD), 20, np.random.default_rng(seed), table=table)]
        for seed in (1, 1, 2)
    )
    assert (
        first == again == [e.molecule.smiles for e in mutate(Molecule(LEAD), 20, np.random.default_rng(1), table=table)]
    )
    assert first != other


@pytest.mark.parametrize("exact", [False, True])
def test_protected_atoms_are_really_kept(table: FragmentTable, exact: bool) -> None:
    lead = Molecule(LEAD)
    part = kept_part(lead, "C(=O)NCc1ccccc1", exact=exact)
    edits = mutate(
        lead, 40, np.random.default_rng(3), protected=part.atoms, sealed=part.atoms if exact else (), table=table
    )
    assert edits
    assert all(part.keeps(edit.molecule) for edit in edits)
    free = mutate(lead, 40, np.random.default_rng(3), table=table)
    assert not all(part.keeps(edit.molecule) for edit in free)


def test_kept_atoms_may_grow_unless_sealed(table: FragmentTable) -> None:
    lead = Molecule(LEAD)
    loose, exact = kept_part(lead, "c1ccccc1"), kept_part(lead, "c1ccccc1", exact=True)
    grown = mutate(lead, 60, np.random.default_rng(5), protected=loose.atoms, table=table)
    assert any(not exact.keeps(edit.molecule) for edit in grown)


def test_a_fully_sealed_molecule_gives_nothing(table: FragmentTable) -> None:
    atoms = range(parse(LEAD).GetNumAtoms())
    assert mutate(parse(LEAD), 3, np.random.default_rng(0), protected=atoms, sealed=atoms, table=table) == []


def test_children_hold_pieces_of_both_parents() -> None:
    mother, father = parse("CCOc1ccc(C(=O)NC)cc1"), parse("Clc1cc(Cl)nc(CN2CCOCC2)c1")
    children = crossover(mother, father, 8, np.random.default_rng(0))
    assert len({child.molecule.smiles for child in children}) == 8
    assert {child.kind for child in children} == {"cross"}


def test_children_keep_protected_atoms_of_the_first_parent() -> None:
    mother, father = Molecule("CCOc1ccc(C(=O)NC)cc1"), parse("Clc1cc(Cl)nc(CN2CCOCC2)c1")
    part = kept_part(mother, "c1ccccc1C(=O)N")
    children = crossover(mother, father, 10, np.random.default_rng(0), protected=part.atoms)
    assert children
    assert all(part.keeps(child.molecule) for child in children)
    assert not all(part.keeps(child.molecule) for child in crossover(mother, father, 10, np.random.default_rng(0)))


def test_a_molecule_without_bonds_to_cut_has_no_children() -> None:
    assert crossover(parse("c1ccccc1"), parse("c1ccncc1"), 3, np.random.default_rng(0)) == []


@pytest.mark.parametrize(
    ("n", "protected", "message"), [(0, (), "at least 1 edit"), (1, (-1,), "0 to 19"), (1, (20,), "0 to 19")]
)
def test_bad_requests(table: FragmentTable, n: int, protected: tuple[int, ...], message: str) -> None:
    assert parse(LEAD).GetNumAtoms() == 19
    with pytest.raises(ConfigError, match=message.replace("19", "18")):
        mutate(parse(LEAD), n, np.random.default_rng(0), protected=protected, table=table)


# the table


def test_rows_of_one_key_add_up_and_come_back_from_disk(tmp_path: Path) -> None:
    made = table_of([*LIBRARY, LIBRARY[0]])
    files = save_fragments(made, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {f: sha256_of(tmp_path / f) for f in files}}))
    again = load_fragments(tmp_path)
    assert again.fragments == made.fragments
    assert again.members.tolist() == made.members.tolist()
    assert again.counts.tolist() == made.counts.tolist()
    once = table_of(LIBRARY)
    assert made.counts.sum() > once.counts.sum()
    assert len(made.members) == len(once.members)


def test_the_same_table_is_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        files = save_fragments(table_of(LIBRARY), folder)
    assert all((first / f).read_bytes() == (second / f).read_bytes() for f in files)


@pytest.mark.parametrize("damage", ["missing", "altered", "no manifest"])
def test_a_damaged_table_is_an_error_by_name(tmp_path: Path, damage: str) -> None:
    files = save_fragments(table_of(LIBRARY), tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"files": {f: sha256_of(tmp_path / f) for f in files}}))
    if damage == "missing":
        (tmp_path / files[0]).unlink()
    elif damage == "altered":
        (tmp_path / files[1]).write_bytes((tmp_path / files[1]).read_bytes() + b" ")
    else:
        (tmp_path / "manifest.json").unlink()
    with pytest.raises(WeightsError, match=r"manifest|missing|altered"):
        load_fragments(tmp_path)
