"""Fingerprints, Tanimoto and diverse picking, each against a slow obvious twin."""

import numpy as np
import pytest
from rdkit.Chem import rdFingerprintGenerator

from molconvex.chem import morgan_fingerprint, parse, pick_diverse, tanimoto
from molconvex.chem.fingerprints import fingerprint_bits
from molconvex.exceptions import ChemistryError, ConfigError

SMILES = [
    "CC(=O)Oc1ccccc1C(=O)O",
    "O=C(O)c1ccccc1O",
    "CC(=O)Nc1ccc(O)cc1",
    "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "Cn1c(=O)c2[nH]cnc2n(C)c1=O",
    "CC(C)Cc1ccc(C(C)C(=O)O)cc1",
    "COc1ccc2cc(C(C)C(=O)O)ccc2c1",
    "CCO",
]


def slow_tanimoto(a: str, b: str) -> float:
    x, y = (set(morgan_fingerprint(parse(s)).GetOnBits()) for s in (a, b))
    return len(x & y) / len(x | y)


def test_fingerprint_has_2048_bits_and_ignores_stereo():
    left, right = (morgan_fingerprint(parse(s)) for s in ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"))
    assert left.GetNumBits() == 2048
    assert left == right


@pytest.mark.parametrize("smiles", SMILES)
def test_zeros_and_ones_are_those_of_the_fingerprint(smiles):
    fingerprint = morgan_fingerprint(parse(smiles))
    bits = fingerprint_bits(fingerprint)
    assert bits.dtype == np.float32
    assert bits.tolist() == [float(bit) for bit in fingerprint.ToBitString()]


def test_fingerprint_has_radius_2():
    mol = parse(SMILES[0])
    by_radius = [
        rdFingerprintGenerator.GetMorganGenerator(radius=r, fpSize=2048).GetFingerprint(mol) for r in (1, 2, 3)
    ]
    assert [morgan_fingerprint(mol) == fp for fp in by_radius] == [False, True, False]


def test_bulk_tanimoto_equals_the_slow_twin():
    for a in SMILES:
        np.testing.assert_allclose(tanimoto(a, SMILES), [slow_tanimoto(a, b) for b in SMILES], rtol=1e-12)


def test_unreadable_others_are_missing_in_place():
    similarity = tanimoto("CCO", ["CCO", "nonsense!", "c1ccccc1"])
    assert similarity[0] == 1.0
    assert np.isnan(similarity).tolist() == [False, True, False]


def test_nothing_to_compare_with_is_an_empty_array():
    assert tanimoto("CCO", []).shape == (0,)
    assert np.isnan(tanimoto("CCO", [""])).all()


def test_an_unreadable_lead_or_a_single_text_is_refused():
    with pytest.raises(ChemistryError, match="nonsense"):
        tanimoto("nonsense!", SMILES)
    with pytest.raises(ChemistryError, match="a list of SMILES"):
        tanimoto("CCO", "CCO")


def slow_max_min(smiles: list[str], first: int, k: int) -> set[float]:
    """Greedy MaxMin by definition; returns the distances at which molecules were picked, since ties are free."""
    picked, distances = [first], set()
    while len(picked) < k:
        nearest = {i: min(1 - slow_tanimoto(smiles[i], smiles[j]) for j in picked) for i in range(len(smiles))}
        best = max((i for i in nearest if i not in picked), key=nearest.__getitem__)
        distances.add(round(nearest[best], 9))
        picked.append(best)
    return distances


def test_max_min_picks_at_the_distances_of_the_slow_twin():
    picks = pick_diverse(SMILES, 4, first=[0])
    steps = {
        round(min(1 - slow_tanimoto(SMILES[p], SMILES[q]) for q in picks[:i]), 9) for i, p in enumerate(picks) if i
    }
    assert picks[0] == 0
    assert steps == slow_max_min(SMILES, first=0, k=4)


def test_picks_are_distinct_and_repeat_for_a_seed():
    assert pick_diverse(SMILES, 5, seed=3) == pick_diverse(SMILES, 5, seed=3)
    assert len(set(pick_diverse(SMILES, 5, seed=3))) == 5
    assert len({tuple(pick_diverse(SMILES, 3, seed=s)) for s in range(20)}) > 1


def test_fewer_molecules_than_asked_for_all_come_back():
    assert pick_diverse(SMILES[:3], 10, first=[2]) == [2, 0, 1]
    assert pick_diverse([], 3) == []


def test_bad_settings_and_rows_are_named():
    with pytest.raises(ConfigError, match="k must be at least 1"):
        pick_diverse(SMILES, 0)
    with pytest.raises(ConfigError, match="rows from 0 to 7"):
        pick_diverse(SMILES, 2, first=[8])
    with pytest.raises(ChemistryError, match="row 1: "):
        pick_diverse(["CCO", "nonsense!"], 1)
