"""Oracles of the PMO benchmark: values by hand from their published definitions, and laws that hold for all."""

import importlib
from math import exp, prod, sqrt
from pathlib import Path
from types import ModuleType

import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors
from rdkit.Chem.Pharm2D import Generate, Gobbi_Pharm2D

ROOT = Path(__file__).parents[2]
NAMES = {
    *("albuterol_similarity", "amlodipine_mpo", "celecoxib_rediscovery", "deco_hop", "fexofenadine_mpo"),
    *("isomers_c7h8n2o2", "isomers_c9h10n2o2pf2cl", "median1", "median2", "mestranol_similarity", "osimertinib_mpo"),
    *("perindopril_mpo", "qed", "ranolazine_mpo", "scaffold_hop", "sitagliptin_mpo", "thiothixene_rediscovery"),
    *("troglitazone_rediscovery", "valsartan_smarts", "zaleplon_mpo"),
}
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def pmo(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    return importlib.import_module("pmo_oracles")


def geometric(*parts: float) -> float:
    return prod(parts) ** (1 / len(parts))


def bell(x: float, center: float, width: float) -> float:
    return exp(-((x - center) ** 2) / (2 * width**2))


def shared_counts(one: str, other: str, radius: int, **options: bool) -> float:
    """Tanimoto similarity of counted Morgan environments, by its definition, with RDKit's first interface."""
    a, b = (
        rdMolDescriptors.GetMorganFingerprint(Chem.MolFromSmiles(text), radius, **options).GetNonzeroElements()
        for text in (one, other)
    )
    keys = set(a) | set(b)
    return sum(min(a.get(k, 0), b.get(k, 0)) for k in keys) / sum(max(a.get(k, 0), b.get(k, 0)) for k in keys)


def score(pmo: ModuleType, name: str, smiles: str) -> float:
    return pmo.oracle(name)(Chem.MolFromSmiles(smiles))


def test_the_twenty_are_there(pmo) -> None:
    assert set(pmo.ORACLES) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_score_lies_between_0_and_1_and_tells_molecules_apart(pmo, name) -> None:
    found = [score(pmo, name, smiles) for smiles in (ASPIRIN, pmo.CELECOXIB, pmo.MENTHOL, "CCCCCC", "c1ccncc1")]
    assert all(0 <= value <= 1 for value in found)
    if name != "valsartan_smarts":  # all five lack its core
        assert len(set(found)) > 1


@pytest.mark.parametrize(
    ("name", "target", "value"),
    [
        ("albuterol_similarity", "ALBUTEROL", 1.0),
        ("celecoxib_rediscovery", "CELECOXIB", 1.0),
        ("mestranol_similarity", "MESTRANOL", 1.0),
        ("thiothixene_rediscovery", "THIOTHIXENE", 1.0),
        ("troglitazone_rediscovery", "TROGLITAZONE", 1.0),
        # the sulfone and the benzothiazole are unwanted, the quinazoline is wanted
        ("deco_hop", "HOPPED", (1 + 0 + 0 + 1) / 4),
        # the quinazoline is unwanted, the link is wanted
        ("scaffold_hop", "HOPPED", (1 + 1 + 0) / 3),
        # 2 rings where 3 are wanted; no aromatic ring where 2 are wanted
        ("amlodipine_mpo", "AMLODIPINE", sqrt(bell(2, 3, 0.5))),
        ("perindopril_mpo", "PERINDOPRIL", sqrt(bell(0, 2, 0.5))),
        # C17H15N5O where C19H17N3O2 is wanted: two fewer of C and H, two more of N, one O fewer, three atoms fewer
        ("zaleplon_mpo", "ZALEPLON", sqrt(exp(-0.5 * (4 + 4 + 4 + 1 + (3 / 2) ** 2) / 5))),
        # itself: similarity 1 where 0 is wanted, logP and TPSA met, C16H15F6N5O met
        ("sitagliptin_mpo", "SITAGLIPTIN", exp(-0.5 * (1 / 0.1) ** 2 / 4)),
        ("valsartan_smarts", "SITAGLIPTIN", 0.0),
    ],
)
def test_values_at_the_targets(pmo, name, target, value) -> None:
    assert score(pmo, name, getattr(pmo, target)) == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_osimertinib_itself(pmo) -> None:
    """TPSA 87.55 (100 wanted), logP 4.5098 (1 at most), as RDKit gives them; too similar to itself."""
    wanted = geometric(1.0, bell(1, 0.85, 0.1), bell(87.55, 100, 10), bell(4.5098, 1, 1))
    assert score(pmo, "osimertinib_mpo", pmo.OSIMERTINIB) == pytest.approx(wanted, rel=1e-3)


def test_fexofenadine_itself(pmo) -> None:
    """TPSA 81.0 (90 wanted), logP 5.5101 (4 at most)."""
    wanted = geometric(1.0, bell(81.0, 90, 10), bell(5.5101, 4, 1))
    assert score(pmo, "fexofenadine_mpo", pmo.FEXOFENADINE) == pytest.approx(wanted, rel=1e-3)


def test_ranolazine_itself(pmo) -> None:
    """TPSA 74.27 (95 wanted), logP 2.3080 (7 wanted), no fluorine (1 wanted)."""
    wanted = geometric(1.0, bell(74.27, 95, 20), bell(2.30804, 7, 1), bell(0, 1, 1))
    assert score(pmo, "ranolazine_mpo", pmo.RANOLAZINE) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize(
    ("smiles", "value"),
    [
        ("COc1ccc(C(N)=O)cn1", 1.0),  # C7H8N2O2
        ("COc1ccc(C(N)=O)cc1", exp(-0.5 * (1 + 1 + 1 + (1 / 2) ** 2) / 5)),  # C8H9NO2: C, H and N one off, 20 atoms
        ("COc1ccc(C(=O)NC)cn1", exp(-0.5 * (1 + 4 + (3 / 2) ** 2) / 5)),  # C8H10N2O2: one CH2 more
    ],
)
def test_isomers_by_hand(pmo, smiles, value) -> None:
    assert score(pmo, "isomers_c7h8n2o2", smiles) == pytest.approx(value, rel=1e-12)


def test_isomers_of_seven_elements_by_hand(pmo) -> None:
    """Benzene: C 9 - 6, H 10 - 6, N 2, O 2, P 1, F 2, Cl 1, and 27 - 12 atoms."""
    wanted = exp(-0.5 * (9 + 16 + 4 + 4 + 1 + 4 + 1 + (15 / 2) ** 2) / 8)
    assert score(pmo, "isomers_c9h10n2o2pf2cl", "c1ccccc1") == pytest.approx(wanted, rel=1e-12)


def test_similarities_count_environments(pmo) -> None:
    ecfp4 = shared_counts(ASPIRIN, pmo.CELECOXIB, 2)
    assert score(pmo, "celecoxib_rediscovery", ASPIRIN) == pytest.approx(ecfp4, rel=1e-12)
    fcfp4 = shared_counts(ASPIRIN, pmo.ALBUTEROL, 2, useFeatures=True)
    assert score(pmo, "albuterol_similarity", ASPIRIN) == pytest.approx(fcfp4 / 0.75, rel=1e-12)
    median = sqrt(shared_counts(pmo.CAMPHOR, pmo.MENTHOL, 2))
    assert score(pmo, "median1", pmo.CAMPHOR) == pytest.approx(median, rel=1e-12)
    median = sqrt(shared_counts(pmo.TADALAFIL, pmo.SILDENAFIL, 3))
    assert score(pmo, "median2", pmo.SILDENAFIL) == pytest.approx(median, rel=1e-12)


def test_valsartan_with_its_core(pmo) -> None:
    """The core alone: logP 2.94, TPSA 20.31 and complexity as RDKit gives them, those of sitagliptin wanted."""
    core = Chem.MolFromSmiles("CN(C=O)Cc1ccc(-c2ccccc2)cc1")
    wanted = Chem.MolFromSmiles(pmo.SITAGLIPTIN)
    parts = [
        bell(value(core), value(wanted), width)
        for value, width in ((pmo.log_p, 0.2), (pmo.polar_area, 5), (pmo.complexity, 30))
    ]
    assert 0 < score(pmo, "valsartan_smarts", Chem.MolToSmiles(core)) == pytest.approx(geometric(1.0, *parts), rel=1e-9)


def test_shapes_on_both_sides_of_their_borders(pmo) -> None:
    assert pmo.at_least(100, 10)(100) == pmo.at_least(100, 10)(101) == 1.0
    assert pmo.at_least(100, 10)(90) == pytest.approx(exp(-0.5))
    assert pmo.at_most(4, 1)(4) == pmo.at_most(4, 1)(3) == 1.0
    assert pmo.at_most(4, 1)(5) == pytest.approx(exp(-0.5))
    assert pmo.clipped(0.75)(0.75) == pmo.clipped(0.75)(0.9) == 1.0
    assert pmo.clipped(0.75)(0.6) == pytest.approx(0.8)


@pytest.mark.parametrize(
    "smiles",
    [
        *("C", "CC", "CC.CCCC.CCCO", "[Se]1C=CC=C1CC(=O)O", "OCC(O)C(O)C(O)C(O)CNCCNCCO", "C" * 30, ASPIRIN),
        *("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1", "CC(C)CCCC(C)C1CCC2C1(C)CCC1C2CC=C2CC(O)CCC21C"),
        *("N" + "C#C" * 49 + "O", "N" + "C#C" * 49 + "CO"),  # 99 bonds between features are counted, 100 are not
        "CCN(CC)CC(=O)N(C)C(C)C(=O)NCC(=O)OCC(C)CC(C)CC(C)CS(=O)(=O)c1nc2ccccc2[nH]1",
    ],
)
def test_pharmacophores_are_those_of_rdkit(pmo, smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    expected = Generate.Gen2DFingerprint(mol, Gobbi_Pharm2D.factory)
    assert set(pmo.fingerprint(mol, "PHCO").GetOnBits()) == set(expected.GetOnBits())
    assert pmo.fingerprint(mol, "PHCO") == expected
