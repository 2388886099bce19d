"""The 20 oracles of the PMO benchmark that need nothing but RDKit, by their published definitions.

All but QED come from GuacaMol; means, targets, thresholds and widths are those of its reference implementation, which
PMO takes over (with aripiprazole left out and a clip at 0.75 for albuterol and mestranol). PMO's other three (jnk3,
gsk3b, drd2) are trained models that are not published as definitions, so they are left out.

Reference: Brown et al. (2019), J. Chem. Inf. Model. 59, 1096 (GuacaMol); Gao et al. (2022), arXiv:2206.12411 (PMO).
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from pharmacophores import gobbi_fingerprint
from rdkit import Chem, DataStructs
from rdkit.Chem import QED, Crippen, GraphDescriptors, Mol, rdFingerprintGenerator, rdMolDescriptors

Term = Callable[[Mol], float]
Shape = Callable[[float], float]

ALBUTEROL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
AMLODIPINE = r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC"
CAMPHOR = "CC1(C)C2CCC1(C)C(=O)C2"
CELECOXIB = "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F"
FEXOFENADINE = "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4"
HOPPED = "CCCOc1cc2ncnc(Nc3ccc4ncsc4c3)c2cc1S(=O)(=O)C(C)(C)C"
MENTHOL = "CC(C)C1CCC(C)CC1O"
MESTRANOL = "COc1ccc2[C@H]3CC[C@@]4(C)[C@@H](CC[C@@]4(O)C#C)[C@@H]3CCc2c1"
OSIMERTINIB = "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34"
PERINDOPRIL = "O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC"
RANOLAZINE = "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2"
SILDENAFIL = "CCCC1=NN(C2=C1N=C(NC2=O)C3=C(C=CC(=C3)S(=O)(=O)N4CCN(CC4)C)OCC)C"
SITAGLIPTIN = "Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F"
TADALAFIL = "O=C1N(CC(N2C1CC3=C(C2C4=CC5=C(OCO5)C=C4)NC6=C3C=CC=C6)=O)C"
THIOTHIXENE = "CN(C)S(=O)(=O)c1ccc2Sc3ccccc3C(=CCCN4CCN(C)CC4)c2c1"
TROGLITAZONE = "Cc1c(C)c2OC(C)(COc3ccc(CC4SC(=O)NC4=O)cc3)CCc2c(C)c1O"
ZALEPLON = "O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1"

QUINAZOLINE = "[#7]-c1n[c;h1]nc2[c;h1]c(-[#8])[c;h0][c;h1]c12"
BENZOTHIAZOLE = "[#7]-c1ccc2ncsc2c1"
SULFONE = "CS([#6])(=O)=O"
PROPOXY_LINK = "[#6]-[#6]-[#6]-[#8]-[#6]~[#6]~[#6]~[#6]~[#6]-[#7]-c1ccc2ncsc2c1"
VALSARTAN_CORE = "CN(C=O)Cc1ccc(c2ccccc2)cc1"


def identity(x: float) -> float:
    """The value as it is."""
    return x


def bell(center: float, width: float) -> Shape:
    """1 at the center, falling as a Gaussian on both sides."""
    return lambda x: float(np.exp(-0.5 * ((x - center) / width) ** 2))


def at_least(center: float, width: float) -> Shape:
    """1 from the center on, a Gaussian's flank below it."""
    return lambda x: bell(center, width)(min(x, center))


def at_most(center: float, width: float) -> Shape:
    """1 up to the center, a Gaussian's flank above it."""
    return lambda x: bell(center, width)(max(x, center))


def clipped(full: float) -> Shape:
    """Proportional up to 1, which is reached at `full`."""
    return lambda x: float(np.clip(x / full, 0.0, 1.0))


@cache
def _generators() -> dict[str, rdFingerprintGenerator.FingerprintGenerator64]:
    features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
    return {
        "ECFP4": rdFingerprintGenerator.GetMorganGenerator(radius=2),
        "ECFP6": rdFingerprintGenerator.GetMorganGenerator(radius=3),
        "FCFP4": rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=features),
        "AP": rdFingerprintGenerator.GetAtomPairGenerator(maxDistance=10),
    }


def fingerprint(mol: Mol, kind: str) -> Any:
    """Counts of ECFP4, ECFP6, FCFP4 or AP (atom pairs), unfolded; PHCO is the pharmacophore fingerprint of Gobbi."""
    if kind == "PHCO":
        return gobbi_fingerprint(mol)
    return _generators()[kind].GetSparseCountFingerprint(mol)


def similar(target: str, kind: str, shape: Shape = identity) -> Term:
    """Tanimoto similarity to a target, shaped."""
    wanted = fingerprint(Chem.MolFromSmiles(target), kind)
    return lambda mol: shape(float(DataStructs.TanimotoSimilarity(fingerprint(mol, kind), wanted)))


def measured(value: Term, shape: Shape) -> Term:
    """A descriptor, shaped."""
    return lambda mol: shape(value(mol))


def like(target: str, value: Term, width: float) -> Term:
    """A descriptor that is to be that of a target."""
    return measured(value, bell(value(Chem.MolFromSmiles(target)), width))


