"""Numbers that shape the latent space in training: descriptors and Morgan counts of a molecule."""

from collections.abc import Callable
from functools import cache

import numpy as np
from rdkit.Chem import Descriptors, Lipinski, Mol, rdFingerprintGenerator, rdMolDescriptors
from rdkit.Contrib.SA_Score import sascorer

MORGAN_COUNT_BITS = 1024


def _plain() -> dict[str, Callable[[Mol], float]]:
    return {
        "qed": Descriptors.qed,
        "logp": lambda mol: rdMolDescriptors.CalcCrippenDescriptors(mol)[0],
        "sa_score": sascorer.calculateScore,
        "tpsa": rdMolDescriptors.CalcTPSA,
        "molecular_weight": rdMolDescriptors.CalcExactMolWt,
        "molar_refractivity": lambda mol: rdMolDescriptors.CalcCrippenDescriptors(mol)[1],
        "hydrogen_bond_donors": rdMolDescriptors.CalcNumHBD,
        "hydrogen_bond_acceptors": rdMolDescriptors.CalcNumHBA,
        "rotatable_bonds": rdMolDescriptors.CalcNumRotatableBonds,
        "rings": rdMolDescriptors.CalcNumRings,
        "aromatic_rings": rdMolDescriptors.CalcNumAromaticRings,
        "fraction_csp3": rdMolDescriptors.CalcFractionCSP3,
        "heavy_atoms": Lipinski.HeavyAtomCount,
    }


FAMILIES: dict[str, tuple[Callable[[Mol], list[float]], int]] = {
    "slogp_vsa": (rdMolDescriptors.SlogP_VSA_, 12),
    "smr_vsa": (rdMolDescriptors.SMR_VSA_, 10),
    "peoe_vsa": (rdMolDescriptors.PEOE_VSA_, 14),
}

TRAINING_DESCRIPTORS: tuple[str, ...] = (
    *_plain(),
    *(f"{family}_{i + 1}" for family, (_, size) in FAMILIES.items() for i in range(size)),
)


def training_descriptors(mol: Mol) -> np.ndarray:
    """Descriptors in the order of TRAINING_DESCRIPTORS, shape (49,), float32, each in RDKit's own unit."""
    values = [float(compute(mol)) for compute in _plain().values()]
    for compute, _ in FAMILIES.values():
        values.extend(compute(mol))
    return np.asarray(values, dtype=np.float32)


@cache
def _count_generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=MORGAN_COUNT_BITS)


def morgan_counts(mol: Mol) -> tuple[np.ndarray, np.ndarray]:
    """Folded Morgan counts (radius 2, 1,024 bins), sparse: bins (k,) uint16 ascending and counts (k,) uint8.

    Reference: Rogers & Hahn (2010), J. Chem. Inf. Model. 50, 742.
    """
    counts = _count_generator().GetCountFingerprint(mol).GetNonzeroElements()
    bins = np.fromiter(sorted(counts), dtype=np.uint16, count=len(counts))
    return bins, np.fromiter((min(counts[int(b)], 255) for b in bins), dtype=np.uint8, count=len(bins))
