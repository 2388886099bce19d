import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from molconvex.chem import Molecule, parse
from molconvex.chem.plausibility import (
    Plausibility,
    PlausibilityTables,
    features,
    implausible_features,
    is_plausible,
    judgement,
    load_plausibility_tables,
)
from molconvex.exceptions import WeightsError
from molconvex.files import sha256_of
from scripts.build_plausibility_tables import count, write

KNOWN = ["CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1ccc(O)cc1", "CC1CCCCN1C(=O)c1ccccc1"] * max(
    judgement.MIN_NARROW_COUNT, judgement.MIN_RING_COUNT
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("tables")
    write(count(KNOWN), out, "three molecules")
    return out


@pytest.fixture(scope="module")
def tables(folder: Path) -> PlausibilityTables:
    return load_plausibility_tables(folder)


def test_what_was_counted_is_plausible(tables: PlausibilityTables) -> None:
    assert tables.molecules == len(KNOWN)
    assert tables.ring_systems["c1ccccc1"] == len(KNOWN)
    assert all(implausible_features(parse(smiles), tables) == [] for smiles in KNOWN)


def test_an_unknown_ring_system_is_named(tables: PlausibilityTables) -> None:
    reasons = implausible_features(parse("CC(=O)Nc1ccc2occc2c1"), tables)
    assert any(reason.startswith("ring system") and "(never seen)" in reason for reason in reasons)


@pytest.mark.parametrize(("number", "fine"), [(judgement.MIN_RING_COUNT - 1, False), (judgement.MIN_RING_COUNT, True)])
def test_a_ring_system_must_be_seen_often_enough(tables: PlausibilityTables, number: int, fine: bool) -> None:
    rings = dict(tables.ring_systems) | {"c1ccccc1": number}
    changed = PlausibilityTables(tables.molecules, rings, tables.narrow, tables.narrow_counts, tables.wide)
    reasons = implausible_features(parse(KNOWN[0]), changed)
    assert (reasons == []) is is_plausible(parse(KNOWN[0]), changed) is fine
    assert fine or reasons == [f"ring system c1ccccc1 (seen {number} times)"]


@pytest.mark.parametrize(
    ("number", "fine"), [(judgement.MIN_NARROW_COUNT - 1, False), (judgement.MIN_NARROW_COUNT, True)]
)
def test_an_environment_must_be_seen_often_enough(tables: PlausibilityTables, number: int, fine: bool) -> None:
    counts = np.full_like(tables.narrow_counts, number)
    changed = PlausibilityTables(tables.molecules, tables.ring_systems, tables.narrow, counts, tables.wide)
    reasons = implausible_features(parse(KNOWN[0]), changed)
    assert (reasons == []) is is_plausible(parse(KNOWN[0]), changed) is fine
    assert all(reason.startswith("atom with unusual neighbors ") for reason in reasons)


@pytest.mark.parametrize("more", [0, 1])
def test_a_few_unseen_surroundings_are_allowed(tables: PlausibilityTables, more: int) -> None:
    mol = parse(KNOWN[2])
    wide = features(mol).wide
    only_wide = np.setdiff1d(wide, features(mol).narrow)
    known = np.setdiff1d(tables.wide, only_wide[: judgement.MAX_UNSEEN_WIDE + more])
    changed = PlausibilityTables(tables.molecules, tables.ring_systems, tables.narrow, tables.narrow_counts, known)
    reasons = implausible_features(mol, changed)
    assert len(reasons) == more
    assert is_plausible(mol, changed) is (more == 0)
    assert more == 0 or "surroundings of atoms never seen" in reasons[0]


def test_what_the_lead_has_is_excused(tables: PlausibilityTables) -> None:
    lead = parse("CC(=O)Nc1ccc2occc2c1OO")
    assert len(implausible_features(lead, tables)) >= 3
    assert implausible_features(lead, tables, lead=lead) == []
    assert implausible_features(Molecule("CC(=O)Nc1ccc2occc2c1OO"), tables, lead=features(lead)) == []
    other = implausible_features(parse("CC(=O)Nc1ccc2occc2c1OC=C"), tables, lead=lead)
    assert "enol ether" in other
    assert not any("ring system" in reason for reason in other)


def test_aldehydes_are_named_on_request_alone(tables: PlausibilityTables) -> None:
    assert "aldehyde" not in implausible_features(parse("O=Cc1ccccc1"), tables)
    assert "aldehyde" in implausible_features(parse("O=Cc1ccccc1"), tables, flagged=True)


@pytest.mark.parametrize("lead", [None, "CC(=O)Nc1ccc2occc2c1", "CCOO", "C=C=CCC(=O)Nc1ccccc1"])
@pytest.mark.parametrize("text", ["CC(=O)Nc1ccc2occc2c1", "CC(=O)NOO", "C=C=CCC(=O)Nc1ccccc1", "O=Cc1ccccc1", "CCOC=C"])
def test_a_molecule_is_plausible_where_no_words_are_found(text: str, lead: str | None) -> None:
    mol, excused = parse(text), None if lead is None else features(parse(lead))
    assert is_plausible(mol, lead=excused) is (not implausible_features(mol, lead=excused))
    assert is_plausible(Molecule(text), lead=None if lead is None else Molecule(lead)) is is_plausible(
        mol, lead=excused
    )


def test_the_modes_have_the_words_of_the_settings() -> None:
    assert [str(mode) for mode in Plausibility] == ["reject", "flag", "off"]


@pytest.mark.parametrize("damage", ["missing", "altered", "cut short", "no manifest"])
def test_damaged_tables_are_an_error_never_an_empty_filter(tmp_path: Path, damage: str) -> None:
    write(count(KNOWN), tmp_path, "three molecules")
    rings, environments = tmp_path / "ring_systems.txt.gz", tmp_path / "environments.safetensors"
    if damage == "missing":
        rings.unlink()
    elif damage == "altered":
        rings.write_bytes(gzip.compress(b"c1ccccc1\t99", mtime=0))
    elif damage == "cut short":
        environments.write_bytes(environments.read_bytes()[:-1])
    else:
        (tmp_path / "manifest.json").unlink()
    with pytest.raises(WeightsError, match=r"missing|altered|manifest"):
        load_plausibility_tables(tmp_path)


def test_tables_with_the_right_checksum_and_wrong_contents(tmp_path: Path) -> None:
    write(count(KNOWN), tmp_path, "three molecules")
    (tmp_path / "ring_systems.txt.gz").write_bytes(gzip.compress(b"no counts here", mtime=0))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["files"]["ring_systems.txt.gz"] = sha256_of(tmp_path / "ring_systems.txt.gz")
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="no plausibility tables"):
        load_plausibility_tables(tmp_path)


def test_tables_of_another_numbering_are_refused(tmp_path: Path) -> None:
    write(count(["CCN"] * 3), tmp_path, "amines alone: aspirin's environments are missing")
    with pytest.raises(WeightsError, match="numbers environments differently"):
        load_plausibility_tables(tmp_path)


def test_the_same_molecules_make_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write(count(KNOWN), tmp_path, "three molecules")
    for name in ("ring_systems.txt.gz", "environments.safetensors", "manifest.json"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