def has(smarts: str) -> Term:
    """1 with a substructure, else 0."""
    pattern = Chem.MolFromSmarts(smarts)
    return lambda mol: float(mol.HasSubstructMatch(pattern))


def lacks(smarts: str) -> Term:
    """1 without a substructure, else 0."""
    present = has(smarts)
    return lambda mol: 1.0 - present(mol)


def atoms_of(element: str) -> Term:
    """Number of atoms of an element."""
    return lambda mol: float(sum(atom.GetSymbol() == element for atom in Chem.AddHs(mol).GetAtoms()))


def isomer(formula: str) -> Term:
    """Closeness to a formula: bells of width 1 on the number of each element, of width 2 on all atoms, averaged."""
    counts = {element: int(number or 1) for element, number in re.findall(r"([A-Z][a-z]?)(\d*)", formula)}
    terms = [measured(atoms_of(element), bell(number, 1.0)) for element, number in counts.items()]
    terms.append(measured(lambda mol: float(mol.GetNumAtoms(onlyExplicit=False)), bell(sum(counts.values()), 2.0)))
    return geometric(*terms)


def geometric(*terms: Term) -> Term:
    """Geometric mean."""
    return lambda mol: float(np.prod([term(mol) for term in terms]) ** (1.0 / len(terms)))


def arithmetic(*terms: Term) -> Term:
    """Arithmetic mean."""
    return lambda mol: float(np.mean([term(mol) for term in terms]))


log_p: Term = Crippen.MolLogP  # type: ignore[attr-defined]
polar_area: Term = rdMolDescriptors.CalcTPSA
rings: Term = rdMolDescriptors.CalcNumRings
aromatic_rings: Term = rdMolDescriptors.CalcNumAromaticRings
complexity: Term = GraphDescriptors.BertzCT

ORACLES: dict[str, Callable[[], Term]] = {
    "albuterol_similarity": lambda: similar(ALBUTEROL, "FCFP4", clipped(0.75)),
    "amlodipine_mpo": lambda: geometric(similar(AMLODIPINE, "ECFP4"), measured(rings, bell(3, 0.5))),
    "celecoxib_rediscovery": lambda: similar(CELECOXIB, "ECFP4"),
    "deco_hop": lambda: arithmetic(
        similar(HOPPED, "PHCO", clipped(0.85)), lacks(SULFONE), lacks(BENZOTHIAZOLE), has(QUINAZOLINE)
    ),
    "fexofenadine_mpo": lambda: geometric(
        similar(FEXOFENADINE, "AP", clipped(0.8)),
        measured(polar_area, at_least(90, 10)),
        measured(log_p, at_most(4, 1)),
    ),
    "isomers_c7h8n2o2": lambda: isomer("C7H8N2O2"),
    "isomers_c9h10n2o2pf2cl": lambda: isomer("C9H10N2O2PF2Cl"),
    "median1": lambda: geometric(similar(CAMPHOR, "ECFP4"), similar(MENTHOL, "ECFP4")),
    "median2": lambda: geometric(similar(TADALAFIL, "ECFP6"), similar(SILDENAFIL, "ECFP6")),
    "mestranol_similarity": lambda: similar(MESTRANOL, "AP", clipped(0.75)),
    "osimertinib_mpo": lambda: geometric(
        similar(OSIMERTINIB, "FCFP4", clipped(0.8)),
        similar(OSIMERTINIB, "ECFP6", at_most(0.85, 0.1)),
        measured(polar_area, at_least(100, 10)),
        measured(log_p, at_most(1, 1)),
    ),
    "perindopril_mpo": lambda: geometric(similar(PERINDOPRIL, "ECFP4"), measured(aromatic_rings, bell(2, 0.5))),
    "qed": lambda: QED.qed,
    "ranolazine_mpo": lambda: geometric(
        similar(RANOLAZINE, "AP", clipped(0.7)),
        measured(log_p, at_least(7, 1)),
        measured(polar_area, at_least(95, 20)),
        measured(atoms_of("F"), bell(1, 1)),
    ),
    "scaffold_hop": lambda: arithmetic(similar(HOPPED, "PHCO", clipped(0.75)), has(PROPOXY_LINK), lacks(QUINAZOLINE)),
    "sitagliptin_mpo": lambda: geometric(
        similar(SITAGLIPTIN, "ECFP4", bell(0, 0.1)),
        like(SITAGLIPTIN, log_p, 0.2),
        like(SITAGLIPTIN, polar_area, 5),
        isomer("C16H15F6N5O"),
    ),
    "thiothixene_rediscovery": lambda: similar(THIOTHIXENE, "ECFP4"),
    "troglitazone_rediscovery": lambda: similar(TROGLITAZONE, "ECFP4"),
    "valsartan_smarts": lambda: geometric(
        has(VALSARTAN_CORE),
        like(SITAGLIPTIN, log_p, 0.2),
        like(SITAGLIPTIN, polar_area, 5),
        like(SITAGLIPTIN, complexity, 30),
    ),
    "zaleplon_mpo": lambda: geometric(similar(ZALEPLON, "ECFP4"), isomer("C19H17N3O2")),
}


@cache
def oracle(name: str) -> Term:
    """An oracle by its PMO name: a score from 0 to 1, to be as high as possible."""
    return ORACLES[name]()
